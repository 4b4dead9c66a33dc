"""What reconciliation makes of a scope and its records."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from aws_wire.attribute_values import plain, values
from tests.support.builders import NOW, admission, scope
from tollgate import identifiers
from tollgate.ledger.admissions import HoldAttempt
from tollgate.ledger.quotas import Quota
from tollgate.pricing.price_terms import AT_COST
from tollgate.reconcile.reconciliation import (
    EPOCH,
    Checkpoint,
    Counter,
    CounterTally,
    RecordedCharge,
    ScopeSnapshot,
    counter_tallies,
    item_drifts,
)
from tollgate.reconcile.store.checkpoints import to_checkpoints, to_item

D = Decimal
HOUR = timedelta(hours=1)
SKEW = timedelta(milliseconds=200)
MOMENT = timedelta(milliseconds=1)
READ = NOW + 3 * HOUR


def spend(cost: str = "1", *, at=NOW, completed_at=None, request_id=None) -> RecordedCharge:
    request_id = request_id or identifiers.request_id(at)
    return RecordedCharge(request_id, D(cost), ("key_1",), at, completed_at or at + timedelta(seconds=1))


def tally(read=None, counter=Counter.BUDGET_USED, known=None, **changes) -> CounterTally:
    snapshot = ScopeSnapshot(read or scope(**changes), READ, READ + MOMENT)
    (found,) = (
        each
        for each in counter_tallies(snapshot, {counter: known} if known else {}, READ - HOUR)
        if each.counter is counter
    )
    return found


def added(into: CounterTally, *spends: RecordedCharge):
    for each in spends:
        into.add(each)
    return into.differences().candidates


def held(request_id: str):
    asked = admission(request_id=request_id)
    return scope(holds={request_id: asked.own_hold(HoldAttempt(asked.demand.max_claim(), AT_COST, NOW))})


def test_a_counter_is_what_its_records_add_up_to():
    assert added(tally(used="3"), spend("1"), spend("2")) == {0}
    assert added(tally(used="3", budget_reset=D(4)), spend("5"), spend("2.5")) == {D("-0.5")}


def test_what_resets_have_taken_off_a_quota_was_counted():
    quota = Quota(NOW, used=D(3), reset=D(4), available=D(-3))
    assert added(tally(counter=Counter.QUOTA_USED, quota=quota), spend("7")) == {0}


def test_a_record_whose_hold_is_open_does_not_count():
    request_id = identifiers.request_id(NOW)
    assert added(tally(held(request_id)), spend(request_id=request_id)) == {0}


@pytest.mark.parametrize(
    ("completed_at", "counted"),
    [
        (READ - SKEW - MOMENT, {0}),
        (READ - SKEW, {0, 1}),
        (READ + MOMENT + SKEW, {0, 1}),
        (READ + 2 * MOMENT + SKEW, {1}),
    ],
)
def test_what_was_completed_while_the_scope_was_read_may_count_or_not(completed_at, counted):
    assert added(tally(used="1"), spend(at=READ - HOUR / 2, completed_at=completed_at)) == counted


@pytest.mark.parametrize(
    ("at", "counted"),
    [
        (timedelta(0), {0}),
        (-MOMENT, {0, 1}),
        (-timedelta(seconds=2), {0, 1}),
        (-timedelta(seconds=2) - MOMENT, {1}),
    ],
)
def test_a_request_just_before_a_window_may_count_in_it(at, counted):
    start = NOW + HOUR
    quota = Quota(start, used=D(1), available=D(-1))
    assert added(tally(counter=Counter.QUOTA_USED, quota=quota), spend(at=start + at)) == counted


def test_a_budget_has_no_window():
    assert added(tally(used="1", quota=Quota(NOW + HOUR)), spend()) == {0}


def test_a_checkpoint_stands_for_the_records_before_it():
    known = Checkpoint(NOW + HOUR, EPOCH, D(5))
    found = tally(used="6", known=known)
    assert added(found, spend(at=NOW + HOUR - MOMENT), spend(at=NOW + HOUR)) == {0}
    assert found.checkpoint() == Checkpoint(READ - HOUR, EPOCH, D(6))


def test_a_new_windows_checkpoint_begins_where_the_old_ones_ended():
    quota = Quota(NOW + HOUR, used=D(1), available=D(-1))
    later = Checkpoint(NOW + HOUR * 3 / 2, NOW - HOUR, D(5))
    earlier = replace(later, until=NOW)
    for known in (later, earlier, None):
        found = tally(counter=Counter.QUOTA_USED, quota=quota, known=known)
        assert found.start.cost == 0
        assert added(found, spend(at=NOW + HOUR * 7 / 4)) == {0}
    assert tally(counter=Counter.QUOTA_USED, quota=quota, known=later).start.until == later.until


def test_a_checkpoint_remembers_what_may_count_or_not():
    start = NOW + HOUR
    quota = Quota(start, used=D(1), available=D(-1))
    first = tally(counter=Counter.QUOTA_USED, quota=quota)
    first.add(spend("1", at=start))
    first.add(spend("2", at=start - MOMENT))
    known = first.checkpoint()
    assert known == Checkpoint(READ - HOUR, start, D(1), (D(2),))
    assert tally(counter=Counter.QUOTA_USED, quota=quota, known=known).differences().candidates == {0, -2}


def test_no_checkpoint_passes_an_open_hold_or_goes_back():
    assert tally(held(identifiers.request_id(READ - HOUR - MOMENT))).checkpoint() is None
    assert tally(held(identifiers.request_id(READ - HOUR))).checkpoint() is not None
    assert tally(known=Checkpoint(READ - HOUR, EPOCH)).checkpoint() is None


def test_checkpoints_are_stored_to_the_last_digit():
    known = {
        Counter.BUDGET_USED: Checkpoint(NOW, EPOCH, D("12345678901234567890.000000000000000001")),
        Counter.QUOTA_USED: Checkpoint(NOW, NOW - HOUR, D(0), (D("1e-18"), D("0.5"))),
    }
    assert to_checkpoints(plain(values(to_item("key_1", known)))) == known


CONTRADICTIONS: dict[Counter, dict[str, Any]] = {
    Counter.BUDGET_AVAILABLE: {"budget_available": D("9.000000000000000001")},
    Counter.QUOTA_AVAILABLE: {"quota": Quota(NOW, available=D("1e-18"))},
    Counter.QUOTA_ALLOWANCE: {"quota": Quota(NOW, allowance=D("1e-18"), available=D("1e-18"))},
}


@pytest.mark.parametrize("counter", CONTRADICTIONS)
def test_an_item_may_contradict_itself(counter):
    changes: dict[str, Any] = {"used": "1", "budget_available": D(9)}
    (drift,) = item_drifts(scope(**changes | CONTRADICTIONS[counter]))
    assert (drift.counter, drift.difference) == (counter, D("1e-18"))


def test_an_allowance_that_carries_something_over_is_no_contradiction():
    assert item_drifts(scope(quota=Quota(NOW, carries_unused=True, allowance=D(5), available=D(5)))) == []
