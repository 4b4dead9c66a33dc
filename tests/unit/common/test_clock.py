"""Moments as they are stored: UTC, in whole milliseconds, sorting as text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.builders import NOW
from tollgate.clock import from_rfc3339, rfc3339, utc_now

EAST = timezone(timedelta(hours=5, minutes=30))
WEST = timezone(timedelta(hours=-8))
MOMENTS = st.builds(
    lambda moment, milliseconds: moment.replace(microsecond=milliseconds * 1000),
    st.datetimes(datetime(1970, 1, 1), datetime(9998, 12, 31), timezones=st.sampled_from([UTC, EAST, WEST])),  # noqa: DTZ001 - hypothesis adds the zone
    st.integers(0, 999),
)


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (NOW, "2026-03-14T15:09:26.535Z"),
        (datetime(2026, 1, 1, tzinfo=UTC), "2026-01-01T00:00:00.000Z"),
        (datetime(2026, 1, 1, 3, tzinfo=EAST), "2025-12-31T21:30:00.000Z"),
        (datetime(2026, 12, 31, 20, tzinfo=WEST), "2027-01-01T04:00:00.000Z"),
        (datetime(2026, 1, 31, 23, 59, 59, 999_999, tzinfo=UTC), "2026-01-31T23:59:59.999Z"),
        (datetime(999, 1, 1, tzinfo=UTC), "0999-01-01T00:00:00.000Z"),
    ],
)
def test_a_moment_is_written_in_utc_with_milliseconds(moment, text):
    assert rfc3339(moment) == text


@given(MOMENTS)
@settings(max_examples=50, deadline=None)
def test_a_moment_in_whole_milliseconds_comes_back_as_it_was_written(moment):
    assert from_rfc3339(rfc3339(moment)) == moment


@given(MOMENTS, MOMENTS)
@settings(max_examples=50, deadline=None)
def test_moments_sort_as_text(one, other):
    assert (rfc3339(one) < rfc3339(other)) == (one < other)


def test_a_moment_without_a_fraction_is_read():
    assert from_rfc3339("2026-01-31T23:59:59Z") == datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC)


def test_the_present_survives_being_stored():
    now = utc_now()
    assert now.tzinfo is UTC
    assert from_rfc3339(rfc3339(now)) == now
