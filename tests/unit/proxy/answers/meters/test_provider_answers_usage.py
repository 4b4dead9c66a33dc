"""Answers as providers really gave them come to the usage that is right for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tollgate.pricing.usage import UsageFlag, UsageSource
from tollgate_proxy.answers.metering import JsonMeter
from tollgate_proxy.apis import registry

ANSWERS = Path(__file__).parents[4] / "provider_answers"
# What it sends is five tokens by the estimate (a role is text, too).
REQUEST = {"model": "real", "messages": [{"role": "user", "content": "Say hello to me"}], "input": ""}
ESTIMATED_PROMPT = 5

RIGHT = {
    "c1-litellm-cache-writes.json": (registry.CHAT, {"input": 20, "cache_write": 10_000, "output": 20}),
    "c2-mistral-num-cached.json": (registry.CHAT, {"input": 32, "cached_input": 768, "output": 2}),
    "c3-only-nested-cache-creation.json": (
        registry.MESSAGES,
        {"input": 10, "cache_write": 1000, "cache_write_1h": 2000, "output": 5},
    ),
    "c4-cached-larger-than-prompt.json": (registry.CHAT, {"input": 500, "cached_input": 700, "output": 10}),
    "c5-cached-images.json": (registry.CHAT, {"input": 200, "cached_input": 24_800, "output": 100}),
    "c6-cached-audio.json": (
        registry.CHAT,
        {"input_audio": 300, "input": 200, "cached_input": 1000, "output": 20},
    ),
    "d1-delta-corrects-start.sse": (registry.MESSAGES, {"input": 900, "cached_input": 6100, "output": 6}),
    "i1-compaction.json": (registry.MESSAGES, {"input": 200_000, "output": 4000}),
    "p1-whole-floats.json": (registry.CHAT, {"input": 1000, "output": 50}),
    "p2-numbers-as-strings.json": (registry.CHAT, {"input": 1000, "output": 50}),
    "p3-kimi-usage-in-choice.sse": (registry.CHAT, {"input": 20, "cached_input": 1280, "output": 30}),
    "p4-voyage-total-only.json": (registry.EMBEDDINGS, {"input": 800}),
    "p5-other-names.json": (registry.CHAT, {"input": 1000, "output": 50}),
    "p6-cached-as-string.json": (registry.CHAT, {"input": 100, "cached_input": 900, "output": 50}),
    "r1-reasoning-beside-without-total.json": (
        registry.CHAT,
        {"input": 100, "output": 200, "reasoning": 1900},
    ),
    "r2-perplexity.json": (registry.CHAT, {"input": 7100, "output": 3000, "reasoning": 70_000}),
    "t1-cache-beside-prompt.json": (registry.CHAT, {"input": 400, "cached_input": 10_000, "output": 20}),
    "t2-tool-results-in-total.json": (registry.CHAT, {"input": 18_150, "output": 1000, "reasoning": 1000}),
    "t3-senseless-total.json": (registry.CHAT, {"input": 10, "output": 20}),
}


def usage_of(name, api):
    meter: Any = JsonMeter(api, REQUEST)
    if name.endswith(".sse"):
        meter = api.stream_meter(REQUEST, hide_usage=True)
    meter.feed((ANSWERS / name).read_bytes())
    meter.finish()
    return meter.usage()


@pytest.mark.parametrize("name", RIGHT)
def test_sound_figures_come_to_what_the_provider_bills(name):
    api, right = RIGHT[name]
    found = usage_of(name, api)
    assert {token_class.value: count for token_class, count in found.tokens.items()} == right
    assert found.source is UsageSource.PROVIDER
    assert found.tool_calls == ({"web_search": 70} if name.startswith("r2") else {})


def test_a_total_that_makes_no_sense_is_flagged():
    assert usage_of("t3-senseless-total.json", registry.CHAT).flags == {UsageFlag.TOTAL_IMPLAUSIBLE}


@pytest.mark.parametrize(
    ("name", "api", "completion"),
    [
        ("z1-completion-null.sse", registry.CHAT, 6),
        ("z2-completion-zero.json", registry.CHAT, 500),
        ("z3-responses-output-zero.json", registry.RESPONSES, 500),
    ],
)
def test_a_completion_that_isnt_told_is_estimated_and_the_prompts_figure_kept(name, api, completion):
    found = usage_of(name, api)
    assert (found.prompt_tokens, found.completion_tokens) == (1000, completion)
    assert (found.source, found.flags) == (UsageSource.ESTIMATED, {UsageFlag.COMPLETION_ESTIMATED})


def test_a_prompt_of_zero_is_estimated_and_the_completions_figure_kept():
    found = usage_of("z4-prompt-zero.json", registry.CHAT)
    assert (found.prompt_tokens, found.completion_tokens) == (ESTIMATED_PROMPT, 5000)
    assert (found.source, found.flags) == (UsageSource.ESTIMATED, {UsageFlag.PROMPT_ESTIMATED})
