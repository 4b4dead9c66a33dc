"""The ledger when windows end: the first admission in a new one begins it, and holds settle in their own."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from tests.support.builders import admission, record
from tests.support.faults import CountingClient, KilledError, LossyClient, MortalClient, RepeatingClient
from tests.support.ledger_world import LedgerWorld
from tollgate import money
from tollgate.ledger import decide
from tollgate.ledger.admissions import HoldAttempt
from tollgate.ledger.holds import AbandonedPolicy
from tollgate.ledger.quotas import Quota
from tollgate.ledger.scopes import Enforcement
from tollgate.ledger.store.hold_table import NotOpenedError
from tollgate.ledger.windows import Period, Schedule
from tollgate.pricing.price_terms import AT_COST
from tollgate.refusals import Reason, RefusedError

MIDNIGHT = datetime(2026, 3, 15, tzinfo=UTC)
EVE = MIDNIGHT - timedelta(seconds=1)
MORNING = MIDNIGHT + timedelta(minutes=5)
# Only what hangs takes as long.
PATIENCE_SECONDS = 60
MILLISECOND = timedelta(milliseconds=1)
DAILY, MONTHLY = Schedule(Period.DAY), Schedule(Period.MONTH)
HARD: dict[str, Any] = {"enforcement": Enforcement.HARD}
FLAGS = {
    "carrying nothing": {},
    "carrying unused": {"carries_unused": True},
    "carrying overspend": {"carries_overspend": True},
    "carrying both": {"carries_unused": True, "carries_overspend": True},
}
UNUSED, OVERSPEND, BOTH = (FLAGS[f"carrying {what}"] for what in ("unused", "overspend", "both"))
each_carry = pytest.mark.parametrize("flags", FLAGS.values(), ids=FLAGS)


def quota(limit="10", used="0", schedule=DAILY, at=EVE, **flags) -> Quota:
    window, most, spent = schedule.window_at(at), Decimal(limit), Decimal(used)
    counted: dict[str, Any] = {"allowance": most, "used": spent, "available": most - spent}
    return Quota(window.starts_at, window.ends_at, limit=most, schedule=schedule, **counted, **flags)


def asked(key, at, **changes):
    return admission(key, at=at, hold_until=at + timedelta(minutes=2), **changes)


def admit(ledgers, key, at, **changes):
    return ledgers.ledger.admit(asked(key, at, **changes))


def settle(ledgers, admitted, key, cost, at=MORNING):
    return ledgers.ledger.settle(admitted, ledgers.record(admitted, key, cost=str(cost), completed_at=at))


def spend(ledgers, key, cost, at):
    return settle(ledgers, admit(ledgers, key, at, cost=str(cost)), key, cost, at)


def at_once(calls):
    """What the calls return, all begun at the same moment."""
    start = threading.Barrier(len(calls))

    def begin(call):
        start.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [done.result() for done in [pool.submit(begin, call) for call in calls]]


def carried(flags, left):
    if left > 0:
        return min(left, Decimal(10)) if "carries_unused" in flags else money.ZERO
    return left if "carries_overspend" in flags else money.ZERO


# --- a budget and a quota side by side ---

SHORT = {
    "the budget": ({"used": "10"}, quota(), Reason.BUDGET_EXHAUSTED, "total", None),
    "the quota": ({}, quota(used="10"), Reason.QUOTA_EXHAUSTED, "day", MIDNIGHT),
    "both": ({"used": "10"}, quota(used="10"), Reason.BUDGET_EXHAUSTED, "total", None),
    "a hard budget": ({"used": "9.5", **HARD}, quota(), Reason.REQUEST_EXCEEDS_BUDGET, "total", None),
    "a hard quota": (HARD, quota(used="9.5"), Reason.REQUEST_EXCEEDS_BUDGET, "day", MIDNIGHT),
}


@pytest.mark.parametrize(("changes", "quota", "reason", "window", "resets_at"), SHORT.values(), ids=SHORT)
def test_a_budget_or_a_quota_refuses_by_its_own_name(ledgers, changes, quota, reason, window, resets_at):
    key = ledgers.add(quota=quota, **changes)
    before = ledgers.scope(key)

    with pytest.raises(RefusedError) as refused:
        admit(ledgers, key, EVE, cost="1")

    shortage = refused.value.shortage
    assert (refused.value.reason, shortage.window, shortage.resets_at) == (reason, window, resets_at)
    assert refused.value.retry_after is None
    assert ledgers.scope(key) == before


def test_an_exhausted_quota_admits_again_with_the_new_window(ledgers):
    key = ledgers.add(quota=quota(used="10"), used="3")
    with pytest.raises(RefusedError, match="It resets at 2026-03-15T00:00:00"):
        admit(ledgers, key, MIDNIGHT - MILLISECOND)

    after = spend(ledgers, key, 1, MIDNIGHT)
    assert (after.quota.used, after.budget_used) == (1, 4)


def test_a_parents_exhausted_quota_says_when_it_starts_anew(ledgers):
    parent = ledgers.add(quota=quota(used="10", schedule=MONTHLY))
    child = ledgers.add(parent_id=parent.key_id, quota=quota())
    with pytest.raises(RefusedError) as refused:
        admit(ledgers, child, EVE)
    assert refused.value.reason is Reason.PARENT_BUDGET_EXHAUSTED
    assert refused.value.shortage.resets_at == datetime(2026, 4, 1, tzinfo=UTC)
    assert ledgers.scope(child).holds == {}


# --- rolling over ---


@each_carry
def test_the_first_admission_of_a_window_takes_two_writes_a_scope_and_every_other_one(ledgers, flags):
    for depth in (1, 3):
        key = ledgers.chain(depth, quota=quota(used="4", **flags))[0]
        counting = CountingClient(ledgers.client)
        ledger = ledgers.on(counting)
        for at, writes in ((EVE, 1), (MIDNIGHT, 2), (MIDNIGHT, 1), (MORNING, 1)):
            ledger.admit(asked(key, at))
            assert counting.operations == ["update_item"] * writes * depth
            counting.operations.clear()


@each_carry
def test_nothing_is_lost_when_sixteen_requests_begin_a_window_at_once(ledgers, flags):
    """While as many of the old one settle."""
    key = ledgers.add(budget_limit="1000", quota=quota("100", used="4", **flags))
    old = [admit(ledgers, key, EVE) for _ in range(8)]
    costs = [Decimal(number) / 100 for number in range(1, 17)]
    late = [lambda each=each: settle(ledgers, each, key, "0.5") for each in old]

    at_once([*late, *(lambda cost=cost: spend(ledgers, key, cost, MIDNIGHT) for cost in costs)])

    after = ledgers.scope(key)
    assert (after.quota.starts_at, after.holds) == (MIDNIGHT, {})
    assert after.quota.used == sum(costs)
    assert after.budget_used == ledgers.spent() == sum(costs) + 4
    assert after.quota.allowance == 100 + ("carries_unused" in flags and 92)


@pytest.mark.parametrize("flags", [{}, UNUSED], ids=["carrying nothing", "carrying unused"])
def test_a_hard_quota_holds_at_every_instant_on_both_sides_of_midnight(ledger_client, tables, flags):
    ledgers = LedgerWorld(ledger_client, tables, hard=True)
    key = ledgers.add(budget_limit=None, quota=quota("2", **flags), **HARD)
    ended, calls = threading.Condition(), 0

    def others_have_ended_since(before: int) -> bool:
        return calls > before

    def call_until_exhausted() -> None:
        nonlocal calls
        for at in (EVE, MIDNIGHT):
            for _ in range(3 if at is EVE else 1000):
                before = calls
                try:
                    spend(ledgers, key, "0.1", at)
                except RefusedError as refused:
                    if refused.reason is not Reason.BUDGET_HELD:
                        break
                    with ended:
                        # Whoever holds the money is at work, and gives notice.
                        assert ended.wait_for(partial(others_have_ended_since, before), PATIENCE_SECONDS)
                    continue
                with ended:
                    calls += 1
                    ended.notify_all()

    at_once([call_until_exhausted] * 16)

    after = ledgers.scope(key)
    assert (after.quota.starts_at, after.holds) == (MIDNIGHT, {})
    assert after.quota.used == after.quota.allowance
    assert after.budget_used == ledgers.spent()
    before_midnight = after.budget_used - after.quota.used
    assert 0 < before_midnight <= 2
    assert after.quota.allowance == 2 + (2 - before_midnight if flags else 0)


def raise_quota(ledgers, key):
    return ledgers.edit(key, quota=replace(ledgers.scope(key).quota, limit=Decimal(20)))


MEANWHILE = {
    "a clock that is behind admits": lambda ledgers, key, _: admit(ledgers, key, EVE),
    "another request settles": lambda ledgers, key, old: settle(ledgers, old, key, "1"),
    "the limit is raised": lambda ledgers, key, _: raise_quota(ledgers, key),
}


@pytest.mark.parametrize("meanwhile", MEANWHILE.values(), ids=MEANWHILE)
def test_a_new_window_is_not_begun_by_what_is_no_longer_so(ledgers, meanwhile):
    key = ledgers.add(quota=quota(used="4", **UNUSED))
    assert_rolls_anew(ledgers, key, meanwhile)


def test_a_new_window_is_not_begun_by_settings_that_are_no_longer_so(ledgers):
    key = ledgers.add(quota=quota(used="4"))
    assert_rolls_anew(ledgers, key, MEANWHILE["the limit is raised"])
    assert ledgers.scope(key).quota.allowance == 20


def assert_rolls_anew(ledgers, key, meanwhile):
    """What was computed before `meanwhile` isn't written after it, and computed anew it is."""
    old = admit(ledgers, key, EVE, cost="1")
    asking = asked(key, MIDNIGHT)
    first = HoldAttempt(asking.demand.max_claim(), AT_COST, MIDNIGHT)
    rolling = decide.reconsider(ledgers.scope(key), asking, first, own=True)
    meanwhile(ledgers, key, old)

    with pytest.raises(NotOpenedError):
        ledgers.ledger.holds.open(key.key_id, asking, rolling, own=True)
    assert ledgers.ledger.admit(asking).scope.quota.starts_at == MIDNIGHT


