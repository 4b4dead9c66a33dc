"""What changes a provider's price is priced or refused, from the request to the record."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.support import bare_server
from tests.support.builders import model, price_version, provider, scope
from tests.support.gateway_world import HELLO, Lane, World, error_of
from tollgate.catalog.catalog import ProviderType
from tollgate.ledger.scopes import Enforcement
from tollgate.pricing.usage import TokenClass

PRICE = price_version(
    {
        TokenClass.INPUT: "100",
        TokenClass.OUTPUT: "1000",
        TokenClass.CACHED_INPUT: "10",
        TokenClass.CACHE_WRITE: "125",
        TokenClass.CACHE_WRITE_1H: "200",
    },
    service_tiers={"flex": Decimal("0.5"), "priority": Decimal(2), "fast": Decimal(6)},
    inference_geos={"us": Decimal("1.1")},
    tool_prices={"web_search": Decimal("0.01")},
)
DEAR = replace(PRICE, id="dear:1", rates={each: 5 * rate for each, rate in PRICE.rates.items()})
CHAT = {"model": "priced", "messages": HELLO}
MESSAGE = {**CHAT, "max_tokens": 100}


def chat_answer(model_name="real", **changes):
    return {
        "id": "c1",
        "object": "chat.completion",
        "created": 1,
        "model": model_name,
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": "hello there"}, "finish_reason": "stop"}
        ],
        "usage": {"prompt_tokens": 1000, "completion_tokens": 50, "total_tokens": 1050},
        **changes,
    }


def message_answer(model_name="real", **usage):
    return {
        "id": "m1",
        "type": "message",
        "role": "assistant",
        "model": model_name,
        "stop_sequence": None,
        "stop_reason": "end_turn",
        "content": [{"type": "text", "text": "hello"}],
        "usage": {"input_tokens": 1000, "output_tokens": 50} | usage,
    }


@contextmanager
def answering(world: World, answer, kind=ProviderType.OPENAI, **changes):
    """A provider that gives this answer serves the model `priced`, and `large` at five times its price."""
    body = json.dumps(answer).encode()
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    with bare_server.serving(bare_server.sends(head.encode(), body)) as server:
        made = provider(f"http://127.0.0.1:{server.port}/v1", id="prv_bare", name="bare", type=kind)
        world.catalog.add_provider(made)
        usual: dict[str, Any] = {
            "provider_id": made.id,
            "prices": (PRICE,),
            "remote_id": "real",
            "output_limit": 4096,
        }
        world.catalog.add_model(model("priced", **{**usual, "prices": (PRICE,), **changes}))
        world.catalog.add_model(model("large", **{**usual, "prices": (DEAR,), "remote_id": "real-large"}))
        yield server


@pytest.fixture
def unlimited(dynamodb, tables, provider_url) -> World:
    made = World(dynamodb, tables, provider_url)
    made.keys.add(scope(budget_limit=None))
    return made


def message(world: World, **changes):
    return world.call({**MESSAGE, **changes}, path="/v1/messages")


def test_a_message_served_fast_has_the_price_of_fast(unlimited):
    answer = message_answer(service_tier="standard", speed="fast")
    with answering(unlimited, answer, ProviderType.ANTHROPIC):
        assert message(unlimited, speed="fast").status == 200
    unlimited.assert_settled("0.9", speed="fast", usage_flags=None)


def test_a_message_served_in_the_us_costs_what_that_costs(unlimited):
    answer = message_answer(service_tier="standard", inference_geo="us")
    with answering(unlimited, answer, ProviderType.ANTHROPIC):
        assert message(unlimited, inference_geo="us").status == 200
    unlimited.assert_settled("0.165", inference_geo="us")


def test_a_tier_that_is_not_echoed_is_taken_as_asked(unlimited):
    with answering(unlimited, chat_answer()):
        assert unlimited.call({**CHAT, "service_tier": "priority"}).status == 200
    unlimited.assert_settled("0.3", service_tier="priority")


def test_a_tier_that_was_not_granted_is_not_charged(unlimited):
    with answering(unlimited, chat_answer(service_tier="default")):
        assert unlimited.call({**CHAT, "service_tier": "priority"}).status == 200
    unlimited.assert_settled("0.15", service_tier="default")


REFUSED = {
    "a tier": ({"service_tier": "scale"}, "tier_not_priced", "service_tier"),
    "a speed": ({"speed": "warp"}, "tier_not_priced", "speed"),
    "a place": ({"inference_geo": "eu"}, "tier_not_priced", "inference_geo"),
    "a tool": ({"tools": [{"type": "file_search"}]}, "tool_not_priced", "tools[0]"),
    "an image": ({"modalities": ["text", "image"]}, "tool_not_priced", "modalities"),
    "a template": ({"prompt": {"id": "pmpt_1"}}, "tool_not_priced", "prompt"),
    "a tier that is none": ({"service_tier": 7}, "invalid_parameter", "service_tier"),
}


@pytest.mark.parametrize(("asked", "code", "param"), REFUSED.values(), ids=REFUSED)
def test_what_has_no_price_is_refused_before_anyone_is_asked(world, asked, code, param):
    with answering(world, chat_answer()) as server:
        before = world.scope
        answer = world.call({**CHAT, **asked})
        assert (answer.status, error_of(answer)["code"], error_of(answer)["param"]) == (400, code, param)
        assert answer.headers["x-should-retry"] == "false"
        assert world.scope == before
        estimated = world.call({**CHAT, **asked}, path="/v1/estimate")
        assert (estimated.status, error_of(estimated)["code"]) == (400, code)
    assert server.requests == world.records == []
    # An estimate counts in the minute's requests, and for nothing else.
    counted = {"rates": before.rates, "last_used_at": before.last_used_at}
    assert replace(world.scope, **counted) == before


def test_a_key_that_is_not_in_force_does_not_learn_what_is_priced(world):
    with answering(world, chat_answer()):
        answer = world.call({**CHAT, "service_tier": "scale"}, key="sk-tg-nobody")
    assert answer.status == 401


@pytest.mark.parametrize(
    "asked",
    [REFUSED[name][0] for name in ("a tier", "a speed", "a place", "a tool", "an image", "a template")],
)
def test_a_model_may_serve_what_it_has_no_price_for_at_the_usual_rates(unlimited, asked, capsys):
    with answering(unlimited, chat_answer(), allow_unpriced_options=True):
        assert unlimited.call({**CHAT, **asked}).status == 200
    unlimited.assert_settled("0.15")
    assert "PriceMissing" not in capsys.readouterr().out


def test_a_target_without_the_price_is_left_out(unlimited):
    plain = price_version({TokenClass.INPUT: "100", TokenClass.OUTPUT: "1000"})
    with answering(unlimited, chat_answer()) as server:
        dear = model("either", provider_id="prv_bare", prices=(plain,), remote_id="plain")
        unlimited.catalog.add_model(
            replace(dear, alternatives=(replace(dear.targets[0], remote_id="real", prices=(PRICE,)),))
        )
        assert unlimited.call({**CHAT, "model": "either", "service_tier": "flex"}).status == 200
    ((_, _, sent),) = server.requests
    assert json.loads(sent)["model"] == "real"
    unlimited.assert_settled("0.075", remote_model="real")


def test_what_an_answer_says_and_has_no_price_is_flagged_and_alarmed(unlimited, capsys):
    with answering(unlimited, chat_answer(service_tier="scale")):
        assert unlimited.call(CHAT).status == 200
    unlimited.assert_settled("0.15", service_tier="scale", usage_flags=["tier_not_priced"])
    (metric,) = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "PriceMissing" in line]
    assert (metric["PriceMissing"], metric["model"]) == (1, "priced")


@pytest.mark.parametrize("asked", [{"speed": "fast"}, {"inference_geo": "us"}, {"service_tier": "auto"}, {}])
def test_a_hard_budget_holds_however_a_message_is_served(dynamodb, tables, provider_url, asked):
    """The hold is what the request may be served at, and the bill is within."""
    world = World(dynamodb, tables, provider_url)
    world.keys.add(scope(budget_limit="1000", enforcement=Enforcement.HARD))
    said = {"service_tier": "priority"} if "service_tier" in asked else asked
    with answering(world, message_answer(input_tokens=20, **said), ProviderType.ANTHROPIC):
        estimate = json.loads(world.call({**MESSAGE, **asked}, path="/v1/estimate").text)
        assert message(world, **asked).status == 200
    (record,) = world.records
    assert record["exceeds_hold"] is False
    assert record["calculated_cost"] <= Decimal(estimate["maxCost"])


def test_the_bound_of_a_plain_request_knows_no_speed(world):
    with answering(world, message_answer(), ProviderType.ANTHROPIC):
        plain, fast = (
            Decimal(json.loads(world.call({**MESSAGE, **asked}, path="/v1/estimate").text)["maxCost"])
            for asked in (
                {"service_tier": "standard_only"},
                {"service_tier": "standard_only", "speed": "fast"},
            )
        )
    assert fast == 6 * plain


def test_a_fallback_that_served_is_charged(unlimited):
    with answering(unlimited, chat_answer("real-large-2026-03-01")) as server:
        assert unlimited.call({**CHAT, "models": ["large"]}).status == 200
    ((_, _, sent),) = server.requests
    assert (json.loads(sent)["model"], json.loads(sent)["models"]) == ("real", ["real-large"])
    unlimited.assert_settled("0.75", model="priced", remote_model="real-large", price_version="dear:1")


def test_a_fallback_that_did_not_serve_is_not_charged(unlimited):
    with answering(unlimited, message_answer("real"), ProviderType.ANTHROPIC):
        assert message(unlimited, fallbacks=[{"model": "large"}]).status == 200
    unlimited.assert_settled("0.15", remote_model="real")


def test_a_stream_says_who_served_it(unlimited):
    unlimited.catalog.add_model(model("one", prices=(PRICE,), remote_id="one"))
    unlimited.catalog.add_model(model("two", prices=(DEAR,), remote_id="two"))
    body = {"model": "two", "messages": HELLO, "models": ["one"], "stream": True}
    mock = {"prompt_tokens": 1000, "completion_tokens": 50}
    assert unlimited.call({**body, "mock": mock}).status == 200
    unlimited.assert_settled("0.75", remote_model="two")


NAMING = {"models": ["large"]}


def allowed(**changes):
    return {"allowed_models": frozenset({"priced", "large"}), **changes}


@pytest.mark.parametrize(
    ("own", "parents", "param"),
    [
        ({}, {}, None),
        (allowed(), allowed(), None),
        (allowed(allowed_models=frozenset({"priced"})), {}, "models[0]"),
        ({}, allowed(allowed_models=frozenset({"priced"})), "models[0]"),
        ({}, allowed(allowed_models=frozenset({"large"})), "model"),
        ({"safety_level": 5}, {}, "models[0]"),
        ({}, {"safety_level": 5}, "models[0]"),
        ({"safety_level": 7}, {"safety_level": 7}, None),
    ],
)
def test_key_and_ancestors_must_allow_every_model(dynamodb, tables, provider_url, own, parents, param):
    world = World(dynamodb, tables, provider_url)
    parent = Lane(world, budget_limit=None, **parents)
    lane = Lane(world, budget_limit=None, parent_id=parent.key.key_id, **own)
    with answering(lane, chat_answer()) as server:
        large = lane.catalog.model("large")
        lane.catalog.replace_model(replace(large, safety_level=7))
        answer = lane.call({**CHAT, **NAMING})
    if param is None:
        assert answer.status == 200
        lane.assert_settled("0.15")
    else:
        assert (answer.status, error_of(answer)["code"]) == (403, "model_not_allowed")
        assert error_of(answer)["param"] == param
        assert server.requests == lane.records == []
    assert lane.scope.holds == parent.scope.holds == {}


def test_as_many_models_as_may_be_named_fit_into_one_write(dynamodb, tables, provider_url):
    world = World(dynamodb, tables, provider_url)
    names = [f"model-{at}" for at in range(8)]
    world.keys.add(scope(budget_limit=None, allowed_models=frozenset({"priced", *names}), safety_level=9))
    with answering(world, chat_answer()):
        for name in names:
            world.catalog.add_model(model(name, provider_id="prv_bare", prices=(PRICE,)))
        assert world.call({**CHAT, "models": names}).status == 200
    world.assert_settled("0.15")


def test_an_answer_that_got_lost_is_charged_at_what_was_asked_for(unlimited):
    with bare_server.serving(bare_server.sends(close=True)) as server:
        made = provider(f"http://127.0.0.1:{server.port}/v1", id="prv_bare", name="bare")
        unlimited.catalog.add_provider(made)
        unlimited.catalog.add_model(model("priced", provider_id=made.id, prices=(PRICE,)))
        assert unlimited.call({**CHAT, "service_tier": "priority"}).status == 502
    (record,) = unlimited.records
    assert record["service_tier"] == "priority"
    (line,) = record["breakdown"]
    assert line["unit_price"] == 200
