"""A part that can't be is left out, so that the figures around it count."""

from __future__ import annotations

import pytest

from tollgate.ledger.plausibility import UsageBounds
from tollgate.pricing.usage import TokenClass, UsageFlag, UsageSource
from tollgate.pricing.vendors import Vendor
from tollgate_proxy.answers.answer_tallies import AnswerSource, AnswerTally
from tollgate_proxy.apis import registry

MANY = 10_000_000
ALLOWED = UsageBounds(
    prompt_tokens=20_000, completion_tokens=500, reasoning_tokens=2000, context_tokens=20_000
)
PROMPT, COMPLETION = UsageFlag.PROMPT_IMPLAUSIBLE, UsageFlag.COMPLETION_IMPLAUSIBLE


def usage_of(api, usage: dict, allowed: UsageBounds = ALLOWED):
    source = AnswerSource(api, Vendor.OTHER, "claude")
    return AnswerTally(source, {}, source.figures_of({"usage": usage})).usage(allowed, lambda: 7)


@pytest.mark.parametrize(
    "part",
    [
        {"prompt_tokens_details": {"cached_tokens": MANY}},
        {"prompt_tokens_details": {"audio_tokens": MANY}},
        {"prompt_tokens_details": {"image_tokens": MANY}},
        {"cache_creation_input_tokens": MANY},
        {"citation_tokens": MANY},
        {"tool_use_prompt_tokens": MANY},
    ],
)
def test_a_part_of_a_prompt_spoils_no_prompt(part):
    usage = usage_of(registry.CHAT, {"prompt_tokens": 1000, "completion_tokens": 50, **part})

    assert usage.tokens == {TokenClass.INPUT: 1000, TokenClass.OUTPUT: 50}
    assert usage.source is UsageSource.PROVIDER
    assert usage.flags == {PROMPT}


@pytest.mark.parametrize("part", ["audio_tokens", "image_tokens", "reasoning_tokens"])
def test_a_part_of_a_completion_spoils_no_completion(part):
    told = {"prompt_tokens": 1000, "completion_tokens": 50, "completion_tokens_details": {part: MANY}}

    usage = usage_of(registry.CHAT, told)

    assert usage.tokens == {TokenClass.INPUT: 1000, TokenClass.OUTPUT: 50}
    assert usage.flags == {COMPLETION}


@pytest.mark.parametrize("call", [{"input_tokens": MANY}, {"output_tokens": MANY}])
def test_a_call_of_the_model_spoils_no_message(call):
    told = {"input_tokens": 1000, "output_tokens": 50, "iterations": [{"type": "message", **call}]}

    usage = usage_of(registry.MESSAGES, told)

    assert usage.tokens == {TokenClass.INPUT: 1000, TokenClass.OUTPUT: 50}
    assert usage.flags == {PROMPT, COMPLETION}


def test_a_cache_beyond_the_bound_that_the_model_could_read_is_cut_to_what_is_held():
    held = UsageBounds(100, 500, 2000, 50, is_held=True, context_tokens=20_000)

    usage = usage_of(
        registry.MESSAGES, {"input_tokens": 10, "output_tokens": 5, "cache_read_input_tokens": 900}, held
    )

    assert usage.tokens == {TokenClass.INPUT: 100, TokenClass.OUTPUT: 5}
    assert usage.flags == {PROMPT}


def test_more_further_models_than_a_bill_could_name_are_not_billed():
    calls = [
        {"type": "advisor_message", "model": f"m{at}", "input_tokens": 9, "output_tokens": 1}
        for at in range(500)
    ]

    usage = usage_of(registry.MESSAGES, {"input_tokens": 10, "output_tokens": 5, "iterations": calls})

    assert 0 < len(usage.others) < 20
    assert usage.flags == {PROMPT, COMPLETION}
