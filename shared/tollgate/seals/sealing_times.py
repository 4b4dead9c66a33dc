"""When a day is sealed, by the clock of UTC.

A record belongs to the UTC day of its request's id, a change to that of its moment. A call's record is
written within half an hour, that of a request whose process died by the next sweep, that of a batch when its
provider is done, which most give themselves a day for, and in the end by the sweep, a day after that. Two
hours more are for sweeps that fail and for clocks that are off. Whatever comes after that, such as a batch of
a week, is late.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from tollgate.seals.day_seals import Kind

DAY = timedelta(days=1)
_CLOSES = timedelta(hours=50)
_OVERDUE = timedelta(hours=24)
_CLOCKS_DIFFER = timedelta(minutes=10)
# How far back is looked for what came late. A batch may take a week, and the sweep a day after it. A change
# that waits on a key's item is noted when somebody looks at that key.
LOOK_BACK = {Kind.USAGE: timedelta(days=9), Kind.AUDIT: timedelta(days=35)}


def due_at(day: date) -> datetime:
    """From when on a day may be sealed."""
    return datetime.combine(day + DAY, time(), UTC) + _CLOSES


def is_ahead(day: date, now: datetime) -> bool:
    """Whether a day couldn't have been sealed yet by any clock that is about right."""
    return due_at(day) > now + _CLOCKS_DIFFER


def latest_due(now: datetime) -> date:
    """The last day that may be sealed."""
    return (now - _CLOSES).astimezone(UTC).date() - DAY


def days_overdue(next_day: date, now: datetime) -> int:
    """How many days from `next_day` on should have been sealed a day ago, or before."""
    return max(0, (latest_due(now - _OVERDUE) - next_day).days + 1)
