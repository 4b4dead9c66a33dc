"""Windows of a recurring quota: days, weeks and months by the clocks of a time zone."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from tollgate.lean_dataclass import dataclass

# Where a window that never ends ends.
NEVER = datetime(9999, 12, 31, tzinfo=UTC)


class Period(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


# As in `daily quota`, by the period's name.
ADJECTIVES = {Period.DAY.value: "daily", Period.WEEK.value: "weekly", Period.MONTH.value: "monthly"}


@dataclass(frozen=True, slots=True)
class Window:
    """From `starts_at` until just before `ends_at`, both in UTC."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a quota starts anew: at midnight by the clocks of the IANA zone.

    `start_day` is the day that a week begins on (1 is Monday, 7 Sunday, as in ISO 8601) or a month (1 to
    31; in a month without that day, its last). Where clocks skip midnight the window begins with the
    first moment of the day, where they repeat it, with the first of the two.
    """

    period: Period
    zone: str = "UTC"
    start_day: int = 1

    def window_at(self, at: datetime) -> Window:
        # Imported where a window is looked for, which is once per window: the proxy's start goes without.
        from zoneinfo import ZoneInfo  # noqa: PLC0415

        zone = ZoneInfo(self.zone)
        first = self._start_of(at.astimezone(zone).date())
        following = self._after(first)
        # Clocks that go back over midnight show the day before once more.
        while _midnight(following, zone) <= at:
            first, following = following, self._after(following)
        return Window(_midnight(first, zone), _midnight(following, zone))

    def _start_of(self, day: date) -> date:
        match self.period:
            case Period.DAY:
                return day
            case Period.WEEK:
                return day - timedelta(days=(day.isoweekday() - self.start_day) % 7)
            case Period.MONTH:
                start = self._in_month(day.year, day.month)
                return start if start <= day else self._in_month(*_month_before(day))

    def _after(self, start: date) -> date:
        match self.period:
            case Period.DAY:
                return start + timedelta(days=1)
            case Period.WEEK:
                return start + timedelta(weeks=1)
            case Period.MONTH:
                return self._in_month(start.year + start.month // 12, start.month % 12 + 1)

    def _in_month(self, year: int, month: int) -> date:
        return date(year, month, min(self.start_day, calendar.monthrange(year, month)[1]))


def _month_before(day: date) -> tuple[int, int]:
    before = day.replace(day=1) - timedelta(days=1)
    return before.year, before.month


def _midnight(day: date, zone: object) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)  # type: ignore[arg-type]
