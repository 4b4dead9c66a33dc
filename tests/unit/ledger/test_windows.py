"""Windows: every moment is in exactly one, which begins with a day by the clocks of its zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tollgate.ledger.windows import Period, Schedule, Window

DAY, WEEK, MONTH = Period
MILLISECOND = timedelta(milliseconds=1)
HOUR = timedelta(hours=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def assert_window(schedule: Schedule, at: str, starts_at: str, ends_at: str) -> None:
    assert schedule.window_at(utc(at)) == Window(utc(starts_at), utc(ends_at))


# A moment, and the window that it is in: all in UTC, worked out by hand.
DAYS = {
    "a plain day": ("UTC", "2026-03-14T15:09:26.535", "2026-03-14", "2026-03-15"),
    "the first moment of a day": ("UTC", "2026-03-14", "2026-03-14", "2026-03-15"),
    "the last moment of a year": ("UTC", "2026-12-31T23:59:59.999", "2026-12-31", "2027-01-01"),
    "leap day": ("UTC", "2028-02-29T12:00", "2028-02-29", "2028-03-01"),
    "the year ends early": ("Europe/Berlin", "2026-12-31T23:00", "2026-12-31T23:00", "2027-01-01T23:00"),
    "the year ends late": ("America/New_York", "2027-01-01T04:59", "2026-12-31T05:00", "2027-01-01T05:00"),
    "a zone half an hour off": ("Asia/Kolkata", "2026-06-30T18:29", "2026-06-29T18:30", "2026-06-30T18:30"),
    "the zone's next day": ("Asia/Kolkata", "2026-06-30T18:30", "2026-06-30T18:30", "2026-07-01T18:30"),
    "23 hours in Berlin": ("Europe/Berlin", "2026-03-29T12:00", "2026-03-28T23:00", "2026-03-29T22:00"),
    "25 hours in Berlin": ("Europe/Berlin", "2026-10-25T00:30", "2026-10-24T22:00", "2026-10-25T23:00"),
    "an hour again": ("Europe/Berlin", "2026-10-25T01:30", "2026-10-24T22:00", "2026-10-25T23:00"),
    "23 hours in New York": ("America/New_York", "2026-03-08T07:00", "2026-03-08T05:00", "2026-03-09T04:00"),
    "25 hours in New York": ("America/New_York", "2026-11-01T06:30", "2026-11-01T04:00", "2026-11-02T05:00"),
    # Clocks on Lord Howe Island change by half an hour.
    "24.5 hours": ("Australia/Lord_Howe", "2026-04-04T15:15", "2026-04-04T13:00", "2026-04-05T13:30"),
    "23.5 hours": ("Australia/Lord_Howe", "2026-10-04T12:59", "2026-10-03T13:30", "2026-10-04T13:00"),
    # Clocks that skip midnight: the day begins at one o'clock.
    "no midnight": ("America/Sao_Paulo", "2018-11-04T03:00", "2018-11-04T03:00", "2018-11-05T02:00"),
    "before no midnight": ("America/Sao_Paulo", "2018-11-04T02:59", "2018-11-03T03:00", "2018-11-04T03:00"),
    "nor in Beirut": ("Asia/Beirut", "2024-03-31T00:00", "2024-03-30T22:00", "2024-03-31T21:00"),
    "nor in Cairo": ("Africa/Cairo", "2024-04-25T22:00", "2024-04-25T22:00", "2024-04-26T21:00"),
    # Clocks that go back at midnight: the day's last hour comes twice.
    "a last hour again": ("America/Sao_Paulo", "2018-02-18T02:30", "2018-02-17T02:00", "2018-02-18T03:00"),
    "Cairo's": ("Africa/Cairo", "2024-10-31T21:00", "2024-10-30T21:00", "2024-10-31T22:00"),
    "Asunción's": ("America/Asuncion", "2024-03-24T03:59", "2024-03-23T03:00", "2024-03-24T04:00"),
    # Clocks that go back to midnight: it comes twice, and the day begins with the first.
    "a first midnight": ("America/Havana", "2025-11-02T04:00", "2025-11-02T04:00", "2025-11-03T05:00"),
    "a second midnight": ("America/Havana", "2025-11-02T05:00", "2025-11-02T04:00", "2025-11-03T05:00"),
    "before both midnights": ("America/Havana", "2025-11-02T03:59", "2025-11-01T04:00", "2025-11-02T04:00"),
    "Amman's second midnight": ("Asia/Amman", "2021-10-28T22:30", "2021-10-28T21:00", "2021-10-29T22:00"),
    # Clocks in Saint John's went back from a minute past midnight: the day before is shown once more.
    "a minute of a new day": ("America/St_Johns", "2009-11-01T02:30", "2009-11-01T02:30", "2009-11-02T03:30"),
    "the day before again": ("America/St_Johns", "2009-11-01T02:31", "2009-11-01T02:30", "2009-11-02T03:30"),
    "before all that": ("America/St_Johns", "2009-11-01T02:29", "2009-10-31T02:30", "2009-11-01T02:30"),
    # Samoa went over the date line: no 30 December 2011.
    "before a skipped day": ("Pacific/Apia", "2011-12-30T09:59", "2011-12-29T10:00", "2011-12-30T10:00"),
    "after a skipped day": ("Pacific/Apia", "2011-12-30T10:00", "2011-12-30T10:00", "2011-12-31T10:00"),
}


@pytest.mark.parametrize(("zone", "at", "starts_at", "ends_at"), DAYS.values(), ids=DAYS)
def test_a_day_is_from_its_first_moment_to_the_next_ones(zone, at, starts_at, ends_at):
    assert_window(Schedule(DAY, zone), at, starts_at, ends_at)


# 14 March 2026 is a Saturday.
@pytest.mark.parametrize(
    ("start_day", "starts_on"), [*zip(range(1, 8), [9, 10, 11, 12, 13, 14, 8], strict=True)]
)
def test_a_week_begins_on_any_day(start_day, starts_on):
    schedule = Schedule(WEEK, start_day=start_day)
    assert_window(schedule, "2026-03-14T12:00", f"2026-03-{starts_on:02}", f"2026-03-{starts_on + 7:02}")


WEEKS = {
    "over a year's end": ("UTC", 7, "2026-12-31", "2026-12-27", "2027-01-03"),
    "from New Year's Day": ("UTC", 5, "2027-01-01", "2027-01-01", "2027-01-08"),
    "over a leap day": ("UTC", 1, "2028-02-29", "2028-02-28", "2028-03-06"),
    "an hour short": ("Europe/Berlin", 1, "2026-03-29T21:59", "2026-03-22T23:00", "2026-03-29T22:00"),
    "an hour long": ("America/New_York", 7, "2026-11-01T05:30", "2026-11-01T04:00", "2026-11-08T05:00"),
    "from no midnight": ("Africa/Cairo", 5, "2024-04-27T00:00", "2024-04-25T22:00", "2024-05-02T21:00"),
    "to two midnights": ("America/Havana", 7, "2025-11-02T03:59", "2025-10-26T04:00", "2025-11-02T04:00"),
    "from two midnights": ("America/Havana", 7, "2025-11-02T05:30", "2025-11-02T04:00", "2025-11-09T05:00"),
    # The day that Samoa skipped was a Friday.
    "to a skipped day": ("Pacific/Apia", 5, "2011-12-30T09:59", "2011-12-23T10:00", "2011-12-30T10:00"),
    "from a skipped day": ("Pacific/Apia", 5, "2011-12-30T10:00", "2011-12-30T10:00", "2012-01-05T10:00"),
}


@pytest.mark.parametrize(("zone", "start_day", "at", "starts_at", "ends_at"), WEEKS.values(), ids=WEEKS)
def test_a_week_is_seven_days_by_the_zones_clocks(zone, start_day, at, starts_at, ends_at):
    assert_window(Schedule(WEEK, zone, start_day), at, starts_at, ends_at)


MONTHS = {
    "a plain month": ("UTC", 1, "2026-03-14T15:09", "2026-03-01", "2026-04-01"),
    "the last moment of a year": ("UTC", 1, "2026-12-31T23:59:59.999", "2026-12-01", "2027-01-01"),
    "over a year's end": ("UTC", 15, "2027-01-14T23:59", "2026-12-15", "2027-01-15"),
    "into January from its 31st": ("UTC", 31, "2027-01-30T23:59", "2026-12-31", "2027-01-31"),
    "the 31st of a month of 30 days": ("UTC", 31, "2026-04-30", "2026-04-30", "2026-05-31"),
    "before the 31st of a month of 30 days": ("UTC", 31, "2026-04-29T23:59", "2026-03-31", "2026-04-30"),
    "the 31st of February": ("UTC", 31, "2027-02-28", "2027-02-28", "2027-03-31"),
    "before the 31st of February": ("UTC", 31, "2027-02-27T23:59", "2027-01-31", "2027-02-28"),
    "the 30th of February": ("UTC", 30, "2027-03-29T23:59", "2027-02-28", "2027-03-30"),
    "the 29th of February": ("UTC", 29, "2027-03-01", "2027-02-28", "2027-03-29"),
    "the 28th of February": ("UTC", 28, "2027-03-01", "2027-02-28", "2027-03-28"),
    "the 31st on leap day": ("UTC", 31, "2028-02-29", "2028-02-29", "2028-03-31"),
    "the 31st before leap day": ("UTC", 31, "2028-02-28T23:59", "2028-01-31", "2028-02-29"),
    "the 30th on leap day": ("UTC", 30, "2028-02-29", "2028-02-29", "2028-03-30"),
    "the 29th on leap day": ("UTC", 29, "2028-02-29", "2028-02-29", "2028-03-29"),
    "the 28th on leap day": ("UTC", 28, "2028-02-29", "2028-02-28", "2028-03-28"),
    "a century without a leap day": ("UTC", 29, "2100-02-28", "2100-02-28", "2100-03-29"),
    "leap day comes early": ("Asia/Kolkata", 31, "2028-02-28T18:30", "2028-02-28T18:30", "2028-03-30T18:30"),
    "an hour short": ("Europe/Berlin", 1, "2026-03-31T21:59", "2026-02-28T23:00", "2026-03-31T22:00"),
    "an hour long": ("Europe/Berlin", 1, "2026-10-31T22:59", "2026-09-30T22:00", "2026-10-31T23:00"),
    "from a 25 hour day": ("America/New_York", 1, "2026-11-01T06:30", "2026-11-01T04:00", "2026-12-01T05:00"),
    "to standard time": (
        "Australia/Lord_Howe",
        1,
        "2026-04-30T13:29",
        "2026-03-31T13:00",
        "2026-04-30T13:30",
    ),
    "from no midnight": ("Asia/Beirut", 31, "2024-03-30T22:00", "2024-03-30T22:00", "2024-04-29T21:00"),
    "its last hour again": ("Africa/Cairo", 1, "2024-10-31T21:30", "2024-09-30T21:00", "2024-10-31T22:00"),
    "October again": ("America/St_Johns", 1, "2009-11-01T03:00", "2009-11-01T02:30", "2009-12-01T03:30"),
    "from a skipped day": ("Pacific/Apia", 30, "2011-12-30T10:00", "2011-12-30T10:00", "2012-01-29T10:00"),
}


@pytest.mark.parametrize(("zone", "start_day", "at", "starts_at", "ends_at"), MONTHS.values(), ids=MONTHS)
def test_a_month_begins_on_its_day_or_on_its_last(zone, start_day, at, starts_at, ends_at):
    assert_window(Schedule(MONTH, zone, start_day), at, starts_at, ends_at)


def test_what_zone_a_moment_is_given_in_makes_no_difference():
    at = utc("2026-03-29T12:00")
    schedule = Schedule(DAY, "Europe/Berlin")
    assert schedule.window_at(at.astimezone(ZoneInfo("Pacific/Apia"))) == schedule.window_at(at)
    assert schedule.window_at(at).starts_at.tzinfo is UTC


ZONES = sorted({each[0] for each in (*DAYS.values(), *WEEKS.values(), *MONTHS.values())})
EVERYWHERE = st.sampled_from(ZONES) | st.sampled_from(sorted(available_timezones()))
SCHEDULES = (
    st.builds(Schedule, st.just(DAY), EVERYWHERE)
    | st.builds(Schedule, st.just(WEEK), EVERYWHERE, st.integers(1, 7))
    | st.builds(Schedule, st.just(MONTH), EVERYWHERE, st.integers(1, 31))
)
# Half of them where something changes.
MOMENTS = st.datetimes(datetime(1970, 1, 3), datetime(2100, 1, 1), timezones=st.just(UTC)) | st.builds(  # noqa: DTZ001
    lambda text, hours: utc(text) + hours * HOUR / 4,
    st.sampled_from([each[1] for each in DAYS.values()] + [each[2] for each in MONTHS.values()]),
    st.integers(-200, 200),
)
thorough = settings(max_examples=400, deadline=None)


@thorough
@given(SCHEDULES, MOMENTS)
def test_every_moment_is_in_the_window_of_its_own(schedule, at):
    window = schedule.window_at(at)
    assert window.starts_at <= at < window.ends_at
    assert schedule.window_at(window.starts_at) == window
    assert schedule.window_at(window.ends_at - MILLISECOND) == window


@thorough
@given(SCHEDULES, MOMENTS)
def test_where_a_window_ends_the_next_one_starts(schedule, at):
    window = schedule.window_at(at)
    assert schedule.window_at(window.ends_at).starts_at == window.ends_at
    assert schedule.window_at(window.starts_at - MILLISECOND).ends_at == window.starts_at


@thorough
@given(SCHEDULES, MOMENTS)
def test_a_window_begins_with_the_first_moment_of_a_day(schedule, at):
    zone = ZoneInfo(schedule.zone)
    starts_at = schedule.window_at(at).starts_at
    first = starts_at.astimezone(zone)
    before = [starts_at - MILLISECOND, *(starts_at - HOUR / 4 * quarters for quarters in range(1, 30))]
    assert all(each.astimezone(zone).date() < first.date() for each in before)

    midnight = first.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    exists = midnight.astimezone(UTC).astimezone(zone).replace(fold=0) == midnight
    assert first == midnight or not exists


@thorough
@given(SCHEDULES, MOMENTS)
def test_a_window_begins_on_its_day_of_the_week_or_month(schedule, at):
    starts_at = schedule.window_at(at).starts_at
    first = starts_at.astimezone(ZoneInfo(schedule.zone)).date()
    the_day_before = (starts_at - MILLISECOND).astimezone(ZoneInfo(schedule.zone)).date()
    # Over a date line a day is skipped: the window of that day begins with the one after it.
    days = [first, first - timedelta(days=1)] if (first - the_day_before).days == 2 else [first]
    match schedule.period:
        case Period.WEEK:
            assert schedule.start_day in [day.isoweekday() for day in days]
        case Period.MONTH:
            assert any(
                day.day == schedule.start_day
                or (day.day < schedule.start_day and (day + timedelta(days=1)).day == 1)
                for day in days
            )


@thorough
@given(st.sampled_from(ZONES), MOMENTS)
@example("Pacific/Apia", utc("2011-12-30T09:59"))
def test_a_day_has_24_hours_or_two_more_or_fewer(zone, at):
    window = Schedule(DAY, zone).window_at(at)
    assert 22 * HOUR <= window.ends_at - window.starts_at <= 26 * HOUR


@thorough
@given(st.integers(1, 31), st.sampled_from(ZONES), MOMENTS)
def test_a_year_has_twelve_months_whatever_day_they_begin_on(start_day, zone, at):
    schedule = Schedule(MONTH, zone, start_day)
    window = first = schedule.window_at(at)
    for _ in range(12):
        window = schedule.window_at(window.ends_at)
    local = [each.starts_at.astimezone(ZoneInfo(zone)) for each in (first, window)]
    assert (local[1].year - local[0].year, local[1].month - local[0].month) == (1, 0)
