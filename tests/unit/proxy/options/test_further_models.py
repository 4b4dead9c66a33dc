"""Further models that a request names: each is checked, renamed, bounded and priced as its own is."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.support.builders import NOW, model, price_version, provider
from tollgate.catalog.catalog import ModelType, ProviderType, Target
from tollgate.pricing.price_versions import UNPRICED
from tollgate.pricing.usage import TokenClass
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.apis import routes
from tollgate_proxy.bounds.call_bounds import OutputPolicy
from tollgate_proxy.metered_call import parse_call
from tollgate_proxy.options import named_models

CHAT = routes.match("POST", "/v1/chat/completions")
MESSAGES = routes.match("POST", "/v1/messages")
FIRST = provider(id="prv_first", name="first")
OTHER = provider(id="prv_other", name="other")
CLAUDE = provider(id="prv_claude", name="claude", type=ProviderType.ANTHROPIC)
PROVIDERS = {each.id: each for each in (FIRST, OTHER, CLAUDE)}


def priced(rate, **changes):
    return price_version({TokenClass.INPUT: rate, TokenClass.OUTPUT: rate}, id=f"at {rate}", **changes)


def made(name, where, rate, **changes):
    changes = {"prices": (priced(rate),), "remote_id": f"{name}-2026", "output_limit": 1000, **changes}
    return model(name, provider_id=where.id, **changes)


SMALL = made("small", FIRST, "1")
LARGE = made("large", FIRST, "5", output_limit=4000)
BOTH = replace(LARGE, id="mdl_both", system_name="both", alternatives=(Target(OTHER.id, "both-there"),))
ELSEWHERE = made("elsewhere", OTHER, "1")
HAIKU = made("haiku", CLAUDE, "1", context_limit=200_000)
OPUS = made("opus", CLAUDE, "5", context_limit=1_000_000)
NOT_PRICED = made("unpriced", FIRST, "1", prices=())
VECTOR = made("vector", FIRST, "1", type=ModelType.EMBEDDING)


class FakeCatalog:
    def __init__(self, *models):
        self._models = {each.system_name: each for each in models}

    def model(self, system_name):
        return self._models.get(system_name)

    def provider(self, provider_id):
        return PROVIDERS.get(provider_id)


ALL = FakeCatalog(SMALL, LARGE, BOTH, ELSEWHERE, HAIKU, OPUS, NOT_PRICED, VECTOR)


def understood(api=CHAT, catalog=ALL, **members):
    usual: dict[str, Any] = {"model": "small", "messages": [{"role": "user", "content": "Hi"}]}
    if api is MESSAGES:
        usual |= {"model": "haiku", "max_tokens": 100}
    return parse_call(
        api, json.dumps(usual | members).encode(), catalog, NOW, OutputPolicy(default=16_384, minimum=256)
    )


def refusal(api=CHAT, catalog=ALL, **members):
    with pytest.raises(RefusedError) as refused:
        understood(api, catalog, **members)
    return refused.value.reason, refused.value.param


def upstream(call):
    return json.loads(call.body(call.candidates[0], None))


@pytest.mark.parametrize(
    ("route", "asked", "sent"),
    [
        (CHAT, {"models": ["large", "small"]}, {"models": ["large-2026", "small-2026"]}),
        (CHAT, {"models": ["large"], "route": "fallback"}, {"models": ["large-2026"], "route": "fallback"}),
        (
            CHAT,
            {"fallbacks": ["large", {"model": "large"}]},
            {"fallbacks": ["large-2026", {"model": "large-2026"}]},
        ),
        (CHAT, {"fallback_model": "large"}, {"fallback_model": "large-2026"}),
        (
            MESSAGES,
            {"fallbacks": [{"model": "opus", "max_tokens": 50, "thinking": {"type": "disabled"}}]},
            {"fallbacks": [{"model": "opus-2026", "max_tokens": 50, "thinking": {"type": "disabled"}}]},
        ),
        (
            MESSAGES,
            {
                "tools": [
                    {"name": "f", "model": "opus"},
                    {"type": "advisor_20260301", "name": "a", "model": "opus"},
                ]
            },
            {
                "tools": [
                    {"name": "f", "model": "opus"},
                    {"type": "advisor_20260301", "name": "a", "model": "opus-2026"},
                ]
            },
        ),
    ],
)
def test_a_further_model_goes_upstream_by_its_providers_name(route, asked, sent):
    body = upstream(understood(route, **asked))
    assert {name: body[name] for name in sent} == sent


def test_members_that_need_no_other_name_stay_to_the_byte():
    catalog = FakeCatalog(SMALL, replace(LARGE, remote_id="large"))
    call = understood(catalog=catalog, models=["large"])
    assert '"models": ["large"]' in call.body(call.candidates[0], None).decode()


@pytest.mark.parametrize(
    ("route", "asked", "reason", "param"),
    [
        (CHAT, {"models": ["unheard-of"]}, Reason.MODEL_NOT_FOUND, "models[0]"),
        (CHAT, {"models": ["large", "unpriced"]}, Reason.MODEL_NOT_PRICED, "models[1]"),
        (CHAT, {"models": ["elsewhere"]}, Reason.MODEL_WRONG_PROVIDER, "models[0]"),
        (CHAT, {"models": ["opus"]}, Reason.MODEL_WRONG_PROVIDER, "models[0]"),
        (CHAT, {"models": ["vector"]}, Reason.MODEL_WRONG_TYPE, "models[0]"),
        (CHAT, {"models": "large"}, Reason.INVALID_PARAMETER, "models"),
        (CHAT, {"models": [7]}, Reason.INVALID_PARAMETER, "models[0]"),
        (CHAT, {"models": [""]}, Reason.INVALID_PARAMETER, "models[0]"),
        (CHAT, {"fallback_model": ["large"]}, Reason.INVALID_PARAMETER, "fallback_model"),
        (MESSAGES, {"fallbacks": "default"}, Reason.MODEL_NOT_PRICED, "fallbacks"),
        (MESSAGES, {"fallbacks": [{}]}, Reason.INVALID_PARAMETER, "fallbacks[0].model"),
        (MESSAGES, {"fallbacks": {"model": "opus"}}, Reason.INVALID_PARAMETER, "fallbacks"),
        (
            MESSAGES,
            {"fallbacks": [{"model": "opus", "max_tokens": 101}]},
            Reason.INVALID_PARAMETER,
            "fallbacks[0].max_tokens",
        ),
        (
            MESSAGES,
            {"fallbacks": [{"model": "opus", "service_tier": "priority"}]},
            Reason.INVALID_PARAMETER,
            "fallbacks[0].service_tier",
        ),
        (
            MESSAGES,
            {"fallbacks": [{"model": "opus", "speed": "fast"}]},
            Reason.TIER_NOT_PRICED,
            "fallbacks[0].speed",
        ),
        (MESSAGES, {"tools": [{"type": "advisor_20260301"}]}, Reason.INVALID_PARAMETER, "tools[0].model"),
        (
            MESSAGES,
            {"tools": [{"type": "advisor_20260301", "model": "unheard-of"}]},
            Reason.MODEL_NOT_FOUND,
            "tools[0].model",
        ),
        (
            MESSAGES,
            {"tools": [{"type": "namespace", "tools": [{"type": "advisor_20260301", "model": "opus"}]}]},
            Reason.INVALID_PARAMETER,
            "tools[0].tools[0]",
        ),
    ],
)
def test_a_further_model_is_checked_as_the_requests_own(route, asked, reason, param):
    assert refusal(route, **asked) == (reason, param)


def test_a_request_names_only_so_many():
    names = [f"m{at}" for at in range(named_models.MAX_MODELS + 1)]
    catalog = FakeCatalog(SMALL, *(made(name, FIRST, "1") for name in names))
    assert refusal(catalog=catalog, models=names) == (Reason.INVALID_PARAMETER, "models[8]")
    assert len(understood(catalog=catalog, models=names[1:]).further_models) == named_models.MAX_MODELS


def test_a_model_that_may_be_unpriced_may_be_so_as_a_fallback():
    catalog = FakeCatalog(SMALL, replace(NOT_PRICED, allow_unpriced=True))
    (candidate,) = understood(catalog=catalog, models=["unpriced"]).candidates
    assert candidate.fallbacks[0].price is UNPRICED


def test_a_fallback_needs_a_price_for_all_that_the_request_asks_for():
    tiers = {"priority": Decimal(2)}
    own = replace(SMALL, prices=(priced("1", service_tiers=tiers),))
    catalog = FakeCatalog(own, LARGE)
    asked = {"models": ["large"], "service_tier": "priority"}
    assert refusal(catalog=catalog, **asked) == (Reason.TIER_NOT_PRICED, "service_tier")
    assert understood(catalog=FakeCatalog(own, replace(LARGE, allow_unpriced_options=True)), **asked)


def test_providers_that_do_not_serve_a_fallback_are_left_out():
    own = replace(SMALL, alternatives=(Target(OTHER.id, "small-there"),))
    catalog = FakeCatalog(own, LARGE, BOTH)
    assert [each.provider for each in understood(catalog=catalog, models=["both"]).candidates] == [
        FIRST,
        OTHER,
    ]
    (candidate,) = understood(catalog=catalog, models=["large"]).candidates
    assert candidate.provider is FIRST
    there = understood(catalog=catalog, models=["both"]).only(OTHER.id)
    assert upstream(there)["models"] == ["both-there"]


def test_the_demand_covers_the_dearest_with_the_largest_output():
    alone, both = understood(), understood(models=["large"])
    assert alone.demand.output_tokens == 1000
    assert both.demand.output_tokens == 4000
    assert [each.id for each in both.demand.prices] == ["at 1", "at 5"]
    assert both.demand.max_claim().amount > 4 * alone.demand.max_claim().amount


def test_an_advisor_is_held_for_besides():
    tool = {"type": "advisor_20260301", "name": "a", "model": "opus", "max_uses": 2, "max_tokens": 500}
    call = understood(MESSAGES, tools=[tool])
    (side,) = call.demand.sides
    assert [each.id for each in call.demand.prices] == ["at 1"]
    assert [each.id for each in side.prices] == ["at 5"]
    assert side.limits.completion_tokens == 1000
    assert 0 < side.limits.prompt_tokens <= 2 * OPUS.context_limit
    assert call.candidates[0].fallbacks == ()


def test_whoever_must_allow_the_request_learns_of_all_models():
    catalog = FakeCatalog(SMALL, replace(LARGE, safety_level=7))
    (named,) = understood(catalog=catalog, models=["large"]).further_models
    assert named == ("large", 7, "models[0]")


def test_a_call_is_free_if_all_of_its_models_are():
    free = replace(SMALL, prices=(priced("0"),))
    assert understood(catalog=FakeCatalog(free, LARGE)).is_free
    assert not understood(catalog=FakeCatalog(free, LARGE), models=["large"]).is_free
