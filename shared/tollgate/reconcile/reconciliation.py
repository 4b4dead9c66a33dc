"""Reconciliation: that what a scope counts is what its records add up to, to the last digit.

Requests go on while it reads: first a scope, then the records. A record is written before its hold is
closed, so one whose hold the scope still showed is not counted yet; of the others, one that was completed
before the scope was read is counted, and one that was completed later is not. What was completed in the
very moment may be either: then a counter may differ by one of several amounts, and only where none of them
is zero is anything wrong.
"""

from __future__ import annotations

from dataclasses import field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from tollgate import money
from tollgate.identifiers import first_request_id
from tollgate.lean_dataclass import dataclass
from tollgate.ledger.billing import packs
from tollgate.reconcile.drift import DriftInterval

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from tollgate.ledger.scopes import Scope

# The window of what is never reset.
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# How far the clocks of those who spend and of the one who audits may be apart.
SKEW = timedelta(milliseconds=200)
# Between a request's admission by its key and by an ancestor, in which the ancestor's next window may begin.
STRADDLE = timedelta(seconds=2)
# A request's id is older than its admission by what it waits at most.
_WAIT = timedelta(minutes=1)
# An item has room for so many amounts, and more.
_MAX_STRADDLING = 1000


class Counter(StrEnum):
    """What a scope's item stores although it follows from something else, by its attribute."""

    BUDGET_USED = "budget_used"
    BUDGET_AVAILABLE = "budget_available"
    QUOTA_USED = "quota_used"
    QUOTA_AVAILABLE = "quota_available"
    QUOTA_ALLOWANCE = "quota_allowance"
    PACKS_LEFT = "packs_left"


@dataclass(frozen=True, slots=True)
class Drift:
    """A counter that is not what it must be, USD. If it isn't `exact` the difference is at least this."""

    scope_id: str
    counter: Counter
    expected: Decimal
    found: Decimal
    exact: bool = True

    @property
    def difference(self) -> Decimal:
        return money.difference(self.found, self.expected)


@dataclass(frozen=True, slots=True)
class RecordedCharge:
    """What a record says that matters here. `drawn` is what packs have paid of it, by scope."""

    request_id: str
    cost: Decimal
    scopes: tuple[str, ...]
    created_at: datetime
    completed_at: datetime
    drawn: Mapping[str, Decimal] = field(default_factory=dict)

    def cost_at(self, scope_id: str) -> Decimal:
        """What a scope's budgets are charged, which is what its packs have left."""
        return money.difference(self.cost, self.drawn.get(scope_id, money.ZERO))


@dataclass(frozen=True, slots=True)
class ScopeSnapshot:
    """A scope as it was at one moment between the two."""

    scope: Scope
    begun_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a scope's records of requests before `until` add up to, so that they needn't be read again.

    Only those within the window that begins at `window` count. `straddling` are the costs of requests at
    its very start, of which nobody knows whether the scope counted them in this window or the one before.
    """

    until: datetime
    window: datetime
    cost: Decimal = money.ZERO
    straddling: tuple[Decimal, ...] = ()


def item_drifts(scope: Scope) -> list[Drift]:
    """What is wrong with a scope's item by itself, which no request in flight can explain."""
    quota, zero = scope.quota, money.ZERO
    with money.exact():
        stored = {
            Counter.BUDGET_AVAILABLE: (
                (scope.budget_limit or zero) - scope.budget_used - scope.budget_held + scope.packs_left,
                scope.budget_available,
            ),
            Counter.QUOTA_AVAILABLE: (
                quota.allowance - quota.used - scope.quota_held() + scope.beyond_quota,
                quota.available,
            ),
        }
        if scope.packs:
            stored[Counter.PACKS_LEFT] = (packs.counted(scope), scope.packs_left)
    if not quota.carries:
        stored[Counter.QUOTA_ALLOWANCE] = (quota.limit or zero, quota.allowance)
    return [
        Drift(scope.key_id, counter, expected, found)
        for counter, (expected, found) in stored.items()
        if expected != found
    ]


