"""Reserves: what a scope keeps of its budgets for requests of higher priority.

A request has the priority of the key that it came with. The scope that several keys share says up to which
share of each of its budgets a priority is let in: as long as what is used and held, the request itself aside,
is less than that. Pacing lets `low` in only while a quota is not used up faster than its window goes by.
"""

from __future__ import annotations

from dataclasses import field
from datetime import timedelta
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from tollgate import money
from tollgate.lean_dataclass import dataclass
from tollgate.ledger.refusal_messages import HELD_RETRY_SECONDS
from tollgate.ledger.scopes import Priority

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tollgate.ledger.quotas import Quota
    from tollgate.ledger.scopes import Balance, Scope

_ALL_PERCENT = 100
# Of what a quota's pace allows, far below any price.
_STEP = Decimal("0.000000000001")
_MILLISECOND = timedelta(milliseconds=1)


class ReservePolicy(StrEnum):
    """What becomes of a request that a reserve is kept from.

    `pass`: it is let in all the same. `downgrade`: a cheaper model serves it, if a rule of `downgrade` names
    one, and it is shed otherwise. `shed`: it is refused.
    """

    PASS = "pass"  # noqa: S105 - no password
    DOWNGRADE = "downgrade"
    SHED = "shed"


@dataclass(frozen=True, slots=True)
class ClassReserve:
    """Up to how many percent of each budget a priority is let in, and what becomes of it beyond that."""

    up_to_percent: int
    policy: ReservePolicy = ReservePolicy.SHED


# What a scope keeps that has reserves and does not say which. Other priorities are let in to the end.
USUAL = {Priority.LOW: ClassReserve(80), Priority.NORMAL: ClassReserve(95)}


@dataclass(frozen=True, slots=True)
class PriorityReserves:
    """`pacing_slack_percent`: how far spending may be ahead of the window's elapsed share before `low` is
    refused, in percent of the quota; None for no pacing.
    """

    classes: Mapping[Priority, ClassReserve] = field(default_factory=lambda: USUAL)
    pacing_slack_percent: int | None = None

    def of(self, priority: Priority) -> ClassReserve | None:
        """What holds for a priority, None if it is let in to the end."""
        found = self.classes.get(priority)
        if found is None or found.policy is ReservePolicy.PASS or found.up_to_percent >= _ALL_PERCENT:
            return None
        return found

    def paces(self, priority: Priority) -> bool:
        found = self.classes.get(Priority.LOW)
        passes = found is not None and found.policy is ReservePolicy.PASS
        return priority is Priority.LOW and self.pacing_slack_percent is not None and not passes

    def policy_for(self, priority: Priority) -> ReservePolicy:
        found = self.classes.get(priority)
        return found.policy if found else ReservePolicy.SHED


class Bounds(NamedTuple):
    """What a scope must have for a priority to be let in, USD; None where that doesn't matter.

    More than `budget` and `quota` must be available, and no more than `paced` used of the quota.
    """

    budget: Decimal | None = None
    quota: Decimal | None = None
    paced: Decimal | None = None


class Reached(NamedTuple):
    """The budget that a priority gets no more of, and from which percent on, None where it is its pace.

    `retry_after` is seconds until it may be let in, None if nothing but another budget will do that;
    `by_open_requests` says that what is only held is why, `downgrades` that a cheaper model may serve it.
    """

    balance: Balance
    priority: Priority
    percent: int | None
    retry_after: float | None
    by_open_requests: bool = False
    downgrades: bool = False


def bounds(scope: Scope, priority: Priority, at: datetime) -> Bounds:
    """What a scope's reserves come to at a moment of its present window."""
    reserves = scope.priority_reserves
    if reserves is None:
        return Bounds()
    found, quota = reserves.of(priority), scope.quota
    has_quota = quota.limit is not None and quota.schedule is not None
    return Bounds(
        budget=_kept(scope.budget_limit, found) if scope.budget_limit is not None else None,
        quota=_kept(quota.allowance, found, _beyond(scope)) if has_quota else None,
        paced=_paced(quota, reserves, at) if has_quota and reserves.paces(priority) else None,
    )


def reached(scope: Scope, priority: Priority, at: datetime) -> Reached | None:
    """What keeps a priority out of a scope at a moment of its present window, None if nothing does."""
    reserves, bound = scope.priority_reserves, bounds(scope, priority, at)
    if reserves is None:
        return None
    shorts = (_short(scope, balance, bound, priority, at) for balance in scope.balances())
    found = [short for short in shorts if short is not None]
    # What no time helps says more than what some will.
    worst = min(found, key=lambda each: each.retry_after is not None, default=None)
    downgrades = reserves.policy_for(priority) is ReservePolicy.DOWNGRADE
    return worst._replace(downgrades=downgrades) if worst else None


def _short(scope: Scope, balance: Balance, bound: Bounds, priority: Priority, at: datetime) -> Reached | None:
    kept = bound.budget if balance.resets_at is None else bound.quota
    reserve = scope.priority_reserves.of(priority) if scope.priority_reserves else None
    if kept is not None and reserve is not None and balance.available <= kept:
        held = money.difference(balance.available, kept) + balance.held > 0
        retry_after = HELD_RETRY_SECONDS if held else None
        return Reached(balance, priority, reserve.up_to_percent, retry_after, by_open_requests=held)
    if balance.resets_at is not None and bound.paced is not None and balance.used > bound.paced:
        return Reached(balance, priority, None, _seconds_to_pace(scope, at))
    return None


def _kept(allowance: Decimal, reserve: ClassReserve | None, beyond: Decimal = money.ZERO) -> Decimal | None:
    if reserve is None:
        return None
    with money.exact():
        return allowance * Decimal(_ALL_PERCENT - reserve.up_to_percent).scaleb(-2) + beyond


def _beyond(scope: Scope) -> Decimal:
    """What is available of a quota besides its allowance: a share is of that alone, whatever is metered."""
    return (scope.overage_limit or money.ZERO) if scope.is_metered else money.ZERO


def _paced(quota: Quota, reserves: PriorityReserves, at: datetime) -> Decimal:
    elapsed = (at - quota.starts_at) // _MILLISECOND
    whole = (quota.resets_at - quota.starts_at) // _MILLISECOND
    slack = (reserves.pacing_slack_percent or 0) * whole
    share = Decimal(elapsed * _ALL_PERCENT + slack) / Decimal(whole * _ALL_PERCENT)
    return (quota.allowance * share).quantize(_STEP, rounding=ROUND_DOWN)


def _seconds_to_pace(scope: Scope, at: datetime) -> float:
    """Until a quota's window has gone by as far as it is used; at the latest until the next one begins."""
    quota, reserves = scope.quota, scope.priority_reserves
    whole = quota.resets_at - quota.starts_at
    slack = Decimal(reserves.pacing_slack_percent or 0 if reserves else 0).scaleb(-2)
    share = min(float(quota.used / quota.allowance - slack), 1.0) if quota.allowance > 0 else 1.0
    return max((quota.starts_at + whole * share - at).total_seconds(), HELD_RETRY_SECONDS)
