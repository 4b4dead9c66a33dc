"""All tables of a stack lost, made anew as of one instant, and reconciled by the commands for that.

RECOVERY_CALLS=20000 rehearses it with as many calls, and prints how long each part took (docs/recovery.md).
"""

from __future__ import annotations

import os
import random
import sys
import time
from contextlib import contextmanager
from datetime import UTC, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from tests.support import cli_runner, rolled_up
from tests.support.builders import admission, model, provider, record, scope
from tests.support.table_copies import DURABLE, exported, imported
from tests.support.table_pool import Tables, empty_tables
from tollgate import identifiers
from tollgate.aws.dynamodb import pages
from tollgate.catalog.store.catalog_table import CatalogTable
from tollgate.clock import utc_now
from tollgate.costs.aggregates import ALL, Dimension
from tollgate.costs.day_ends import closes_at
from tollgate.costs.store.closed_days import ClosedDays
from tollgate.costs.store.cost_entries import entry_of
from tollgate.costs.store.costs_table import CostsTable
from tollgate.costs.store.day_closing import DayClosing
from tollgate.costs.store.shard_sums import Numbered, ShardSums
from tollgate.keys import api_keys
from tollgate.keys.store.keys_table import KeysTable
from tollgate.ledger.holds import AbandonedPolicy
from tollgate.ledger.store import record_items
from tollgate.ledger.store.ledger import Ledger
from tollgate_cli.operations.deployment import Deployment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tollgate.ledger.admissions import AdmittedRequest

CALLS = int(os.environ.get("RECOVERY_CALLS", "16"))
RETENTION = timedelta(days=400)
# The day of the calls, which is over for so long that its sums can be closed.
DAY = utc_now().replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=3)
SHARD = "shardId-00000001"


class Stack:
    """The ledger, the sums and the catalog of a stack over some tables."""

    def __init__(self, client: Any, tables: Mapping[str, str]) -> None:
        self.client, self.tables = client, tables
        self.keys = KeysTable(client, tables["KeysTable"])
        self.ledger = Ledger(client, tables["KeysTable"], tables["UsageTable"], RETENTION)
        self.costs = CostsTable(client, tables["CostsTable"])
        self.catalog = CatalogTable(client, tables["CatalogTable"])

    @property
    def deployment(self) -> Deployment:
        aws: Any = None  # nothing but the tables is asked
        return Deployment(
            aws=aws,
            client=self.client,
            keys_table=self.tables["KeysTable"],
            usage_table=self.tables["UsageTable"],
            audit_table=self.tables["AuditTable"],
            costs_table=self.tables["CostsTable"],
            catalog_table=self.tables["CatalogTable"],
            retention=RETENTION,
            abandoned=AbandonedPolicy.CHARGE,
            reporting_zone=ZoneInfo("UTC"),
        )

    def records(self) -> dict[str, dict[str, Any]]:
        found = pages(self.client.scan, TableName=self.tables["UsageTable"], ConsistentRead=True)
        return {each["request_id"]: each for each in found}

    def total(self) -> Decimal:
        """What the day's sums come to."""
        day = DAY.date().isoformat()
        return self.costs.by_period(Dimension.TOTAL, ALL, [day])[day].cost


class Traffic:
    """Calls of the leaves of some trees of keys, each at its own second."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.random = random.Random(5)
        self.calls = 0
        self.leaves = [self._leaf(tree) for tree in range(2)]

    def _leaf(self, tree: int) -> api_keys.ApiKey:
        keys = [api_keys.issue() for _ in range(3)]
        for depth, key in enumerate(keys):
            parent = keys[depth - 1].key_id if depth else None
            self.stack.keys.add(scope(key, name=f"{tree}.{depth}", budget_limit="1000000", parent_id=parent))
        return keys[-1]

    def begin(self) -> tuple[AdmittedRequest, api_keys.ApiKey, Any]:
        self.calls += 1
        key, at = self.random.choice(self.leaves), DAY + timedelta(milliseconds=10 * self.calls)
        asked = admission(
            key,
            cost="5",
            request_id=identifiers.request_id(at),
            at=at,
            hold_until=at + timedelta(minutes=2),
        )
        return self.stack.ledger.admit(asked), key, at

    def end(self, admitted: AdmittedRequest, key: api_keys.ApiKey, at: Any) -> Any:
        cost = Decimal(self.random.randrange(1, 4_000_000)).scaleb(-6)
        made = record(
            admitted.request_id,
            key=key,
            cost=str(cost),
            created_at=at,
            completed_at=at + timedelta(seconds=1),
            scopes=admitted.scope_ids,
        )
        self.stack.ledger.settle(admitted, made)
        return made

    def rolled_up(self, made: list[Any]) -> None:
        """As the usage table's stream brings them."""
        numbered = [Numbered(str(number), entry(each)) for number, each in enumerate(made, 2)]
        assert ShardSums(self.stack.client, self.stack.costs.table, UTC).add(SHARD, numbered) == set()


