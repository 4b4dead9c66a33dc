"""Providers' usage objects in their own shapes, read into classes that don't overlap."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tollgate.usage import TokenClass, UsageSource
from tollgate.usage_reports import MOST_TOKENS, from_chat, from_message, from_response, service_tier

CHATS = {
    "OpenAI, plain": (
        {"prompt_tokens": 9, "completion_tokens": 12, "total_tokens": 21},
        {"input": 9, "output": 12},
    ),
    "OpenAI, an embedding": ({"prompt_tokens": 8, "total_tokens": 8}, {"input": 8}),
    "OpenAI, all details": (
        {
            "prompt_tokens": 2006,
            "completion_tokens": 300,
            "total_tokens": 2306,
            "prompt_tokens_details": {"cached_tokens": 1920, "audio_tokens": 6},
            "completion_tokens_details": {
                "reasoning_tokens": 192,
                "audio_tokens": 8,
                "accepted_prediction_tokens": 5,
                "rejected_prediction_tokens": 5,
            },
        },
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
        {
            "prompt_tokens": 9,
            "completion_tokens": 1,
            "prompt_tokens_details": None,
            "completion_tokens_details": None,
        },
        {"input": 9, "output": 1},
    ),
    "DeepSeek, cache hits": (
        {
            "prompt_tokens": 100,
            "completion_tokens": 10,
            "total_tokens": 110,
            "prompt_cache_hit_tokens": 64,
            "prompt_cache_miss_tokens": 36,
        },
        {"input": 36, "cached_input": 64, "output": 10},
    ),
    "DeepSeek, cache hits said twice": (
        {
            "prompt_tokens": 100,
            "completion_tokens": 10,
            "prompt_cache_hit_tokens": 64,
            "prompt_tokens_details": {"cached_tokens": 64},
        },
        {"input": 36, "cached_input": 64, "output": 10},
    ),
    "Moonshot, cached at the top": (
        {"prompt_tokens": 100, "completion_tokens": 10, "cached_tokens": 40},
        {"input": 60, "cached_input": 40, "output": 10},
    ),
    "Gemini, thoughts in the total alone": (
        {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 310},
        {"input": 100, "output": 10, "reasoning": 200},
    ),
    "xAI, reasoning beside the completion": (
        {
            "prompt_tokens": 100,
            "completion_tokens": 10,
            "total_tokens": 310,
            "completion_tokens_details": {"reasoning_tokens": 200},
        },
        {"input": 100, "output": 10, "reasoning": 200},
    ),
    "Mistral": (
        {"prompt_tokens": 13, "completion_tokens": 7, "total_tokens": 20},
        {"input": 13, "output": 7},
    ),
    "Qwen, cache creation": (
        {
            "prompt_tokens": 3000,
            "completion_tokens": 10,
            "prompt_tokens_details": {"cached_tokens": 1000, "cache_creation_input_tokens": 1500},
        },
        {"input": 500, "cached_input": 1000, "cache_write": 1500, "output": 10},
    ),
    "parts beyond their total": (
        {
            "prompt_tokens": 10,
            "completion_tokens": 1,
            "prompt_tokens_details": {"audio_tokens": 8, "cached_tokens": 8},
        },
        {"input_audio": 8, "cached_input": 2, "output": 1},
    ),
}


@pytest.mark.parametrize(("report", "tokens"), CHATS.values(), ids=CHATS)
def test_a_chats_figures_are_taken_apart(report, tokens):
    usage = from_chat(report, "default")
    assert {token_class.value: count for token_class, count in usage.tokens.items()} == tokens
    assert (usage.source, usage.service_tier) == (UsageSource.PROVIDER, "default")


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
    "nulls": (
        {"input_tokens": 1, "output_tokens": 1, "cache_read_input_tokens": None, "cache_creation": None},
        {"input": 1, "output": 1},
    ),
}


@pytest.mark.parametrize(("report", "tokens"), MESSAGES.values(), ids=MESSAGES)
def test_a_messages_figures_are_taken_as_they_are(report, tokens):
    usage = from_message(report)
    assert {token_class.value: count for token_class, count in usage.tokens.items()} == tokens


def test_a_messages_searches_and_tier_are_seen():
    usage = from_message(
        {
            "input_tokens": 105,
            "output_tokens": 6039,
            "server_tool_use": {"web_search_requests": 3},
            "service_tier": "priority",
        }
    )
    assert usage.tool_calls == {"web_search": 3}
    assert usage.service_tier == "priority"


def test_a_responses_figures_tools_and_tier_are_seen():
    usage = from_response(
        {
            "service_tier": "flex",
            "output": [
                {"type": "web_search_call"},
                {"type": "message"},
                {"type": "web_search_call"},
                {"type": "file_search_call"},
                "not an item",
            ],
            "usage": {
                "input_tokens": 328,
                "input_tokens_details": {"cached_tokens": 128},
                "output_tokens": 52,
                "output_tokens_details": {"reasoning_tokens": 40},
                "total_tokens": 380,
            },
        }
    )
    assert usage.tokens == {
        TokenClass.INPUT: 200,
        TokenClass.CACHED_INPUT: 128,
        TokenClass.REASONING: 40,
        TokenClass.OUTPUT: 12,
    }
    assert usage.tool_calls == {"web_search": 2, "file_search": 1}
    assert usage.service_tier == "flex"


@pytest.mark.parametrize("unsound", [None, True, -1, 9.0, "9", [9], MOST_TOKENS + 1], ids=repr)
def test_without_a_sound_total_there_is_no_report(unsound):
    assert from_chat({"prompt_tokens": unsound, "completion_tokens": 1}) is None
    assert from_message({"input_tokens": unsound, "output_tokens": 1}) is None
    assert from_response({"usage": {"input_tokens": unsound, "output_tokens": 1}}) is None
    if unsound is not None:
        assert from_chat({"prompt_tokens": 1, "completion_tokens": unsound}) is None


@pytest.mark.parametrize("report", [None, [], "usage", 7, {}, {"usage": None}])
def test_what_is_no_report_is_none(report):
    assert from_chat(report) is from_message(report) is from_response(report) is None


@pytest.mark.parametrize("name", ["default", "flex", "on_demand", "x" * 64])
def test_a_tier_has_a_short_name(name):
    assert service_tier(name) == name


@pytest.mark.parametrize(
    "name", ["x" * 65, "x" * 400_000, "\ud800", "模型", None, 1, ["flex"]], ids=lambda n: repr(n)[:20]
)
def test_what_no_record_could_hold_is_no_tier(name):
    """A request's own tier counts where its usage is estimated, so a client might make settling fail."""
    assert service_tier(name) is None
    figures = {"prompt_tokens": 1, "completion_tokens": 1}
    assert from_chat(figures, name).service_tier is None


