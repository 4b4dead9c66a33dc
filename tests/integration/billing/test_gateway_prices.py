"""The cost on the record is what the provider's invoice says, through the gateway."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.support.builders import KEY, model, price_version, scope
from tests.support.gateway_world import HELLO, World
from tollgate.pricing.price_versions import Tier
from tollgate.pricing.usage import TokenClass

VERSION = replace(
    price_version(
        {
            TokenClass.INPUT: "2",
            TokenClass.CACHED_INPUT: "0.5",
            TokenClass.OUTPUT: "8",
            TokenClass.REASONING: "6",
        }
    ),
    tiers=(Tier(1000, {TokenClass.INPUT: Decimal(4), TokenClass.REASONING: Decimal(12)}),),
)


@pytest.fixture
def priced(world: World) -> World:
    world.catalog.add_model(model("priced", prices=(VERSION,)))
    return world


def ask(world: World, **body: Any) -> dict[str, Any]:
    """The record of one call."""
    assert world.call({"model": "priced", "messages": HELLO, **body}).status == 200
    (record,) = world.records
    assert record["calculated_cost"] == world.scope.budget_used
    return record


def bill(record: dict[str, Any]) -> list[tuple[str, int, Decimal, Decimal]]:
    return [
        (line["item"], line["quantity"], line["unit_price"], line["cost"]) for line in record["breakdown"]
    ]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_cached_tokens_are_not_charged_at_the_full_price_nor_at_zero_nor_twice(priced, stream):
    mock = {"prompt_tokens": 1000, "cached_tokens": 600, "completion_tokens": 100}
    record = ask(priced, mock=mock, stream=stream)
    assert bill(record) == [
        ("cached_input", 600, Decimal("0.5"), Decimal("0.0003")),
        ("input", 400, Decimal(2), Decimal("0.0008")),
        ("output", 100, Decimal(8), Decimal("0.0008")),
    ]
    assert record["calculated_cost"] == Decimal("0.0019")


def test_reasoning_tokens_are_charged_once_and_at_their_tier(priced):
    mock = {"prompt_tokens": 1001, "completion_tokens": 100, "reasoning_tokens": 60}
    assert bill(ask(priced, mock=mock)) == [
        ("input", 1001, Decimal(4), Decimal("0.004004")),
        ("output", 40, Decimal(8), Decimal("0.00032")),
        ("reasoning", 60, Decimal(12), Decimal("0.00072")),
    ]


def test_the_border_of_a_tier_is_not_above_it(priced):
    record = ask(priced, mock={"prompt_tokens": 1000, "completion_tokens": 0})
    assert record["calculated_cost"] == Decimal("0.002")


def test_an_unknown_model_is_not_served_for_nothing(world):
    assert world.call({"model": "unknown", "messages": HELLO}).status == 404
    assert world.records == []


def test_an_unpriced_model_is_not_served_for_nothing_unless_it_may_be_and_then_visibly(
    dynamodb, tables, provider_url
):
    world = World(dynamodb, tables, provider_url)
    world.keys.add(scope())
    world.catalog.add_model(model("priced", prices=(), allow_unpriced=True))

    record = ask(world, mock={"prompt_tokens": 1000, "completion_tokens": 100})

    assert record["calculated_cost"] == 0
    assert record["price_version"] == "unpriced"
    assert (record["prompt_tokens"], record["completion_tokens"]) == (1000, 100)


def test_an_unpriced_model_does_not_pass_an_exhausted_budget(dynamodb, tables, provider_url):
    world = World(dynamodb, tables, provider_url)
    world.keys.add(scope(used="10"))
    world.catalog.add_model(model("priced", prices=(), allow_unpriced=True))
    assert world.call({"model": "priced", "messages": HELLO}).status == 429


def test_a_keys_markup_is_on_its_bill_and_its_budget(dynamodb, tables, provider_url):
    world = World(dynamodb, tables, provider_url)
    world.keys.add(scope(price_factor=Decimal("1.5")))
    world.catalog.add_model(model("priced", prices=(VERSION,)))

    record = ask(world, mock={"prompt_tokens": 1000, "completion_tokens": 100})

    assert record["price_factor"] == Decimal("1.5")
    assert record["calculated_cost"] == Decimal("0.0042")
    assert world.keys.get(KEY.key_id).budget_available == Decimal("9.9958")


def test_the_tier_that_served_a_request_decides_its_price(world):
    flex = replace(VERSION, service_tiers={"flex": Decimal("0.5")})
    world.catalog.add_model(model("priced", prices=(flex,)))
    record = ask(world, service_tier="flex", mock={"prompt_tokens": 1000, "completion_tokens": 100})
    assert record["service_tier"] == "flex"
    assert record["calculated_cost"] == Decimal("0.0014")


def test_a_providers_refusal_costs_no_fee(world):
    world.catalog.add_model(model("priced", prices=(replace(VERSION, request_price=Decimal(1)),)))
    answer = world.call({"model": "priced", "messages": HELLO, "mock": {"status": 400}})
    assert answer.status == 400
    world.assert_settled("0", outcome="failed")
    assert json.loads(answer.text)["error"]


def test_the_cost_is_not_lost_when_a_model_is_served_by_another(world):
    served = model("alias", prices=(VERSION,), remote_id="quite-another-2026")
    world.catalog.add_model(served)
    answer = world.call(
        {"model": "alias", "messages": HELLO, "mock": {"prompt_tokens": 500, "completion_tokens": 0}}
    )
    assert json.loads(answer.text)["model"] == "quite-another-2026"
    world.assert_settled("0.001", model="alias", remote_model="quite-another-2026", price_version=VERSION.id)
