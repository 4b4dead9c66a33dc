"""By what two sums may be apart where it is unknown what one of them has counted."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tollgate.reconcile.drift import DriftInterval, SuspectedDrift

D = Decimal
LEAST = D("1e-18")


def of(difference: str, *uncertain: str) -> DriftInterval:
    return DriftInterval.of(D(difference), map(D, uncertain))


def many(difference: str) -> DriftInterval:
    """Too many to tell apart: anything from 2 ** 20 - 1 less to the difference itself."""
    return DriftInterval.of(D(difference), [D(2**power) for power in range(20)])


def test_a_difference_is_one_where_everything_is_certain():
    assert of("0.5").candidates == {D("0.5")}
    assert of("0.5").are_one
    assert not of("0.5").admit(D(0))


def test_each_uncertain_amount_may_be_in_it_or_not():
    found = of("3", "1", "2")
    assert found.candidates == {D(0), D(1), D(2), D(3)}
    assert (found.minimum, found.maximum) == (0, 3)
    assert found.admit(D(0))
    assert not found.admit(D("1.5"))


def test_a_digit_shows_among_uncertain_amounts():
    assert not of("0.300000000000000001", "0.1", "0.2").admit(D(0))


def test_equal_amounts_are_no_more_than_their_number():
    assert len(of("1000", *["0.1"] * 1000).candidates) == 1001


def test_too_many_to_tell_apart_are_a_range():
    found = many("5")
    assert found.candidates is None
    assert found.admit(D(0))
    assert found.admit(D("0.5"))
    assert not found.admit(D(6))
    assert not many("-1").admit(D(0))


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        (of("1"), of("1"), {D(1)}),
        (of("1"), of("2"), None),
        (of("3", "1", "2"), of("3", "1"), {D(2), D(3)}),
        (of("2", "0.5"), many("2"), {D(2), D("1.5")}),
        (many("2"), of("7"), None),
    ],
)
def test_two_readings_agree_on_what_both_admit(one, other, both):
    agreed = one.also(other)
    assert (agreed.candidates if agreed else None) == both
    assert (other.also(one) or agreed) == agreed


def test_two_ranges_agree_on_their_overlap():
    agreed = many("5").also(many("3"))
    assert (agreed.minimum, agreed.maximum) == (many("5").minimum, 3)
    assert many("0").also(many("5000000")) is None


def test_the_difference_that_is_told_is_the_least():
    assert of("0.25", "0.5", "1").nearest_zero == D("-0.25") or of("0.25", "0.5", "1").nearest_zero == D(
        "0.25"
    )
    assert many("-7").nearest_zero == -7
    exact = D("12345678901234567890.000000000000000001")
    assert DriftInterval.of(exact, []).nearest_zero == exact


def test_a_suspicion_takes_two_readings_that_agree():
    once = SuspectedDrift(of("1"))
    assert not once.confirmed
    assert once.reconsidered(of("1")).confirmed
    assert once.reconsidered(of("1")).is_clear
    assert not once.reconsidered(of("2")).confirmed
    assert once.reconsidered(of("2")).reconsidered(of("2")).confirmed
    assert once.reconsidered(of("1", "1")) is None


def test_a_suspicion_that_is_confirmed_may_take_another_to_be_clear():
    twice = SuspectedDrift(of("1", "0.3")).reconsidered(of("1", "0.3"))
    assert twice.confirmed
    assert not twice.is_clear
    assert twice.reconsidered(of("1")).is_clear
