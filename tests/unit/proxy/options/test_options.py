"""What a request asks for that changes its price: each option is seen, and what is usual is none."""

from __future__ import annotations

import json
from contextlib import suppress
from decimal import Decimal

import pytest

from tests.support.builders import model, price_version
from tollgate.pricing.price_versions import UNPRICED
from tollgate.pricing.usage import TokenClass
from tollgate.pricing.vendors import Vendor
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.options import named_models, option_prices, options

RATES = {TokenClass.INPUT: "100", TokenClass.OUTPUT: "1000"}
PLAIN = price_version(RATES)
FULL = price_version(
    {
        **RATES,
        TokenClass.CACHE_WRITE_1H: "200",
        TokenClass.OUTPUT_IMAGE: "3000",
        TokenClass.OUTPUT_AUDIO: "2000",
    },
    service_tiers={
        name: Decimal(2)
        for name in (
            "flex",
            "priority",
            "fast",
            "ultrafast",
            "performance",
            "scale",
            "optimized",
            "background_8h",
        )
    },
    service_tier_rates={"reserved": {TokenClass.INPUT: Decimal(300)}},
    inference_geos={"us": Decimal("1.1")},
    tool_prices={
        name: Decimal("0.01")
        for name in (
            *("web_search", "x_search", "web_scraping", "code_interpreter", "file_search", "data_sources"),
            *("image_generation", "google_maps", "file_parser", "browser_automation", "shell", "brand_new"),
        )
    },
)
FREE = price_version({TokenClass.INPUT: "0", TokenClass.OUTPUT: "0"})
SEARCHING = {"type": "builtin_function", "function": {"name": "$web_search"}}
FUNCTION = {"type": "function", "function": {"name": "web_search"}}
FUNCTION_BESIDE_SEARCH = {"google_search": {}, "function_declarations": [{"name": "f"}]}
HOUR = {"type": "ephemeral", "ttl": "1h"}
TEXT = {"type": "text", "text": "Hi"}


def lacking(members, price=PLAIN, vendor=Vendor.OTHER, **changes):
    asked = options.read(members, frozenset({vendor}))
    return option_prices.first_unpriced(asked, model(**changes), price, vendor)


