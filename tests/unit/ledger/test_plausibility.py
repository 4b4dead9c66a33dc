"""What a provider says is believed as far as the request allowed it, side by side; the rest is estimated."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.builders import demand, model
from tollgate.ledger.claims import SideDemand
from tollgate.ledger.plausibility import (
    MAX_CONTEXT,
    NOT_BELIEVED,
    UNBOUNDED,
    Estimate,
    UsageBounds,
    capped,
    credible_usage,
)
from tollgate.pricing.bill import RequestLimits
from tollgate.pricing.provider_usage import UsageReport, from_chat, from_message
from tollgate.pricing.usage import ModelUsage, TokenClass, Usage, UsageFlag, UsageSource
from tollgate.pricing.vendors import Vendor

SENT_AND_CAME = Estimate(lambda: 6, lambda: 3, service_tier="flex")
NOTHING_CAME = Estimate(lambda: 6, lambda: 0)
ALLOWED = UsageBounds(
    prompt_tokens=1000,
    completion_tokens=100,
    reasoning_tokens=5000,
    hidden_prompt_tokens=200,
    tool_calls={"web_search": 5},
    other_tool_calls=50,
)
HELD = replace(ALLOWED, is_held=True, other_tool_calls=0)


def chat(prompt, completion, total=None, **more):
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": total, **more}


def reasoning(tokens):
    return {"completion_tokens_details": {"reasoning_tokens": tokens}}


def judged(usage, allowed=ALLOWED, estimate=SENT_AND_CAME, vendor=Vendor.OTHER):
    """The tokens by class, and the flags."""
    found = credible_usage(from_chat(usage, vendor=vendor), estimate, allowed)
    estimates = {each for each in found.flags if each.endswith("_estimated")}
    if estimates:
        assert found.source is UsageSource.ESTIMATED
    return {each.value: count for each, count in found.tokens.items()}, {each.value for each in found.flags}


def test_what_is_allowed_is_believed():
    found = credible_usage(from_chat(chat(1000, 100), "priority"), SENT_AND_CAME, ALLOWED)
    assert found == replace(Usage.of(1000, 100), service_tier="priority")


def test_by_default_anything_is_allowed():
    assert judged(chat(9_999_999, 9_999_999), UNBOUNDED) == ({"input": 9_999_999, "output": 9_999_999}, set())


@pytest.mark.parametrize("nothing", [None, {}, chat(0, 0), chat(-1, None), "usage"], ids=repr)
def test_without_any_figure_all_is_estimated_and_the_source_says_so(nothing):
    found = credible_usage(from_chat(nothing), SENT_AND_CAME, ALLOWED)
    assert found == replace(Usage.of(6, 3, UsageSource.ESTIMATED), service_tier="flex")


def test_an_estimate_is_no_larger_than_what_is_allowed():
    much = Estimate(lambda: 5000, lambda: 5000)
    assert judged(None, ALLOWED, much) == ({"input": 1000, "output": 100}, set())


SIDES = {
    "no prompt": (chat(0, 50), {"input": 6, "output": 50}, {"prompt_estimated"}),
    "an unsound prompt": (chat(-3, 50), {"input": 6, "output": 50}, {"prompt_estimated"}),
    "no completion": (chat(900, 0), {"input": 900, "output": 3}, {"completion_estimated"}),
    "a completion that is null": (chat(900, None), {"input": 900, "output": 3}, {"completion_estimated"}),
    "a prompt of which the cache is told": (
        chat(None, 50, cached_tokens=4),
        {"input": 2, "cached_input": 4, "output": 50},
        {"prompt_estimated"},
    ),
    "a completion of which the reasoning is told": (
        chat(900, None, **reasoning(2)),
        {"input": 900, "reasoning": 2, "output": 1},
        {"completion_estimated"},
    ),
}


@pytest.mark.parametrize(("usage", "tokens", "flags"), SIDES.values(), ids=SIDES)
def test_a_side_that_is_missing_is_estimated_and_the_other_kept(usage, tokens, flags):
    assert judged(usage) == (tokens, flags)


def test_where_nothing_came_no_completion_is_none():
    found = credible_usage(from_chat(chat(900, 0)), NOTHING_CAME, ALLOWED)
    assert found == Usage.of(900, 0, UsageSource.PROVIDER)


def test_what_came_after_the_last_report_is_added_as_far_as_there_is_room():
    for unreported, output in ((7, 57), (70, 100)):
        found = credible_usage(
            from_chat(chat(900, 50)), replace(SENT_AND_CAME, unreported=unreported), ALLOWED
        )
        assert found.tokens == {TokenClass.INPUT: 900, TokenClass.OUTPUT: output}
        assert (found.source, found.flags) == (UsageSource.ESTIMATED, {UsageFlag.COMPLETION_ESTIMATED})


IMPLAUSIBLE = {
    "a prompt": (chat(1201, 50), {"input": 6, "output": 50}, {"prompt_implausible"}),
    "a prompt with its parts": (
        chat(9_000, 50, 9050, cached_tokens=8000),
        {"input": 6, "output": 50},
        {"prompt_implausible"},
    ),
    "a completion": (chat(900, 101), {"input": 900, "output": 3}, {"completion_implausible"}),
    "reasoning within the completion": (
        chat(900, 101, 1001, **reasoning(80)),
        {"input": 900, "output": 3},
        {"completion_implausible"},
    ),
    "reasoning beside the completion": (
        chat(900, 50, **reasoning(5001)),
        {"input": 900, "output": 50},
        {"completion_implausible"},
    ),
    "a total without a name": (
        chat(900, 50, 9_000_000),
        {"input": 900, "output": 50},
        {"total_implausible"},
    ),
    "a completion that only such a total tells": (
        chat(900, None, 9_000_000),
        {"input": 900, "output": 3},
        {"completion_implausible"},
    ),
    "what tools would have read": (
        chat(900, 50, 9000, **reasoning(20)),
        {"input": 900, "output": 50, "reasoning": 20},
        {"total_implausible"},
    ),
}


@pytest.mark.parametrize(("usage", "tokens", "flags"), IMPLAUSIBLE.values(), ids=IMPLAUSIBLE)
def test_a_figure_beyond_what_is_allowed_is_not_believed(usage, tokens, flags):
    assert judged(usage) == (tokens, flags)
    assert {UsageFlag(each) for each in flags} <= NOT_BELIEVED


def test_what_is_only_estimated_needs_nobody_to_look_at_it():
    assert not NOT_BELIEVED & {UsageFlag.PROMPT_ESTIMATED, UsageFlag.COMPLETION_ESTIMATED}


BEYOND_THE_LIMIT = {
    "a hidden prompt": (chat(1200, 50), {"input": 1200, "output": 50}),
    "reasoning beside the completion": (
        chat(900, 100, **reasoning(5000)),
        {"input": 900, "output": 100, "reasoning": 5000},
    ),
    "what tools have read": (
        chat(900, 50, 1220, **reasoning(20)),
        {"input": 1150, "output": 50, "reasoning": 20},
    ),
}


@pytest.mark.parametrize(("usage", "tokens"), BEYOND_THE_LIMIT.values(), ids=BEYOND_THE_LIMIT)
def test_what_vendors_may_add_is_believed(usage, tokens):
    assert judged(usage) == (tokens, set())


def test_reasoning_without_a_name_is_believed_of_a_vendor_as_far_as_its_model_can_reason():
    for vendor in (Vendor.GOOGLE, Vendor.XAI):
        some, much = chat(900, 50, 5950), chat(900, 50, 9_000_000)
        assert judged(some, vendor=vendor) == ({"input": 900, "output": 50, "reasoning": 5000}, set())
        assert judged(much, vendor=vendor) == ({"input": 900, "output": 50}, {"total_implausible"})


HARD = {
    "a hidden prompt": (chat(1200, 50), {"input": 1200, "output": 50}, set()),
    "a prompt beyond it, which is cut to what is held": (
        chat(1201, 50),
        {"input": 1000, "output": 50},
        {"prompt_implausible"},
    ),
    "reasoning beside the completion, cut to what is left": (
        chat(900, 50, **reasoning(60)),
        {"input": 900, "output": 50, "reasoning": 50},
        {"completion_implausible"},
    ),
    "a completion": (chat(900, 101), {"input": 900, "output": 3}, {"completion_implausible"}),
}


@pytest.mark.parametrize(("usage", "tokens", "flags"), HARD.values(), ids=HARD)
def test_where_a_hard_budget_holds_for_it_nothing_goes_beyond_the_claim(usage, tokens, flags):
    assert judged(usage, HELD) == (tokens, flags)


def test_reasoning_without_a_name_has_to_fit_what_is_held():
    assert judged(chat(900, 50, 1000), HELD, vendor=Vendor.XAI)[0]["reasoning"] == 50
    assert judged(chat(900, 50, 1001), HELD, vendor=Vendor.XAI) == (
        {"input": 900, "output": 50},
        {"total_implausible"},
    )


@pytest.mark.parametrize(
    ("allowed", "told", "counted"),
    [
        (ALLOWED, {"web_search": 5, "x_search": 50}, {"web_search": 5, "x_search": 50}),
        (ALLOWED, {"web_search": 900, "x_search": 51}, {"web_search": 5, "x_search": 50}),
        (HELD, {"web_search": 6, "x_search": 1}, {"web_search": 5}),
    ],
)
def test_a_tool_ran_no_more_often_than_it_could(allowed, told, counted):
    report = replace(from_chat(chat(900, 50)), tool_calls=told)
    found = credible_usage(report, SENT_AND_CAME, allowed)
    assert found.tool_calls == counted
    assert (UsageFlag.TOOL_CALLS_IMPLAUSIBLE in found.flags) is (told != counted)


def advised(prompt, output):
    return UsageReport(
        prompt={TokenClass.INPUT: 600},
        completion={TokenClass.OUTPUT: 60},
        others=(ModelUsage("adviser", {TokenClass.INPUT: prompt, TokenClass.OUTPUT: output}),),
    )


def test_other_models_have_used_what_is_allowed_each_and_of_a_claim_what_is_left():
    found = credible_usage(advised(900, 90), SENT_AND_CAME, ALLOWED)
    assert found.others == advised(900, 90).others
    assert not found.flags
    held = credible_usage(advised(900, 90), SENT_AND_CAME, HELD)
    assert held.others == advised(400, 40).others
    assert held.flags == {UsageFlag.PROMPT_IMPLAUSIBLE, UsageFlag.COMPLETION_IMPLAUSIBLE}


def test_a_message_that_another_model_answered_has_used_nothing_of_the_one_that_was_asked():
    calls = [
        {"type": "message", "model": "asked", "input_tokens": 500, "output_tokens": 0},
        {"type": "fallback_message", "model": "other", "input_tokens": 500, "output_tokens": 50},
    ]
    usage = {"input_tokens": 500, "output_tokens": 50, "iterations": calls}
    found = credible_usage(from_message(usage, "asked"), SENT_AND_CAME, ALLOWED)
    assert found.tokens == {}
    assert found.others == (ModelUsage("other", {TokenClass.INPUT: 500, TokenClass.OUTPUT: 50}),)
    assert (found.source, found.flags) == (UsageSource.PROVIDER, frozenset())


def test_a_last_look_cuts_what_is_beyond():
    assert capped(Usage.of(1200, 100), ALLOWED) == Usage.of(1200, 100)
    found = capped(Usage.of(1201, 101), ALLOWED)
    assert found.tokens == {TokenClass.INPUT: 1000, TokenClass.OUTPUT: 100}
    assert found.flags == {UsageFlag.PROMPT_IMPLAUSIBLE, UsageFlag.COMPLETION_IMPLAUSIBLE}
    reasoned = Usage({TokenClass.REASONING: 4000, TokenClass.OUTPUT: 100}, UsageSource.PROVIDER)
    assert capped(reasoned, ALLOWED) == reasoned
    assert capped(reasoned, HELD).tokens == {TokenClass.OUTPUT: 100}


ASKED = demand(prompt_tokens=500, output_tokens=100, choices=2, other_output_tokens=7)


def test_a_request_may_use_its_limit_for_each_choice_and_what_its_model_can_read():
    allowed = UsageBounds.of(ASKED, model(context_limit=8000, output_limit=4000), 100, is_held=False)
    assert (allowed.completion_tokens, allowed.prompt_tokens) == (207, 8000)
    assert (allowed.reasoning_tokens, allowed.hidden_prompt_tokens) == (8000, 4096)
    assert allowed.other_tool_calls == 1000


def test_a_request_on_a_hard_budget_may_use_its_bound():
    allowed = UsageBounds.of(ASKED, model(context_limit=8000), 100, is_held=True)
    assert (allowed.completion_tokens, allowed.prompt_tokens) == (207, 500)
    assert (allowed.tool_calls, allowed.other_tool_calls) == (ASKED.tool_calls, 0)


@pytest.mark.parametrize(
    ("limits", "completion"),
    [
        ({"output_limit": 4000, "context_limit": 8000}, 8007),
        ({"context_limit": 8000}, 16_007),
        ({}, 2 * MAX_CONTEXT + 7),
    ],
)
def test_without_a_limit_the_models_own_counts(limits, completion):
    assert UsageBounds.of(ASKED, model(**limits), None, is_held=False).completion_tokens == completion


def test_a_prompt_may_be_as_long_as_the_request_is_even_if_no_context_is():
    allowed = UsageBounds.of(ASKED, model(context_limit=100), 100, is_held=False)
    assert allowed.prompt_tokens == 500


def test_an_embedding_has_no_completion():
    asked = demand(prompt_tokens=500, output_tokens=0, min_output_tokens=0)
    allowed = UsageBounds.of(asked, model(), None, is_held=False)
    assert (allowed.completion_tokens, allowed.reasoning_tokens) == (0, 0)


def test_an_advisor_is_billed_from_what_is_held_for_it_besides():
    side = SideDemand((), RequestLimits(5000, 400), frozenset({"opus"}))
    held = UsageBounds(100, 100, 0, is_held=True, sides=(side,))
    report = UsageReport(
        prompt={TokenClass.INPUT: 90},
        completion={TokenClass.OUTPUT: 50},
        others=(
            ModelUsage("opus-20260101", {TokenClass.INPUT: 4000, TokenClass.OUTPUT: 300}),
            ModelUsage("opus", {TokenClass.INPUT: 4000, TokenClass.OUTPUT: 300}),
        ),
    )

    usage = credible_usage(report, Estimate(lambda: 1, lambda: 1), held)

    first, second = usage.others
    assert first.tokens == {TokenClass.INPUT: 4000, TokenClass.OUTPUT: 300}
    # Under another name it is none that was held for.
    assert second.tokens == {TokenClass.INPUT: 10, TokenClass.OUTPUT: 50}
    assert usage.flags == {UsageFlag.PROMPT_IMPLAUSIBLE, UsageFlag.COMPLETION_IMPLAUSIBLE}
