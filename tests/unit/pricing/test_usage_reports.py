"""Providers' usage objects in their own shapes, read into classes that don't overlap."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tollgate.pricing.provider_usage import (
    MAX_TOKENS,
    chat_reports,
    from_chat,
    from_message,
    from_response,
    message_reports,
    service_tier,
)
from tollgate.pricing.usage import ModelUsage, TokenClass
from tollgate.pricing.vendors import Vendor


def tokens_of(report):
    """The classes by name."""
    return {
        each.value: count
        for side in (report.prompt, report.completion)
        for each, count in (side or {}).items()
    }


def chat(prompt=None, completion=None, total=None, **more):
    figures = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": total}
    return {name: figure for name, figure in figures.items() if figure is not None} | more


def of_prompt(**details):
    return {"prompt_tokens_details": details}


def of_completion(**details):
    return {"completion_tokens_details": details}


CHATS = {
    "OpenAI, plain": (chat(9, 12, 21), {"input": 9, "output": 12}),
    "OpenAI, an embedding": (chat(8, total=8), {"input": 8}),
    "OpenAI, all details": (
        chat(
            2006,
            300,
            2306,
            prompt_tokens_details={"cached_tokens": 1920, "audio_tokens": 6},
            completion_tokens_details={
                "reasoning_tokens": 192,
                "audio_tokens": 8,
                "accepted_prediction_tokens": 5,
                "rejected_prediction_tokens": 5,
            },
        ),
        {
            "input": 80,
            "cached_input": 1920,
            "input_audio": 6,
            "output": 100,
            "reasoning": 192,
            "output_audio": 8,
        },
    ),
    "OpenAI, details that are null": (
        chat(9, 1, prompt_tokens_details=None, completion_tokens_details=None),
        {"input": 9, "output": 1},
    ),
    "OpenAI, cache writes by how long they are kept": (
        chat(
            3000,
            10,
            3010,
            **of_prompt(
                cached_tokens=0,
                cache_write_tokens=2000,
                cache_write_tokens_details={"ttl_30m_tokens": 1500, "ttl_12h_tokens": 500},
            ),
        ),
        {"input": 1000, "cache_write": 1500, "cache_write_1h": 500, "output": 10},
    ),
    "DeepSeek, cache hits": (
        chat(100, 10, 110, prompt_cache_hit_tokens=64, prompt_cache_miss_tokens=36),
        {"input": 36, "cached_input": 64, "output": 10},
    ),
    "DeepSeek, hits and misses alone": (
        chat(None, 10, prompt_cache_hit_tokens=64, prompt_cache_miss_tokens=36),
        {"input": 36, "cached_input": 64, "output": 10},
    ),
    "DeepSeek, cache hits said twice": (
        chat(100, 10, prompt_cache_hit_tokens=64, **of_prompt(cached_tokens=64)),
        {"input": 36, "cached_input": 64, "output": 10},
    ),
    "cache hits said once, and zero where OpenAI says them": (
        chat(100, 10, 110, prompt_cache_hit_tokens=64, **of_prompt(cached_tokens=0)),
        {"input": 36, "cached_input": 64, "output": 10},
    ),
    "Moonshot, cached at the top": (
        chat(100, 10, cached_tokens=40),
        {"input": 60, "cached_input": 40, "output": 10},
    ),
    "Mistral": (chat(13, 7, 20), {"input": 13, "output": 7}),
    "Mistral, cached in one of its spellings": (
        chat(100, 7, 107, prompt_token_details={"cached_tokens": 64}),
        {"input": 36, "cached_input": 64, "output": 7},
    ),
    "Mistral, what connectors have read": (
        chat(100, 7, 1107, connector_tokens=1000),
        {"input": 1100, "output": 7},
    ),
    "Qwen, cache creation": (
        chat(3000, 10, **of_prompt(cached_tokens=1000, cache_creation_input_tokens=1500)),
        {"input": 500, "cached_input": 1000, "cache_write": 1500, "output": 10},
    ),
    "Qwen, cache creation by lifetime alone": (
        chat(3000, 10, 3010, **of_prompt(cache_creation={"ephemeral_5m_input_tokens": 1500})),
        {"input": 1500, "cache_write": 1500, "output": 10},
    ),
    "OpenRouter, cache writes": (
        chat(10_339, 60, 10_399, **of_prompt(cached_tokens=0, cache_write_tokens=10_318)),
        {"input": 21, "cache_write": 10_318, "output": 60},
    ),
    "LiteLLM, an hour's cache writes": (
        chat(
            1020,
            20,
            1040,
            cache_creation_input_tokens=1000,
            **of_prompt(
                cache_creation_tokens=1000,
                cache_creation_token_details={
                    "ephemeral_5m_input_tokens": 0,
                    "ephemeral_1h_input_tokens": 1000,
                },
            ),
        ),
        {"input": 20, "cache_write_1h": 1000, "output": 20},
    ),
    "new-api, an hour's cache writes at the top": (
        chat(1020, 20, 1040, claude_cache_creation_5_m_tokens=300, claude_cache_creation_1_h_tokens=700),
        {"input": 20, "cache_write": 300, "cache_write_1h": 700, "output": 20},
    ),
    "cache reads and writes that the total shows beside the prompt": (
        chat(400, 20, 10_720, cache_read_input_tokens=10_000, cache_creation_input_tokens=300),
        {"input": 400, "cached_input": 10_000, "cache_write": 300, "output": 20},
    ),
    "cache reads beside, writes within": (
        chat(400, 20, 10_420, cache_read_input_tokens=10_000, cache_creation_input_tokens=300),
        {"input": 100, "cached_input": 10_000, "cache_write": 300, "output": 20},
    ),
    "more written than there is prompt": (
        chat(400, 20, cache_creation_input_tokens=900),
        {"input": 400, "cache_write": 900, "output": 20},
    ),
    "Anthropic's names in a chat": (
        {"input_tokens": 400, "output_tokens": 20, "cache_read_input_tokens": 300},
        {"input": 400, "cached_input": 300, "output": 20},
    ),
    "Anthropic's names in a chat, whose total shows the cache within": (
        {"input_tokens": 400, "output_tokens": 20, "cache_read_input_tokens": 300, "total_tokens": 420},
        {"input": 100, "cached_input": 300, "output": 20},
    ),
    "camel case": (
        {"promptTokens": 100, "completionTokens": 20, "totalTokens": 120, "cachedInputTokens": 40},
        {"input": 60, "cached_input": 40, "output": 20},
    ),
    "Google's own names": (
        {
            "promptTokenCount": 1000,
            "candidatesTokenCount": 50,
            "thoughtsTokenCount": 200,
            "toolUsePromptTokenCount": 3000,
            "cachedContentTokenCount": 600,
            "promptTokensDetails": [
                {"modality": "TEXT", "tokenCount": 900},
                {"modality": "AUDIO", "tokenCount": 100},
            ],
            "totalTokenCount": 4250,
        },
        {"input": 3300, "cached_input": 600, "input_audio": 100, "output": 50, "reasoning": 200},
    ),
    "Google's own names without a total": (
        {"promptTokenCount": 1000, "candidatesTokenCount": 300, "thoughtsTokenCount": 200},
        {"input": 1000, "output": 300, "reasoning": 200},
    ),
    "Amazon's own names": (
        {"inputTokens": 10, "outputTokens": 5, "cacheReadInputTokens": 900, "cacheWriteInputTokens": 90},
        {"input": 10, "cached_input": 900, "cache_write": 90, "output": 5},
    ),
    "Amazon's list of lifetimes": (
        {
            "inputTokens": 10,
            "outputTokens": 5,
            "cacheDetails": [{"ttl": "1h", "inputTokens": 60}, {"ttl": "5m", "inputTokens": 30}],
        },
        {"input": 10, "cache_write": 30, "cache_write_1h": 60, "output": 5},
    ),
    "Cohere's billed units": (
        {"billed_units": {"input_tokens": 10, "output_tokens": 5}, "tokens": {"input_tokens": 700}},
        {"input": 10, "output": 5},
    ),
    "reasoning beside the completion, by the total": (
        chat(100, 10, 310, **of_completion(reasoning_tokens=200)),
        {"input": 100, "output": 10, "reasoning": 200},
    ),
    "reasoning beside a larger completion, by the total": (
        chat(100, 500, 800, **of_completion(reasoning_tokens=200)),
        {"input": 100, "output": 500, "reasoning": 200},
    ),
    "reasoning within the completion, by the total": (
        chat(100, 500, 600, **of_completion(reasoning_tokens=200)),
        {"input": 100, "output": 300, "reasoning": 200},
    ),
    "reasoning at the top level": (
        chat(100, 500, 600, reasoning_tokens=200),
        {"input": 100, "output": 300, "reasoning": 200},
    ),
    "nothing but reasoning": (
        chat(100, 0, **of_completion(reasoning_tokens=200)),
        {"input": 100, "reasoning": 200},
    ),
    "reasoning and the cache beside, by the total": (
        chat(100, 10, 1310, cached_tokens=1000, **of_completion(reasoning_tokens=200)),
        {"input": 100, "cached_input": 1000, "output": 10, "reasoning": 200},
    ),
    "Perplexity, less reasoning than completion": (
        chat(33, 7163, 7196, citation_tokens=20_016, num_search_queries=18, reasoning_tokens=4000),
        {"input": 20_049, "output": 7163, "reasoning": 4000},
    ),
    "a completion that only the total tells": (chat(100, None, 150), {"input": 100, "output": 50}),
    "a completion that is null": (chat(100, None, 150, completion_tokens=None), {"input": 100, "output": 50}),
    "a prompt that only the total tells": (
        chat(0, 50, 1050, **of_prompt(cached_tokens=800)),
        {"input": 200, "cached_input": 800, "output": 50},
    ),
    "a total that is less than prompt and completion": (chat(100, 50, 100), {"input": 100, "output": 50}),
    "an unsound detail": (
        chat(100, 50, 150, prompt_tokens_details={"cached_tokens": -1, "audio_tokens": 10}),
        {"input": 90, "input_audio": 10, "output": 50},
    ),
    "an unsound completion": (chat(100, -5, 95), {"input": 100}),
    "an unsound prompt": (chat("many", 50), {"output": 50}),
    "parts beyond their total: text is what is fresh": (
        chat(10, 1, **of_prompt(audio_tokens=8, cached_tokens=8)),
        {"input": 2, "cached_input": 8, "output": 1},
    ),
    "cached audio and no text": (
        chat(100, 1, **of_prompt(audio_tokens=100, cached_tokens=80)),
        {"input_audio": 20, "cached_input": 80, "output": 1},
    ),
    "images and a cache beside each other": (
        chat(3000, 1, 3001, **of_prompt(image_tokens=1000, cached_tokens=500, text_tokens=2000)),
        {"input": 1500, "input_image": 1000, "cached_input": 500, "output": 1},
    ),
    "images of which it is told what is cached": (
        chat(
            3000,
            1,
            3001,
            **of_prompt(image_tokens=1000, cached_tokens=500, cached_tokens_details={"image_tokens": 400}),
        ),
        {"input": 1900, "input_image": 600, "cached_input": 500, "output": 1},
    ),
}


@pytest.mark.parametrize(("usage", "tokens"), CHATS.values(), ids=CHATS)
def test_a_chats_figures_are_taken_apart(usage, tokens):
    report = from_chat(usage, "default")
    assert tokens_of(report) == tokens
    assert (report.unnamed, report.service_tier) == (0, "default")


@pytest.mark.parametrize("vendor", [Vendor.GOOGLE, Vendor.XAI])
def test_what_a_total_has_more_is_reasoning_where_the_vendor_is_known_for_it(vendor):
    report = from_chat(chat(100, 10, 310), vendor=vendor)
    assert (report.unnamed, report.unnamed_as) == (200, TokenClass.REASONING)
    assert tokens_of(report) == {"input": 100, "output": 10}


@pytest.mark.parametrize("vendor", [Vendor.OTHER, Vendor.OPENAI, Vendor.ALIBABA])
def test_what_a_total_has_more_has_no_class_where_nobody_says_what_it_is(vendor):
    report = from_chat(chat(100, 10, 310), vendor=vendor)
    assert (report.unnamed, report.unnamed_as) == (200, None)


@pytest.mark.parametrize("vendor", [Vendor.GOOGLE, Vendor.OTHER])
def test_where_reasoning_is_told_what_a_total_has_more_is_what_tools_have_read(vendor):
    report = from_chat(chat(100, 10, 5310, **of_completion(reasoning_tokens=200)), vendor=vendor)
    assert (report.unnamed, report.unnamed_as) == (5000, TokenClass.INPUT)
    assert (tokens_of(report), report.reasoning_beside) == (
        {"input": 100, "output": 10, "reasoning": 200},
        200,
    )


def test_xais_reasoning_lies_beside_a_chats_completion_but_within_a_responses_output():
    details = {"reasoning_tokens": 200}
    of_chat = from_chat(chat(100, 500, completion_tokens_details=details), vendor=Vendor.XAI)
    assert tokens_of(of_chat) == {"input": 100, "output": 500, "reasoning": 200}
    usage = {"input_tokens": 100, "output_tokens": 500, "output_tokens_details": details}
    of_response = from_response({"usage": usage}, Vendor.XAI)
    assert tokens_of(of_response) == {"input": 100, "output": 300, "reasoning": 200}


def test_googles_cache_is_within_the_prompt_even_if_the_total_has_as_much_more():
    report = from_chat(chat(1000, 10, 1310, **of_prompt(cached_tokens=300)), vendor=Vendor.GOOGLE)
    assert tokens_of(report) == {"input": 700, "cached_input": 300, "output": 10}
    assert (report.unnamed, report.unnamed_as) == (300, TokenClass.REASONING)


SEARCHES = {
    "Perplexity": {"num_search_queries": 3},
    "OpenRouter": {"server_tool_use": {"web_search_requests": 3, "tool_calls_requested": 3}},
    "xAI, server-side tools": {
        "num_sources_used": 9,
        "server_side_tool_usage_details": {"web_search_calls": 3, "x_search_calls": 0},
    },
    "xAI, live search": {"num_sources_used": 3},
    "Alibaba": {"x_tools": {"web_search": {"count": 3}}},
    "Alibaba's plugins": {"plugins": {"search": {"count": 3, "strategy": "turbo"}}},
    "Mistral's connectors": {"connectors": {"web_search": 3}},
    "in quotes": {"num_search_queries": "3"},
}


@pytest.mark.parametrize("told", SEARCHES.values(), ids=SEARCHES)
def test_searches_are_counted_in_chats_too(told):
    assert from_chat({**chat(9, 12, 21), **told}).tool_calls == {"web_search": 3}


@pytest.mark.parametrize("told", [None, [], 3, {"web_search_requests": -1}, {"web_search_requests": 0}])
def test_unsound_searches_are_none(told):
    assert from_chat(chat(9, 12, server_tool_use=told)).tool_calls == {}


PLACES = {
    "usage": {"usage": chat(9, 12)},
    "Groq's streams": {"x_groq": {"id": "req_1", "usage": chat(9, 12)}, "usage": None},
    "Moonshot's choices": {"choices": [{"index": 0, "delta": {}, "usage": chat(9, 12)}]},
    "a delta": {"choices": [None, {"delta": {"usage": chat(9, 12)}}]},
    "Google's": {"usageMetadata": {"promptTokenCount": 9, "candidatesTokenCount": 12}},
    "Amazon's": {"amazon-bedrock-invocationMetrics": {"inputTokenCount": 9, "outputTokenCount": 12}},
    "Cohere's": {"meta": {"billed_units": {"input_tokens": 9.0, "output_tokens": 12.0}}},
    "Cloudflare's": {"result": {"response": "Hello", "usage": chat(9, 12)}},
    "Ollama's": {"prompt_eval_count": 9, "eval_count": 12},
    "after one without figures": {"usage": {}, "x_groq": {"usage": chat(9, 12)}},
}


@pytest.mark.parametrize("answer", PLACES.values(), ids=PLACES)
def test_figures_are_found_in_vendors_envelopes(answer):
    found = chat_reports.figures_of({**answer, "service_tier": "flex"})
    report = chat_reports.report_of(found, Vendor.OTHER)
    assert (tokens_of(report), report.service_tier) == ({"input": 9, "output": 12}, "flex")


@pytest.mark.parametrize(
    "usage",
    [{"total_tokens": 800}, {"total_tokens": "800"}, chat(0, total=800), chat(800, 0, 800), chat(800)],
)
def test_an_embeddings_total_is_its_prompt(usage):
    report = chat_reports.embedding_report_of(chat_reports.figures_of({"usage": usage}))
    assert (tokens_of(report), report.unnamed) == ({"input": 800}, 0)


MESSAGES = {
    "plain": ({"input_tokens": 25, "output_tokens": 15}, {"input": 25, "output": 15}),
    "the cache beside the input": (
        {
            "input_tokens": 50,
            "cache_read_input_tokens": 100_000,
            "cache_creation_input_tokens": 248,
            "output_tokens": 503,
        },
        {"input": 50, "cached_input": 100_000, "cache_write": 248, "output": 503},
    ),
    "the cache beside a larger input": (
        {"input_tokens": 5000, "cache_read_input_tokens": 1000, "output_tokens": 503},
        {"input": 5000, "cached_input": 1000, "output": 503},
    ),
    "writes for five minutes and for an hour": (
        {
            "input_tokens": 2048,
            "cache_read_input_tokens": 1800,
            "cache_creation_input_tokens": 248,
            "output_tokens": 503,
            "cache_creation": {"ephemeral_5m_input_tokens": 148, "ephemeral_1h_input_tokens": 100},
        },
        {"input": 2048, "cached_input": 1800, "cache_write": 148, "cache_write_1h": 100, "output": 503},
    ),
    "writes whose total is zero, by their lifetime": (
        {
            "input_tokens": 10,
            "output_tokens": 5,
            "cache_creation_input_tokens": 0,
            "cache_creation": {"ephemeral_1h_input_tokens": 100},
        },
        {"input": 10, "cache_write_1h": 100, "output": 5},
    ),
    "nulls": (
        {"input_tokens": 1, "output_tokens": 1, "cache_read_input_tokens": None, "cache_creation": None},
        {"input": 1, "output": 1},
    ),
    "OpenAI's names and ways": (
        {"prompt_tokens": 100, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 80}},
        {"input": 20, "cached_input": 80, "output": 5},
    ),
    "numbers in quotes": (
        {"input_tokens": "100", "output_tokens": "5.0", "cache_read_input_tokens": 80.0},
        {"input": 100, "cached_input": 80, "output": 5},
    ),
    "an unsound input beside a sound output": (
        {"input_tokens": None, "output_tokens": 5},
        {"output": 5},
    ),
    "a prompt that a cache has read": (
        {"input_tokens": 0, "output_tokens": 5, "cache_read_input_tokens": 80},
        {"cached_input": 80, "output": 5},
    ),
}


@pytest.mark.parametrize(("usage", "tokens"), MESSAGES.values(), ids=MESSAGES)
def test_a_messages_figures_are_taken_as_they_are(usage, tokens):
    assert tokens_of(from_message(usage)) == tokens


def test_a_prompt_that_was_read_from_a_cache_is_whole_unless_its_rest_is_not_told():
    whole = from_message({"input_tokens": 0, "cache_read_input_tokens": 80, "output_tokens": 5})
    assert not whole.prompt_is_partial
    assert from_message({"cache_read_input_tokens": 80, "output_tokens": 5}).prompt_is_partial
    assert from_chat(chat(0, 5, **of_prompt(cached_tokens=80))).prompt_is_partial


def test_how_a_message_was_served_is_seen():
    report = from_message(
        {
            "input_tokens": 105,
            "output_tokens": 6039,
            "output_tokens_details": {"thinking_tokens": 39},
            "server_tool_use": {"web_search_requests": 3, "web_fetch_requests": 2},
            "service_tier": "priority",
            "speed": "fast",
            "inference_geo": "us",
        }
    )
    assert tokens_of(report) == {"input": 105, "output": 6000, "reasoning": 39}
    assert report.tool_calls == {"web_search": 3}
    assert (report.service_tier, report.speed, report.inference_geo) == ("priority", "fast", "us")


def call(kind, prompt, output, model=None, **more):
    made = {"type": kind, "input_tokens": prompt, "output_tokens": output, **more}
    return made if model is None else {**made, "model": model}


def message_of(*iterations, prompt=20_000, output=1000, **more):
    return {"input_tokens": prompt, "output_tokens": output, "iterations": [*iterations], **more}


OPUS, FABLE, ASIDE = "claude-opus-4-8", "claude-fable-5", "claude-sage-1"
ITERATIONS = {
    "none": (message_of(), {"input": 20_000, "output": 1000}, {}),
    "one that is the whole": (
        message_of(call("message", 20_000, 1000)),
        {"input": 20_000, "output": 1000},
        {},
    ),
    "a compaction, which the top level leaves out": (
        message_of(call("compaction", 180_000, 3000), call("message", 20_000, 1000)),
        {"input": 200_000, "output": 4000},
        {},
    ),
    "a compaction that has read and written a cache": (
        message_of(
            call(
                "compaction",
                1000,
                3000,
                cache_read_input_tokens=170_000,
                cache_creation_input_tokens=9000,
                cache_creation={"ephemeral_1h_input_tokens": 9000},
            ),
            call("message", 20_000, 1000),
        ),
        {"input": 21_000, "cached_input": 170_000, "cache_write_1h": 9000, "output": 4000},
        {},
    ),
    "a top level that has it all": (
        message_of(
            call("compaction", 180_000, 3000), call("message", 20_000, 1000), prompt=200_000, output=4000
        ),
        {"input": 200_000, "output": 4000},
        {},
    ),
    "a top level that says more": (
        message_of(call("message", 5000, 100), prompt=20_000, output=1000),
        {"input": 20_000, "output": 1000},
        {},
    ),
    "turns of a tool's loop, whatever they call the model": (
        message_of(call("message", 9000, 400, "a-snapshot"), call("message", 11_000, 600, "a-snapshot")),
        {"input": 20_000, "output": 1000},
        {},
    ),
    "an advisor": (
        message_of(call("message", 20_000, 1000), call("advisor_message", 21_000, 700, ASIDE)),
        {"input": 20_000, "output": 1000},
        {ASIDE: {"input": 21_000, "output": 700}},
    ),
    "an advisor that is the model itself": (
        message_of(call("message", 20_000, 1000), call("advisor_message", 21_000, 700, f"{FABLE}-20260601")),
        {"input": 41_000, "output": 1700},
        {},
    ),
    "a fallback after a model that declined at once": (
        message_of(call("message", 20_000, 0, FABLE), call("fallback_message", 20_000, 1000, OPUS)),
        {},
        {OPUS: {"input": 20_000, "output": 1000}},
    ),
    "a fallback after a model that declined halfway": (
        message_of(call("message", 20_000, 7, FABLE), call("fallback_message", 20_000, 1000, OPUS)),
        {"input": 20_000, "output": 7},
        {OPUS: {"input": 20_000, "output": 1000}},
    ),
    "two fallbacks, the first of which declined, too": (
        message_of(
            call("message", 20_000, 0, FABLE),
            call("message", 20_000, 5, ASIDE),
            call("message", 20_000, 300, OPUS),
            call("fallback_message", 21_000, 700, OPUS),
            prompt=41_000,
        ),
        {},
        {ASIDE: {"input": 20_000, "output": 5}, OPUS: {"input": 41_000, "output": 1000}},
    ),
    "no list": ({**message_of(), "iterations": {"type": "message"}}, {"input": 20_000, "output": 1000}, {}),
    "unsound ones": (message_of(None, {"type": []}, 7), {"input": 20_000, "output": 1000}, {}),
}


@pytest.mark.parametrize(("usage", "own", "others"), ITERATIONS.values(), ids=ITERATIONS)
def test_each_call_of_a_model_within_a_message_is_billed_as_its_own(usage, own, others):
    report = from_message(usage, FABLE)
    assert tokens_of(report) == own
    found = {other.model: {each.value: n for each, n in other.tokens.items()} for other in report.others}
    assert found == others


def test_a_fallbacks_first_call_is_of_the_model_that_was_asked_whatever_its_name_there():
    calls = call("message", 20_000, 7, FABLE), call("fallback_message", 20_000, 1000, OPUS)
    for name in ("fable", None, f"us.anthropic.{FABLE}-v1:0", f"anthropic/{FABLE}", f"{FABLE}@20260601"):
        report = from_message(message_of(*calls), name)
        assert tokens_of(report) == {"input": 20_000, "output": 7}, name
        assert report.others == (ModelUsage(OPUS, {TokenClass.INPUT: 20_000, TokenClass.OUTPUT: 1000}),)


def response(usage, **members):
    return {"object": "response", "usage": usage, **members}


def test_a_responses_figures_tools_and_tier_are_seen():
    report = from_response(
        response(
            {
                "input_tokens": 328,
                "input_tokens_details": {"cached_tokens": 128},
                "output_tokens": 52,
                "output_tokens_details": {"reasoning_tokens": 40},
                "total_tokens": 380,
            },
            service_tier="flex",
            output=[
                {"type": "web_search_call"},
                {"type": "message"},
                {"type": "web_search_call", "action": {"type": "open_page"}},
                {"type": "web_search_call", "action": None},
                {"type": "file_search_call"},
                "not an item",
            ],
        )
    )
    assert tokens_of(report) == {"input": 200, "cached_input": 128, "reasoning": 40, "output": 12}
    assert report.tool_calls == {"web_search": 2, "file_search": 1}
    assert report.service_tier == "flex"


def test_xais_successful_searches_count_and_not_its_tries():
    usage = {
        "input_tokens": 9,
        "output_tokens": 12,
        "num_sources_used": 40,
        "server_side_tool_usage_details": {"web_search_calls": 1, "x_search_calls": 3, "mcp_calls": 2},
    }
    report = from_response(response(usage, output=[{"type": "web_search_call"}] * 4))
    assert report.tool_calls == {"web_search": 1, "x_search": 3}


RESPONSES = {
    "a chat's names": (chat(1000, 50, 1050), {"input": 1000, "output": 50}),
    "both names, of which its own counts": (
        {"input_tokens": 1000, "output_tokens": 50, "prompt_tokens": 7, "completion_tokens": 7},
        {"input": 1000, "output": 50},
    ),
    "both names, of which one has nothing": (
        {"input_tokens": 0, "output_tokens": 0, **chat(1000, 50)},
        {"input": 1000, "output": 50},
    ),
    "cache reads beside, by the total": (
        {"input_tokens": 400, "output_tokens": 20, "total_tokens": 10_420, "cache_read_input_tokens": 10_000},
        {"input": 400, "cached_input": 10_000, "output": 20},
    ),
    "audio and what is cached of it": (
        {
            "input_tokens": 1500,
            "output_tokens": 20,
            "total_tokens": 1520,
            "input_token_details": {
                "cached_tokens": 1000,
                "audio_tokens": 1200,
                "cached_tokens_details": {"audio_tokens": 900},
            },
            "output_token_details": {"audio_tokens": 15},
        },
        {"input": 200, "input_audio": 300, "cached_input": 1000, "output": 5, "output_audio": 15},
    ),
}


@pytest.mark.parametrize(("usage", "tokens"), RESPONSES.values(), ids=RESPONSES)
def test_a_responses_figures_are_taken_apart(usage, tokens):
    assert tokens_of(from_response(response(usage))) == tokens


SOUND = {"int": 9, "float": 9.0, "exponent": 9e0, "quotes": "9", "float in quotes": "9.00", "zeros": "009"}


@pytest.mark.parametrize("count", SOUND.values(), ids=SOUND)
def test_a_count_may_be_written_in_any_sound_way(count):
    assert tokens_of(from_chat(chat(count, count))) == {"input": 9, "output": 9}


UNSOUND = [
    *(True, False, -1, 9.5, float("inf"), float("nan"), MAX_TOKENS + 1, 1e300),
    *("", "nine", "-9", "9.5", "1e3", "٩", "9 000", "0x9", "9" * 5000, [9], {"count": 9}),
]


@pytest.mark.parametrize("unsound", UNSOUND, ids=lambda value: repr(value)[:20])
def test_an_unsound_figure_is_none_and_spoils_no_other(unsound):
    assert tokens_of(from_chat(chat(unsound, 12))) == {"output": 12}
    assert tokens_of(from_chat(chat(9, unsound))) == {"input": 9}
    assert tokens_of(from_chat(chat(9, 12, unsound))) == {"input": 9, "output": 12}
    assert tokens_of(from_message({"input_tokens": unsound, "output_tokens": 12})) == {"output": 12}
    assert tokens_of(from_response(response({"input_tokens": 9, "output_tokens": unsound}))) == {"input": 9}
    cached = from_chat(chat(9, 12, 21, cached_tokens=unsound, **of_prompt(cached_tokens=4)))
    assert tokens_of(cached) == {"input": 5, "cached_input": 4, "output": 12}


@pytest.mark.parametrize(
    "usage", [None, [], "usage", 7, {}, {"usage": None}, {1: 2}, {"x" * 99: 2}], ids=repr
)
def test_what_is_no_report_says_nothing(usage):
    assert from_chat(usage).is_empty
    assert from_message(usage).is_empty
    assert from_response(usage).is_empty
    assert from_response({"usage": usage}).is_empty


@pytest.mark.parametrize("name", ["default", "flex", "on_demand", "x" * 64])
def test_a_tier_has_a_short_name(name):
    assert service_tier(name) == name


@pytest.mark.parametrize(
    "name", ["", "x" * 65, "x" * 400_000, "\ud800", "模型", None, 1, ["flex"]], ids=lambda n: repr(n)[:20]
)
def test_what_no_record_could_hold_is_no_tier(name):
    """A request's own tier counts where its usage is estimated, so a client might make settling fail."""
    assert service_tier(name) is None
    figures = {"prompt_tokens": 1, "completion_tokens": 1}
    assert from_chat(figures, name).service_tier is None


