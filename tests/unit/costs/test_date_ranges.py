"""Spans of days in the reporting zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tollgate_admin.web.date_ranges import DateRange, DateRangeQuery, MonthsQuery, month_span
from tollgate_admin.web.problems import ProblemError

# Half past eleven at night.
NOW = datetime(2026, 3, 14, 23, 30, tzinfo=UTC)

TODAY = NOW.date()
ZONE = ZoneInfo("UTC")


def refused_field(query) -> str:
    with pytest.raises(ProblemError) as refused:
        query.span(ZONE, NOW)
    ((field, _),) = refused.value.errors
    return field


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        (date(2026, 11, 23), date(2026, 11, 23), ["2026-11-23"]),
        (date(2026, 12, 31), date(2027, 1, 1), ["2026-12-31", "2027-01-01"]),
        (date(2024, 2, 28), date(2024, 3, 1), ["2024-02-28", "2024-02-29", "2024-03-01"]),
        (date(9998, 12, 31), date(9998, 12, 31), ["9998-12-31"]),
        (date(2026, 11, 24), date(2026, 11, 23), []),
    ],
)
def test_a_span_includes_its_first_and_its_last_day(first, last, days):
    span = DateRange(first, last, today=TODAY)
    assert span.days() == days
    assert span.length == len(days)


def test_a_span_of_a_leap_year_has_366_days():
    assert DateRange(date(2024, 1, 1), date(2024, 12, 31), today=TODAY).length == 366
    assert DateRange(date(2026, 1, 1), date(2026, 12, 31), today=TODAY).length == 365


def test_the_span_before_is_as_long_and_ends_where_the_span_begins():
    before = DateRange(date(2026, 3, 1), date(2026, 3, 31), today=TODAY).before()
    assert (before.first, before.last) == (date(2026, 1, 29), date(2026, 2, 28))


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [
        ("2026-02-10", "2026-02-11", {"2026-02": ("2026-02-10", "2026-02-11")}),
        (
            "2025-12-31",
            "2026-02-01",
            {
                "2025-12": ("2025-12-31", "2025-12-31"),
                "2026-01": ("2026-01-01", "2026-01-31"),
                "2026-02": ("2026-02-01", "2026-02-01"),
            },
        ),
    ],
)
def test_months_are_cut_where_the_span_is(first, last, months):
    parts = DateRange(date.fromisoformat(first), date.fromisoformat(last), today=TODAY).months()
    shown = {month: (part.first.isoformat(), part.last.isoformat()) for month, part in parts.items()}
    assert shown == months


@pytest.mark.parametrize(
    ("zone", "day", "since", "until"),
    [
        ("UTC", "2026-03-14", "2026-03-14T00:00Z", "2026-03-15T00:00Z"),
        ("Asia/Kolkata", "2026-03-14", "2026-03-13T18:30Z", "2026-03-14T18:30Z"),
        ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00Z", "2026-03-29T22:00Z"),
        ("Europe/Berlin", "2026-10-25", "2026-10-24T22:00Z", "2026-10-25T23:00Z"),
        ("America/New_York", "2026-03-08", "2026-03-08T05:00Z", "2026-03-09T04:00Z"),
        # In Cairo clocks go from midnight to one o'clock: the day begins at one.
        ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00Z", "2026-04-24T21:00Z"),
        ("Africa/Cairo", "2026-04-23", "2026-04-22T22:00Z", "2026-04-23T22:00Z"),
    ],
)
def test_a_day_begins_at_midnight_of_the_reporting_zone(zone, day, since, until):
    span = DateRange(date.fromisoformat(day), date.fromisoformat(day), ZoneInfo(zone), today=TODAY)
    assert span.since == datetime.fromisoformat(since)
    assert span.until == datetime.fromisoformat(until)
    assert span.since.astimezone(span.zone).date() == span.first
    last = span.until - timedelta(milliseconds=1)
    assert last.astimezone(span.zone).date() == span.last


@pytest.mark.parametrize(("zone", "today"), [("UTC", 14), ("Europe/Berlin", 15), ("America/New_York", 14)])
def test_today_is_where_the_reporting_zone_is(zone, today):
    span = DateRangeQuery().span(ZoneInfo(zone), NOW)
    assert span.last == date(2026, 3, today)
    assert span.length == 30
    assert str(span.zone) == zone


def test_twelve_months_are_shown_if_none_are_asked_for():
    span = MonthsQuery().span(ZONE, NOW)
    assert (span.first, span.last) == (date(2025, 4, 1), date(2026, 3, 14))
    assert len(span.months()) == 12
    of_december = MonthsQuery(to=date(2025, 12, 31)).span(ZONE, NOW)
    assert of_december.first == date(2025, 1, 1)


def test_a_zone_may_be_named_if_it_is_the_reporting_zone():
    berlin = ZoneInfo("Europe/Berlin")
    assert DateRangeQuery(zone="Europe/Berlin").span(berlin, NOW).zone == berlin
    with pytest.raises(ProblemError) as refused:
        DateRangeQuery(zone="UTC").span(berlin, NOW)
    ((field, message),) = refused.value.errors
    assert field == "zone"
    assert "Europe/Berlin" in message


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        (DateRangeQuery(first=date(2026, 3, 2), to=date(2026, 3, 1)), "from"),
        (DateRangeQuery(first=date(2026, 3, 15)), "from"),
        (DateRangeQuery(first=date(2020, 1, 1)), "from"),
        (DateRangeQuery(to=date(1, 1, 1)), "to"),
        (DateRangeQuery(first=date(1999, 12, 31), to=date(2000, 1, 1)), "from"),
        (DateRangeQuery(first=date(9999, 1, 1), to=date(9999, 1, 2)), "to"),
        (MonthsQuery(first=date(2010, 1, 1)), "from"),
    ],
)
def test_a_span_that_can_not_be_is_refused(query, wrong):
    assert refused_field(query) == wrong


def test_ten_years_may_be_asked_for_by_month():
    assert len(MonthsQuery(first=date(2016, 4, 1)).span(ZONE, NOW).months()) == 120


def test_a_month_is_all_of_its_days():
    november, february = month_span("2026-11", ZONE, NOW), month_span("2024-02", ZONE, NOW)
    assert (november.first, november.last) == (date(2026, 11, 1), date(2026, 11, 30))
    assert february.last == date(2024, 2, 29)
    assert month_span(None, ZONE, NOW).first == date(2026, 3, 1)


@pytest.mark.parametrize("month", ["1999-12", "9999-01"])
def test_a_month_out_of_reach_is_refused(month):
    with pytest.raises(ProblemError) as refused:
        month_span(month, ZONE, NOW)
    assert [field for field, _ in refused.value.errors] == ["month"]


@pytest.mark.parametrize(
    ("first", "last", "plus", "minus"),
    [
        ("2026-03-01", "2026-03-14", ["2026-03"], []),
        ("2026-02-01", "2026-03-31", ["2026-02", "2026-03"], []),
        ("2026-02-01", "2026-12-31", ["2026-02", "2026-03"], []),
        ("2026-02-28", "2026-03-14", ["2026-02-28", "2026-03"], []),
        ("2026-01-03", "2026-03-14", ["2026-01", "2026-02", "2026-03"], ["2026-01-01", "2026-01-02"]),
        ("2026-03-13", "2026-03-14", ["2026-03-13", "2026-03-14"], []),
        ("2026-03-01", "2026-03-02", ["2026-03-01", "2026-03-02"], []),
        ("2026-04-01", "2026-04-30", ["2026-04"], []),
    ],
)
def test_up_to_today_the_present_month_is_one_period(first, last, plus, minus):
    covering = DateRange(date.fromisoformat(first), date.fromisoformat(last), today=TODAY).cover()
    assert (list(covering.plus), list(covering.minus)) == (plus, minus)
