"""What of a budget was used at the end of each day: how it burns down."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from tollgate import money
from tollgate.costs.aggregates import Dimension, Tally
from tollgate.ledger.policies.temporary_limits import TOTAL
from tollgate_admin.standing.standing_schemas import CoursePoint

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal
    from zoneinfo import ZoneInfo

    from tollgate.costs.store.costs_table import CostsTable
    from tollgate.ledger.scopes import Balance, Scope

_DAY = timedelta(days=1)
# The longest window and the two before it: what one read has of a budget that never starts anew.
_MAX_DAYS = 92


def starts_at(scope: Scope, balance: Balance) -> datetime:
    """When the present window of a budget began; of one that has no windows, when the key was made."""
    return scope.created_at if balance.window == TOTAL else max(scope.quota.starts_at, scope.created_at)


def spent_by_day(
    costs: CostsTable, scope: Scope, balances: Sequence[Balance], zone: ZoneInfo, now: datetime
) -> dict[date, Tally]:
    """What a key and all below it were charged on each day that a course of its budgets has; one read."""
    if not balances:
        return {}
    first = min(_first_day(starts_at(scope, balance), zone, now) for balance in balances)
    days = [first + _DAY * step for step in range((_today(zone, now) - first).days + 1)]
    found = costs.by_period(Dimension.SCOPE, scope.key_id, [day.isoformat() for day in days])
    return {day: found.get(day.isoformat(), Tally()) for day in days}


def course(
    scope: Scope, balance: Balance, spent: Mapping[date, Tally], zone: ZoneInfo, now: datetime
) -> list[CoursePoint]:
    """Worked out backwards from what is used now, so that it ends in that, whatever sums don't know yet."""
    first, day, used = _first_day(starts_at(scope, balance), zone, now), _today(zone, now), balance.used
    points = []
    while day >= first:
        points.append(CoursePoint(day=day, used=used))
        tally = spent.get(day, Tally())
        used, day = max(money.difference(used, _charged(scope, tally)), money.ZERO), day - _DAY
    return points[::-1]


def _charged(scope: Scope, tally: Tally) -> Decimal:
    """What a day has used of a scope's budgets: not what its own packs have paid."""
    has_packs = bool(scope.packs) or bool(scope.packs_paid)
    return money.difference(tally.cost, tally.parts.packs) if has_packs else tally.cost


def _first_day(begins: datetime, zone: ZoneInfo, now: datetime) -> date:
    return max(begins.astimezone(zone).date(), _today(zone, now) - _DAY * (_MAX_DAYS - 1))


def _today(zone: ZoneInfo, now: datetime) -> date:
    return now.astimezone(zone).date()