def test_a_clock_that_is_behind_counts_in_the_window_that_another_has_begun(ledgers):
    key = ledgers.add(quota=quota(used="4"))
    spend(ledgers, key, 1, MIDNIGHT)
    counting = CountingClient(ledgers.client)

    admitted = ledgers.on(counting).admit(asked(key, MIDNIGHT - 5 * MILLISECOND, cost="2"))

    assert admitted.at == MIDNIGHT
    assert counting.operations == ["update_item"] * 2
    assert ledgers.scope(key).quota.available == 7
    assert settle(ledgers, admitted, key, "1.5").quota.used == Decimal("2.5")


def test_a_clock_that_is_behind_may_be_in_a_childs_old_window_and_a_parents_new_one(ledgers):
    parent = ledgers.add(quota=quota(used="4"))
    late, early = (ledgers.add(parent_id=parent.key_id, quota=quota()) for _ in range(2))
    spend(ledgers, early, 1, MIDNIGHT)
    admitted = admit(ledgers, late, EVE)
    spend(ledgers, late, 2, MIDNIGHT)

    settle(ledgers, admitted, late, "0.5")

    assert ledgers.scope(late).quota.used == 2
    assert ledgers.scope(late).budget_used == Decimal("2.5")
    assert ledgers.scope(parent).quota.used == Decimal("3.5")


