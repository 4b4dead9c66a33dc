"""Spans of days, as queries ask for them: of the reporting zone, both ends included."""

from __future__ import annotations

import calendar
from dataclasses import field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import ClassVar
from zoneinfo import ZoneInfo

from pydantic import Field

from tollgate.costs.cover import Cover, cover, month_of
from tollgate.lean_dataclass import dataclass
from tollgate_admin.web import problems
from tollgate_admin.web.wire_types import Date, QueryModel

_DEFAULT_DAYS = 30
_DEFAULT_MONTHS = 12
_MAX_DAYS = 731
_MAX_DAYS_BY_MONTH = 3653
_FIRST_YEAR = 2000
_LAST_DAY = date(9998, 12, 31)


@dataclass(frozen=True, slots=True)
class DateRange:
    """Days from `first` to `last`, both included, as seen on the day that is today."""

    first: date
    last: date
    zone: tzinfo = UTC
    today: date = field(kw_only=True)

    @property
    def length(self) -> int:
        return (self.last - self.first).days + 1

    def days(self) -> list[str]:
        return [(self.first + timedelta(offset)).isoformat() for offset in range(self.length)]

    def months(self) -> dict[str, DateRange]:
        """The months that the span touches, and what of each lies within it."""
        parts: dict[str, DateRange] = {}
        first = self.first
        while first <= self.last:
            end = _month_end(first)
            parts[month_of(first)] = DateRange(first, min(self.last, end), self.zone, today=self.today)
            first = end + timedelta(1)
        return parts

    def before(self) -> DateRange:
        """The span of the same length that ends just before this one."""
        first, last = self.first - timedelta(self.length), self.first - timedelta(1)
        return DateRange(first, last, self.zone, today=self.today)

    def cover(self) -> Cover:
        """The fewest periods that make it up, as things stand today.

        Nothing is of a later day yet: up to today, the present month is one period.
        """
        reaches_today = self.first <= self.today.replace(day=1) and self.last >= self.today
        return cover(self.first, _month_end(self.today) if reaches_today else self.last, self.today)

    @property
    def since(self) -> datetime:
        return _midnight(self.first, self.zone)

    @property
    def until(self) -> datetime:
        """The first moment after the span."""
        return _midnight(self.last + timedelta(1), self.zone)


class DateRangeQuery(QueryModel):
    """`from` defaults to 29 days before `to`, `to` to today.

    Days are those of the deployment's reporting zone. `zone` is optional, and must be that zone.
    """

    first: Date | None = Field(default=None, alias="from")
    to: Date | None = None
    zone: str | None = Field(default=None, max_length=64)

    max_days: ClassVar[int] = _MAX_DAYS

    def span(self, reporting: ZoneInfo, now: datetime) -> DateRange:
        """The span asked for, with its defaults, of the reporting zone; raises `ProblemError`."""
        zone = self._zone(reporting)
        today = _day_of(now, zone)
        last = self.to or today
        if min(last, self.first or last).year < _FIRST_YEAR:
            raise problems.invalid(
                "from" if self.first else "to", f"must not be before the year {_FIRST_YEAR}"
            )
        if last > _LAST_DAY:
            raise problems.invalid("to", f"must not be after {_LAST_DAY}")
        span = DateRange(self.first or self._default_first(last), last, zone, today=today)
        if span.length < 1:
            raise problems.invalid("from", "must not be after `to`")
        if span.length > self.max_days:
            raise problems.invalid("from", f"must start a span of at most {self.max_days} days")
        return span

    def _zone(self, reporting: ZoneInfo) -> ZoneInfo:
        if self.zone not in {None, reporting.key}:
            raise problems.invalid(
                "zone", f"must be {reporting.key}, the reporting zone by whose days costs are stored"
            )
        return reporting

    def _default_first(self, last: date) -> date:
        return last - timedelta(_DEFAULT_DAYS - 1)


class MonthsQuery(DateRangeQuery):
    """`from` defaults to the first day of the month 11 months before that of `to`, `to` to today."""

    max_days: ClassVar[int] = _MAX_DAYS_BY_MONTH

    def _default_first(self, last: date) -> date:
        months = last.year * 12 + last.month - _DEFAULT_MONTHS
        return date(months // 12, months % 12 + 1, 1)


def month_span(month: str | None, reporting: ZoneInfo, now: datetime) -> DateRange:
    """A month written as `2026-11`, the present one if it is None. Raises `ProblemError`."""
    today = _day_of(now, reporting)
    first = date.fromisoformat(f"{month}-01") if month else today.replace(day=1)
    if first.year < _FIRST_YEAR:
        raise problems.invalid("month", f"must not be before the year {_FIRST_YEAR}")
    if first > _LAST_DAY:
        raise problems.invalid("month", f"must not be after {_LAST_DAY}")
    return DateRange(first, _month_end(first), reporting, today=today)


def beginning(bound: date | datetime, reporting: ZoneInfo) -> datetime:
    """A moment, or that at which a day of the reporting zone begins."""
    return bound if isinstance(bound, datetime) else _midnight(bound, reporting)


def end(bound: date | datetime, reporting: ZoneInfo) -> datetime:
    """A moment, or the first after a day of the reporting zone."""
    return bound if isinstance(bound, datetime) else beginning(bound + timedelta(1), reporting)


def _midnight(day: date, zone: tzinfo) -> datetime:
    """When a day begins; where clocks skip midnight, the moment at which they do."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _month_end(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _day_of(moment: datetime, zone: tzinfo) -> date:
    return moment.astimezone(zone).date()
