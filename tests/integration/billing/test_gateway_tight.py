"""Hard budgets that are worth a few calls serve nearly all of them, one by one, and are never passed."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.support.builders import model, price_version, scope
from tests.support.gateway_world import Server, World, error_of
from tollgate.catalog import catalog
from tollgate.keys import api_keys
from tollgate.ledger.scopes import Enforcement
from tollgate.pricing.usage import TokenClass
from tollgate_proxy.catalog_cache import CachedCatalog

WORTH, MIN_SERVED = 30, 27
IN, OUT, LIMIT = 6, 5, 20
USED = {"prompt_tokens": IN, "completion_tokens": OUT}
HI: dict[str, dict[str, Any]] = {
    "chat": {"messages": [{"role": "user", "content": "hi"}]},
    "messages": {"messages": [{"role": "user", "content": "hi"}]},
    "responses": {"input": "hi"},
}
LIMITS = {"chat": "max_completion_tokens", "messages": "max_tokens", "responses": "max_output_tokens"}
SHAPES = [
    (api, streams, limited)
    for api in HI
    for streams in (False, True)
    for limited in (True, False)
    if limited or api != "messages"
]
# USD per 1M tokens, into and out of the model.
PRICES = [("0.15", "0.6"), ("3", "15"), ("1", "1"), ("10", "1"), ("0", "1"), ("1", "0"), ("0.01", "100")]


def asked(api: str, *, streams: bool, limited: bool) -> dict[str, Any]:
    body: dict[str, Any] = {**HI[api], "stream": streams}
    body[LIMITS[api]] = LIMIT if limited else None
    if api == "messages":
        body["max_tokens"] = LIMIT
    return {name: value for name, value in body.items() if value is not None}


def model_at(world: World, api: str, rates: tuple[str, str], **changes: Any) -> str:
    """The name of a model at these prices, for an API."""
    name = f"{api}-at-{'-'.join(rates)}-{len(changes)}"
    provider_id = "prv_claude" if api == "messages" else catalog.provider_id("mock")
    per_token = dict(zip((TokenClass.INPUT, TokenClass.OUTPUT), rates, strict=True))
    version = price_version(per_token, tool_prices={"web_search": Decimal("0.01")})
    provider_id = changes.pop("provider_id", provider_id)
    if world.catalog.model(name) is None:
        world.catalog.add_model(model(name, provider_id=provider_id, **changes, prices=(version,)))
    return name


def key_below(world: World, budget: Decimal, *, parent: bool) -> tuple[api_keys.ApiKey, str]:
    """A new key with that hard budget, or below a parent that has it; and whose it is."""
    key, above = api_keys.issue(), api_keys.issue()
    hard: dict[str, Any] = {"budget_limit": str(budget), "enforcement": Enforcement.HARD}
    if parent:
        world.keys.add(scope(above, **hard))
        world.keys.add(scope(key, budget_limit=None, parent_id=above.key_id))
    else:
        world.keys.add(scope(key, **hard))
    return key, above.key_id if parent else key.key_id


def served(world: World, api: str, body: dict[str, Any], key: api_keys.ApiKey) -> int:
    """How many calls are let through, of more than the budget is worth."""
    server = Server("mock", world.provider_url)
    server.reset()
    server.fail(*[USED] * (WORTH + 3))
    gateway = world.gateway(catalog=CachedCatalog(world.catalog, seconds=3600))
    for number in range(WORTH + 3):
        answer = world.ask(api, gateway=gateway, key=key, **body)
        if answer.status != 200:
            assert answer.status == 429, answer.text
            return number
    return WORTH + 3


def assert_serves(world: World, api: str, rates: tuple[str, str], *, parent: bool, **how: bool) -> None:
    cost = (IN * Decimal(rates[0]) + OUT * Decimal(rates[1])) / 1_000_000
    key, holder = key_below(world, WORTH * cost, parent=parent)
    body = asked(api, **how) | {"model": model_at(world, api, rates)}
    count = served(world, api, body, key)
    state = world.keys.get(holder)
    assert state is not None
    assert state.budget_used == count * cost <= WORTH * cost
    assert state.holds == {}
    assert count >= MIN_SERVED


@pytest.mark.parametrize(("api", "streams", "limited"), SHAPES)
def test_a_budget_worth_30_calls_serves_27_whatever_is_asked(lanes, api, streams, limited):
    assert_serves(lanes, api, ("0.15", "0.6"), parent=False, streams=streams, limited=limited)


@pytest.mark.parametrize("limited", [True, False])
def test_a_parents_budget_worth_30_calls_serves_27(lanes, limited):
    """What is held is the same, whoever has the money: each kind of request is tried above."""
    assert_serves(lanes, "chat", ("0.15", "0.6"), parent=True, streams=False, limited=limited)


@pytest.mark.parametrize("rates", PRICES, ids="/".join)
@pytest.mark.parametrize("limited", [True, False])
def test_a_budget_worth_30_calls_serves_27_at_any_price(lanes, rates, limited):
    assert_serves(lanes, "chat", rates, parent=False, streams=False, limited=limited)


def test_an_agent_with_a_namespace_and_a_search_fits_a_dollar(lanes):
    """At the prices of GPT-5, whose context is 400,000 tokens: the search is then tried once, and no more."""
    name = model_at(lanes, "responses", ("1.25", "10"), context_limit=400_000, output_limit=128_000)
    key, _ = key_below(lanes, Decimal(1), parent=False)
    function = {"type": "function", "name": "read", "parameters": {"type": "object", "properties": {}}}
    tools = [
        {"type": "namespace", "name": "mcp", "description": "Servers of the client.", "tools": [function]},
        {"type": "web_search"},
        {"type": "local_shell"},
    ]
    Server("mock", lanes.provider_url).reset()
    answer = lanes.ask("responses", key=key, model=name, input="hi", tools=tools)
    assert answer.status == 200, answer.text
    [sent] = Server("mock", lanes.provider_url).received
    assert sent["body"]["max_tool_calls"] == 1
    assert sent["body"]["tools"] == tools


@pytest.mark.parametrize("stated", [{"max_tool_calls": 10}, {"tools": []}])
def test_what_the_client_has_limited_or_not_asked_for_isnt_limited(lanes, stated):
    name = model_at(lanes, "responses", ("1.25", "10"), context_limit=400_000, output_limit=128_000)
    key, _ = key_below(lanes, Decimal(100), parent=False)
    Server("mock", lanes.provider_url).reset()
    body = {"model": name, "input": "hi", "tools": [{"type": "web_search"}], **stated}
    assert lanes.ask("responses", key=key, **body).status == 200
    [sent] = Server("mock", lanes.provider_url).received
    assert sent["body"].get("max_tool_calls") == stated.get("max_tool_calls")


def test_a_soft_budget_changes_nothing_of_a_call(lanes):
    name = model_at(lanes, "responses", ("1", "1"))
    key = api_keys.issue()
    lanes.keys.add(scope(key))
    Server("mock", lanes.provider_url).reset()
    tools = [{"type": "web_search"}]
    asked = {"model": name, "tools": tools, "max_output_tokens": -1, "n": 200}
    assert lanes.ask("responses", key=key, **asked).status in (200, 400)
    [sent] = Server("mock", lanes.provider_url).received
    assert sent["body"] == {
        "input": "Hello there",
        **asked,
    }


# Counting before refusing

PROSE = "Xyzzy plugh frobnicate. " * 200
COUNTED = 1000


def tight_key(world: World) -> api_keys.ApiKey:
    """With money for the prompt as it is counted, but not for its bound."""
    key, _ = key_below(world, (2 * COUNTED * Decimal(1) + 20) / 1_000_000, parent=False)
    return key


def test_a_message_that_fits_only_by_its_exact_count_is_counted_and_served(lanes):
    name = model_at(lanes, "messages", ("1", "1"))
    server = Server("mock", lanes.provider_url)
    key = tight_key(lanes)
    server.reset()
    server.fail({"prompt_tokens": 1200}, {"prompt_tokens": 1200, "completion_tokens": 5})
    messages = [{"role": "user", "content": PROSE}]
    answer = lanes.ask("messages", key=key, model=name, messages=messages, max_tokens=20, metadata={"a": "b"})
    assert answer.status == 200, answer.text
    count, call = server.received
    assert count["path"].endswith("/messages/count_tokens")
    assert count["body"] == {"model": name, "messages": messages}
    assert call["body"]["max_tokens"] == 20


@pytest.mark.parametrize(
    "fault",
    [{"prompt_tokens": 10**9}, {"status": 404}, {"status": 500}, {"malformed_json": True}],
    ids=str,
)
def test_a_count_that_is_none_or_too_large_leaves_the_bound(lanes, fault):
    name = model_at(lanes, "messages", ("1", "1"))
    server = Server("mock", lanes.provider_url)
    key = tight_key(lanes)
    server.reset()
    server.fail(fault)
    asked = {"model": name, "messages": [{"role": "user", "content": PROSE}], "max_tokens": 20}
    refused = lanes.ask("messages", key=key, **asked)
    assert (refused.status, error_of(refused)["type"]) == (400, "invalid_request_error")
    assert len(server.received) == 1


def test_a_count_of_nothing_is_not_believed(lanes):
    name = model_at(lanes, "messages", ("1", "1"))
    server = Server("mock", lanes.provider_url)
    key, holder = key_below(lanes, Decimal("0.001"), parent=False)
    server.reset()
    server.fail({"prompt_tokens": 0})
    messages = [{"role": "user", "content": PROSE}]
    # An estimate alone, a quarter of the characters, costs more than the budget: nobody is even asked.
    assert lanes.ask("messages", key=key, model=name, messages=messages, max_tokens=20).status == 400
    assert server.received == []
    state = lanes.keys.get(holder)
    assert state is not None
    assert state.budget_used == 0


def test_who_has_no_counts_to_give_is_not_asked_again_at_once(lanes):
    name = model_at(lanes, "messages", ("1", "1"))
    server = Server("mock", lanes.provider_url)
    gateway, key = lanes.gateway(), tight_key(lanes)
    server.reset()
    server.fail({"status": 404})
    asked = {"model": name, "messages": [{"role": "user", "content": PROSE}], "max_tokens": 20}
    for _ in range(2):
        assert lanes.ask("messages", gateway=gateway, key=key, **asked).status == 400
    assert len(server.received) == 1


def test_a_call_that_fits_is_not_counted(lanes):
    name = model_at(lanes, "messages", ("1", "1"))
    key, _ = key_below(lanes, Decimal(1), parent=False)
    server = Server("mock", lanes.provider_url)
    server.reset()
    assert lanes.ask("messages", key=key, model=name, max_tokens=20).status == 200
    assert len(server.received) == 1


# What providers add


def test_what_a_provider_adds_to_a_prompt_is_learned(lanes):
    name = model_at(lanes, "chat", ("1", "1"))
    server = Server("mock", lanes.provider_url)
    gateway = lanes.gateway()
    key, _ = key_below(lanes, Decimal(1), parent=False)
    server.reset()

    def held() -> int:
        body = {"model": name, "messages": HI["chat"]["messages"], "max_tokens": 20}
        estimate = lanes.call(body, path="/v1/estimate", gateway=gateway, key=key)
        return json.loads(estimate.text)["inputTokens"]

    before = held()
    server.fail({"prompt_tokens": 700, "completion_tokens": 5})
    assert lanes.ask("chat", gateway=gateway, key=key, model=name, **HI["chat"], max_tokens=20).status == 200
    assert before <= 24
    assert held() == 700


def test_a_models_own_overhead_goes_before_what_is_known(lanes):
    name = model_at(lanes, "chat", ("1", "1"), prompt_overhead=500)
    key, _ = key_below(lanes, Decimal(1), parent=False)
    body = {"model": name, "messages": HI["chat"]["messages"], "max_tokens": 20}
    estimate = lanes.call(body, path="/v1/estimate", key=key)
    assert 500 < json.loads(estimate.text)["inputTokens"] <= 512


# Caches


def test_a_message_without_output_warms_a_cache(lanes):
    name = model_at(lanes, "messages", ("1", "1"))
    key, _ = key_below(lanes, Decimal(1), parent=False)
    body = {"model": name, "messages": HI["messages"]["messages"], "max_tokens": 0}
    estimate = json.loads(lanes.call(body, path="/v1/estimate", key=key).text)
    assert estimate["outputTokens"] == 0
    assert estimate["admitted"]
