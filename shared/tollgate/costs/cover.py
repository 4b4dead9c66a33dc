"""Covers: the fewest stored periods that make up a span of days."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from typing import TYPE_CHECKING

from tollgate.costs.aggregates import Tally
from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping


def month_of(day: date) -> str:
    return f"{day.year:04}-{day.month:02}"


@dataclass(frozen=True, slots=True)
class Cover:
    """Periods whose sums, added and taken away, make up a span."""

    plus: tuple[str, ...]
    minus: tuple[str, ...] = ()


def covered(sums: Mapping[str, Tally], by: Cover) -> Tally:
    """What the sums of periods come to over a span."""
    plus = sum((sums[period] for period in by.plus if period in sums), Tally())
    return plus - sum((sums[period] for period in by.minus if period in sums), Tally())


# A month that ended so long ago gets no more records while it is read, but for stragglers.
_SETTLED = timedelta(days=2)


def cover(first: date, last: date, today: date) -> Cover:
    """The fewest periods that make up the span, both ends included.

    Part of a month is its days, or the month less its other days if those are fewer. A month that may still
    get records isn't read so: one that comes between two reads would be taken away without having been there.
    """
    plus: list[str] = []
    minus: list[str] = []
    start = first
    while start <= last:
        month_first = start.replace(day=1)
        month_last = start.replace(day=calendar.monthrange(start.year, start.month)[1])
        end = min(last, month_last)
        inside = _days(start, end)
        outside = _days(month_first, start)[:-1] + _days(end, month_last)[1:]
        if not outside or (1 + len(outside) < len(inside) and today - month_last >= _SETTLED):
            plus.append(month_of(start))
            minus += outside
        else:
            plus += inside
        if end == date.max:
            break
        start = end + timedelta(days=1)
    return Cover(tuple(plus), tuple(minus))


def _days(first: date, last: date) -> list[str]:
    return [date.fromordinal(day).isoformat() for day in range(first.toordinal(), last.toordinal() + 1)]