def after(*usages):
    """What several reports of a message come to, each later one of all so far."""
    found = message_reports.figures_of(None)
    for usage in usages:
        found = found.updated(message_reports.figures_of(usage))
    return tokens_of(message_reports.report_of(found))


def test_a_later_figure_replaces_an_earlier_one_also_a_larger():
    first = {"input_tokens": 7000, "cache_read_input_tokens": 5, "output_tokens": 30}
    later = {"input_tokens": 900, "cache_read_input_tokens": 6100, "output_tokens": 6}
    assert after(first, later) == {"input": 900, "cached_input": 6100, "output": 6}


@pytest.mark.parametrize("poorer", [None, {}, [], {"input_tokens": 0, "output_tokens": None, "speed": 7}])
def test_a_poorer_report_takes_nothing_away(poorer):
    first = {"input_tokens": 7000, "cache_read_input_tokens": 5, "output_tokens": 30}
    assert after(first, poorer) == after(first)


def test_a_total_counts_only_for_the_figures_that_it_came_with():
    first, later = chat(7000, 0, 7000), {"input_tokens": 900, "output_tokens": 6}
    assert after(first, later) == {"input": 900, "output": 6}


def test_iterations_of_a_later_report_count():
    first = {"input_tokens": 20_000, "output_tokens": 1}
    later = {
        "output_tokens": 1000,
        "iterations": [call("compaction", 180_000, 3000), call("message", 20_000, 1000)],
    }
    assert after(first, later) == {"input": 200_000, "output": 4000}


