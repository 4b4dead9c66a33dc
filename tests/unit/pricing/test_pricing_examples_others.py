"""Bills worked out from the price lists of DeepSeek, Mistral, xAI and Perplexity."""

from __future__ import annotations

import pytest

from tests.pricing_examples import Example, bill_for
from tests.pricing_examples.others import DEEPSEEK_CHAT, EXAMPLES, PRICES
from tollgate import money


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_a_published_price_makes_the_bill_that_it_should(example):
    bill = bill_for(example, PRICES)
    assert money.to_string(bill.total) == example.total
    if example.lines:
        assert {line.item: money.to_string(line.cost) for line in bill.lines} == example.lines


@pytest.mark.parametrize(
    ("at", "total"),
    [
        ("2025-07-15T16:29:59Z", "0.000692"),
        ("2025-07-15T16:30:00Z", "0.000346"),
        ("2025-07-15T23:59:59Z", "0.000346"),
        ("2025-07-16T00:00:00Z", "0.000346"),
        ("2025-07-16T00:29:59Z", "0.000346"),
        ("2025-07-16T00:30:00Z", "0.000692"),
    ],
)
def test_deepseeks_discount_of_2025_lasted_past_midnight(at, total):
    example = Example("deepseek-chat, 2025", DEEPSEEK_CHAT, total, at=at)
    assert money.to_string(bill_for(example, PRICES).total) == total


@pytest.mark.parametrize(
    ("at", "total"),
    [
        ("2026-11-02T00:59:59Z", "0.00035592"),  # a Monday
        ("2026-11-02T01:00:00Z", "0.00071184"),
        ("2026-11-02T04:00:00Z", "0.00035592"),
        ("2026-11-02T06:00:00Z", "0.00071184"),
        ("2026-11-02T09:59:59Z", "0.00071184"),
        ("2026-11-02T10:00:00Z", "0.00035592"),
        ("2026-11-06T09:00:00Z", "0.00071184"),  # a Friday
        ("2026-11-07T09:00:00Z", "0.00035592"),
        ("2026-11-08T09:00:00Z", "0.00035592"),
    ],
)
def test_deepseeks_peak_of_2026_is_dearer_on_weekdays_alone(at, total):
    example = Example("deepseek-flash, 2026", DEEPSEEK_CHAT, total, at=at)
    assert money.to_string(bill_for(example, PRICES).total) == total
