"""The sweeper over all keys, on DynamoDB's own condition checks."""

from __future__ import annotations

import itertools
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest

from aws_wire.attribute_values import values
from tests.support.audit_world import AuditWorld
from tests.support.faults import KilledError, MortalClient
from tests.support.ledger_world import LATER
from tollgate.budget_health.store.summaries_table import SummariesTable
from tollgate.ledger.store.sweeper import Sweeper
from tollgate_sweeper import handler, settings


@pytest.fixture
def world(dynamodb, tables) -> AuditWorld:
    return AuditWorld(dynamodb, tables)


def sweeper(world, **changes) -> Sweeper:
    return replace(Sweeper(world.ledger, clock=lambda: LATER), **changes)


def assert_settled(world, keys, cost) -> None:
    """One record a request, and every scope charged what the records say."""
    assert [world.scope(key).budget_used for key in keys] == [Decimal(cost)] * len(keys)
    assert all(world.scope(key).holds == {} for key in keys)
    assert world.spent() == Decimal(cost)
    assert world.audit(LATER + timedelta(minutes=1)).run().drifts == ()


def test_every_key_is_swept_and_counted(world):
    keys = [world.add() for _ in range(12)]
    for key in keys[:5]:
        world.admit(key, cost="1")
        world.admit(key, cost="0.5")
    live = world.ledger.admit(world.asked(keys[5], LATER))

    report = sweeper(world).run()

    assert (report.keys, report.swept, report.abandoned) == (6, 10, 10)
    assert report.abandoned_cost == Decimal("7.5")
    assert (report.failed, report.stopped_at) == ((), None)
    assert list(world.scope(keys[5]).holds) == [live.request_id]
    assert sweeper(world).run().swept == 0


def test_a_settlement_that_died_is_finished_and_not_counted_as_abandoned(world):
    keys = world.chain(2)
    admitted = world.admit(keys[0])
    with pytest.raises(KilledError):
        world.on(MortalClient(world.client, 1, applies=True)).settle(
            admitted, world.record(admitted, keys[0], cost="0.25")
        )

    report = sweeper(world).run()

    assert (report.swept, report.abandoned, report.abandoned_cost) == (2, 0, 0)
    assert_settled(world, keys, "0.25")


def test_a_key_that_fails_does_not_keep_the_others(world):
    keys = [world.add() for _ in range(6)]
    for key in keys:
        world.admit(key, cost="1")
    broken, unreadable = keys[2], keys[4]
    held = f"holds.{next(iter(world.scope(broken).holds))}"
    world.raw.update_item(
        TableName=world.keys.table,
        Key=values({"key_id": broken.key_id}),
        UpdateExpression=f"REMOVE {', '.join(f'{held}[{place}]' for place in range(4, 9))}",
    )
    world.raw.update_item(
        TableName=world.keys.table,
        Key=values({"key_id": unreadable.key_id}),
        UpdateExpression="REMOVE enforcement",
    )

    report = sweeper(world).run()

    assert set(report.failed) == {broken.key_id, unreadable.key_id}
    assert (report.keys, report.swept) == (6, 4)


def test_other_items_of_the_table_are_passed_over(world):
    key = world.add()
    world.admit(key)
    for key_id in ("family#key_1", "hierarchy", "checkpoint#key_1"):
        world.client.put_item(
            TableName=world.keys.table, Item=values({"key_id": key_id, "holds": {"req_1": {}}})
        )

    assert sweeper(world).run().keys == 1


def test_more_than_is_closed_at_once_is_closed_all_the_same(world, monkeypatch):
    monkeypatch.setattr("tollgate.ledger.store.sweeper._AT_ONCE", 3)
    key = world.add(budget_limit="100")
    for _ in range(7):
        world.admit(key)

    assert sweeper(world).run().swept == 7
    assert_settled(world, [key], "7")


@pytest.mark.parametrize("swept_before_time_was_up", [0, 1, 2])
def test_a_sweep_stops_in_time_and_the_next_one_goes_on(world, monkeypatch, swept_before_time_was_up):
    monkeypatch.setattr("tollgate.ledger.store.sweeper._AT_ONCE", 1)
    keys = [world.add() for _ in range(3)]
    for key in keys:
        world.admit(key)
    deadline = LATER + timedelta(seconds=10)

    class Clock:
        def __call__(self):
            return LATER if len(world.records) < swept_before_time_was_up else deadline

    report = sweeper(world, clock=Clock()).run(deadline)
    assert report.swept == swept_before_time_was_up
    assert report.stopped_at in {key.key_id for key in keys}

    assert sweeper(world).run().swept == 3 - swept_before_time_was_up


