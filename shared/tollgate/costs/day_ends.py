"""When a day's sums get their last records, by the clocks of the reporting zone.

A request's record is written at most half an hour after the request was let in, unless the sweep fails, and
the stream keeps it for 24 hours. So a day's live sums are complete some 25 hours after its end. Whatever is
written later belongs to the day as well, but is added otherwise: `store.marked_records`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

# Records that are written so long after the end of their day are no part of its live sums.
_LATE = timedelta(hours=1)
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html: "up to 24 hours".
_STREAM_RETENTION = timedelta(hours=24)
# Longer than any invocation that is still writing.
_UNDER_WAY = timedelta(minutes=30)
_LIVE_ENDS = _LATE + _STREAM_RETENTION + _UNDER_WAY
_CLOSES = _LIVE_ENDS + _UNDER_WAY
# How long live sums are there for a closing that fails again and again.
LIVE_LIFE = timedelta(days=45)
# What the day may be where it is earliest and where it is latest, less and more than UTC.
_WEST, _EAST = timedelta(hours=12), timedelta(hours=14)


def end_of(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)


def is_late(day: date, written_at: datetime, zone: tzinfo) -> bool:
    """Whether a record of the day, written then, is no part of the day's live sums.

    It must not depend on when the stream delivers the record: each delivery has to lead to the same sums.
    """
    return written_at >= end_of(day, zone) + _LATE


def is_live(day: date, now: datetime, zone: tzinfo) -> bool:
    """Whether records may still be added to the day's live sums."""
    return now < end_of(day, zone) + _LIVE_ENDS


def closes_at(day: date, zone: tzinfo) -> datetime:
    """From when on the day's live sums can't change any more."""
    return end_of(day, zone) + _CLOSES


def days_with_live_sums(now: datetime) -> Iterator[date]:
    """The days of which there may be live sums, whatever the zone: the first one first."""
    day, last = (now - _WEST).date() - LIVE_LIFE, (now + _EAST).date()
    while day <= last:
        yield day
        day += timedelta(days=1)
