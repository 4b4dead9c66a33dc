"""Spans of days, as queries ask for them: UTC, both ends included."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from pydantic import Field

from tollgate.clock import utc_now
from tollgate_admin import problems
from tollgate_admin.schemas import Date, QueryModel

_DEFAULT_DAYS = 30
_MOST_DAYS = 731
_FIRST_YEAR = 2000
_LAST_DAY = date(9998, 12, 31)


@dataclass(frozen=True, slots=True)
class Span:
    """Days from `first` to `last`, both included."""

    first: date
    last: date

    @property
    def length(self) -> int:
        return (self.last - self.first).days + 1

    def days(self) -> list[str]:
        return [(self.first + timedelta(offset)).isoformat() for offset in range(self.length)]

    @property
    def since(self) -> datetime:
        return datetime.combine(self.first, time(), UTC)

    @property
    def until(self) -> datetime:
        """The first moment after the span."""
        return datetime.combine(self.last, time(), UTC) + timedelta(1)


class SpanQuery(QueryModel):
    """`from` is 29 days before `to` if left out, `to` is today."""

    first: Date | None = Field(default=None, alias="from")
    to: Date | None = None

    def span(self) -> Span:
        """The span asked for, with its defaults; raises `ProblemError`."""
        last = self.to or utc_now().date()
        if min(last, self.first or last).year < _FIRST_YEAR:
            raise problems.invalid("from" if self.first else "to", f"lies before the year {_FIRST_YEAR}")
        if last > _LAST_DAY:
            raise problems.invalid("to", "lies beyond the calendar")
        span = Span(self.first or last - timedelta(_DEFAULT_DAYS - 1), last)
        if span.length < 1:
            raise problems.invalid("from", "lies after `to`")
        if span.length > _MOST_DAYS:
            raise problems.invalid("from", f"the span is longer than {_MOST_DAYS} days")
        return span
