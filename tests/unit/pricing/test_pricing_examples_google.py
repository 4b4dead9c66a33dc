"""Bills worked out from Google's price list."""

from __future__ import annotations

import pytest

from tests.pricing_examples import bill_for
from tests.pricing_examples.google import EXAMPLES, PRICES
from tollgate import money


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_a_published_price_makes_the_bill_that_it_should(example):
    bill = bill_for(example, PRICES)
    assert money.to_string(bill.total) == example.total
    if example.lines:
        assert {line.item: money.to_string(line.cost) for line in bill.lines} == example.lines
