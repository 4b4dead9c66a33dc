"""Forecasts: where a budget gets to if spending goes on as it does."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from tollgate import money
from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from tollgate.ledger.scopes import Balance

_DAY = timedelta(days=1)
# A forecast is no exact amount.
_MILLIONTH = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class BurnRate:
    """What was spent a day, USD, to the millionth, from `since` until just before `until`."""

    per_day: Decimal
    since: datetime
    until: datetime

    @classmethod
    def of(cls, spent: Decimal, since: datetime, until: datetime) -> BurnRate:
        return cls((spent / _days(since, until)).quantize(_MILLIONTH), since, until)


def exhausted_at(balance: Balance, per_day: Decimal, now: datetime, until: datetime) -> datetime | None:
    """When what may be spent is used up at `per_day` USD, None if it lasts beyond `until`."""
    if per_day <= 0:
        return None
    left = money.difference(balance.allowance, balance.used)
    days = float(left / per_day)  # of time, not of money
    return None if days > (until - now) / _DAY else now + timedelta(days=days)


def projected(balance: Balance, per_day: Decimal, now: datetime) -> Decimal | None:
    """What will be used when the window ends, USD; None of a budget that has no windows."""
    if balance.resets_at is None:
        return None
    return balance.used + (per_day * _days(now, balance.resets_at)).quantize(_MILLIONTH)


def _days(since: datetime, until: datetime) -> Decimal:
    return Decimal((until - since) / _DAY)