@pytest.mark.parametrize("figures", [{"input_tokens": 0}, {"input_tokens": 0, "output_tokens": 12}], ids=repr)
def test_an_empty_prompt_is_no_figure(figures):
    assert from_response({"usage": figures}) is None
    assert from_message(figures) is None


COUNTS = st.integers(0, 10**6)
ODD = st.one_of(COUNTS, st.none(), st.booleans(), st.text(max_size=3), st.floats(), st.integers(-5, -1))


@given(
    prompt=st.integers(1, 10**6),
    completion=COUNTS,
    of_prompt=st.dictionaries(
        st.sampled_from(["cached_tokens", "audio_tokens", "image_tokens", "cache_write_tokens"]), ODD
    ),
    of_completion=st.dictionaries(st.sampled_from(["reasoning_tokens", "audio_tokens", "image_tokens"]), ODD),
)
@settings(max_examples=200, deadline=None)
def test_the_classes_add_up_to_the_providers_totals(prompt, completion, of_prompt, of_completion):
    usage = from_chat(
        {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
            "prompt_tokens_details": of_prompt,
            "completion_tokens_details": of_completion,
        }
    )
    assert (usage.prompt_tokens, usage.completion_tokens) == (prompt, completion)
    assert all(count > 0 for count in usage.tokens.values())
