"""Repairs of what drifts, and the command that makes them."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from infra.ops.ledger.__main__ import main
from tests.support.audit_world import AuditWorld
from tests.support.builders import NOW
from tests.support.faults import LossyClient
from tollgate.audit.entry import Change
from tollgate.audit.store.audit_table import AuditTable
from tollgate.aws import boto3_clients
from tollgate.clock import utc_now
from tollgate.conflicts import EditConflictError
from tollgate.keys.store.keys_table import KeysTable
from tollgate.ledger.quotas import Quota
from tollgate.ledger.windows import Period, Schedule
from tollgate.reconcile import repairs
from tollgate.reconcile.reconciliation import Counter, Drift
from tollgate.reconcile.store import repair_writes as stored
from tollgate.refusals import RefusedError

LEAST = Decimal("1e-18")


@pytest.fixture
def world(dynamodb, tables) -> AuditWorld:
    return AuditWorld(dynamodb, tables)


@pytest.fixture
def audit_table(world, tables) -> AuditTable:
    return AuditTable(world.client, tables["AuditTable"])


def change_of(key, **changes) -> Change:
    given: dict[str, Any] = {"actor": "somebody", "at": NOW, "request_id": None} | changes
    return Change.of(key.key_id, ("ledger.repair",), {"budgetUsed": "1"}, {"budgetUsed": "2"}, **given)


def found(world, key, audit=None):
    report = (audit or world.audit()).run([key.key_id])
    return repairs.repair(report.scopes[key.key_id], report.drifts)


def found_by_itself(world, key):
    """Of an item whose contradictions the usual client would not let pass."""
    return found(world, key, world.audit(client=world.raw))


def apply(world, audit_table, repair, change, client=None) -> None:
    stored.apply(client or world.client, world.keys.table, audit_table.table, repair, change)


COUNTERS = ["budget_used", "budget_available", "quota_used", "quota_available", "quota_allowance"]


@pytest.mark.parametrize("attribute", COUNTERS)
def test_any_counter_is_made_right_again(world, audit_table, attribute):
    key = world.add(quota=Quota(NOW))
    world.spend(key, "5")
    world.admit(key, cost="2")
    before = world.scope(key)
    world.raw_add(key, attribute, LEAST)

    apply(world, audit_table, found_by_itself(world, key), change_of(key), world.raw)

    assert world.audit().run().drifts == ()
    after = world.scope(key)
    assert (after.budget_used, after.budget_available) == (before.budget_used, before.budget_available)
    assert (after.quota, after.holds) == (before.quota, before.holds)


def test_all_counters_at_once_are_made_right_again(world, audit_table):
    key = world.add(quota=Quota(NOW))
    world.spend(key, "5")
    for number, attribute in enumerate(COUNTERS, 1):
        world.raw_add(key, attribute, number * LEAST)

    apply(world, audit_table, found_by_itself(world, key), change_of(key), world.raw)

    assert world.audit().run().drifts == ()
    assert world.scope(key).budget_used == 5


def test_a_repair_is_made_once_however_often_it_is_sent(world, audit_table):
    key = world.add()
    world.spend(key, "5")
    world.plant(key, Decimal(1))
    repair, change = found(world, key), change_of(key)

    for number in (1, 2, 3):
        lossy = LossyClient(world.client, {number}, applies=True)
        with pytest.raises(Exception, match="timeout"):
            apply(world, audit_table, repair, change, lossy)
    apply(world, audit_table, repair, change)

    assert world.scope(key).budget_used == 5
    assert audit_table.page(key.key_id, size=10, after=None)[0] == [change]
    assert found(world, key).additions == {}


def test_a_repair_of_what_was_edited_meanwhile_is_not_made(world, audit_table):
    key = world.add()
    world.spend(key, "5")
    world.plant(key, Decimal(1))
    first, second = found(world, key), found(world, key)
    apply(world, audit_table, first, change_of(key))

    with pytest.raises(EditConflictError):
        apply(world, audit_table, second, change_of(key))

    assert world.scope(key).budget_used == 5
    assert len(audit_table.page(key.key_id, size=10, after=None)[0]) == 1


def test_a_repair_of_a_window_that_is_over_is_not_made(world, audit_table):
    key = world.add(quota=Quota(NOW, NOW + timedelta(hours=1), schedule=Schedule(Period.DAY)))
    world.plant(key, Decimal(1), "quota")
    repair = found(world, key)
    world.spend(key, "5", at=NOW + timedelta(days=1))

    with pytest.raises(EditConflictError):
        apply(world, audit_table, repair, change_of(key))

    assert world.scope(key).quota.used == 5


def test_an_earlier_edits_audit_entry_is_not_lost(world, audit_table):
    key = world.add()
    world.plant(key, Decimal(1))
    dying: Any = LossyClient(world.client, {2, 3}, applies=False)
    edit = change_of(key)
    keys = KeysTable(dying, world.keys.table, AuditTable(dying, audit_table.table))
    before = world.scope(key)
    keys.reset_used(before, NOW, edit, quota=False)

    repair = found(world, key)
    apply(world, audit_table, repair, change_of(key))

    assert len(audit_table.page(key.key_id, size=10, after=None)[0]) == 2


def test_what_is_not_known_exactly_is_not_repaired(world):
    key = world.add()
    drift = Drift(key.key_id, Counter.BUDGET_USED, Decimal(1), Decimal(2), exact=False)
    with pytest.raises(repairs.InexactError):
        repairs.repair(world.scope(key), [drift])


def test_a_repair_takes_away_exactly_the_drift_while_spending_goes_on(world, audit_table):
    root = world.add(budget_limit="1000")
    leaf = world.add(budget_limit="1000", parent_id=root.key_id)
    world.plant(root, LEAST)
    stop = threading.Event()

    def work(number: int) -> None:
        cost = Decimal(1 + number)
        while not stop.is_set():
            world.spend(leaf, str(cost.scaleb(-6)), at=utc_now)
            cost = cost * 7 % 9973

    workers = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for worker in workers:
        worker.start()
    try:
        repair = found(world, root, world.live_audit(passes=50))
        apply(world, audit_table, repair, change_of(root))
        again = found(world, root, world.live_audit(passes=50))
    finally:
        stop.set()
        for worker in workers:
            worker.join()

    assert repair.additions[Counter.BUDGET_USED] == -LEAST
    assert again.additions == {}
    assert world.scope(root).budget_used == world.spent() > 0
    assert world.live_audit().run().drifts == ()


# --- the command ---


@pytest.fixture
def command(world, tables, monkeypatch, capsys):
    """Runs it against a stack whose outputs are the test's tables; returns its exit code and what it says."""
    stack = {
        "Outputs": [{"OutputKey": name, "OutputValue": table} for name, table in tables.items()],
        "Parameters": [
            {"ParameterKey": "UsageRetentionDays", "ParameterValue": "400"},
            {"ParameterKey": "AbandonedHolds", "ParameterValue": "charge"},
            {"ParameterKey": "ReportingZone", "ParameterValue": "UTC"},
        ],
    }

    def describe_stacks(**_asked):
        date = format_datetime(datetime.now(UTC) + run.clock_is_off, usegmt=True)
        return {"Stacks": [stack], "ResponseMetadata": {"HTTPHeaders": {"date": date}}}

    clients = {
        "cloudformation": SimpleNamespace(describe_stacks=describe_stacks),
        "sts": SimpleNamespace(get_caller_identity=lambda: {"Arn": "arn:aws:iam::1:user/ops"}),
    }
    monkeypatch.setattr(boto3, "client", lambda service: clients[service])
    monkeypatch.setattr(boto3_clients, "dynamodb", lambda: world.client)

    def command(*arguments: str) -> tuple[int, str]:
        exit_code = main([*arguments, "--stack", "tollgate-test"])
        said = capsys.readouterr()
        return exit_code, said.out + said.err

    run: Any = command
    run.clock_is_off, run.stack = timedelta(0), stack
    return run