COUNTS = st.integers(0, 10**6)
ODD = st.one_of(COUNTS, st.none(), st.booleans(), st.text(max_size=3), st.floats(), st.integers(-5, -1))
DETAILS = st.dictionaries(
    st.sampled_from(
        ["cached_tokens", "audio_tokens", "image_tokens", "cache_write_tokens", "reasoning_tokens"]
    ),
    ODD,
)


@given(prompt=st.integers(1, 10**6), completion=COUNTS, details=DETAILS, others=DETAILS)
@settings(max_examples=200, deadline=None)
def test_classes_never_come_to_less_than_the_providers_totals(prompt, completion, details, others):
    total = prompt + completion
    usage = chat(prompt, completion, total, prompt_tokens_details=details, completion_tokens_details=others)
    report = from_chat(usage)
    assert sum((report.prompt or {}).values()) >= prompt
    assert sum((report.completion or {}).values()) >= completion
    assert all(count > 0 for count in tokens_of(report).values())


def in_choices(*usages, **more):
    return {"choices": [{"index": at, "usage": each} for at, each in enumerate(usages)], **more}


# What each of several parts of an answer tells, and what they come to.
SPREAD = {
    "one choice": (in_choices(chat(10, 5, 15)), {"input": 10, "output": 5}),
    "three choices of one prompt": (
        in_choices(chat(10, 5, 15), chat(10, 7, 17), chat(10, 1, 11)),
        {"input": 10, "output": 13},
    ),
    "choices that reason": (
        in_choices(chat(10, 5, **of_completion(reasoning_tokens=3)), chat(10, 7)),
        {"input": 10, "output": 9, "reasoning": 3},
    ),
    "choices of a prompt from the cache": (
        in_choices(chat(10, 5, **of_prompt(cached_tokens=8)), chat(10, 5, **of_prompt(cached_tokens=8))),
        {"input": 2, "cached_input": 8, "output": 10},
    ),
    "a choice that tells nothing": (in_choices(chat(10, 5), None, {}), {"input": 10, "output": 5}),
    "usage of all beside that of each": (
        in_choices(chat(10, 5), chat(10, 7), usage=chat(10, 12, 22)),
        {"input": 10, "output": 12},
    ),
    "Groq's envelope": ({"x_groq": {"usage": chat(10, 5, 15)}}, {"input": 10, "output": 5}),
    "Groq's compound, by model": (
        {
            "usage_breakdown": {
                "models": [
                    {"model": "a", "usage": chat(200, 30, 230)},
                    {"model": "b", "usage": chat(700, 50, 750)},
                ]
            }
        },
        {"input": 900, "output": 80},
    ),
    "the same beside its total": (
        {"usage": chat(900, 80, 980), "usage_breakdown": {"models": [{"usage": chat(900, 80)}]}},
        {"input": 900, "output": 80},
    ),
    "a total of the last model alone": (
        {
            "usage": chat(700, 50, 750),
            "usage_breakdown": {"models": [{"usage": chat(200, 30)}, {"usage": chat(700, 50)}]},
        },
        {"input": 900, "output": 80},
    ),
    "a breakdown in the envelope": (
        {"x_groq": {"usage": chat(7, 5), "usage_breakdown": {"models": [{"usage": chat(9, 8)}]}}},
        {"input": 9, "output": 8},
    ),
    "a breakdown that is none": (
        {"usage": chat(7, 5), "usage_breakdown": {"models": [None, 3, {"usage": "x"}, {}]}},
        {"input": 7, "output": 5},
    ),
    "null": ({"usage": chat(7, 5), "usage_breakdown": None}, {"input": 7, "output": 5}),
    "Gemini, a video": (
        {
            "usageMetadata": {
                "promptTokenCount": 1000,
                "candidatesTokenCount": 5,
                "totalTokenCount": 1005,
                "promptTokensDetails": [
                    {"modality": "TEXT", "tokenCount": 50},
                    {"modality": "VIDEO", "tokenCount": 800},
                    {"modality": "AUDIO", "tokenCount": 150},
                ],
            }
        },
        {"input": 50, "input_image": 800, "input_audio": 150, "output": 5},
    ),
    "Alibaba, a video and an image": (
        {"usage": chat(1000, 5, **of_prompt(text_tokens=50, image_tokens=250, video_tokens=700))},
        {"input": 50, "input_image": 950, "output": 5},
    ),
    "OpenRouter, no video": (
        {"usage": chat(9, 5, **of_prompt(cached_tokens=0, audio_tokens=0, video_tokens=0))},
        {"input": 9, "output": 5},
    ),
    "Mistral, audio beside the prompt": (
        {"usage": chat(3, 1, 379, audio_tokens=375, prompt_audio_seconds=2)},
        {"input": 3, "input_audio": 375, "output": 1},
    ),
    "audio within a prompt, told at the top": (
        {"usage": chat(378, 1, 379, audio_tokens=375)},
        {"input": 3, "input_audio": 375, "output": 1},
    ),
    "the same without a total": (
        {"usage": chat(378, 1, audio_tokens=375)},
        {"input": 3, "input_audio": 375, "output": 1},
    ),
    "seconds of audio are no tokens": (
        {"usage": chat(378, 1, 379, prompt_audio_seconds=30)},
        {"input": 378, "output": 1},
    ),
}


@pytest.mark.parametrize(("answer", "tokens"), SPREAD.values(), ids=SPREAD)
def test_what_is_told_in_parts_is_put_together(answer, tokens):
    assert tokens_of(chat_reports.report_of(chat_reports.figures_of(answer), Vendor.OTHER)) == tokens


def test_mistrals_audio_lies_beside_the_prompt_also_without_a_total():
    usage = {"usage": chat(400, 1, audio_tokens=375)}
    report = chat_reports.report_of(chat_reports.figures_of(usage), Vendor.MISTRAL)
    assert tokens_of(report) == {"input": 400, "input_audio": 375, "output": 1}


def test_parts_without_end_come_to_no_more_than_a_count_can_be():
    most = chat(MAX_TOKENS, MAX_TOKENS, **of_prompt(image_tokens=MAX_TOKENS, video_tokens=MAX_TOKENS))
    for answer in (
        in_choices(*[most] * 3000),
        {"usage_breakdown": {"models": [{"usage": most}] * 3000}},
        {"usage": most},
    ):
        figures = chat_reports.figures_of(answer)
        assert max(figures.counts.values()) == MAX_TOKENS
