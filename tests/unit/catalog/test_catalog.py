"""Which price of a model is in force, and whether it is served at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.builders import NOW, model
from tollgate.catalog import catalog
from tollgate.catalog.catalog import ModelType, Target
from tollgate.pricing.usage import TokenClass

CHAT, EMBEDDING = ModelType.CHAT, ModelType.EMBEDDING


@pytest.mark.parametrize(
    ("kind", "input_price", "output_price", "served"),
    [
        (CHAT, "0.15", "0.6", True),
        (CHAT, "0", "0", True),
        (CHAT, "0.15", None, False),
        (CHAT, None, "0.6", False),
        (CHAT, None, None, False),
        (EMBEDDING, "0.02", None, True),
        (EMBEDDING, "0.02", "0", True),
        (EMBEDDING, "0", None, True),
        (EMBEDDING, None, "0.6", False),
        (EMBEDDING, None, None, False),
    ],
)
def test_a_model_is_served_if_all_that_it_charges_for_is_priced(kind, input_price, output_price, served):
    priced = model(input_price=input_price, output_price=output_price, type=kind)
    assert priced.price_at(NOW) == (priced.prices[0] if served else None)


def test_a_model_that_never_had_a_price_is_not_served():
    assert model(prices=()).price_at(NOW) is None


def test_the_newest_price_is_in_force():
    (first,) = model().prices
    second = replace(first, id="mdl_small:2", rates={**first.rates, TokenClass.INPUT: Decimal("0.3")})
    assert model(prices=(first, second)).price_at(NOW) is second


def test_a_price_that_was_taken_away_does_not_fall_back_to_an_older_one():
    (first,) = model().prices
    without_output = {TokenClass.INPUT: first.rates[TokenClass.INPUT]}
    assert model(prices=(first, replace(first, id="mdl_small:2", rates=without_output))).price_at(NOW) is None


def test_a_price_takes_effect_at_its_moment_and_not_before():
    (first,) = model().prices
    later = NOW + timedelta(days=30)
    second = replace(first, id="mdl_small:2", effective_at=later)
    for prices in ((first, second), (second, first)):
        priced = model(prices=prices)
        assert priced.price_at(NOW - timedelta(milliseconds=1)) is None
        assert priced.price_at(later - timedelta(milliseconds=1)) is first
        assert priced.price_at(later) is second


def test_a_models_versions_are_its_own_and_those_of_alternatives_that_have_some():
    (first,) = model().prices
    cheaper = replace(first, id="mdl_small/prv_b:1.2")
    follower, priced = Target("prv_a", "small"), Target("prv_b", "small", prices=(cheaper,))
    served = model(alternatives=(follower, priced))
    main = served.targets[0]
    assert list(served.versions()) == [(main, first), (priced, cheaper)]
    assert [target.prices for target in served.targets] == [(first,), (first,), (cheaper,)]


def test_ids_follow_from_names_and_tell_providers_from_models():
    assert catalog.model_id("small") == model("small").id
    assert catalog.model_id("small") != catalog.model_id("large")
    assert catalog.model_id("mock").startswith("mdl_")
    assert catalog.provider_id("mock").startswith("prv_")


def test_each_type_of_models_says_whether_it_has_output():
    assert {kind for kind in ModelType if not kind.has_output} == {EMBEDDING}
