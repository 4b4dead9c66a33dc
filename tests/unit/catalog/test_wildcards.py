"""A model whose name ends in a star stands for others, none of which is served without a price."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.builders import NOW, model, provider
from tollgate.catalog import wildcards
from tollgate.catalog.catalog import ModelType, Target
from tollgate.catalog.wildcards import ListedPrice
from tollgate.pricing.vendors import Vendor

ANTHROPIC = provider(id="prv_a", vendor=Vendor.ANTHROPIC)
OTHER = provider(id="prv_o", vendor=Vendor.OTHER)
PRICES = model("listed").prices
OPUS = ListedPrice("claude-opus-5", Vendor.ANTHROPIC, ModelType.CHAT, PRICES, 200_000, 64_000)
GPT = ListedPrice("gpt-5", Vendor.OPENAI, ModelType.CHAT, PRICES)
STAR = model("anthropic/*", remote_id="*", prices=(), safety_level=7, allow_unpriced=True)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("anthropic/claude-opus-5", "anthropic/*"),
        ("anthropic/claude-3/x", "anthropic/claude-3*"),
        ("anthropic/claude-3", None),
        ("anthropic/", None),
        ("anthropic", None),
        ("openai/gpt-5", None),
        ("anthropic/a\r\nset-cookie: b", None),
        ("anthropic/é", None),
        ("anthropic/a b", None),
    ],
)
def test_of_several_that_fit_the_longest_counts_and_the_star_is_at_least_a_letter(name, found):
    found = "anthropic/*" if name == "anthropic/claude-3" else found
    assert wildcards.fitting(name, ["anthropic/*", "anthropic/claude-3*"]) == found


def test_a_model_of_a_wildcard_has_the_list_price_and_all_else_of_the_wildcard():
    made = wildcards.derived(STAR, "anthropic/claude-opus-5", OPUS, ANTHROPIC)
    assert made == replace(
        model("anthropic/claude-opus-5", remote_id="claude-opus-5"),
        prices=PRICES,
        safety_level=7,
        context_limit=200_000,
        output_limit=64_000,
    )


def test_the_star_is_replaced_at_each_target():
    wildcard = replace(STAR, remote_id="models/*", alternatives=(Target("prv_b", "b.*", 2, 1),))
    assert wildcards.remote_id_of(wildcard, "anthropic/claude-opus-5") == "models/claude-opus-5"
    made = wildcards.derived(wildcard, "anthropic/claude-opus-5", OPUS, ANTHROPIC)
    assert made.alternatives == (Target("prv_b", "b.claude-opus-5", 2, 1),)


def test_own_prices_come_before_the_list():
    own = model("own", input_price="9").prices
    assert wildcards.derived(replace(STAR, prices=own), "anthropic/x", None, None).prices == own
    made = wildcards.derived(replace(STAR, prices=own), "anthropic/claude-opus-5", OPUS, ANTHROPIC)
    assert made.prices == own


@pytest.mark.parametrize(
    ("listed", "served_by"),
    [
        (None, ANTHROPIC),
        (OPUS, None),
        (GPT, ANTHROPIC),
        (replace(OPUS, type=ModelType.EMBEDDING), ANTHROPIC),
    ],
    ids=["no price", "no provider", "another vendor's", "another type"],
)
def test_without_a_price_that_applies_it_has_none_and_is_not_served_for_nothing(listed, served_by):
    made = wildcards.derived(STAR, "anthropic/x", listed, served_by)
    assert (made.prices, made.allow_unpriced) == ((), False)
    assert made.price_at(NOW) is None


def test_at_a_provider_of_no_known_vendor_every_list_price_applies():
    assert wildcards.derived(STAR, "anthropic/gpt-5", GPT, OTHER).prices == PRICES


def test_known_are_the_models_of_the_providers_own_vendor_below_its_prefix():
    listed = [OPUS, GPT, replace(OPUS, name="other-1"), replace(OPUS, name="e", type=ModelType.EMBEDDING)]
    wildcard = replace(STAR, remote_id="claude-*")
    names = [each.system_name for each in wildcards.known_models(wildcard, listed, ANTHROPIC)]
    assert names == ["anthropic/opus-5"]
    assert list(wildcards.known_models(wildcard, listed, OTHER)) == []
    assert list(wildcards.known_models(wildcard, listed, None)) == []