# What a request asks for, the member that does, and why it is refused without a price.
PRICED = {
    "flex": ({"service_tier": "flex"}, "service_tier", "tier"),
    "priority": ({"service_tier": "priority"}, "service_tier", "tier"),
    "OpenAI's fast mode": ({"service_tier": "fast"}, "service_tier", "tier"),
    "OpenAI's ultrafast": ({"service_tier": "ultrafast"}, "service_tier", "tier"),
    "OpenAI's scale": ({"service_tier": "scale"}, "service_tier", "tier"),
    "Groq's performance": ({"service_tier": "performance"}, "service_tier", "tier"),
    "Bedrock's reserved, at rates of its own": ({"service_tier": "reserved"}, "service_tier", "tier"),
    "a tier in capitals": ({"service_tier": "FLEX"}, "service_tier", "tier"),
    "a tier in camel case": ({"serviceTier": "flex"}, "service_tier", "tier"),
    "a tier in an envelope": ({"extra_body": {"service_tier": "flex"}}, "extra_body.service_tier", "tier"),
    "Anthropic's fast mode": ({"speed": "fast"}, "speed", "tier"),
    "Bedrock's latency": (
        {"performanceConfig": {"latency": "optimized"}},
        "performance_config.latency",
        "tier",
    ),
    "OpenAI's slow background": (
        {"background_options": {"completion_window": "8h"}},
        "background_options.completion_window",
        "tier",
    ),
    "a place": ({"inference_geo": "us"}, "inference_geo", "tier"),
    "a cache for an hour": (
        {"messages": [{"role": "user", "content": [{**TEXT, "cache_control": HOUR}]}]},
        "cache_control.ttl",
        "tier",
    ),
    "a cache for an hour at the top": ({"cache_control": HOUR}, "cache_control.ttl", "tier"),
    "a cache for an hour of a tool": (
        {"tools": [{"name": "f", "input_schema": {}, "cache_control": HOUR}]},
        "cache_control.ttl",
        "tier",
    ),
    "a cache for an hour of a tool's result": (
        {"messages": [{"content": [{"type": "tool_result", "content": [{**TEXT, "cache_control": HOUR}]}]}]},
        "cache_control.ttl",
        "tier",
    ),
    "a search": ({"tools": [{"type": "web_search"}]}, "tools[0]", "tool"),
    "a search of a version": ({"tools": [{"type": "web_search_20250305"}]}, "tools[0]", "tool"),
    "a search in preview": ({"tools": [FUNCTION, {"type": "web_search_preview"}]}, "tools[1]", "tool"),
    "OpenRouter's search": ({"tools": [{"type": "openrouter:web_search"}]}, "tools[0]", "tool"),
    "Moonshot's search": ({"tools": [SEARCHING]}, "tools[0]", "tool"),
    "Google's search": ({"tools": [{"google_search": {}}]}, "tools[0]", "tool"),
    "Google's search in camel case": ({"tools": [{"googleSearch": {}}]}, "tools[0]", "tool"),
    "Google's search beside functions": (
        {"tools": [FUNCTION_BESIDE_SEARCH]},
        "tools[0].google_search",
        "tool",
    ),
    "a search beside a function": (
        {"tools": [{**FUNCTION, "google_search": {}}]},
        "tools[0].google_search",
        "tool",
    ),
    "Google's maps": ({"tools": [{"google_maps": {}}]}, "tools[0]", "tool"),
    "Google's search in an envelope": (
        {"extra_body": {"google": {"tools": [{"google_search": {}}]}}},
        "extra_body.google.tools[0]",
        "tool",
    ),
    "xAI's search": ({"tools": [{"type": "x_search"}]}, "tools[0]", "tool"),
    "a live search": ({"tools": [{"type": "live_search"}]}, "tools[0]", "tool"),
    "Groq's browser": ({"tools": [{"type": "browser_search"}]}, "tools[0]", "tool"),
    "Anthropic's code": ({"tools": [{"type": "code_execution_20260120"}]}, "tools[0]", "tool"),
    "OpenAI's code": ({"tools": [{"type": "code_interpreter"}]}, "tools[0]", "tool"),
    "files": ({"tools": [{"type": "file_search"}]}, "tools[0]", "tool"),
    "pictures": ({"tools": [{"type": "image_generation"}]}, "tools[0]", "tool"),
    "a shell at the provider's": (
        {"tools": [{"type": "shell", "environment": {"type": "container_auto"}}]},
        "tools[0]",
        "tool",
    ),
    "a tool that nobody knows": ({"tools": [{"type": "brand_new_20301231"}]}, "tools[0]", "tool"),
    "a search in a namespace": (
        {"tools": [{"type": "namespace", "tools": [{"type": "web_search"}]}]},
        "tools[0].tools[0]",
        "tool",
    ),
    "a chat's search": ({"web_search_options": {}}, "web_search_options", "tool"),
    "Live Search": ({"search_parameters": {"mode": "auto"}}, "search_parameters", "tool"),
    "Live Search by default": ({"search_parameters": {}}, "search_parameters", "tool"),
    "Alibaba's search": ({"enable_search": True}, "enable_search", "tool"),
    "Alibaba's options": ({"search_options": {"forced_search": True}}, "search_options", "tool"),
    "Alibaba's code": ({"enable_code_interpreter": True}, "enable_code_interpreter", "tool"),
    "Groq's settings": ({"search_settings": {"country": "it"}}, "search_settings", "tool"),
    "Baidu's search": ({"web_search": {"enable": True}}, "web_search", "tool"),
    "Venice's search": (
        {"venice_parameters": {"enable_web_search": "auto"}},
        "venice_parameters.enable_web_search",
        "tool",
    ),
    "OpenRouter's plugin": ({"plugins": [{"id": "web"}]}, "plugins[0]", "tool"),
    "OpenRouter's parser": (
        {"plugins": [{"id": "response-healing"}, {"id": "file-parser"}]},
        "plugins[1]",
        "tool",
    ),
    "MiniMax's plugin": ({"plugins": ["plugin_web_search"]}, "plugins[0]", "tool"),
    "Cohere's connector": ({"connectors": [{"id": "web-search"}]}, "connectors[0]", "tool"),
    "Azure's data": ({"data_sources": [{"type": "azure_search"}]}, "data_sources", "tool"),
    "an image": ({"modalities": ["text", "image"]}, "modalities", "tool"),
    "speech": ({"modalities": ["text", "audio"], "audio": {"voice": "x"}}, "modalities", "tool"),
    "an image's size": ({"image_config": {"image_size": "4K"}}, "image_config", "tool"),
    "Google's images": (
        {"extra_body": {"google": {"response_modalities": ["IMAGE"]}}},
        "extra_body.google.response_modalities",
        "tool",
    ),
}
REASONS = {"tier": Reason.TIER_NOT_PRICED, "tool": Reason.TOOL_NOT_PRICED, "model": Reason.MODEL_NOT_PRICED}