@pytest.mark.parametrize(("flags", "allowance"), [({}, 10), (UNUSED, 20), (OVERSPEND, 10)])
def test_a_key_that_nobody_used_for_months_begins_in_the_present(ledgers, flags, allowance):
    key = ledgers.add(quota=quota(used="14", at=EVE - timedelta(days=200), **flags))
    counting = CountingClient(ledgers.client)
    ledgers.on(counting).admit(asked(key, EVE))

    present = ledgers.scope(key).quota
    assert counting.operations == ["update_item"] * 2
    assert (present.starts_at, present.resets_at) == (MIDNIGHT - timedelta(days=1), MIDNIGHT)
    assert (present.allowance, present.used, present.available) == (allowance, 0, allowance - 1)


# --- holds of the window before ---


@each_carry
def test_a_hold_is_charged_to_the_window_that_it_was_opened_in(ledgers, flags):
    """What is carried over is first what the hold leaves, then what its cost does."""
    for cost in (money.ZERO, Decimal(3), Decimal(5), Decimal(12)):
        key = ledgers.add(budget_limit="100", used="4", quota=quota(used="4", **flags))
        admitted = admit(ledgers, key, EVE, cost="5")
        spend(ledgers, key, 1, MIDNIGHT)
        assert ledgers.scope(key).quota.allowance == 10 + carried(flags, Decimal(1))

        settled = settle(ledgers, admitted, key, cost)

        assert settled.budget_used == 5 + cost
        assert settled.quota.used == 1
        assert settled.quota.allowance == 10 + carried(flags, 6 - cost)
        assert settled == ledgers.scope(key)


@each_carry
@pytest.mark.parametrize("cost", ["0.5", "1.25"])
def test_settlements_of_the_old_window_beside_admissions_in_the_new_one(ledgers, flags, cost):
    key = ledgers.add(budget_limit="1000", used="4", quota=quota(used="4", **flags))
    old = [admit(ledgers, key, EVE, cost="1") for _ in range(8)]
    late = [lambda each=each: settle(ledgers, each, key, cost) for each in old]
    new = [lambda: spend(ledgers, key, "0.01", MIDNIGHT)] * 8
    spend(ledgers, key, "0.02", MIDNIGHT)

    at_once([call for pair in zip(late, new, strict=True) for call in pair])

    after = ledgers.scope(key)
    assert after.holds == {}
    assert after.quota.allowance == 10 + carried(flags, 6 - 8 * Decimal(cost))
    assert after.quota.used == Decimal("0.10")
    assert after.budget_used == 8 * Decimal(cost) + Decimal("4.10")


