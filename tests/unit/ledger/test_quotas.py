"""Quotas: what a window allows is the limit, and what the windows before it have left."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.builders import NOW, scope
from tollgate import money
from tollgate.ledger.holds import Hold
from tollgate.ledger.quotas import NO_QUOTA, PastWindow, Quota, QuotaSettings
from tollgate.ledger.scopes import Enforcement
from tollgate.ledger.windows import NEVER, Period, Schedule

DAILY = Schedule(Period.DAY)
MIDNIGHT = datetime(2026, 3, 15, tzinfo=UTC)
DAY = timedelta(days=1)
MILLISECOND = timedelta(milliseconds=1)
UNUSED: dict[str, Any] = {"carries_unused": True}
OVERSPEND: dict[str, Any] = {"carries_overspend": True}
BOTH: dict[str, Any] = {**UNUSED, **OVERSPEND}


def quota(
    limit: str | None = "10",
    used: str = "0",
    held: str = "0",
    *,
    allowance: str | None = None,
    **changes: Any,
) -> Quota:
    """Of the day that ends at `MIDNIGHT`."""
    allowed = Decimal(allowance or limit or 0)
    made = Quota(
        starts_at=MIDNIGHT - DAY,
        resets_at=MIDNIGHT,
        limit=None if limit is None else Decimal(limit),
        schedule=DAILY,
        allowance=allowed,
        used=Decimal(used),
        available=allowed - Decimal(used) - Decimal(held),
    )
    return replace(made, **changes)


# --- rolling over ---


def test_a_window_lasts_until_just_before_it_resets():
    present = quota()
    assert present.is_present(MIDNIGHT - DAY)
    assert present.is_present(MIDNIGHT - MILLISECOND)
    assert not present.is_present(MIDNIGHT)
    assert not present.is_present(MIDNIGHT - DAY - MILLISECOND)
    assert present.rolled(MIDNIGHT - MILLISECOND, money.ZERO) is present
    assert present.rolled(MIDNIGHT, money.ZERO).is_present(MIDNIGHT)


def test_a_new_window_begins_with_nothing_used_held_or_reset():
    rolled = quota(used="7", held="2", reset=Decimal(3)).rolled(MIDNIGHT, Decimal(2))
    assert rolled == quota(starts_at=MIDNIGHT, resets_at=MIDNIGHT + DAY)


def test_an_unused_quota_of_months_ago_begins_in_the_window_of_today():
    rolled = quota(used="7", **BOTH).rolled(MIDNIGHT + 90 * DAY + timedelta(hours=5), money.ZERO)
    assert (rolled.starts_at, rolled.resets_at) == (MIDNIGHT + 90 * DAY, MIDNIGHT + 91 * DAY)


def test_a_window_without_a_schedule_never_ends():
    forever = Quota(starts_at=NOW, used=Decimal(7), available=Decimal(-7))
    assert forever.rolled(NOW + 10_000 * DAY, money.ZERO) is forever
    assert forever.is_present(NOW + 10_000 * DAY)


def test_without_a_limit_spending_is_counted_by_window_and_nothing_carried_over():
    rolled = quota(limit=None, used="7", held="1", **BOTH).rolled(MIDNIGHT, Decimal(1))
    assert (rolled.allowance, rolled.used, rolled.available) == (0, 0, 0)
    assert rolled.remaining is None
    assert rolled.settled_late(Decimal(2), Decimal(1)).available == 0


def test_what_remains_is_never_less_than_nothing():
    assert quota(used="7", held="2").remaining == 3
    assert quota(used="11").remaining == 0
    assert quota(allowance="-5").remaining == 0


def test_a_new_quota_begins_at_once_and_ends_with_its_schedules_window():
    old = quota(used="7", held="1", **BOTH).rolled(MIDNIGHT, Decimal(1))
    weekly = Schedule(Period.WEEK)
    fresh = old.rescheduled(
        MIDNIGHT + timedelta(hours=5), QuotaSettings(limit=Decimal(50), schedule=weekly, carries_unused=True)
    )
    # 15 March 2026 is a Sunday.
    assert fresh == Quota(
        starts_at=MIDNIGHT + timedelta(hours=5),
        resets_at=MIDNIGHT + DAY,
        limit=Decimal(50),
        schedule=weekly,
        carries_unused=True,
        allowance=Decimal(50),
        available=Decimal(50),
    )
    assert fresh.rolled(MIDNIGHT + DAY, money.ZERO).allowance == 100


def test_a_quota_that_is_taken_away_leaves_a_window_that_never_ends():
    gone = quota(used="7").rescheduled(NOW, NO_QUOTA)
    assert gone == Quota(starts_at=NOW, resets_at=NEVER)


# --- carrying over ---

# What a day of 10 USD allows that follows one of which so much was used, and so much is still held.
CARRIED = {
    "nothing carried, unused": ({}, "10", "4", "0", "10"),
    "nothing carried, overspent": ({}, "10", "14", "0", "10"),
    "what is unused": (UNUSED, "10", "4", "0", "16"),
    "a whole limit unused": (UNUSED, "10", "0", "0", "20"),
    "one limit at most": (UNUSED, "20", "3", "0", "20"),
    "unused of what was carried before": (UNUSED, "20", "14", "0", "16"),
    "not what is held": (UNUSED, "10", "4", "5", "11"),
    "nothing is left": (UNUSED, "10", "10", "0", "10"),
    "no overspend": (UNUSED, "10", "14", "0", "10"),
    "overspend": (OVERSPEND, "10", "14", "0", "6"),
    "more overspend than a limit": (OVERSPEND, "10", "35", "0", "-15"),
    "overspend on top of overspend": (OVERSPEND, "-15", "1", "0", "-6"),
    "nothing that is unused": (OVERSPEND, "10", "4", "0", "10"),
    "both, unused": (BOTH, "10", "4", "0", "16"),
    "both, overspent": (BOTH, "10", "14", "0", "6"),
}


@pytest.mark.parametrize(("flags", "allowance", "used", "held", "allowed"), CARRIED.values(), ids=CARRIED)
def test_a_window_leaves_the_next_one(flags, allowance, used, held, allowed):
    before = quota(used=used, held=held, allowance=allowance, **flags)
    rolled = before.rolled(MIDNIGHT, Decimal(held))
    assert rolled.allowance == rolled.available == Decimal(allowed)
    assert rolled.used == 0
    kept = PastWindow(before.starts_at, before.allowance, before.used, Decimal(held)) if flags else None
    assert rolled.past == kept


# The same after so many days without a request.
IDLE = {
    "unused grows to a limit": (UNUSED, "4", [16, 20, 20, 20]),
    "overspend is paid off": (OVERSPEND, "35", [-15, -5, 5, 10, 10]),
    "overspend is paid off, then unused carried": (BOTH, "35", [-15, -5, 5, 15, 20, 20]),
    "overspend does not come back": (UNUSED, "35", [10, 20, 20]),
}


@pytest.mark.parametrize(("flags", "used", "allowances"), IDLE.values(), ids=IDLE)
def test_idle_windows_carry_on(flags, used, allowances):
    before = quota(used=used, **flags)
    for days, allowance in enumerate(allowances):
        assert before.rolled(MIDNIGHT + days * DAY, money.ZERO).allowance == allowance


def test_overspend_of_a_quota_of_nothing_is_never_paid_off():
    before = quota(limit="0", used="5", **BOTH)
    assert before.rolled(MIDNIGHT + 1000 * DAY, money.ZERO).allowance == -5


@pytest.mark.parametrize(
    ("flags", "cost", "before", "after"),
    [
        (UNUSED, "2", 11, 14),
        (UNUSED, "5", 11, 11),
        (UNUSED, "0", 11, 16),
        # A provider that bills more than the bound.
        (UNUSED, "9", 11, 10),
        (BOTH, "9", 11, 7),
        ({}, "2", 10, 10),
    ],
)
def test_a_late_settlement_corrects_what_was_carried(flags, cost, before, after):
    rolled = quota(used="4", held="5", **flags).rolled(MIDNIGHT, Decimal(5))
    assert rolled.allowance == before
    spent = replace(rolled, used=Decimal(3), available=rolled.available - 3)

    settled = spent.settled_late(Decimal(cost), Decimal(5))

    assert settled.allowance == after
    assert settled.used == 3
    assert settled.available == after - 3


def test_a_soft_budget_that_was_kept_to_leaves_no_overspend_because_of_what_is_held():
    """A soft hold reserves nothing; only what was really spent beyond the limit is owed."""
    before = quota(used="4", held="20", **OVERSPEND)
    assert before.rolled(MIDNIGHT, Decimal(20)).allowance == 10


# --- other rules of time zones than when the window began ---


@pytest.mark.parametrize("hours", [-1, 1])
def test_windows_do_not_overlap_when_a_country_changes_its_clocks(hours):
    """The stored end was computed by a time zone database that did not know of it yet."""
    before = quota(held="2", resets_at=MIDNIGHT + timedelta(hours=hours))
    open_since = before.resets_at - timedelta(minutes=1)
    rolled = before.rolled(before.resets_at + timedelta(minutes=1), Decimal(2))

    assert rolled.starts_at >= before.resets_at
    assert rolled.resets_at > rolled.starts_at
    held = Hold(Decimal(2), tokens=0, at=open_since, expires_at=open_since + timedelta(hours=1))
    assert scope(quota=rolled, holds={"req_1": held}).quota_held() == 0


def test_a_window_that_began_by_other_rules_is_not_taken_for_an_idle_one():
    before = quota(used="10", starts_at=MIDNIGHT - DAY - timedelta(hours=1), **UNUSED)
    assert before.rolled(MIDNIGHT, money.ZERO).allowance == 10


# --- properties ---

AMOUNTS = st.decimals(0, 100, places=4)
FLAGS = st.sampled_from([{}, UNUSED, OVERSPEND, BOTH])
LIMITS = st.none() | st.just(money.ZERO) | AMOUNTS
thorough = settings(max_examples=200, deadline=None)


@dataclass
class Spending:
    """A quota with open holds, changed as the ledger's writes change it."""

    quota: Quota
    now: datetime = MIDNIGHT - DAY
    holds: list[Hold] = field(default_factory=list)

    @property
    def held(self) -> Decimal:
        return sum((hold.amount for hold in self.holds if hold.at >= self.quota.starts_at), money.ZERO)

    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    def admit(self, amount: Decimal) -> None:
        rolled = self.quota.rolled(self.now, self.held)
        self.quota = replace(rolled, available=rolled.available - amount)
        self.holds.append(Hold(amount, tokens=0, at=self.now, expires_at=self.now + 365 * DAY))

    def settle(self, cost: Decimal) -> None:
        if not self.holds:
            return
        hold, past = self.holds.pop(0), self.quota.past
        if hold.at >= self.quota.starts_at:
            freed = hold.amount - cost
            self.quota = replace(
                self.quota, used=self.quota.used + cost, available=self.quota.available + freed
            )
        elif past is not None and hold.at >= past.starts_at:
            self.quota = self.quota.settled_late(cost, hold.amount)


