"""What a request's tokens cost."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import NOW
from tollgate import money, pricing
from tollgate.pricing import PriceVersion, Usage, UsageSource

TOKENS = st.integers(0, 10**9)
PRICES = st.decimals(0, money.PRICE_MAX, places=money.PRICE_DECIMALS)


def version(input_price, output_price):
    return PriceVersion("mdl_small:1", input_price, output_price, NOW)


def usage(prompt_tokens, completion_tokens):
    return Usage(prompt_tokens, completion_tokens, UsageSource.PROVIDER)


@pytest.mark.parametrize(
    ("used", "input_price", "output_price", "cost"),
    [
        (usage(1000, 200), "0.15", "0.6", "0.00027"),
        (usage(1000, 0), "0.15", "0.6", "0.00015"),
        (usage(0, 200), "0.15", "0.6", "0.00012"),
        (usage(1, 1), "0", "0.000000000001", "0.000000000000000001"),
        (usage(1000, 200), "0", "0", "0"),
        (usage(1000, 200), "0.02", None, "0.00002"),
        (usage(1000, 200), None, None, "0"),
        (pricing.NO_USAGE, "0.15", "0.6", "0"),
    ],
)
def test_a_request_costs_its_tokens_at_their_prices(used, input_price, output_price, cost):
    prices = [None if text is None else Decimal(text) for text in (input_price, output_price)]
    assert pricing.price(used, version(*prices)) == Decimal(cost)


@given(prompt=TOKENS, completion=TOKENS, input_price=PRICES, output_price=PRICES)
@settings(max_examples=100, deadline=None)
def test_a_cost_is_exact(prompt, completion, input_price, output_price):
    cost = pricing.price(usage(prompt, completion), version(input_price, output_price))
    assert Fraction(cost) * 1_000_000 == prompt * Fraction(input_price) + completion * Fraction(output_price)


@pytest.mark.parametrize(
    ("input_price", "output_price", "free"),
    [
        ("0", "0", True),
        ("0.00", None, True),
        ("0", "0.000000000001", False),
        ("0.15", "0", False),
        ("0.02", None, False),
    ],
)
def test_a_model_is_free_only_if_nothing_of_it_costs(input_price, output_price, free):
    output = None if output_price is None else Decimal(output_price)
    assert version(Decimal(input_price), output).is_free is free


def test_no_usage_is_no_tokens_and_no_estimate():
    assert usage(0, 0) == pricing.NO_USAGE