def test_the_command_checks(world, command):
    key = world.add(name="search team")
    world.spend(key, "5")
    assert command("check") == (0, "1 keys compared with 1 new records: none drifting.\n")

    world.plant(key, LEAST)
    exit_code, said = command("check", key.key_id)

    assert exit_code == 1
    head, row, summary = said.splitlines()
    assert head.split("  ")[0] == "key"
    assert row.split() == [key.key_id, "search", "team", "budget_used", "5", f"5.{0:017}1", f"0.{0:017}1"]
    assert summary.endswith("1 drifting.")


def test_the_command_repairs_when_it_is_told_to(world, command, audit_table):
    key = world.add()
    world.spend(key, "5")
    world.plant(key, Decimal(1))

    exit_code, said = command("repair", key.key_id)
    assert (exit_code, world.scope(key).budget_used) == (1, 6)
    assert "--yes" in said
    exit_code, said = command("repair", key.key_id, "--yes")
    assert (exit_code, world.scope(key).budget_used) == (0, 5)

    (change,) = audit_table.page(key.key_id, size=10, after=None)[0]
    assert (change.actor, change.actions) == ("arn:aws:iam::1:user/ops", ("ledger.repair",))
    assert change.before == {"budgetUsed": "6", "budgetAvailable": "4"}
    assert change.after == {"budgetUsed": "5", "budgetAvailable": "5"}
    assert command("repair", key.key_id, "--yes") == (
        0,
        f"{key.key_id} does not drift. Nothing to repair.\n",
    )


def test_the_command_sweeps(world, command):
    key = world.add()
    world.admit(key, cost="1")

    assert command("sweep") == (0, "1 holds of 1 keys settled; 1 requests were abandoned, for 1 USD.\n")
    with pytest.raises(RefusedError):
        world.ledger.authenticate(key.key_id, "no", NOW)


@pytest.mark.parametrize("what", ["check", "repair"])
def test_the_command_knows_no_other_keys(command, what):
    assert command(what, "key_0000000000000000") == (1, "There is no key key_0000000000000000.\n")


def test_the_command_refuses_by_a_clock_that_is_off(command):
    command.clock_is_off = timedelta(minutes=1)
    exit_code, said = command("check")
    assert exit_code == 1
    assert "clock" in said


def test_the_command_says_what_a_stack_lacks(command):
    command.stack["Parameters"] = []
    exit_code, said = command("check")
    assert exit_code == 1
    assert "UsageRetentionDays" in said
