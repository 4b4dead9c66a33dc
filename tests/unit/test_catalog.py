"""Which price of a model is in force, and whether it is served at all."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.builders import model
from tollgate import catalog
from tollgate.catalog import ModelType

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
    assert priced.price == (priced.prices[0] if served else None)


def test_a_model_that_never_had_a_price_is_not_served():
    assert model(prices=()).price is None


def test_the_newest_price_is_in_force():
    (first,) = model().prices
    second = replace(first, id="mdl_small:2", input_price=Decimal("0.3"))
    assert model(prices=(first, second)).price is second


def test_a_price_that_was_taken_away_does_not_fall_back_to_an_older_one():
    (first,) = model().prices
    assert model(prices=(first, replace(first, id="mdl_small:2", output_price=None))).price is None


def test_ids_follow_from_names_and_tell_providers_from_models():
    assert catalog.model_id("small") == model("small").id
    assert catalog.model_id("small") != catalog.model_id("large")
    assert catalog.model_id("mock").startswith("mdl_")
    assert catalog.provider_id("mock").startswith("prv_")
