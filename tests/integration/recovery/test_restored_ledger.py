"""Tables made anew as of any instant: nothing that had been charged by then is lost, doubled or left open."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.alerts_world import HOUR
from tests.support.audit_world import AFTERWARDS, AuditWorld
from tests.support.builders import NOW
from tests.support.table_copies import InstantClient, exported, imported
from tests.support.table_pool import Tables, empty_tables
from tollgate import identifiers
from tollgate.audit.entry import Change
from tollgate.ledger.store.sweeper import Sweeper
from tollgate.reconcile import repairs
from tollgate.reconcile.store import repair_writes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tollgate.keys.api_keys import ApiKey

LEDGER = ("KeysTable", "UsageTable")


@pytest.fixture
def restored(table_pool) -> Iterator[Tables]:
    """Empty tables beside those of the traffic."""
    with empty_tables(table_pool) as names:
        yield names


class Traffic:
    """Calls of a leaf three levels down, one after the other, each with a cost of its own."""

    def __init__(self, dynamodb: Any, tables: Any) -> None:
        self.world = AuditWorld(dynamodb, tables)
        self.keys = self.world.chain(3, budget_limit="100")
        self.charged: dict[str, Decimal] = {}

    @property
    def leaf(self) -> ApiKey:
        return self.keys[0]

    def call(self, number: int) -> None:
        cost = Decimal("0.000001") + number
        at = NOW + timedelta(seconds=number)
        request_id = identifiers.request_id(at)
        self.charged[request_id] = cost
        self.world.spend(self.leaf, str(cost), at, request_id=request_id)

    def snapshots_of(self, calls: int, *, every: int) -> list[Any]:
        """What the ledger's tables had in them between writes of these calls."""
        taken: list[Any] = []
        raw, tables = self.world.raw, self.world.ledger
        names = {"KeysTable": tables.keys_table, "UsageTable": tables.usage_table}

        def look(writes: int) -> None:
            if writes % every == 0:
                taken.append(exported(raw, names, *LEDGER))

        ledger = self.world.ledger
        self.world.ledger = self.world.on(InstantClient(self.world.client, look))
        for number in range(calls):
            self.call(number)
        self.world.ledger = ledger
        return taken


def emptied(client: Any, tables: Any) -> None:
    for name, keys in (("KeysTable", ["key_id"]), ("UsageTable", ["key_id", "request_id"])):
        for item in client.scan(TableName=tables[name])["Items"]:
            client.delete_item(TableName=tables[name], Key={each: item[each] for each in keys})


def charged_by_scope(world: AuditWorld) -> dict[str, Decimal]:
    found: dict[str, Decimal] = defaultdict(Decimal)
    for record in world.records:
        for scope_id in record["scopes"]:
            found[scope_id] += record["calculated_cost"]
    return found


def assert_whole(world: AuditWorld, keys: list[ApiKey]) -> None:
    """No hold is open, each key counts what its records add up to, and the reconciliation agrees."""
    charged = charged_by_scope(world)
    for key in keys:
        scope = world.scope(key)
        assert scope.holds == {}
        assert scope.budget_used == charged[key.key_id]
    report = world.audit(AFTERWARDS + HOUR).run()
    assert report.drifts == ()


def test_as_of_any_instant_each_call_is_charged_once_and_none_stays_open(dynamodb, tables, restored):
    traffic = Traffic(dynamodb, tables)
    snapshots = traffic.snapshots_of(2, every=2)
    assert len(snapshots) > 5
    outcomes = set()
    for snapshot in snapshots:
        emptied(dynamodb, restored)
        imported(dynamodb, restored, snapshot)
        world = AuditWorld(dynamodb, restored)
        before = {record["request_id"]: record for record in world.records}
        Sweeper(world.ledger, clock=lambda: AFTERWARDS).run()
        after = {record["request_id"]: record for record in world.records}
        assert {name: after[name] for name in before} == before
        assert_whole(world, traffic.keys)
        for name, record in after.items():
            outcomes.add(record["outcome"])
            if name in before:
                assert record["calculated_cost"] == traffic.charged[name]
    # What was under way at an instant, and had no record yet, is charged as if its function had died.
    assert outcomes == {"succeeded", "abandoned"}


def test_keys_as_they_were_lack_what_was_charged_since_and_repairs_add_it(dynamodb, tables, restored):
    """The keys' table alone is made anew; usage records are those of today."""
    traffic = Traffic(dynamodb, tables)
    traffic.call(1)
    open_then = traffic.world.asked(traffic.leaf, NOW + timedelta(seconds=2))
    admitted = traffic.world.ledger.admit(open_then)
    snapshot = exported(dynamodb, tables, "KeysTable")
    traffic.world.ledger.settle(
        admitted, traffic.world.record(admitted, traffic.leaf, cost="0.125", completed_at=NOW)
    )
    traffic.call(3)

    imported(dynamodb, restored, snapshot)
    world = AuditWorld(dynamodb, {"KeysTable": restored["KeysTable"], "UsageTable": tables["UsageTable"]})
    Sweeper(world.ledger, clock=lambda: AFTERWARDS).run()
    assert len(world.records) == 3  # the open call had its record: it isn't abandoned
    report = world.audit(AFTERWARDS + HOUR).run()
    assert {drift.expected - drift.found for drift in report.drifts if "udget" in drift.counter.value} == {
        Decimal("3.000001")
    }
    for key in traffic.keys:
        drifts = [each for each in report.drifts if each.scope_id == key.key_id]
        repair = repairs.repair(report.scopes[key.key_id], drifts)
        change = Change.of(
            key.key_id, ("ledger.repair",), {}, {}, actor="admin", at=AFTERWARDS, request_id=None
        )
        repair_writes.apply(dynamodb, restored["KeysTable"], restored["AuditTable"], repair, change)
    assert_whole(world, traffic.keys)