def test_a_request_that_spans_two_windows_changes_nothing_but_the_budget(ledgers):
    key = ledgers.add(quota=quota(used="8", **UNUSED))
    admitted = admit(ledgers, key, EVE, cost="3")
    spend(ledgers, key, 4, MIDNIGHT)
    before = spend(ledgers, key, 1, MIDNIGHT + timedelta(days=1))
    assert (before.quota.allowance, before.quota.used) == (16, 1)

    settled = settle(ledgers, admitted, key, 2, MIDNIGHT + timedelta(days=1))

    assert (settled.quota, settled.budget_used) == (before.quota, 7)


def test_scopes_of_a_tree_have_windows_of_their_own(ledgers):
    """The root's April begins at 22:00 by UTC, the leaf's day at midnight, and no week of the team's."""
    april = datetime(2026, 3, 31, 22, tzinfo=UTC)
    first_of_april = april + timedelta(hours=2)
    before = april - MILLISECOND
    root = ledgers.add(quota=quota("90", schedule=Schedule(Period.MONTH, "Europe/Berlin"), at=before))
    weekly = quota("50", schedule=Schedule(Period.WEEK, "Asia/Kolkata"), at=before)
    team = ledgers.add(parent_id=root.key_id, quota=weekly)
    leaf = ledgers.add(parent_id=team.key_id, quota=quota(at=before))

    in_march = admit(ledgers, leaf, before)
    in_april = admit(ledgers, leaf, april)
    settle(ledgers, in_march, leaf, "0.1", april)
    next_day = admit(ledgers, leaf, first_of_april)
    settle(ledgers, in_april, leaf, "0.02", first_of_april)
    settle(ledgers, next_day, leaf, "0.003", first_of_april)

    found = {key: ledgers.scope(key) for key in (leaf, team, root)}
    assert [str(each.quota.used) for each in found.values()] == ["0.003", "0.123", "0.023"]
    assert [each.quota.allowance for each in found.values()] == [10, 50, 90]
    assert found[root].quota.starts_at == april
    assert found[team].quota.starts_at == weekly.starts_at
    assert all(each.budget_used == Decimal("0.123") and not each.holds for each in found.values())


def test_children_that_begin_a_window_at_once_begin_each_ancestors_own(ledgers):
    root = ledgers.add(quota=quota("100", used="60"))
    team = ledgers.add(parent_id=root.key_id, quota=quota("50", used="40"))
    leaves = [ledgers.add(parent_id=team.key_id, quota=quota("10", used="8")) for _ in range(8)]

    at_once([lambda leaf=leaf: spend(ledgers, leaf, "0.1", MIDNIGHT) for leaf in leaves])

    found = [ledgers.scope(key).quota.available for key in (*leaves, team, root)]
    assert [str(available.normalize()) for available in found] == ["9.9"] * 8 + ["49.2", "99.2"]


def test_a_childs_new_day_leaves_its_parents_month_alone(ledgers):
    """Both began on the first of the month."""
    first = datetime(2026, 3, 1, tzinfo=UTC)
    parent = ledgers.add(budget_limit=None, quota=quota("50", used="49", schedule=MONTHLY, at=first), **HARD)
    child = ledgers.add(budget_limit=None, parent_id=parent.key_id, quota=quota(used="2", at=first))

    admit(ledgers, child, first + timedelta(days=1), cost="1")

    after = ledgers.scope(parent).quota
    assert (after.resets_at, after.used, after.available) == (datetime(2026, 4, 1, tzinfo=UTC), 49, 0)


# --- abandoned requests ---


@pytest.mark.parametrize(
    ("policy", "cost"), [(AbandonedPolicy.CHARGE, 4), (AbandonedPolicy.RELEASE, 0)], ids=["charge", "release"]
)
def test_an_abandoned_hold_of_the_old_window_is_swept_in_the_new_one(ledgers, policy, cost):
    key = ledgers.add(quota=quota(**UNUSED))
    admit(ledgers, key, EVE, cost="4")
    spend(ledgers, key, 1, MIDNIGHT)

    swept = replace(ledgers.ledger, abandoned=policy).sweep.scope(ledgers.scope(key), MORNING)

    assert [each.abandoned for each in swept] == [True]
    after = ledgers.scope(key)
    assert (after.holds, after.quota.used, after.quota.allowance) == ({}, 1, 20 - cost)
    assert after.budget_used == ledgers.spent() == 1 + cost