@pytest.mark.parametrize(("members", "place", "reason"), PRICED.values(), ids=PRICED)
def test_what_a_price_does_not_have_is_refused(members, place, reason):
    option = lacking(members)
    assert (option.param, option.reason) == (place, REASONS[reason])
    refused = option_prices.refusal(model(), option)
    assert (refused.param, refused.reason) == (place, REASONS[reason])
    assert "allowUnpricedOptions" in refused.message
    assert refused.message.count(f"`{place}`") == 1


@pytest.mark.parametrize(("members", "place", "reason"), PRICED.values(), ids=PRICED)
def test_what_a_price_has_is_served(members, place, reason):
    assert lacking(members, FULL) is None


# What leaves it to the provider what it charges: no price covers it.
OPAQUE = {
    "a template": ({"prompt": {"id": "pmpt_1"}}, "prompt", "tool"),
    "a preset": ({"preset": "mine"}, "preset", "tool"),
    "Groq's systems": (
        {"compound_custom": {"models": {"answering_model": "big"}}},
        "compound_custom",
        "tool",
    ),
    "who serves": ({"provider": {"sort": "throughput"}}, "provider", "tier"),
    "a gateway's options": ({"providerOptions": {"gateway": {"models": ["x"]}}}, "provider_options", "tier"),
    "a cache for half a day": ({"prompt_cache_options": {"ttl": "12h"}}, "prompt_cache_options.ttl", "tier"),
    "a cache for longer": (
        {"cache_control": {"type": "ephemeral", "ttl": "24h"}},
        "cache_control.ttl",
        "tier",
    ),
    "a painter": ({"tools": [{"type": "image_generation", "model": "dear"}]}, "tools[0].model", "tool"),
    "an author": (
        {"tools": [{"type": "image_generation", "svg": {"model": "dear"}}]},
        "tools[0].svg.model",
        "tool",
    ),
    "a large container": (
        {"tools": [{"type": "code_interpreter", "container": {"type": "auto", "memory_limit": "64g"}}]},
        "tools[0].container.memory_limit",
        "tool",
    ),
    "video": ({"modalities": ["video"]}, "modalities", "tool"),
    "fallbacks of the provider's choice": ({"fallbacks": "default"}, "fallbacks", "model"),
    "fallbacks of LiteLLM": (
        {"context_window_fallbacks": [{"small": ["large"]}]},
        "context_window_fallbacks",
        "model",
    ),
    "a moderation that costs": ({"moderation": {"model": "dear"}}, "moderation.model", "model"),
}


@pytest.mark.parametrize(("members", "place", "reason"), OPAQUE.values(), ids=OPAQUE)
def test_what_no_price_can_cover_is_refused_unless_the_model_allows_it(members, place, reason):
    option = lacking(members, FULL)
    assert (option.param, option.reason) == (place, REASONS[reason])
    assert lacking(members, FULL, allow_unpriced_options=True) is None


USUAL = {
    "nothing": {},
    "null": {"service_tier": None, "speed": None, "inference_geo": None, "modalities": None, "tools": None},
    **{f"the tier {name}": {"service_tier": name} for name in sorted(options.USUAL_TIERS)},
    **{f"the place {name}": {"inference_geo": name} for name in sorted(options.USUAL_GEOS)},
    "the usual speed": {"speed": "standard"},
    "the usual latency": {"performanceConfig": {"latency": "standard"}},
    "a background soon": {"background_options": {"completion_window": "soonest"}},
    "a cache for minutes": {"cache_control": {"type": "ephemeral"}},
    "a cache for five minutes": {"cache_control": {"type": "ephemeral", "ttl": "5m"}},
    "OpenAI's usual cache": {"prompt_cache_options": {"ttl": "30m"}, "prompt_cache_retention": "24h"},
    "a schema that mentions caches": {
        "tools": [{"name": "f", "input_schema": {"properties": {"cache_control": HOUR}}}],
        "messages": [{"content": [{"type": "tool_use", "input": {"cache_control": HOUR}}]}],
    },
    "text": {"modalities": ["text"]},
    "searches switched off": {
        "enable_search": False,
        "search_parameters": {"mode": "off"},
        "venice_parameters": {"enable_web_search": "off"},
        "web_search": {"enable": False},
        "plugins": [],
        "connectors": None,
    },
    "functions": {"tools": [FUNCTION, {"type": "custom", "name": "f"}, {"name": "f", "input_schema": {}}]},
    "tools that the client runs": {
        "tools": [
            *(
                {"type": kind}
                for kind in ("local_shell", "apply_patch", "bash_20250124", "computer_20251124")
            ),
            {"type": "shell", "environment": {"type": "local"}},
            {"type": "namespace", "tools": [FUNCTION]},
        ]
    },
    "tools without a fee": {
        "tools": [
            {"type": "mcp", "server_url": "https://example.com"},
            {"type": "mcp_toolset"},
            {"type": "tool_search"},
            {"type": "tool_search_tool_regex_20251119"},
            {"type": "web_fetch_20250910"},
            {"url_context": {}},
            {"type": "openrouter:datetime"},
        ],
        "mcp_servers": [{"url": "https://example.com"}],
    },
    "an advisor, whose model has a price": {"tools": [{"type": "advisor_20260301", "model": "wise"}]},
    "plugins without a fee": {"plugins": [{"id": "response-healing"}, {"id": "web", "enabled": False}]},
    "Google's thinking": {"extra_body": {"google": {"thinking_config": {"include_thoughts": True}}}},
    "a free moderation": {"moderation": {"model": "omni-moderation-latest"}},
    "no provider in particular": {"provider": {}, "provider_options": None},
    "names that only others read": {"brandNew": 1, "brand_new": 2},
    "a smallest container": {"tools": [{**FUNCTION, "container": {"memory_limit": "1g"}}]},
    "OpenRouter's transforms": {
        "transforms": ["middle-out"],
        "route": "fallback",
        "usage": {"include": True},
    },
}


