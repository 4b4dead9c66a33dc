"""Repairs of what drifts."""

from __future__ import annotations

import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support.audit_world import AuditWorld
from tests.support.builders import NOW
from tests.support.faults import LossyClient
from tollgate.audit.entry import Change
from tollgate.audit.store.audit_table import AuditTable
from tollgate.clock import utc_now
from tollgate.conflicts import EditConflictError
from tollgate.keys.store.keys_table import KeysTable
from tollgate.ledger.quotas import Quota
from tollgate.ledger.windows import Period, Schedule
from tollgate.reconcile import repairs
from tollgate.reconcile.reconciliation import Counter, Drift
from tollgate.reconcile.store import repair_writes as stored

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
