"""When a day's live sums are complete."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tollgate.costs.day_ends import closes_at, days_with_live_sums, end_of, is_late, is_live

ZONES = st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"})).map(ZoneInfo)
DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))
# DynamoDB's streams keep records that long.
RETENTION = timedelta(hours=24)
# As long as an invocation may take.
LONGEST = timedelta(minutes=15)


@pytest.mark.parametrize(
    ("zone", "day", "end"),
    [
        ("UTC", date(2026, 11, 1), "2026-11-02T00:00Z"),
        ("America/New_York", date(2026, 11, 1), "2026-11-02T05:00Z"),
        ("Europe/Berlin", date(2026, 3, 28), "2026-03-28T23:00Z"),
        ("Europe/Berlin", date(2026, 3, 29), "2026-03-29T22:00Z"),
    ],
)
def test_a_day_ends_at_midnight_of_its_zone(zone, day, end):
    assert end_of(day, ZoneInfo(zone)) == datetime.fromisoformat(end)


@given(ZONES, DAYS, st.timedeltas(timedelta(0), timedelta(days=3)))
def test_whatever_is_part_of_live_sums_has_been_added_before_the_day_is_closed(zone, day, after):
    """However late the stream brings it, and however long its worker then takes."""
    written = end_of(day, zone) + after
    if not is_late(day, written, zone):
        assert is_live(day, written + RETENTION, zone)
    last = closes_at(day, zone) - LONGEST
    assert not is_live(day, last, zone)


@given(ZONES, DAYS)
def test_requests_of_a_days_last_minute_are_in_its_live_sums(zone, day):
    """A hold expires after 16 minutes; a sweep comes every five."""
    assert not is_late(day, end_of(day, zone) + timedelta(minutes=30), zone)


@given(ZONES, DAYS.map(lambda day: datetime(day.year, day.month, day.day, 12, tzinfo=UTC)))
def test_live_sums_are_looked_for_on_all_days_that_may_have_some(zone, now):
    days = list(days_with_live_sums(now))
    today = now.astimezone(zone).date()
    for back in range(45):
        assert today - timedelta(days=back) in days
    assert len(days) <= 48