def test_the_first_admission_of_a_window_sweeps_what_keeps_it_out(ledgers):
    key = ledgers.add(quota=quota(), **HARD)
    admit(ledgers, key, EVE, cost="9.5")
    sweeping = replace(ledgers.ledger, abandoned=AbandonedPolicy.RELEASE)

    sweeping.admit(asked(key, MORNING, cost="10"))

    after = ledgers.scope(key)
    assert (after.quota.starts_at, after.quota.available, after.budget_available) == (MIDNIGHT, 0, 0)


@pytest.mark.parametrize("enforcement", Enforcement)
def test_a_leak_of_the_old_window_keeps_nobody_from_what_it_leaves_to_the_new_one(ledgers, enforcement):
    """The request cost next to nothing, but its process died before its hold was closed."""
    key = ledgers.add(budget_limit=None, quota=quota(**UNUSED), enforcement=enforcement)
    leaking = admit(ledgers, key, EVE, cost="9")
    with pytest.raises(KilledError):
        ledgers.on(MortalClient(ledgers.client, 1, applies=True)).settle(
            leaking, record(leaking.request_id, key=key, cost="0.5")
        )
    spend(ledgers, key, 11, MIDNIGHT)

    assert spend(ledgers, key, 1, MORNING).quota.allowance == Decimal("19.5")


def test_open_requests_of_a_soft_key_leave_no_debt_to_the_new_window(ledgers):
    """What they may cost at most is more than the quota; what they cost is little."""
    key = ledgers.add(budget_limit=None, quota=quota(**OVERSPEND))
    for _ in range(3):
        admit(ledgers, key, EVE, cost="8")

    assert admit(ledgers, key, MIDNIGHT, cost="1").scope.quota.allowance == 10


# --- answers that get lost ---


@pytest.mark.parametrize("applies", [False, True], ids=["before the write", "after the write"])
@each_carry
def test_a_write_that_rolls_over_and_gets_no_answer_is_taken_back(ledgers, flags, applies):
    key = ledgers.add(quota=quota(used="4", **flags))
    with pytest.raises(Exception, match="timeout"):
        ledgers.on(LossyClient(ledgers.client, {2}, applies=applies)).admit(asked(key, MIDNIGHT))
    assert ledgers.scope(key).holds == {}
    assert ledgers.scope(key).quota.used == (0 if applies else 4)

    after = spend(ledgers, key, 1, MIDNIGHT)

    assert (after.quota.used, after.quota.allowance) == (1, 10 + carried(flags, Decimal(6)))


@each_carry
def test_a_write_that_rolls_over_and_arrives_again_and_again_rolls_over_once(ledgers, flags):
    key = ledgers.add(quota=quota(used="4", **flags))
    repeating = RepeatingClient(ledgers.client)
    admitted = ledgers.on(repeating).admit(asked(key, MIDNIGHT, cost="1"))
    spend(ledgers, key, 2, MIDNIGHT)
    repeating.replay()
    assert ledgers.scope(key).quota.used == 2
    assert list(ledgers.scope(key).holds) == [admitted.request_id]

    settle(ledgers, admitted, key, "0.5", MIDNIGHT)
    repeating.replay()
    spend(ledgers, key, 3, MIDNIGHT + timedelta(days=1))
    repeating.replay()

    after = ledgers.scope(key)
    assert (after.holds, after.quota.used, after.budget_used) == ({}, 3, Decimal("5.5"))


@pytest.mark.parametrize(("flags", "waits"), [({}, False), (UNUSED, True), (OVERSPEND, False)])
@pytest.mark.parametrize("rolled", [False, True], ids=["before the new window", "in the new window"])
def test_what_a_hold_of_the_window_before_may_give_back_is_waited_for(ledgers, flags, waits, rolled):
    """An answer may be out before its hold is closed: its client's next request is tried once more."""
    key = ledgers.add(budget_limit=None, quota=quota(**flags), **HARD)
    before = admit(ledgers, key, EVE, cost="8")
    if rolled:
        spend(ledgers, key, 1, MIDNIGHT)

    with pytest.raises(RefusedError) as refused:
        admit(ledgers, key, MIDNIGHT, cost="13")

    assert refused.value.is_by_open_requests is waits
    settle(ledgers, before, key, "0.5")
    if waits:
        admit(ledgers, key, MIDNIGHT, cost="13")
