"""What a scope has spent of late, from samples of what its item has counted.

A scope's item counts all that it was ever charged, in the write that charges it. A sample is what had been
counted just before a charge, so that the difference of two is what was charged in between, to the cent, with
nothing that lags behind. Samples are few: the first charge of each `SLOT`, and each that brings a budget a
percent nearer to its limit.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tollgate import money
from tollgate.alerts.alerts import DAY, MIN_SPAN, Spending, SpendingBurst
from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from tollgate.ledger.scopes import Scope

SLOT = timedelta(minutes=5)
# What was charged longer ago is not "lately".
BURST_SPAN = timedelta(minutes=15)
# Clocks differ a little: what has been charged may have been so a moment ahead of this one.
AHEAD = timedelta(minutes=1)
# Lately counts if so many times as much was spent in a time as is usual.
_BURST = 2


@dataclass(frozen=True, slots=True)
class Sample:
    """A charge at `at`, before which `spent` USD had been charged in all.

    Nothing was charged since `idle_since`; None if nothing ever was.
    """

    at: datetime
    spent: Decimal
    idle_since: datetime | None


@dataclass(frozen=True, slots=True)
class DaySamples:
    """`before` is the last one before a day begins, `first` the first one in it; None where there is none."""

    before: Sample | None = None
    first: Sample | None = None


def total(scope: Scope) -> Decimal:
    """All that was ever charged to a scope, USD: what resets took off counts, too, and what packs paid.

    What is drawn for a call counts once the rest of that is charged.
    """
    with money.exact():
        charged = scope.budget_used + scope.budget_reset
        return charged + _paid_by_packs(scope) if scope.packs else charged


def _paid_by_packs(scope: Scope) -> Decimal:
    drawn = money.total(money.difference(pack.amount, pack.left) for pack in scope.packs.values())
    still_open = money.total(hold.parts.drawn for hold in scope.holds.values() if hold.parts is not None)
    return money.total([scope.packs_paid, money.difference(drawn, still_open)])


def slot(at: datetime) -> int:
    """The number of the slot that a moment is in."""
    return int(at.timestamp()) // int(SLOT.total_seconds())


def is_younger(scope: Scope, now: datetime) -> bool:
    """Whether all that a scope was charged lies within the last 24 hours."""
    return scope.created_at >= now - DAY


def last_day(scope: Scope, now: datetime, samples: DaySamples, summed: Callable[[], Decimal]) -> Decimal:
    """USD charged in the 24 hours before `now`, or, where they begin within a slot, since that began.

    So it is never less than what was charged. Where samples are missing, as those of a time in which the key
    had no budget, `summed` says what sums of days know, and the samples bound it.
    """
    spent, since = total(scope), now - DAY
    if is_younger(scope, now):
        return spent
    first = samples.first
    idle_since = scope.last_used_at if first is None else first.idle_since
    known = money.ZERO if first is None else _positive(money.difference(spent, first.spent))
    if idle_since is None or idle_since < since:
        return known
    most = spent if samples.before is None else _positive(money.difference(spent, samples.before.spent))
    if samples.before is not None and slot(samples.before.at) == slot(idle_since):
        return most
    return min(max(summed(), known), most)


def spending(scope: Scope, now: datetime, in_day: Decimal, recent: tuple[Sample, ...]) -> Spending:
    """With what was spent lately, if that is a burst; `recent` are samples to measure from."""
    usual = Spending(in_day, span=min(max(now - scope.created_at, timedelta(0)), DAY))
    spent = total(scope)
    found = [
        SpendingBurst(_positive(money.difference(spent, sample.spent)), max(now - sample.at, timedelta(0)))
        for sample in recent
    ]
    fastest = max(found, key=lambda each: each.per_day, default=None)
    if fastest is None or fastest.per_day <= usual.per_day * _BURST:
        return usual
    return Spending(in_day, span=usual.span, burst=fastest)


def recent_spans(now: datetime) -> tuple[tuple[datetime, datetime], tuple[datetime, datetime]]:
    """Where samples of a burst are looked for: the last one of the first span, the first of the second."""
    return (now - BURST_SPAN, now - MIN_SPAN), (now - MIN_SPAN, now + AHEAD)


def _positive(amount: Decimal) -> Decimal:
    """Counts that were repaired may have become less."""
    return max(amount, money.ZERO)
