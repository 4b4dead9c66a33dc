"""A wildcard's models: called at list prices, listed, and refused where the catalog has no price for them."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.support.builders import KEY, provider, scope
from tests.support.gateway_world import HELLO, error_of
from tollgate.catalog.catalog import ProviderType
from tollgate.catalog.store.listed_prices import ListedPrices
from tollgate.pricing.usage import TokenClass
from tollgate.pricing.vendors import Vendor
from tollgate_admin.catalog.shipped import listed_prices_update, shipped_prices
from tollgate_proxy.catalog_cache import CachedCatalog

OPUS = "anthropic/claude-opus-5"
ASKED = {"messages": HELLO, "max_tokens": 50}
ANTHROPIC = {"anthropic-version": "2023-06-01"}


@pytest.fixture
def star(admin, world):
    """The model `anthropic/*`, at a provider of that vendor."""
    made = provider(
        f"{world.provider_url}/v1",
        id="prv_a",
        name="a",
        type=ProviderType.ANTHROPIC,
        vendor=Vendor.ANTHROPIC,
    )
    world.catalog.add_provider(made)
    answer = admin(
        "POST", "/models", {"systemName": "anthropic/*", "providerId": "prv_a", "modelType": "chat"}
    )
    assert (answer.status, answer.json["remoteId"], answer.json["priced"]) == (201, "*", True)
    return answer.json


def gateway(world):
    return world.gateway(catalog=CachedCatalog(world.catalog, 60))


def test_a_model_of_it_is_charged_at_the_list_price_under_its_own_name(star, world):
    (listed,) = [each for each in shipped_prices.read().models if each.system_name == "claude-opus-5"]
    served = gateway(world)
    for _ in range(2):
        answer = world.call({"model": OPUS, **ASKED}, path="/v1/messages", gateway=served)
        assert (answer.status, answer.headers["x-tollgate-model"]) == (200, OPUS)
    records = world.assert_all_settled(2)
    for each in records:
        assert (each["model"], each["remote_model"]) == (OPUS, "claude-opus-5")
        tokens = each["tokens"]
        assert listed.output_price is not None
        cost = tokens["input"] * listed.input_price + tokens["output"] * listed.output_price
        assert each["calculated_cost"] == cost / Decimal(1_000_000) > 0
    assert {each["body"]["model"] for each in world.received} == {"claude-opus-5"}


def test_what_the_catalog_has_no_price_for_is_refused_and_so_is_the_wildcard_itself(star, world):
    for name, status, code in (
        ("anthropic/claude-unheard-of", 400, "model_not_priced"),
        ("anthropic/gpt-5", 400, "model_not_priced"),
        ("anthropic/*", 404, "model_not_found"),
        ("openai/gpt-5", 404, "model_not_found"),
        ("anthropic/".ljust(3000, "x"), 404, "model_not_found"),
        ("x" * 3000, 404, "model_not_found"),
    ):
        answer = world.call({"model": name, **ASKED}, path="/v1/messages", gateway=gateway(world))
        assert (answer.status, error_of(answer)["code"]) == (status, code), name
    assert world.received == world.records == []


def test_what_it_stands_for_is_listed_as_far_as_the_key_may_use_it(star, world):
    names = {
        f"anthropic/{each.system_name}" for each in shipped_prices.read().models if each.vendor == "anthropic"
    }
    listed = json.loads(world.call(method="GET", path="/v1/models", gateway=gateway(world)).text)["data"]
    assert {each["id"] for each in listed} == {"embed", "small", *names}
    one = world.call(method="GET", path=f"/v1/models/{OPUS}", headers=ANTHROPIC, gateway=gateway(world))
    assert json.loads(one.text)["max_input_tokens"] > 0
    world.keys.edit(world.scope, scope(KEY, allowed_models=frozenset({OPUS})))
    listed = json.loads(world.call(method="GET", path="/v1/models", gateway=gateway(world)).text)["data"]
    assert [each["id"] for each in listed] == [OPUS]
    refused = world.call(
        {"model": "anthropic/claude-opus-4-8", **ASKED}, path="/v1/messages", gateway=gateway(world)
    )
    assert (refused.status, error_of(refused)["code"]) == (403, "model_not_allowed")


def test_a_model_of_its_own_and_a_longer_wildcard_come_first(star, admin, world):
    prices = {"inputPrice": "7", "outputPrice": "8"}
    base = {"providerId": "prv_a", "modelType": "chat", **prices}
    assert (
        admin("POST", "/models", {**base, "systemName": "anthropic/claude-x", "remoteId": "x"}).status == 201
    )
    assert (
        admin("POST", "/models", {**base, "systemName": "anthropic/local-*", "remoteId": "l/*"}).status == 201
    )
    catalog = CachedCatalog(world.catalog, 60)
    found = [catalog.model(name) for name in ("anthropic/claude-x", "anthropic/local-9", OPUS)]
    assert [each and each.remote_id for each in found] == ["x", "l/9", "claude-opus-5"]
    assert found[1] is not None
    assert found[1].prices[0].rates[TokenClass.INPUT] == 7


def test_one_that_is_deleted_stands_for_nothing(star, admin, world):
    assert admin("DELETE", f"/models/{star['id']}").status == 204
    assert CachedCatalog(world.catalog, 60).model(OPUS) is None
    assert world.catalog.wildcards() == []


@pytest.fixture(scope="module")
def refusing(shared_admin):
    """For what is refused, and so changes nothing: an admin with two providers."""
    shared_admin.services.catalog.add_provider(provider())
    shared_admin.services.catalog.add_provider(provider(id="prv_other", name="other"))
    return shared_admin


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"systemName": "a*b"}, "systemName"),
        ({"systemName": "*"}, "systemName"),
        ({"remoteId": "x"}, "remoteId"),
        ({"remoteId": "*x*"}, "remoteId"),
        ({"aliases": ["x"]}, "aliases"),
        ({"allowUnpriced": True}, "allowUnpriced"),
        ({"alternatives": [{"providerId": "prv_other", "remoteId": "y"}]}, "alternatives.0.remoteId"),
    ],
)
def test_what_a_wildcard_can_not_be_is_refused(refusing, fields, field):
    body: dict[str, Any] = {
        "systemName": "other/*",
        "providerId": provider().id,
        "modelType": "chat",
        **fields,
    }
    answer = refusing("POST", "/models", body)
    assert (answer.status, set(answer.errors)) == (422, {field})
    assert refusing.services.catalog.wildcards() == []


def test_a_changed_list_price_is_a_further_version_and_nothing_else_is_stored_again(star, admin):
    stored = admin.services.catalog
    prices = ListedPrices(stored.client, stored.table)
    before = prices.of("claude-opus-5")
    assert before is not None
    (version,) = before.prices
    dearer = replace(version, rates={**version.rates, TokenClass.INPUT: Decimal(1000)})
    prices.put(replace(before, prices=(dearer,)))

    listed_prices_update.update(stored, admin.services.clock())
    listed_prices_update.update(stored, admin.services.clock())

    after = prices.of("claude-opus-5")
    assert after is not None
    assert [each.rates for each in after.prices] == [dearer.rates, version.rates]
    assert len({each.id for each in after.prices}) == 2
    assert {len(each.prices) for each in prices.all() if each.name != "claude-opus-5"} == {1}