STEPS = st.lists(
    st.tuples(st.just("wait"), st.integers(1, 60))
    | st.tuples(st.just("admit"), AMOUNTS)
    | st.tuples(st.just("settle"), AMOUNTS),
    max_size=30,
)


@thorough
@given(LIMITS, FLAGS, STEPS)
def test_available_is_always_what_is_allowed_and_neither_used_nor_held(limit, flags, steps):
    spending = Spending(quota(limit=None if limit is None else str(limit), **flags))
    for step, argument in steps:
        getattr(spending, step)(argument)
        present = spending.quota
        assert present.available == present.allowance - present.used - spending.held
        if not present.carries:
            assert present.allowance == (present.limit or 0)
        if not present.carries_overspend:
            assert present.allowance >= (present.limit or 0)
        if not present.carries_unused:
            assert present.allowance <= (present.limit or 0)
        assert present.allowance <= 2 * (present.limit or 0)


@thorough
@given(AMOUNTS, AMOUNTS, AMOUNTS, FLAGS, st.integers(0, 8))
def test_to_roll_over_idle_windows_at_once_or_one_by_one_is_the_same(limit, used, held, flags, idle):
    before = quota(str(limit), str(used), str(held), **flags)
    one_by_one = before.rolled(MIDNIGHT, held)
    for days in range(1, idle + 1):
        one_by_one = one_by_one.rolled(MIDNIGHT + days * DAY, money.ZERO)

    at_once = before.rolled(MIDNIGHT + idle * DAY, held)

    assert replace(at_once, past=None) == replace(one_by_one, past=None)


