"""Each class of tokens says what prices and bounds go by, so that none is counted wrong, or for nothing."""

from __future__ import annotations

import pytest

from tests.support.builders import NOW, price_version
from tollgate.pricing import bill
from tollgate.pricing.bill import RequestLimits
from tollgate.pricing.usage import TOKEN_CLASSES, TokenClass, Usage, UsageSource
from tollgate_admin.catalog.price_schemas import TokenPrices
from tollgate_admin.catalog.shipped.shipped_prices import Rates

TEXT = price_version({TokenClass.INPUT: "1", TokenClass.OUTPUT: "10"})


def test_each_class_is_described():
    assert TOKEN_CLASSES.keys() == set(TokenClass)


@pytest.mark.parametrize("token_class", TokenClass)
def test_a_class_without_a_price_of_its_own_costs_what_text_does_on_its_side(token_class):
    used = Usage({token_class: 1_000_000}, UsageSource.PROVIDER)
    assert bill.price(used, TEXT, NOW).total == (10 if token_class.is_output else 1)
    assert (used.prompt_tokens, used.completion_tokens) == (
        (0, 1_000_000) if token_class.is_output else (1_000_000, 0)
    )


@pytest.mark.parametrize("token_class", TokenClass)
def test_what_is_held_covers_each_class_at_its_price(token_class):
    rates = {TokenClass.INPUT: "1", TokenClass.OUTPUT: "10", token_class: "500"}
    limits = RequestLimits(
        prompt_tokens=0 if token_class.is_output else 1_000_000,
        completion_tokens=1_000_000 if token_class.is_output else 0,
    )
    assert bill.bound(limits, price_version(rates)) == 500


@pytest.mark.parametrize("token_class", TokenClass)
def test_a_class_is_part_of_one_on_its_own_side(token_class):
    whole = TOKEN_CLASSES[token_class].part_of
    if whole is None:
        assert token_class in {TokenClass.INPUT, TokenClass.OUTPUT}
    else:
        assert whole.is_output is token_class.is_output


@pytest.mark.parametrize("schema", [TokenPrices, Rates])
def test_each_class_has_a_field_for_its_price_wherever_prices_are_set(schema):
    fields = [spec.price_field for spec in TOKEN_CLASSES.values()]
    assert sorted(schema.model_fields) == sorted(fields)