def entry(made: Any) -> Any:
    return entry_of(record_items.to_item(made, RETENTION), UTC)


@pytest.fixture
def restored(table_pool) -> Iterator[Tables]:
    with empty_tables(table_pool) as names:
        yield names


@contextmanager
def timed(what: str, count: int = 1) -> Iterator[None]:
    begun = time.perf_counter()
    yield
    took = time.perf_counter() - begun
    sys.stdout.write(f"{what}: {took:.1f} s, {1000 * took / count:.2f} ms each of {count}\n")


def test_all_that_there_was_at_an_instant_is_there_again_and_right(dynamodb, tables, restored, monkeypatch):
    before = Stack(dynamodb, tables)
    ClosedDays(dynamodb, tables["CostsTable"]).done((DAY.date() - timedelta(days=1)).isoformat())
    before.catalog.add_provider(provider())
    before.catalog.add_model(model())
    traffic = Traffic(before)

    # Traffic up to the instant. The last records aren't in the sums yet, and some calls are open.
    with timed("calls", CALLS):
        made = [traffic.end(*traffic.begin()) for _ in range(CALLS)]
    lagging = max(CALLS // 20, 1)
    traffic.rolled_up(made[:-lagging])
    under_way = [traffic.begin() for _ in range(3)]
    with timed("exports", CALLS):
        exports = exported(dynamodb, tables)
    then = before.records()

    # It goes on, and is lost with the tables.
    for each in under_way:
        traffic.end(*each)
    for _ in range(5):
        traffic.end(*traffic.begin())
    for name in DURABLE:
        emptied(dynamodb, tables[name])

    # The tables are made anew.
    with timed("imports", CALLS):
        counts = imported(dynamodb, restored, exports)
    assert exported(dynamodb, restored) == exports
    assert counts["UsageTable"] == CALLS
    after = Stack(dynamodb, restored)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setattr(Deployment, "of_stack", lambda _aws, _name: after.deployment)

    # The ledger: what was under way is charged as if its functions had died, and everything adds up.
    with timed("sweep"):
        swept = command("ledger", "sweep", "--json")
    assert (swept.code, swept.json["requestsAbandoned"], swept.json["failed"]) == (0, 3, [])
    with timed("ledger check", CALLS):
        assert command("ledger", "check").code == 0
    records = after.records()
    assert {name: records[name] for name in then} == then
    assert records.keys() - then.keys() == {each[0].request_id for each in under_way}
    with timed("counters"):
        assert counted(after) == charged(records)

    # The sums: the stream brings what the sweep has recorded; what lagged behind at the instant, a replay.
    rolled_up.add(after.costs, *(entry_of(each, UTC) for name, each in records.items() if name not in then))
    assert costs("check").code == 1
    DayClosing(dynamodb, restored["CostsTable"], UTC, lambda: closes_at(DAY.date(), UTC)).run()
    with timed("costs replay", CALLS):
        assert costs("replay", "--yes").code == 0
    with timed("costs check", CALLS):
        assert costs("check").code == 0
    assert after.total() == sum(each["calculated_cost"] for each in records.values())


def command(*words: str) -> cli_runner.Ran:
    group, name, *rest = words
    return cli_runner.run(group, name, "--stack", "tollgate-prod", *rest)


def costs(name: str, *options: str) -> cli_runner.Ran:
    day = DAY.date().isoformat()
    return command("costs", name, "--from", day, "--to", day, *options)


def counted(stack: Stack) -> dict[str, Decimal]:
    """What each key has used, and that nothing is held."""
    found, _ = stack.keys.page(100, None)
    assert not any(each.holds for each in found)
    return {each.key_id: each.budget_used for each in found if each.budget_used}


def charged(records: Mapping[str, Mapping[str, Any]]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for each in records.values():
        for scope_id in each["scopes"]:
            found[scope_id] = found.get(scope_id, Decimal(0)) + each["calculated_cost"]
    return found


def emptied(client: Any, table: str) -> None:
    names = [each["AttributeName"] for each in client.describe_table(TableName=table)["Table"]["KeySchema"]]
    placeholders = {f"#{number}": name for number, name in enumerate(names)}
    request = {
        "TableName": table,
        "ProjectionExpression": ", ".join(placeholders),
        "ExpressionAttributeNames": placeholders,
    }
    for page in client.get_paginator("scan").paginate(**request):
        for key in page["Items"]:
            client.delete_item(TableName=table, Key=key)
