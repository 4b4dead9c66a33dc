"""What a month comes to if its remaining days are like the same days of the weeks before."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from tollgate import money
from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

_WEEKS = 4
_MONDAY_TO_SUNDAY = 7
# A forecast is no exact amount.
_MILLIONTH = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class MonthForecast:
    """`cost` is USD for the whole month; it rests on `days` whole days, from `since` until yesterday."""

    cost: Decimal
    since: date
    days: int


def days_to_learn_from(today: date) -> list[date]:
    """Whole weeks, so that each day of the week is in them equally often."""
    return [today - timedelta(days=back) for back in range(_WEEKS * _MONDAY_TO_SUNDAY, 0, -1)]


def forecast(by_day: Mapping[date, Decimal], spent: Decimal, today: date) -> MonthForecast | None:
    """From costs in USD of days, today's among them, and of what was `spent` of the month until now.

    Each day to come costs what that day of the week did on average; where there is none yet, what a day did.
    Today costs that, too, or what it has already, if that is more. Days before the first one with a cost
    don't count: nothing was there yet. None without a whole day.
    """
    known = days_to_learn_from(today)
    first = next((day for day in known if by_day.get(day)), None)
    if first is None:
        return None
    known = [day for day in known if day >= first]
    of_today = by_day.get(today, money.ZERO)
    still_today = max(_usual(by_day, known, today) - of_today, money.ZERO)
    last = today.replace(day=calendar.monthrange(today.year, today.month)[1])
    to_come = [today + timedelta(days=ahead) for ahead in range(1, (last - today).days + 1)]
    ahead = sum((_usual(by_day, known, day) for day in to_come), still_today)
    return MonthForecast(money.total([spent, ahead.quantize(_MILLIONTH)]), first, len(known))


def _usual(by_day: Mapping[date, Decimal], known: list[date], day: date) -> Decimal:
    alike = [each for each in known if each.weekday() == day.weekday()] or known
    return sum((by_day.get(each, money.ZERO) for each in alike), money.ZERO) / len(alike)
