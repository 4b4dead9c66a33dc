"""Reconciliation: counters beside records, on DynamoDB's own reads and while others write."""

from __future__ import annotations

import random
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from aws_wire.attribute_values import values
from tests.support.audit_world import AFTERWARDS, AuditWorld
from tests.support.builders import NOW
from tests.support.faults import KilledError, MortalClient
from tollgate.clock import utc_now
from tollgate.ledger.quotas import Quota
from tollgate.ledger.windows import Period, Schedule
from tollgate.reconcile.reconciliation import Counter, Drift
from tollgate.reconcile.store import checkpoints
from tollgate.reconcile.store.reconciliation_run import OutOfTimeError

LEAST = Decimal("1e-18")
DAY = timedelta(days=1)


@pytest.fixture
def world(dynamodb, tables) -> AuditWorld:
    return AuditWorld(dynamodb, tables)


def daily(limit: str | None = "100") -> Quota:
    start = NOW.replace(hour=0, minute=0, second=0, microsecond=0)
    amount = Decimal(limit) if limit else Decimal(0)
    return Quota(
        start,
        start + DAY,
        limit=Decimal(limit or 0),
        schedule=Schedule(Period.DAY),
        allowance=amount,
        available=amount,
    )


def test_a_tree_that_has_spent_and_is_spending_does_not_drift(world):
    keys = world.chain(4, quota=daily())
    for cost in ("0.25", "0", "0.000000000000000001"):
        world.spend(keys[0], cost)
    world.spend(keys[2], "1.5")
    world.admit(keys[1], cost="3")

    report = world.audit().run()

    assert report.drifts == ()
    assert (len(report.scopes), report.records, report.passes) == (4, 4, 1)


@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize("amount", [LEAST, -LEAST, Decimal(3)])
def test_a_drift_is_found_to_the_last_digit_where_it_is(world, level, amount):
    keys = world.chain(3)
    world.spend(keys[0], "5")
    world.plant(keys[level], amount)

    assert world.audit().run().drifts == (
        Drift(keys[level].key_id, Counter.BUDGET_USED, Decimal(5), Decimal(5) + amount),
    )


def test_a_quotas_drift_is_found(world):
    key = world.add(quota=daily())
    world.spend(key, "5")
    world.plant(key, LEAST, "quota")

    (drift,) = world.audit().run().drifts

    assert (drift.counter, drift.difference) == (Counter.QUOTA_USED, LEAST)


@pytest.mark.parametrize("attribute", ["budget_available", "quota_available", "quota_allowance"])
def test_an_item_that_contradicts_itself_is_found(world, attribute):
    key = world.add(quota=daily())
    world.admit(key, cost="2")
    world.raw_add(key, attribute, LEAST)

    found = {drift.counter: drift.difference for drift in world.audit().run().drifts}

    assert found.pop(Counter(attribute)) == LEAST
    assert found.keys() <= {Counter.QUOTA_AVAILABLE}


def test_a_record_whose_holds_are_still_open_is_not_counted_yet(world):
    keys = world.chain(3)
    for calls_until_death in (1, 2, 3):
        admitted = world.admit(keys[0])
        with pytest.raises(KilledError):
            world.on(MortalClient(world.client, calls_until_death, applies=True)).settle(
                admitted, world.record(admitted, keys[0], cost="0.25")
            )
    assert world.audit().run().drifts == ()

    world.sweep(*keys)

    assert world.audit().run().drifts == ()
    assert world.scope(keys[2]).budget_used == Decimal("0.75")


def test_what_is_abandoned_refused_or_released_does_not_drift(world):
    keys = world.chain(3)
    world.admit(keys[0])
    with pytest.raises(KilledError):
        world.on(MortalClient(world.client, 2, applies=True)).admit(world.asked(keys[0]))
    world.sweep(*keys)

    assert world.audit().run().drifts == ()