@thorough
@given(
    AMOUNTS,
    AMOUNTS,
    FLAGS,
    st.lists(st.tuples(AMOUNTS, AMOUNTS), max_size=6),
    st.integers(0, 3),
    st.randoms(use_true_random=False),
)
def test_what_settles_late_counts_as_if_it_had_settled_in_time(limit, used, flags, open_holds, idle, random):
    """In whatever order: costs may be less or more than what was held."""
    costs = sum((cost for cost, _ in open_holds), money.ZERO)
    held = sum((amount for _, amount in open_holds), money.ZERO)
    at = MIDNIGHT + idle * DAY
    late = quota(str(limit), str(used), str(held), **flags).rolled(at, held)
    random.shuffle(open_holds)
    for cost, amount in open_holds:
        late = late.settled_late(cost, amount)

    in_time = quota(str(limit), str(used + costs), **flags).rolled(at, money.ZERO)

    assert late == in_time


@thorough
@given(AMOUNTS, AMOUNTS, AMOUNTS)
def test_a_hard_budget_is_not_overspent_by_what_is_carried_while_requests_are_open(limit, used, cost):
    """What a hold of the past window may still cost is not given away before it has settled."""
    held = max(limit - used, money.ZERO)
    rolled = quota(str(limit), str(used), str(held), **UNUSED).rolled(MIDNIGHT, held)
    spent = replace(rolled, available=money.ZERO)

    assert spent.settled_late(min(cost, held), held).available >= 0


def test_the_balance_of_a_quota_says_until_when_it_lasts():
    (balance,) = scope(budget_limit=None, quota=quota(used="4", held="2", allowance="13")).balances()
    assert (balance.window, balance.resets_at, balance.enforcement) == ("day", MIDNIGHT, Enforcement.SOFT)
    assert (balance.limit, balance.allowance, balance.used, balance.held) == (10, 13, 4, 2)
    assert balance.remaining == 9
    assert replace(balance, enforcement=Enforcement.HARD).remaining == 7