@dataclass(slots=True)
class CounterTally:
    """What the records say of one counter, as they are read one by one.

    `start` is what needn't be read, `cut` up to where the next audit needn't. `found` is what the counter
    says, with what resets have taken off.
    """

    snapshot: ScopeSnapshot
    counter: Counter
    start: Checkpoint
    cut: datetime
    skew: timedelta = SKEW
    _first_id: str = field(init=False)
    _first_id_after: str = field(init=False)
    _certain: Decimal = field(init=False)
    _uncertain: list[Decimal] = field(init=False)
    _before_cut: Decimal = field(init=False)
    _straddling: list[Decimal] = field(init=False)

    def __post_init__(self) -> None:
        self._first_id = first_request_id(self.start.until)
        self._first_id_after = first_request_id(self.cut)
        self._certain = self._before_cut = self.start.cost
        self._straddling = list(self.start.straddling)
        self._uncertain = list(self.start.straddling)

    @property
    def scope(self) -> Scope:
        return self.snapshot.scope

    @property
    def found(self) -> Decimal:
        scope = self.scope
        with money.exact():
            if self.counter is Counter.BUDGET_USED:
                return scope.budget_used + scope.budget_reset
            return scope.quota.used + scope.quota.reset

    def add(self, spend: RecordedCharge) -> None:
        """Takes a record that names the scope."""
        window = self.start.window
        if spend.request_id < self._first_id or spend.created_at < window - STRADDLE:
            return
        straddles = spend.created_at < window
        cost = spend.cost_at(self.scope.key_id)
        with money.exact():
            if spend.request_id < self._first_id_after:
                if straddles:
                    self._straddling.append(cost)
                else:
                    self._before_cut += cost
            if spend.request_id in self.scope.holds:
                return
            if spend.completed_at > self.snapshot.ended_at + self.skew:
                return
            if straddles or spend.completed_at >= self.snapshot.begun_at - self.skew:
                self._uncertain.append(cost)
            else:
                self._certain += cost

    def differences(self) -> DriftInterval:
        """By what the counter may be more than its records."""
        return DriftInterval.of(money.difference(self.found, self._certain), self._uncertain)

    def drift(self, differences: DriftInterval) -> Drift:
        """Of differences that don't admit zero, the one that there is, or the least of them."""
        stored = self.scope.budget_used if self.counter is Counter.BUDGET_USED else self.scope.quota.used
        difference = differences.nearest_zero
        return Drift(
            self.scope.key_id,
            self.counter,
            expected=money.difference(stored, difference),
            found=stored,
            exact=differences.are_one,
        )

    def checkpoint(self) -> Checkpoint | None:
        """Where the next audit may begin; None if it must begin where this one has.

        A request that is still open may get a record with an old id.
        """
        if self.cut <= self.start.until or len(self._straddling) > _MAX_STRADDLING:
            return None
        if any(request_id < self._first_id_after for request_id in self.scope.holds):
            return None
        return Checkpoint(self.cut, self.start.window, self._before_cut, tuple(self._straddling))


def counter_tallies(
    snapshot: ScopeSnapshot, known: Mapping[Counter, Checkpoint], cut: datetime, skew: timedelta = SKEW
) -> list[CounterTally]:
    """A scope's counters, to be compared with records."""
    windows = {Counter.BUDGET_USED: EPOCH, Counter.QUOTA_USED: snapshot.scope.quota.starts_at}
    return [
        CounterTally(snapshot, counter, _start(snapshot.scope, window, known.get(counter)), cut, skew)
        for counter, window in windows.items()
    ]


def _start(scope: Scope, window: datetime, known: Checkpoint | None) -> Checkpoint:
    """From where to read. No record names a scope before it was created, or counts before its window."""
    if known is not None and known.window == window:
        return known
    # Had a request come in this window before the checkpoint, the scope would have been in it then.
    since = max(window, scope.created_at) - _WAIT
    return Checkpoint(max(since, known.until) if known else since, window)
