"""Settlements: a hold is charged to the window and the minute that it was opened in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.support.builders import NOW, hold, scope
from tollgate import money
from tollgate.ledger import rate_limits, settlements
from tollgate.ledger.holds import AbandonedPolicy, HeldCall
from tollgate.ledger.quotas import PastWindow, Quota
from tollgate.ledger.records import RecordKind
from tollgate.ledger.settlements import NOTHING, Charge
from tollgate.ledger.windows import Period, Schedule
from tollgate.pricing.usage import UsageSource

MILLISECOND = timedelta(milliseconds=1)
DAY = timedelta(days=1)
SECOND_LATER = NOW + timedelta(seconds=1)
CHARGE = Charge(Decimal("0.2"), tokens=60)
HOLD = hold("0.5", tokens=100)
MIDNIGHT = datetime(2026, 3, 14, tzinfo=UTC)
# A day that has begun, after one of which 4 of 10 USD were used and 0.5 may still be.
ROLLED = Quota(
    starts_at=MIDNIGHT,
    resets_at=MIDNIGHT + DAY,
    limit=Decimal(10),
    schedule=Schedule(Period.DAY),
    carries_unused=True,
    allowance=Decimal("15.5"),
    available=Decimal("15.5"),
    past=PastWindow(MIDNIGHT - DAY, allowance=Decimal(10), used=Decimal(4), held=Decimal("0.5")),
)


def closing(held=HOLD, charge=CHARGE, now=SECOND_LATER, **of_scope):
    return settlements.closing(scope(holds={"req_1": held}, **of_scope), held, charge, now)


@pytest.mark.parametrize(("cost", "freed"), [("0.2", "0.3"), ("0.5", "0"), ("0", "0.5"), ("0.75", "-0.25")])
def test_what_was_held_and_not_spent_is_free_again(cost, freed):
    assert closing(charge=replace(CHARGE, cost=Decimal(cost))).freed == Decimal(freed)


@pytest.mark.parametrize(
    ("since_start", "in_window", "corrects_carry"),
    [
        (timedelta(0), True, False),
        (timedelta(hours=1), True, False),
        (-MILLISECOND, False, True),
        (-DAY, False, True),
        # Of a window before the one before: what that one carried over is settled.
        (-DAY - MILLISECOND, False, False),
    ],
)
def test_a_hold_belongs_to_the_window_that_it_was_opened_in(since_start, in_window, corrects_carry):
    closed = closing(replace(HOLD, at=MIDNIGHT + since_start), quota=ROLLED)
    assert closed.in_window is in_window
    assert (closed.quota is not None) is corrects_carry


def test_a_hold_of_the_window_before_leaves_what_it_did_not_spend():
    corrected = closing(replace(HOLD, at=MIDNIGHT - MILLISECOND), quota=ROLLED).quota
    assert corrected.allowance == corrected.available == Decimal("15.8")
    assert corrected.used == 0
    assert corrected.past == replace(ROLLED.past, used=Decimal("4.2"), held=money.ZERO)


def test_where_nothing_is_carried_a_late_settlement_leaves_the_quota_alone():
    closed = closing(replace(HOLD, at=MIDNIGHT - MILLISECOND), quota=replace(ROLLED, past=None))
    assert not closed.in_window
    assert closed.quota is None


# NOW is 26 seconds and a half into its minute.
@pytest.mark.parametrize(
    ("seconds", "returns"), [(0, True), (33, True), (34, False), (3600, False), (-30, False)]
)
def test_tokens_go_back_to_a_minute_that_is_not_over(seconds, returns):
    assert closing(now=NOW + timedelta(seconds=seconds)).returns_rates is returns


def test_what_goes_back_is_what_was_not_used():
    used = closing()
    assert (used.unused_tokens, used.unused_requests) == (40, 0)
    exceeded = closing(charge=replace(CHARGE, tokens=130))
    assert (exceeded.unused_tokens, exceeded.unused_requests) == (-30, 0)
    refused = closing(charge=NOTHING)
    assert (refused.unused_tokens, refused.unused_requests) == (100, 1)


def test_minutes_that_are_over_are_forgotten_but_for_the_last_one():
    names = [
        name(NOW - timedelta(minutes=minutes))
        for minutes in range(4)
        for name in (rate_limits.requests_name, rate_limits.tokens_name)
    ]
    stale = closing(rates=dict.fromkeys(names, 1)).stale
    assert sorted(stale) == sorted(names[4:])


def test_closed_requests_are_forgotten_when_no_duplicate_can_arrive_any_more():
    closed = {"req_over": SECOND_LATER, "req_open": SECOND_LATER + MILLISECOND, "req_long_over": NOW - DAY}
    assert closing(closed=closed).forgotten == ("req_long_over", "req_over")


# --- abandoned requests ---

CALL = HeldCall("small", RecordKind.COMPLETION, "mdl_small:1", 30, Decimal("0.1"), streamed=True)
OWN = replace(HOLD, call=CALL)
POLICIES = {
    "the whole hold": (AbandonedPolicy.CHARGE, "0.5", "0.5", 30, 70),
    "no more than any scope holds": (AbandonedPolicy.CHARGE, "0.3", "0.3", 30, 70),
    "the input": (AbandonedPolicy.CHARGE_INPUT, "0.5", "0.1", 30, 0),
    "the input, no more than any scope holds": (AbandonedPolicy.CHARGE_INPUT, "0.05", "0.05", 30, 0),
    "nothing": (AbandonedPolicy.RELEASE, "0.5", "0", 0, 0),
}


@pytest.mark.parametrize(
    ("policy", "amount", "cost", "prompt_tokens", "output_tokens"), POLICIES.values(), ids=POLICIES
)
def test_an_abandoned_request_is_charged_by_policy(policy, amount, cost, prompt_tokens, output_tokens):
    usage, bill = settlements.abandoned(OWN, Decimal(amount), policy)
    assert bill.total == Decimal(cost)
    assert (usage.prompt_tokens, usage.completion_tokens) == (prompt_tokens, output_tokens)


def test_tokens_of_an_abandoned_request_are_estimated():
    usage, _ = settlements.abandoned(OWN, OWN.amount, AbandonedPolicy.CHARGE)
    assert usage.source is UsageSource.ESTIMATED


def test_a_hold_that_says_nothing_of_its_call_is_charged_nothing():
    _, bill = settlements.abandoned(HOLD, HOLD.amount, AbandonedPolicy.CHARGE)
    assert bill.total == 0