def test_a_key_that_moved_keeps_what_it_spent_with_its_old_parent(world):
    old, new = world.add(), world.add()
    leaf = world.add(parent_id=old.key_id)
    world.spend(leaf, "1")
    world.edit(leaf, parent_id=new.key_id, moved_at=NOW)
    world.spend(leaf, "2")

    assert world.audit().run().drifts == ()
    assert (world.scope(old).budget_used, world.scope(new).budget_used) == (1, 2)


def test_a_reset_is_no_drift(world):
    key = world.add(quota=daily())
    world.spend(key, "5")
    world.keys.reset_used(world.scope(key), NOW)
    world.spend(key, "1")

    assert world.scope(key).budget_used == 1
    assert world.audit().run().drifts == ()


def test_a_window_counts_its_own_records_alone(world):
    keys = world.chain(2, quota=daily())
    world.spend(keys[0], "5")
    world.spend(keys[0], "3", at=NOW + DAY)
    assert world.scope(keys[1]).quota.used == 3

    assert world.audit(AFTERWARDS + DAY).run().drifts == ()
    world.plant(keys[1], LEAST, "quota")
    assert [drift.found for drift in world.audit(AFTERWARDS + DAY).run().drifts] == [3 + LEAST]


def test_a_quota_that_begins_in_the_midst_of_a_window_counts_from_then(world):
    key = world.add(quota=daily())
    world.spend(key, "5")
    changed = NOW + timedelta(minutes=1)
    before = world.scope(key)
    quota = replace(before.quota, schedule=Schedule(Period.MONTH))
    world.keys.edit(before, replace(before, quota=quota, updated_at=changed))
    world.spend(key, "3", at=changed + timedelta(minutes=1))

    assert world.scope(key).quota.used == 3
    assert world.audit().run().drifts == ()


def test_a_request_at_a_windows_very_start_may_count_in_either(world):
    """Its parent's next window had begun when it got there; its key's had not."""
    parent = world.add(quota=daily())
    leaf = world.add(parent_id=parent.key_id)
    midnight = daily().resets_at
    world.spend(parent, "1", at=midnight)
    world.spend(leaf, "2", at=midnight - timedelta(milliseconds=5))
    assert world.scope(parent).quota.used == 3

    audit = world.audit(midnight + timedelta(hours=2))
    assert audit.run_and_remember().drifts == ()
    # And still, when the records needn't be read again.
    report = audit.run()
    assert (report.drifts, report.records) == ((), 0)
    world.plant(parent, LEAST, "quota")
    assert [drift.difference for drift in audit.run().drifts] == [LEAST]


# --- checkpoints ---


def test_an_audit_reads_only_what_is_new(world):
    keys = world.chain(2, quota=daily())
    for day in range(3):
        world.spend(keys[0], "1", at=NOW + day * DAY)
        report = world.audit(NOW + day * DAY + timedelta(hours=2)).run_and_remember()
        assert (report.drifts, report.records) == ((), 1)


def test_records_that_have_expired_are_not_missed(world):
    keys = world.chain(2)
    world.spend(keys[0], "1")
    assert world.audit(NOW + DAY).run_and_remember().drifts == ()
    world.forget_records()
    world.spend(keys[0], "2", at=NOW + 2 * DAY)

    assert world.audit(NOW + 3 * DAY).run_and_remember().drifts == ()
    world.forget_records()
    world.plant(keys[1], LEAST)
    (drift,) = world.audit(NOW + 4 * DAY).run().drifts
    assert (drift.scope_id, drift.expected, drift.difference) == (keys[1].key_id, 3, LEAST)


def test_what_drifts_or_is_open_is_read_again(world):
    drifting, open_one = world.add(), world.add()
    world.spend(drifting, "1")
    world.spend(open_one, "1")
    world.plant(drifting, LEAST)
    world.admit(open_one)
    audit = world.audit(NOW + DAY)

    assert len(audit.run_and_remember().drifts) == 1
    assert len(audit.run_and_remember().drifts) == 1
    for key in (drifting, open_one):
        stored = audit._get(checkpoints.key_of(key.key_id))
        assert stored is None or checkpoints.to_checkpoints(stored)[Counter.BUDGET_USED].until < NOW


