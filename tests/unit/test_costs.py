"""Cost aggregates: which there are of a record, how they add up, and which make up a span."""

from __future__ import annotations

import calendar
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tollgate.costs import Aggregate, Dimension, Entry, Tally, fold, month_of, periods

LAST_DAY = date(9999, 11, 30)
DAYS = st.dates(date(1, 1, 1), LAST_DAY)
TALLIES = st.builds(
    Tally,
    requests=st.just(1),
    failed=st.integers(0, 1),
    prompt_tokens=st.integers(0, 10**9),
    completion_tokens=st.integers(0, 10**9),
    cost=st.decimals(0, 10**6, places=18),
)
ENTRIES = st.builds(
    Entry,
    request_id=st.uuids().map("req_{}".format),
    key_id=st.sampled_from(["key_a", "key_b", "key_c"]),
    model=st.sampled_from(["small", "large"]),
    day=st.dates(date(2026, 1, 30), date(2026, 3, 2)),
    tally=TALLIES,
)


def days_of(period):
    """The days that a period stands for."""
    if len(period) == len("2026-11-23"):
        return [date.fromisoformat(period)]
    first = date.fromisoformat(f"{period}-01")
    return [first + timedelta(offset) for offset in range(calendar.monthrange(first.year, first.month)[1])]


def last_of(first, length):
    """The last day of so many, which are fewer where the calendar ends."""
    return first + timedelta(min(length - 1, (LAST_DAY - first).days))


def entry(day=date(2026, 11, 23), key_id="key_a", model="small", **figures):
    return Entry("req_1", key_id, model, day, Tally(requests=1, **figures))


@pytest.mark.parametrize(
    ("first", "last", "covering"),
    [
        ("2026-11-23", "2026-11-23", ["2026-11-23"]),
        ("2026-11-01", "2026-11-30", ["2026-11"]),
        ("2026-11-01", "2026-11-29", [f"2026-11-{day:02}" for day in range(1, 30)]),
        ("2026-11-02", "2026-11-30", [f"2026-11-{day:02}" for day in range(2, 31)]),
        ("2026-01-01", "2026-03-31", ["2026-01", "2026-02", "2026-03"]),
        ("2026-01-30", "2026-03-02", ["2026-01-30", "2026-01-31", "2026-02", "2026-03-01", "2026-03-02"]),
        ("2026-12-31", "2027-01-31", ["2026-12-31", "2027-01"]),
        ("2025-02-01", "2025-02-28", ["2025-02"]),
        ("2024-02-01", "2024-02-29", ["2024-02"]),
        ("2024-02-01", "2024-02-28", [f"2024-02-{day:02}" for day in range(1, 29)]),
        ("2024-02-29", "2024-02-29", ["2024-02-29"]),
        ("2000-02-29", "2000-03-31", ["2000-02-29", "2000-03"]),
        ("1900-02-01", "1900-02-28", ["1900-02"]),
        ("0999-12-01", "0999-12-31", ["0999-12"]),
        ("2026-11-24", "2026-11-23", []),
    ],
)
def test_a_span_is_made_up_of_whole_months_and_the_days_around_them(first, last, covering):
    assert periods(date.fromisoformat(first), date.fromisoformat(last)) == covering


@given(first=DAYS, length=st.integers(1, 800))
@settings(max_examples=150, deadline=None)
def test_the_periods_of_a_span_are_exactly_its_days_none_twice(first, length):
    last = last_of(first, length)
    span = [first + timedelta(offset) for offset in range((last - first).days + 1)]

    assert [day for period in periods(first, last) for day in days_of(period)] == span


@given(first=DAYS, length=st.integers(1, 800))
@settings(max_examples=150, deadline=None)
def test_no_month_is_read_day_by_day_if_its_sum_will_do(first, length):
    last = last_of(first, length)

    single_days = [period for period in periods(first, last) if len(period) == len("2026-11-23")]

    for month, count in Counter(day[:7] for day in single_days).items():
        assert count < len(days_of(month))


def test_a_span_may_end_at_the_end_of_the_calendar():
    assert periods(date(9999, 12, 30), date.max) == ["9999-12-30", "9999-12-31"]


@pytest.mark.parametrize(
    ("day", "month"),
    [(date(2026, 1, 1), "2026-01"), (date(2026, 12, 31), "2026-12"), (date(999, 2, 3), "0999-02")],
)
def test_a_month_is_written_as_a_days_first_part(day, month):
    assert month_of(day) == month
    assert day.isoformat().startswith(month)


def test_a_record_adds_to_its_day_and_month_in_total_and_for_its_key_and_model():
    assert set(entry().aggregates()) == {
        Aggregate(Dimension.TOTAL, "2026-11-23", "all"),
        Aggregate(Dimension.KEY, "2026-11-23", "key_a"),
        Aggregate(Dimension.MODEL, "2026-11-23", "small"),
        Aggregate(Dimension.TOTAL, "2026-11", "all"),
        Aggregate(Dimension.KEY, "2026-11", "key_a"),
        Aggregate(Dimension.MODEL, "2026-11", "small"),
    }


def test_dimensions_keep_the_words_that_stored_sums_are_found_by():
    assert [*Dimension] == ["total", "key", "model"]


def test_tallies_add_figure_by_figure():
    assert Tally(2, 1, 100, 20, Decimal("0.1")) + Tally(1, 0, 30, 4, Decimal("0.2")) == Tally(
        3, 1, 130, 24, Decimal("0.3")
    )


def test_sums_hold_the_smallest_cost_beside_the_largest():
    large, small = Decimal("99999999999.999999999999999999"), Decimal("0.000000000000000001")
    assert (Tally(cost=large) + Tally(cost=small)).cost == Decimal(100_000_000_000)


def test_nothing_adds_up_to_nothing():
    assert fold([]) == {}


def test_records_of_one_day_key_and_model_share_their_aggregates():
    sums = fold([entry(cost=Decimal("0.1"), prompt_tokens=5), entry(cost=Decimal("0.2"), failed=1)])

    assert len(sums) == 6
    assert set(sums.values()) == {Tally(2, 1, 5, 0, Decimal("0.3"))}


def test_records_of_two_days_keys_and_models_meet_in_the_months_total():
    sums = fold([entry(), entry(date(2026, 11, 24), "key_b", "large")])

    assert sums.pop(Aggregate(Dimension.TOTAL, "2026-11", "all")) == Tally(requests=2)
    assert len(sums) == 10
    assert set(sums.values()) == {Tally(requests=1)}


@given(st.lists(ENTRIES, max_size=30))
@settings(max_examples=50, deadline=None)
def test_every_dimension_adds_up_to_the_same_by_day_and_by_month(entries):
    sums = fold(entries)

    total = sum((each.tally for each in entries), Tally())
    for dimension in Dimension:
        for length in (len("2026-11"), len("2026-11-23")):
            parts = [
                tally
                for aggregate, tally in sums.items()
                if aggregate.dimension is dimension and len(aggregate.period) == length
            ]
            assert sum(parts, Tally()) == total
