"""Bills worked out from OpenAI's price list."""

from __future__ import annotations

import pytest

from tests.pricing_examples import Example, bill_for
from tests.pricing_examples.openai import (
    EXAMPLES,
    MESSAGE,
    OPEN_PAGE,
    OPENAI_SEARCH,
    PRICES,
    REASONED,
    SEARCH,
)
from tollgate import money
from tollgate.pricing.provider_usage import from_response


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_a_published_price_makes_the_bill_that_it_should(example):
    bill = bill_for(example, PRICES)
    assert money.to_string(bill.total) == example.total
    if example.lines:
        assert {line.item: money.to_string(line.cost) for line in bill.lines} == example.lines


def test_openai_charges_for_the_search_but_not_for_opening_what_it_found():
    """By its guide search actions incur the tool's fee; `open_page` and `find_in_page` are others."""
    response = {"usage": REASONED, "output": [SEARCH, OPEN_PAGE, MESSAGE]}
    example = Example("gpt-5", response, "0.02195375", read=from_response, shown=OPENAI_SEARCH)
    assert money.to_string(bill_for(example, PRICES).total) == example.total