def test_other_items_of_the_table_are_no_keys(world):
    key = world.add()
    world.raw.put_item(TableName=world.keys.table, Item=values({"key_id": "family#key_1", "holds": {}}))
    world.spend(key, "1")
    world.audit(NOW + DAY).run_and_remember()

    assert [scope.key_id for scope in world.keys.page(10, None)[0]] == [key.key_id]
    assert list(world.audit(NOW + 2 * DAY).run().scopes) == [key.key_id]


# --- beside traffic ---


@contextmanager
def spending(world, keys, threads=8):
    """Calls from `threads` clients, on and on, each of another cost."""
    stop, counts = threading.Event(), []

    def work(seed: int) -> None:
        dice, count = random.Random(seed), 0
        while not stop.is_set():
            cost = Decimal(dice.randrange(10**6)).scaleb(-9)
            world.spend(dice.choice(keys), str(cost), at=utc_now)
            count += 1
        counts.append(count)

    workers = [threading.Thread(target=work, args=(seed,)) for seed in range(threads)]
    for worker in workers:
        worker.start()
    try:
        yield counts
    finally:
        stop.set()
        for worker in workers:
            worker.join()


def tree(world):
    """Leaf, leaf, department, root."""
    root = world.add(budget_limit="1000", quota=Quota(NOW))
    department = world.add(budget_limit="1000", parent_id=root.key_id, quota=Quota(NOW))
    leaves = [world.add(budget_limit="1000", parent_id=department.key_id, quota=Quota(NOW)) for _ in range(2)]
    return [*leaves, department, root]


def test_requests_in_flight_are_no_drift(world):
    keys = tree(world)
    with spending(world, keys[:3]) as counts:
        for _ in range(5):
            assert world.live_audit().run_and_remember().drifts == ()

    assert sum(counts) > 30
    assert world.live_audit().run().drifts == ()
    assert world.scope(keys[-1]).budget_used == world.spent()


def test_the_same_cost_again_and_again_is_no_drift(world):
    keys = tree(world)
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            world.spend(keys[0], "0.1", at=utc_now)

    workers = [threading.Thread(target=work) for _ in range(8)]
    for worker in workers:
        worker.start()
    try:
        reports = [world.live_audit().run() for _ in range(5)]
    finally:
        stop.set()
        for worker in workers:
            worker.join()
    assert [report.drifts for report in reports] == [()] * 5


def test_a_drift_is_found_among_requests_in_flight(world):
    keys = tree(world)
    world.plant(keys[-1], LEAST)
    with spending(world, keys[:3]):
        drifts = world.live_audit(passes=20).run().drifts

    assert [(drift.scope_id, drift.difference, drift.exact) for drift in drifts] == [
        (keys[-1].key_id, LEAST, True)
    ]


def test_a_key_that_is_created_while_the_audit_reads_is_no_drift(world):
    root = world.add()
    world.spend(root, "1")

    def create_and_spend() -> None:
        world.spend(world.add(parent_id=root.key_id), "2")

    assert world.audit(client=world.before("scan", 2, create_and_spend)).run().drifts == ()
    assert world.audit(client=world.before("get_item", 1, create_and_spend)).run([root.key_id]).drifts == ()


def test_a_difference_that_is_never_the_same_is_no_drift(world):
    """Nobody knows what it is; but a drift stays."""
    key = world.add()
    world.plant(key, Decimal(1))
    changing = world.always_before("get_item", lambda: world.plant(key, Decimal(1)))

    report = world.audit(client=changing).run()

    assert (report.drifts, report.passes) == ((), 3)


def test_an_audit_that_runs_out_of_time_says_so(world):
    world.add()
    with pytest.raises(OutOfTimeError):
        world.audit(NOW).run(deadline=NOW)