def test_what_blocks_late_duplicates_is_forgotten_in_time(world):
    key = world.add(closed={"req_1": LATER, "req_2": LATER + timedelta(seconds=1)})

    sweeper(world).run()

    assert list(world.scope(key).closed) == ["req_2"]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_an_abandoned_request_is_charged_once_at_each_level_in_any_order(world, order):
    keys = world.chain(3)
    world.admit(keys[0], cost="1")

    world.sweep(*(keys[level] for level in order))

    assert len(world.records) == 1
    assert world.records[0]["scopes"] == [key.key_id for key in keys]
    assert_settled(world, keys, "1")


def test_sweepers_at_once_charge_once(world):
    keys = world.chain(3, budget_limit="100")
    for _ in range(10):
        world.admit(keys[0], cost="1")

    with ThreadPoolExecutor(4) as pool:
        reports = [done.result() for done in [pool.submit(sweeper(world).run) for _ in range(4)]]

    assert sum(report.abandoned for report in reports) == len(world.records) == 10
    assert_settled(world, keys, "10")


@pytest.mark.parametrize("calls", [1, 2])
def test_an_admission_that_died_half_way_up_the_tree_costs_nothing(world, calls):
    keys = world.chain(3)
    with pytest.raises(KilledError):
        world.on(MortalClient(world.client, calls, applies=True)).admit(world.asked(keys[0]))

    report = sweeper(world).run()

    assert (report.swept, report.abandoned_cost) == (calls, 0)
    assert_settled(world, keys, "0")


# --- the function ---


@pytest.fixture
def function(world, tables, monkeypatch):
    """Invokes the handler as the schedule does, long after `NOW`."""
    variables = {
        "KEYS_TABLE": world.ledger.keys_table,
        "USAGE_TABLE": world.ledger.usage_table,
        "COSTS_TABLE": tables["CostsTable"],
        "CATALOG_TABLE": tables["CatalogTable"],
        "AUDIT_TABLE": tables["AuditTable"],
        "SEAL_BUCKET": "",
        "USAGE_RETENTION_DAYS": "400",
        "ABANDONED_HOLDS": "charge_input",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    settings.from_environment.cache_clear()
    monkeypatch.setattr(handler, "_client", lambda: world.client)
    context = SimpleNamespace(get_remaining_time_in_millis=lambda: 60_000)
    yield lambda task: handler.handler({"task": task}, context)
    settings.from_environment.cache_clear()


def metrics(capsys) -> dict[str, float]:
    (line,) = capsys.readouterr().out.splitlines()
    found = json.loads(line)
    names = [each["Name"] for each in found["_aws"]["CloudWatchMetrics"][0]["Metrics"]]
    return {name: found[name] for name in names}


def swept(capsys) -> dict[str, float]:
    return {name: figure for name, figure in metrics(capsys).items() if name != "HoldAge"}


def test_the_function_sweeps_by_the_deployments_policy(world, function, capsys, caplog):
    key = world.add()
    world.admit(key, cost="1")

    function("sweep")

    figures = metrics(capsys)
    # A hold expires a minute after its function must have ended.
    assert figures.pop("HoldAge") > 60_000
    assert figures == {"HoldsSwept": 1, "RequestsAbandoned": 1, "SweepFailures": 0, "AuditAge": 0}
    assert "1 requests were abandoned, for 0 USD" in caplog.text
    assert_settled(world, [key], "0")


def test_the_function_fails_after_all_if_a_key_did(world, function, capsys):
    keys = [world.add() for _ in range(3)]
    for key in keys:
        world.admit(key)
    world.raw.update_item(
        TableName=world.keys.table,
        Key=values({"key_id": keys[0].key_id}),
        UpdateExpression="REMOVE enforcement",
    )

    with pytest.raises(handler.SweepFailedError, match=keys[0].key_id):
        function("sweep")

    expected = {"HoldsSwept": 2, "RequestsAbandoned": 2, "SweepFailures": 1, "AuditAge": 0}
    assert swept(capsys) == expected


def test_an_audit_puts_summaries_right(world, tables, function):
    keys = [world.add() for _ in range(2)]
    world.spend(keys[0], "9")
    function("audit")
    summaries = SummariesTable(world.client, tables["CostsTable"]).all()
    assert {key_id: each.budgets[0].percent for key_id, each in summaries.items()} == {
        keys[0].key_id: 90,
        keys[1].key_id: 0,
    }


def test_the_function_audits_and_remembers(world, function, capsys, caplog):
    keys = world.chain(2)
    world.spend(keys[0], "1")
    function("audit")
    assert metrics(capsys) == {"LedgerDrift": 0, "ScopesAudited": 2}

    world.forget_records()
    world.plant(keys[1], Decimal("1e-18"))
    function("audit")

    assert metrics(capsys) == {"LedgerDrift": 1, "ScopesAudited": 2}
    (drift,) = [entry.drift for entry in caplog.records if hasattr(entry, "drift")]
    assert drift == {
        "scope": keys[1].key_id,
        "counter": "budget_used",
        "expected": "1",
        "found": "1.000000000000000001",
        "exact": True,
    }


def test_a_schedule_that_names_no_task_is_an_error(function):
    with pytest.raises(KeyError):
        function("dust")
