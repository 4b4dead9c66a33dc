"""How a call was served: what the answer says counts, and else what was asked for."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.builders import NOW, model, price_version, provider
from tollgate.pricing.bill import price
from tollgate.pricing.price_versions import UNPRICED
from tollgate.pricing.usage import ModelUsage, TokenClass, Usage, UsageFlag, UsageSource
from tollgate.pricing.vendors import Vendor
from tollgate_proxy.options import options
from tollgate_proxy.options.candidate import Candidate
from tollgate_proxy.options.further_models import PricedFurtherModel
from tollgate_proxy.options.named_models import NamedModel
from tollgate_proxy.settlement import servings

INPUT, OUTPUT = TokenClass.INPUT, TokenClass.OUTPUT
PRICE = price_version(
    {INPUT: "100", OUTPUT: "1000", TokenClass.CACHE_WRITE: "125", TokenClass.CACHE_WRITE_1H: "200"},
    service_tiers={"flex": Decimal("0.5"), "priority": Decimal(2), "fast": Decimal(6)},
    inference_geos={"us": Decimal("1.1")},
    tool_prices={"web_search": Decimal("0.01")},
)
CANDIDATE = Candidate(provider(), "small-2026", PRICE)
USED = Usage.of(1000, 50)


def serving(asked, used=USED, said=None, candidate=CANDIDATE):
    return servings.serving_of(candidate, options.read(asked), used, said, NOW)


def total(served):
    return price(served.usage, served.price, NOW, others=served.others).total


@pytest.mark.parametrize(
    ("asked", "said", "cost"),
    [
        # Asked for and not echoed: as asked for.
        ({"service_tier": "priority"}, {}, "0.3"),
        ({"service_tier": "flex"}, {}, "0.075"),
        ({"speed": "fast"}, {}, "0.9"),
        ({"inference_geo": "us"}, {}, "0.165"),
        ({"service_tier": "priority", "speed": "fast", "inference_geo": "us"}, {}, "1.98"),
        # Echoed: as echoed, whether that was asked for or not.
        ({"speed": "fast"}, {"service_tier": "standard", "speed": "fast"}, "0.9"),
        ({}, {"speed": "fast"}, "0.9"),
        ({}, {"inference_geo": "us"}, "0.165"),
        ({"service_tier": "auto"}, {"service_tier": "priority"}, "0.3"),
        ({"service_tier": "flex"}, {"service_tier": "priority"}, "0.3"),
        # Not granted.
        ({"service_tier": "priority"}, {"service_tier": "default"}, "0.15"),
        ({"service_tier": "priority"}, {"service_tier": "standard"}, "0.15"),
        ({"service_tier": "flex"}, {"service_tier": "on_demand"}, "0.15"),
        ({"speed": "fast"}, {"speed": "standard"}, "0.15"),
        ({"inference_geo": "us"}, {"inference_geo": "global"}, "0.15"),
        # Left to the provider, which says nothing.
        ({}, {}, "0.15"),
        ({"service_tier": "auto"}, {}, "0.15"),
        ({"service_tier": "default", "speed": "standard", "inference_geo": "global"}, {}, "0.15"),
        # OpenAI's answers call its fast mode by its old name.
        ({"service_tier": "fast"}, {"service_tier": "priority"}, "0.3"),
    ],
)
def test_what_the_answer_says_counts_and_else_what_was_asked_for(asked, said, cost):
    served = serving(asked, replace(USED, **said))
    assert total(served) == Decimal(cost)
    assert served.usage.flags == frozenset()


def test_a_fast_mode_that_is_answered_as_priority_has_its_price_if_it_alone_has_one():
    only = replace(PRICE, service_tiers={"fast": Decimal(6)})
    candidate = replace(CANDIDATE, price=only)
    served = serving({"service_tier": "fast"}, replace(USED, service_tier="priority"), candidate=candidate)
    assert (total(served), served.usage.flags) == (Decimal("0.9"), frozenset())
    served = serving({}, replace(USED, service_tier="priority"), candidate=candidate)
    assert (total(served), served.usage.flags) == (Decimal("0.15"), {UsageFlag.TIER_NOT_PRICED})


@pytest.mark.parametrize("said", [{"service_tier": "scale"}, {"speed": "warp"}, {"inference_geo": "mars"}])
def test_what_has_no_price_is_served_at_the_usual_rates_and_flagged(said):
    served = serving({}, replace(USED, **said))
    assert (total(served), served.usage.flags) == (Decimal("0.15"), {UsageFlag.TIER_NOT_PRICED})


@pytest.mark.parametrize("version", [UNPRICED, price_version({INPUT: "0", OUTPUT: "0"})])
def test_where_nothing_costs_anything_no_price_is_missing(version):
    used = replace(USED, service_tier="scale", speed="warp")
    assert serving({}, used, candidate=replace(CANDIDATE, price=version)).usage.flags == frozenset()


def test_a_tool_without_a_price_costs_no_fee_and_is_flagged():
    served = serving({}, replace(USED, tool_calls={"file_search": 2, "web_search": 1}))
    assert (total(served), served.usage.flags) == (Decimal("0.16"), {UsageFlag.TOOL_NOT_PRICED})


@pytest.mark.parametrize("tool", ["web_fetch", "datetime"])
def test_a_tool_without_a_fee_needs_no_price(tool):
    assert serving({}, replace(USED, tool_calls={tool: 1})).usage.flags == frozenset()


@pytest.mark.parametrize(
    ("asked", "said", "priced"),
    [
        ("web_search_preview", "web_search", "web_search_preview"),
        ("web_search_premium", "web_search_premium", "web_search"),
        ("google_search", "web_search", "google_search"),
        ("code_execution_20260120", "code_execution", "code_interpreter"),
        ("code_execution_20260120", "code_interpreter", "code_execution"),
    ],
)
def test_a_tool_is_billed_by_the_name_that_its_price_has(asked, said, priced):
    version = replace(PRICE, tool_prices={priced: Decimal("0.02")})
    candidate = replace(CANDIDATE, price=version)
    used = replace(USED, tool_calls={said: 2})
    served = serving({"tools": [{"type": asked}]}, used, candidate=candidate)
    assert served.usage.tool_calls == {priced: 2}
    assert (total(served), served.usage.flags) == (Decimal("0.19"), frozenset())


def test_a_dearer_search_of_perplexitys_is_a_fee_of_the_request():
    version = replace(PRICE, tool_prices={"search_context_size_high": Decimal("0.007")})
    candidate = Candidate(provider(vendor=Vendor.PERPLEXITY), "sonar", version)
    served = serving({"web_search_options": {"search_context_size": "high"}}, candidate=candidate)
    assert total(served) == Decimal("0.157")


HOUR = {"type": "ephemeral", "ttl": "1h"}


@pytest.mark.parametrize(
    ("asked", "tokens", "cost"),
    [
        # The answer tells no lifetimes.
        ({"cache_control": HOUR}, {TokenClass.CACHE_WRITE: 1000}, "0.2"),
        # It does, or the request asks for both.
        ({"cache_control": HOUR}, {TokenClass.CACHE_WRITE: 1000, TokenClass.CACHE_WRITE_1H: 1000}, "0.325"),
        (
            {"cache_control": HOUR, "system": [{"cache_control": {"type": "ephemeral"}}]},
            {TokenClass.CACHE_WRITE: 1000},
            "0.125",
        ),
        ({}, {TokenClass.CACHE_WRITE: 1000}, "0.125"),
    ],
)
def test_a_cache_that_was_asked_for_an_hour_costs_as_one(asked, tokens, cost):
    assert total(serving(asked, Usage(tokens, UsageSource.PROVIDER))) == Decimal(cost)


DEAR = price_version({INPUT: "500", OUTPUT: "5000"}, id="dear", service_tiers={"fast": Decimal(3)})


def further(name, version, **changes):
    return PricedFurtherModel(
        NamedModel(name, f"fallbacks[0].{name}", **changes), model(name), f"{name}-2026", version
    )


WITH_FALLBACK = replace(CANDIDATE, further=(further("large", DEAR), further("wise", DEAR, advises=True)))


@pytest.mark.parametrize(
    ("said", "remote_id", "cost", "flagged"),
    [
        ("small-2026", "small-2026", "0.15", False),
        ("small-2026-03-01", "small-2026", "0.15", False),
        ("vendor/small-2026", "small-2026", "0.15", False),
        ("large-2026", "large-2026", "0.75", False),
        # Who has served isn't known: the dearest of those that may have.
        ("unheard-of", "large-2026", "0.75", True),
        (None, "large-2026", "0.75", True),
    ],
)
def test_the_model_that_served_is_charged(said, remote_id, cost, flagged):
    served = serving({}, said=said, candidate=WITH_FALLBACK)
    assert (served.remote_id, total(served)) == (remote_id, Decimal(cost))
    assert served.price is (DEAR if remote_id == "large-2026" else PRICE)
    assert (UsageFlag.MODEL_NOT_PRICED in served.usage.flags) is flagged


def test_without_a_fallback_the_answers_name_does_not_matter():
    served = serving({}, said="unheard-of")
    assert (served.remote_id, served.usage.flags) == ("small-2026", frozenset())


def test_a_fallback_has_the_speed_that_it_alone_is_asked_for_at():
    candidate = replace(CANDIDATE, further=(further("large", DEAR, speed="fast"),))
    assert total(serving({}, said="large-2026", candidate=candidate)) == Decimal("2.25")
    assert total(serving({}, said="small-2026", candidate=candidate)) == Decimal("0.15")


def test_models_that_worked_besides_have_their_own_price_and_unknown_ones_are_flagged():
    used = replace(USED, others=(ModelUsage("wise-2026-03-01", {INPUT: 1000}),))
    served = serving({}, used, said="small-2026", candidate=WITH_FALLBACK)
    assert (total(served), served.usage.flags) == (Decimal("0.65"), frozenset())

    used = replace(USED, others=(ModelUsage("unheard-of", {INPUT: 1000}),))
    served = serving({}, used, said="small-2026", candidate=WITH_FALLBACK)
    assert (total(served), served.usage.flags) == (Decimal("0.25"), {UsageFlag.MODEL_NOT_PRICED})


def test_what_cost_nothing_is_of_the_candidate():
    served = serving({"service_tier": "priority"}, used=None)
    assert (served.usage.tokens, served.price, served.remote_id) == ({}, PRICE, "small-2026")


@pytest.mark.parametrize(
    ("asked", "said", "cost"),
    [
        ({"service_tier": "default"}, {"service_tier": "priority"}, "0.15"),
        ({"service_tier": "flex"}, {"service_tier": "priority"}, "0.075"),
        ({}, {"service_tier": "fast"}, "0.15"),
        ({}, {"speed": "fast"}, "0.15"),
        ({"service_tier": "priority"}, {"service_tier": "priority", "speed": "fast"}, "0.3"),
        ({"inference_geo": "global"}, {"inference_geo": "US"}, "0.15"),
        ({}, {"tokens": {TokenClass.CACHE_WRITE_1H: 1000, OUTPUT: 50}}, "0.175"),
        ({}, {"tokens": {TokenClass.INPUT_AUDIO: 1000, TokenClass.OUTPUT_AUDIO: 50}}, "0.15"),
    ],
)
def test_a_hard_budget_pays_for_no_way_that_nothing_was_held_for(asked, said, cost):
    wishes = options.read({"messages": [], **asked})
    used = replace(USED, **said)

    served = servings.serving_of(CANDIDATE, wishes, used, None, NOW, held_for=wishes.serving_modes([PRICE]))

    assert total(served) == Decimal(cost)
    assert served.usage.flags


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, {}),
        ({}, {"service_tier": "priority", "inference_geo": "us"}),
        ({"service_tier": "flex"}, {"service_tier": "default", "speed": "standard"}),
        ({"service_tier": "fast"}, {"service_tier": "priority"}),
        ({"speed": "fast"}, {"speed": "Fast"}),
    ],
)
def test_what_was_held_for_is_billed_as_the_answer_says(asked, said):
    wishes = options.read({"messages": [], **asked})
    used = replace(USED, **said)

    held = servings.serving_of(CANDIDATE, wishes, used, None, NOW, held_for=wishes.serving_modes([PRICE]))

    assert held == servings.serving_of(CANDIDATE, wishes, used, None, NOW)
