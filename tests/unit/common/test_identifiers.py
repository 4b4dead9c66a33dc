"""Identifiers: request ids sort by time, named ids follow from the name."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.builders import NOW
from tollgate import identifiers

DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
MILLISECONDS = st.integers(0, int(timedelta(days=30 * 365) / timedelta(milliseconds=1)))


def at(milliseconds):
    return datetime(2006, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)


def milliseconds_in(request_id):
    value = 0
    for digit in request_id.removeprefix("req_")[:10]:
        value = value * 32 + DIGITS.index(digit)
    return value


def test_a_request_id_is_26_digits_that_no_one_confuses():
    assert re.fullmatch(r"req_[0-9a-hjkmnp-tv-z]{26}", identifiers.request_id(NOW))


@given(MILLISECONDS)
@settings(max_examples=100, deadline=None)
def test_a_request_id_holds_its_millisecond(milliseconds):
    moment = at(milliseconds)
    since_1970 = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    assert milliseconds_in(identifiers.request_id(moment)) == since_1970


@given(MILLISECONDS, st.integers(1, 100_000))
@settings(max_examples=100, deadline=None)
def test_a_later_request_sorts_after_an_earlier_one(milliseconds, later):
    first = identifiers.request_id(at(milliseconds))
    assert first < identifiers.request_id(at(milliseconds + later))


def test_requests_of_the_same_millisecond_have_ids_of_their_own():
    assert len({identifiers.request_id(NOW) for _ in range(1000)}) == 1000


def test_an_id_derived_from_a_name_stays_what_it_has_been():
    """Stored items are found by these: another derivation would lose them."""
    assert identifiers.id_from_name("mdl", "small") == "mdl_81db8ebbbbc69c6c6ad4"
    assert identifiers.id_from_name("prv", "mock") == "prv_ec864fe99b539704b887"


def test_different_names_have_different_ids():
    names = ["small", "Small", "small ", "smáll", "sma\u0301ll", ""]
    assert len({identifiers.id_from_name("mdl", name) for name in names}) == len(names)


@pytest.mark.parametrize("name", ["模型", "🦙", "a\0b", "\ud800"], ids=ascii)
def test_any_name_that_a_request_can_hold_has_an_id(name):
    assert re.fullmatch(r"mdl_[0-9a-f]{20}", identifiers.id_from_name("mdl", name))


@given(MILLISECONDS)
@settings(max_examples=100, deadline=None)
def test_a_request_id_says_when_it_was_made(milliseconds):
    made = identifiers.request_id(at(milliseconds))
    assert identifiers.first_request_id(identifiers.moment_of(made)) == made[:14]