@pytest.mark.parametrize("members", USUAL.values(), ids=USUAL)
def test_what_is_usual_needs_no_price(members):
    assert lacking(members) is None


UNSOUND = {
    "a tier that is no name": ({"service_tier": 1}, "service_tier"),
    "a tier in a list": ({"service_tier": ["flex"]}, "service_tier"),
    "a speed that is no name": ({"speed": True}, "speed"),
    "a place that is no name": ({"inference_geo": {"us": 1}}, "inference_geo"),
    "modalities that are no list": ({"modalities": "image"}, "modalities"),
    "modalities that are no names": ({"modalities": [1]}, "modalities"),
    "tools that are no list": ({"tools": {"type": "web_search"}}, "tools"),
    "plugins that are no list": ({"plugins": {"id": "web"}}, "plugins"),
    "a plugin without a name": ({"plugins": [{}]}, "plugins[0]"),
    "a switch that is no boolean": ({"enable_search": "false"}, "enable_search"),
    "a switch that is a number": ({"enable_code_interpreter": 1}, "enable_code_interpreter"),
    "two spellings of a tier": ({"service_tier": "auto", "serviceTier": "flex"}, "serviceTier"),
    "two tiers": (
        {"service_tier": "flex", "extra_body": {"service_tier": "priority"}},
        "extra_body.service_tier",
    ),
    "a tier that is a speed, too": ({"service_tier": "fast", "speed": "fast"}, "speed"),
    "an envelope that is none": ({"extra_body": 1}, "extra_body"),
    "a model in an envelope": ({"extra_body": {"model": "dear"}}, "extra_body.model"),
    "a limit in an envelope": ({"extra_body": {"google": {"max_tokens": 9}}}, "extra_body.google.max_tokens"),
    "choices in an envelope": ({"extra_body": {"extra_body": {"n": 9}}}, "extra_body.extra_body.n"),
}


@pytest.mark.parametrize(("members", "param"), UNSOUND.values(), ids=UNSOUND)
def test_values_of_the_wrong_type_are_refused(members, param):
    with pytest.raises(RefusedError) as refused:
        options.read(members)
    assert (refused.value.reason, refused.value.param) == (Reason.INVALID_PARAMETER, param)


def test_a_price_of_zero_for_a_tool_is_a_price():
    version = price_version(RATES, tool_prices={"web_search": Decimal(0)})
    assert lacking({"tools": [{"type": "web_search"}]}, version) is None


def test_a_tools_price_is_not_that_of_another_whose_name_begins_alike():
    version = price_version(RATES, tool_prices={"web_search_premium": Decimal(1), "file": Decimal(1)})
    assert lacking({"tools": [{"type": "web_search"}]}, version) is not None
    assert lacking({"tools": [{"type": "filesystem"}]}, version) is not None


def test_of_free_tokens_no_multiple_has_to_be_known_yet_a_tool_has_its_fee():
    assert lacking({"service_tier": "priority", "speed": "fast", "inference_geo": "us"}, FREE) is None
    assert lacking({"tools": [{"type": "web_search"}]}, FREE) is not None


@pytest.mark.parametrize("members", [PRICED["flex"][0], PRICED["a search"][0], OPAQUE["a template"][0]])
def test_a_model_that_is_served_without_a_price_is_served_with_all_options(members):
    assert lacking(members, UNPRICED) is None


