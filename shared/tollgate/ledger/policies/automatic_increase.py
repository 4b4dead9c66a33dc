"""Automatic increases: how far a limit may be raised by itself, for a time, when it is nearly used.

What is here is the policy. When a step of it is due is `tollgate.keys.store.automatic_increases`' to say.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from tollgate import money
from tollgate.lean_dataclass import dataclass
from tollgate.ledger.policies.temporary_limits import (
    TOTAL,
    RaisedBy,
    lasting_limit_of,
    limit_of,
    raised,
)
from tollgate.ledger.scopes import Enforcement, Priority

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from decimal import Decimal

    from tollgate.ledger.scopes import Balance, Scope
    from tollgate.refusals import Shortage

AT_PERCENT = 100
TIMES = 1
TTL_SECONDS = 86_400
COOLDOWN_SECONDS = 3_600
_HUNDREDTHS = -2


@dataclass(frozen=True, slots=True)
class AutomaticIncrease:
    """By how much a limit is raised when `at_percent` of it is used: either `usd`, or `percent` of the limit.

    In a window that is at most `times`, each at least `cooldown_seconds` after the one before, and never to
    more than `max_total` USD above what the limit is otherwise. A raise ends after `ttl_seconds`, or with the
    quota's window. It is in effect for priorities `high` and `critical`.
    """

    usd: Decimal | None
    percent: int | None
    max_total: Decimal
    at_percent: int = AT_PERCENT
    times: int = TIMES
    ttl_seconds: int = TTL_SECONDS
    cooldown_seconds: int = COOLDOWN_SECONDS

    def step(self, base: Decimal) -> Decimal:
        """One step, USD, of a limit that is `base` while it is not raised."""
        if self.usd is not None:
            return self.usd
        with money.exact():
            return (base * (self.percent or 0)).scaleb(_HUNDREDTHS)


@dataclass(frozen=True, slots=True)
class StepsTaken:
    """The steps of a window so far, and when the last was; `since` is the beginning of a quota's window."""

    steps: int
    last_at: datetime
    since: datetime | None = None


class DueStep(NamedTuple):
    """The limit that a step makes of the present one, and until when. Amounts are USD."""

    window: str
    limit: Decimal
    until: datetime
    taken: StepsTaken


def due_step(scope: Scope, window: str, at: datetime, room: Decimal | None = None) -> DueStep | None:
    """The step that a scope's policy allows at a moment of its present window, None if it allows none.

    It is no more than the `room` (USD) that scopes above it leave, None where they don't bound it. A raise
    that was approved stays as it is.
    """
    policy, noted = scope.automatic_increase, scope.raises.get(window)
    base, limit = lasting_limit_of(scope, window), limit_of(scope, window)
    if policy is None or scope.priority.rank < Priority.HIGH.rank or base is None or limit is None:
        return None
    if noted is not None and noted.by is not RaisedBy.POLICY:
        return None
    steps = _steps(scope, window, at)
    if steps is None:
        return None
    with money.exact():
        step = min(policy.step(base), base + policy.max_total - limit, *([] if room is None else [room]))
        raised_to = limit + step
    if step <= 0:
        return None
    until = at + timedelta(seconds=policy.ttl_seconds)
    ends_at = until if window == TOTAL else min(until, scope.quota.resets_at)
    return DueStep(window, raised_to, ends_at, steps)


def stepped(scope: Scope, due: DueStep) -> Scope:
    """The scope as an edit is to leave it, for `Hierarchy.edit`."""
    reference = f"step {due.taken.steps}"
    after = raised(scope, due.window, due.limit, due.until, by=RaisedBy.POLICY, reference=reference)
    return replace(after, steps_taken={**scope.steps_taken, due.window: due.taken})


def recounted(before: Scope, after: Scope) -> Scope:
    """The scope as an edit is to leave it: with another policy the steps begin anew."""
    return after if before.automatic_increase == after.automatic_increase else replace(after, steps_taken={})


def windows_at_percent(scope: Scope) -> list[str]:
    """The windows of which so much is used that the policy is to raise them, in a scope's present window."""
    policy = scope.automatic_increase
    if policy is None:
        return []
    return [balance.window for balance in scope.balances() if balance.is_reached(policy.at_percent)]


def _steps(scope: Scope, window: str, at: datetime) -> StepsTaken | None:
    """The steps of the present window with one more at a moment, None if the policy doesn't allow it yet."""
    policy, taken = scope.automatic_increase, scope.steps_taken.get(window)
    since = None if window == TOTAL else scope.quota.starts_at
    if policy is None or taken is None:
        return StepsTaken(1, at, since)
    steps = 1 + (taken.steps if taken.since == since else 0)
    if steps > policy.times or at < taken.last_at + timedelta(seconds=policy.cooldown_seconds):
        return None
    return StepsTaken(steps, at, since)


def lets_in(scope: Scope, due: DueStep, short: Shortage) -> bool:
    """Whether a step leaves what a request is short of."""
    with money.exact():
        more = due.limit - (limit_of(scope, due.window) or money.ZERO)
        left = short.allowance + more - short.used
        if short.cost is None:
            return left > 0
        return left - short.held >= short.cost


def room_above(scope: Scope, above: Sequence[Scope], window: str, at: datetime) -> Decimal | None:
    """What the keys above a scope leave a limit of it, USD: of their own limits, and of what is unspent."""
    limit = limit_of(scope, window) or money.ZERO
    room: list[Decimal] = []
    for each in above:
        present = each.advanced(at)
        most = lasting_limit_of(present, window)
        room += [money.difference(most, limit)] if most is not None else []
        room += [_unspent(balance) for balance in present.balances()]
    return min(room, default=None)


def _unspent(balance: Balance) -> Decimal:
    if balance.enforcement is Enforcement.HARD:
        return balance.available
    return money.difference(balance.allowance, balance.used)


def applied(scope: Scope, due: DueStep) -> Scope:
    """The scope as a step leaves it, what is available of it included."""
    after = stepped(scope, due)
    with money.exact():
        more = due.limit - (limit_of(scope, due.window) or money.ZERO)
        if due.window == TOTAL:
            return replace(after, budget_available=scope.budget_available + more)
        quota = replace(
            after.quota, allowance=scope.quota.allowance + more, available=scope.quota.available + more
        )
    return replace(after, quota=quota)
