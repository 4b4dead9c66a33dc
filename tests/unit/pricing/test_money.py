"""Money is exact: what cannot be held to the last digit is an error."""

from __future__ import annotations

from decimal import Decimal, Inexact
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tollgate import money

TOKENS = st.integers(0, 10**10)
PRICES = st.decimals(0, money.PRICE_MAX, places=money.PRICE_DECIMALS)
AMOUNTS = st.decimals(-money.AMOUNT_MAX, money.AMOUNT_MAX, places=money.AMOUNT_DECIMALS)


@pytest.mark.parametrize(
    ("tokens", "price", "cost"),
    [
        (0, "5", "0"),
        (1, "0.15", "0.00000015"),
        (1_000_000, "0.15", "0.15"),
        (123_456, "0.075", "0.0092592"),
        (3, "0", "0"),
        (1, "0.000000000001", "0.000000000000000001"),
        (2_000_000, "1000000", "2000000"),
    ],
)
def test_a_price_is_for_a_million_tokens(tokens, price, cost):
    assert money.cost_of(tokens, Decimal(price)) == Decimal(cost)


@given(tokens=TOKENS, price=PRICES)
@settings(max_examples=50, deadline=None)
def test_a_cost_is_exact_at_any_price_that_can_be_set(tokens, price):
    assert Fraction(money.cost_of(tokens, price)) == Fraction(price) * tokens / 1_000_000


@given(some=TOKENS, more=TOKENS, price=PRICES)
@settings(max_examples=50, deadline=None)
def test_tokens_cost_the_same_together_as_apart(some, more, price):
    with money.exact():
        apart = money.cost_of(some, price) + money.cost_of(more, price)
    assert money.cost_of(some + more, price) == apart


def test_a_cost_of_more_than_38_digits_is_an_error_and_not_rounded():
    with pytest.raises(Inexact):
        money.cost_of(10**27 - 1, Decimal("999999.999999999999"))


def test_exact_arithmetic_raises_where_it_would_round_and_ends_with_its_block():
    with money.exact(), pytest.raises(Inexact):
        Decimal(1) / 3

    assert round(Decimal(1) / 3, 4) == Decimal("0.3333")


def test_38_digits_are_held_and_39_are_not():
    smallest = Decimal(1).scaleb(-18)
    with money.exact():
        assert Decimal(10) ** 19 + smallest == Decimal("10000000000000000000.000000000000000001")
        with pytest.raises(Inexact):
            Decimal(10) ** 20 + smallest


def test_the_largest_amount_can_still_grow_by_the_smallest():
    smallest = Decimal(1).scaleb(-money.AMOUNT_DECIMALS)
    with money.exact():
        assert money.AMOUNT_MAX + smallest == Decimal("1000000000.000000000000000001")


def test_the_largest_budget_is_still_exact_after_the_cost_with_the_most_decimals():
    """A price at the factors of a time of day, of a tier, of a key and of what is metered, per million."""
    decimals = money.PRICE_DECIMALS + 6 + 3 * money.FACTOR_DECIMALS + money.COMBINED_DECIMALS
    smallest = Decimal(1).scaleb(-decimals)
    with money.exact():
        assert 20 * money.AMOUNT_MAX - smallest < 20 * money.AMOUNT_MAX


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0.000123", "0.000123"),
        ("1E-18", "0.000000000000000001"),
        ("10", "10"),
        ("1E+3", "1000"),
        ("100.00", "100"),
        ("1.50", "1.5"),
        ("-1.10", "-1.1"),
        ("0", "0"),
        ("0E-7", "0"),
        ("0E+2", "0"),
        ("-0", "0"),
        ("-0.00", "0"),
    ],
)
def test_amounts_are_written_plainly(amount, text):
    assert money.to_string(Decimal(amount)) == text


@given(AMOUNTS)
@settings(max_examples=100, deadline=None)
def test_a_written_amount_is_the_amount(amount):
    text = money.to_string(amount)

    assert Decimal(text) == amount
    assert "E" not in text
    assert not ("." in text and text.endswith(("0", ".")))