def test_a_place_may_be_priced_as_a_tier_is():
    version = price_version(RATES, service_tiers={"us": Decimal("1.1")})
    assert lacking({"inference_geo": "us"}, version) is None
    assert lacking({"inference_geo": "eu"}, version) is not None


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ({"search_context_size": "high"}, "search_context_size_high"),
        ({"search_context_size": "medium"}, "search_context_size_medium"),
        ({"search_type": "pro"}, "search_type_pro"),
    ],
)
def test_perplexitys_dearer_searches_need_a_price_each(asked, name):
    members = {"web_search_options": asked}
    plain = price_version(RATES, tool_prices={"web_search": Decimal(0)})
    priced = price_version(RATES, tool_prices={"web_search": Decimal(0), name: Decimal("0.007")})
    assert lacking(members, plain, Vendor.PERPLEXITY).name == name
    assert lacking(members, priced, Vendor.PERPLEXITY) is None
    assert lacking(members, plain, Vendor.OPENAI) is None


def ways(members, *prices):
    return options.read(members).serving_modes(prices or (FULL,))


def test_an_explicit_tier_is_served_or_the_usual_one():
    assert ways({"service_tier": "flex"}).tiers == {None, "flex"}
    for usual in ("default", "standard_only", "on_demand"):
        assert ways({"service_tier": usual}).tiers == {None}


def test_openais_fast_mode_is_answered_as_priority():
    assert ways({"service_tier": "fast"}).tiers == {None, "fast", "priority"}


@pytest.mark.parametrize("members", [{}, {"service_tier": None}, {"service_tier": "auto"}])
def test_a_tier_that_is_left_to_the_provider_is_any_that_need_not_be_asked_for(members):
    tiers = ways(members).tiers
    assert tiers >= {None, "flex", "priority", "reserved"}
    assert not tiers & {"fast", "ultrafast", "batch"}


def test_a_speed_is_served_only_if_it_is_asked_for():
    assert ways({}).speeds == {None}
    assert ways({"speed": "fast"}).speeds == {None, "fast"}


def test_a_place_is_the_one_asked_for_or_any_that_the_account_may_default_to():
    assert ways({}).geos is None
    assert ways({"inference_geo": "us"}).geos == {None, "us"}
    assert ways({"inference_geo": "global"}).geos == {None}


IMAGE = {"type": "image_url", "image_url": {"url": "https://example.com/x.png"}}


@pytest.mark.parametrize(
    ("members", "absent"),
    [
        ({"messages": [{"content": "Hi"}]}, "cache_write_1h output_audio input_audio input_image"),
        ({"cache_control": HOUR}, "output_audio input_audio input_image"),
        ({"messages": [{"content": [IMAGE]}]}, "cache_write_1h output_audio"),
        ({"previous_response_id": "resp_1"}, "cache_write_1h output_audio"),
        ({"tools": [{"type": "mcp"}]}, "cache_write_1h output_audio"),
        ({"modalities": ["text"]}, "cache_write_1h output_audio output_image input_audio input_image"),
        ({"modalities": ["text", "audio"]}, "cache_write_1h output_image input_audio input_image"),
        ({"modalities": ["text", "image"]}, "cache_write_1h output_audio input_audio input_image"),
    ],
)
def test_only_tokens_that_can_occur_are_bounded(members, absent):
    assert set(TokenClass) - options.read(members).classes == {TokenClass(each) for each in absent.split()}


@pytest.mark.parametrize("name", ["cache_control", "cache\\u005fcontrol"])
def test_a_cache_is_seen_however_its_name_is_written(name):
    text = f'{{"system": [{{"text": "Hi", "{name}": {{"ttl": "1h"}}}}]}}'
    assert options.read(json.loads(text), text=text).ttls == {"1h"}


def test_a_long_conversation_without_caches_is_not_looked_through():
    members = {"messages": [{"content": [{**TEXT, "cache_control": HOUR}]}]}
    assert options.read(members, text="which says otherwise").ttls == frozenset()


@pytest.mark.parametrize("value", [[], {}, [1], {"a": []}, 1.5, True])
@pytest.mark.parametrize("name", sorted(options.MEMBERS | {"max_tool_calls", "messages", "input", "models"}))
def test_whatever_stands_in_a_member_is_read_or_refused(name, value):
    for members in (
        {name: value},
        {name: [{"type": value, "id": value, "ttl": value}]},
        {name: {"mode": value}},
    ):
        with suppress(RefusedError):
            options.read(members)
            named_models.read(members)
