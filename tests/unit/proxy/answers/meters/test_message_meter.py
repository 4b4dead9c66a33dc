"""A stream of messages is metered by its start and its later reports, whatever either leaves out."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tollgate.pricing.usage import TokenClass, Usage, UsageFlag, UsageSource
from tollgate_proxy.apis.messages import MESSAGES

# Two tokens by the estimate.
REQUEST = {"model": "claude", "max_tokens": 500, "messages": [{"role": "user", "content": "hi"}]}
STOP = {"stop_reason": "end_turn", "stop_sequence": None}


def event(kind, **members):
    data = json.dumps({"type": kind, **members}, ensure_ascii=False)
    return f"event: {kind}\ndata: {data}\n\n".encode()


def start(**usage):
    message = {"id": "msg_1", "type": "message", "role": "assistant", "content": [], "stop_reason": None}
    return event("message_start", message={**message, "usage": usage} if usage else message)


def text(words):
    return event("content_block_delta", index=0, delta={"type": "text_delta", "text": words})


def end(**usage):
    return event("message_delta", delta=STOP, **({"usage": usage} if usage else {}))


BLOCK = event("content_block_start", index=0, content_block={"type": "text", "text": ""})
# Ten tokens by the estimate.
TEN = text("a" * 40)


def metered(*chunks):
    meter = MESSAGES.stream_meter(REQUEST)
    for chunk in chunks:
        assert meter.feed(chunk) == chunk
    assert meter.finish() == (b"", False)
    return meter


def usage(*chunks):
    return metered(*chunks).usage()


def reported(prompt_tokens, completion_tokens):
    return Usage.of(prompt_tokens, completion_tokens, UsageSource.PROVIDER)


def estimate(prompt_tokens, completion_tokens, *flags):
    usage = Usage.of(prompt_tokens, completion_tokens, UsageSource.ESTIMATED)
    return replace(usage, flags=frozenset(flags))


def with_estimated_completion(prompt_tokens, completion_tokens):
    return estimate(prompt_tokens, completion_tokens, UsageFlag.COMPLETION_ESTIMATED)


def test_the_start_reports_the_input_and_the_end_the_output():
    whole = (start(input_tokens=9, output_tokens=1), BLOCK, TEN, end(output_tokens=12), event("message_stop"))
    assert usage(*whole) == reported(9, 12)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ({"input_tokens": 9, "output_tokens": 1}, {"output_tokens": 12}),
        ({"input_tokens": 9, "output_tokens": 0}, {"input_tokens": 0, "output_tokens": 12}),
        ({"input_tokens": 0, "output_tokens": 0}, {"input_tokens": 9, "output_tokens": 12}),
        ({"input_tokens": 9}, {"input_tokens": None, "output_tokens": 12}),
        ({"output_tokens": 1}, {"input_tokens": 9, "output_tokens": 12}),
        ({}, {"input_tokens": 9, "output_tokens": 12}),
        ({"input_tokens": 9, "output_tokens": 12}, {"output_tokens": 12}),
        ({"input_tokens": 4, "output_tokens": 1}, {"input_tokens": 9, "output_tokens": 12}),
        ({"input_tokens": "9"}, {"input_tokens": 9, "output_tokens": 12}),
        ({"input_tokens": 9}, {"input_tokens": "many", "output_tokens": 12}),
        ({"input_tokens": 9}, {"input_tokens": -1, "output_tokens": 12}),
        ({"input_tokens": 9}, {"input_tokens": {}, "output_tokens": 12}),
    ],
    ids=repr,
)
def test_figures_may_be_in_either_report_or_both(first, last):
    assert usage(start(**first), TEN, end(**last)) == reported(9, 12)


def test_each_later_report_is_of_all_so_far():
    several = (TEN, end(output_tokens=12), TEN, end(output_tokens=30))
    assert usage(start(input_tokens=9, output_tokens=1), *several) == reported(9, 30)


def test_what_the_cache_has_read_and_written_counts_however_the_end_repeats_it():
    first = {
        "input_tokens": 5,
        "cache_creation_input_tokens": 300,
        "cache_read_input_tokens": 2000,
        "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 200},
        "output_tokens": 1,
    }
    repeated = {"input_tokens": 5, "cache_creation_input_tokens": 0, "cache_read_input_tokens": None}
    forgotten = {"cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0}}

    for last in ({}, repeated, forgotten, {"cache_creation": {}}, {"cache_creation": "none"}):
        assert usage(start(**first), TEN, end(output_tokens=12, **last)).tokens == {
            TokenClass.INPUT: 5,
            TokenClass.CACHE_WRITE: 100,
            TokenClass.CACHE_WRITE_1H: 200,
            TokenClass.CACHED_INPUT: 2000,
            TokenClass.OUTPUT: 12,
        }


def test_searches_and_thinking_count():
    last = {
        "output_tokens": 50,
        "output_tokens_details": {"thinking_tokens": 30},
        "server_tool_use": {"web_search_requests": 2},
    }
    found = usage(start(input_tokens=9, service_tier="priority"), end(**last))
    assert found.tokens == {TokenClass.INPUT: 9, TokenClass.OUTPUT: 20, TokenClass.REASONING: 30}
    assert found.tool_calls == {"web_search": 2}
    assert found.service_tier == "priority"


def test_a_prompt_that_was_read_from_the_cache_as_a_whole_is_a_sound_report():
    found = usage(start(input_tokens=0, cache_read_input_tokens=900), end(output_tokens=12))
    assert found.tokens == {TokenClass.CACHED_INPUT: 900, TokenClass.OUTPUT: 12}
    assert found.source is UsageSource.PROVIDER


def test_a_stream_that_ends_before_its_last_report_is_the_start_and_an_estimate():
    assert usage(start(input_tokens=9, output_tokens=1), BLOCK, TEN) == with_estimated_completion(9, 11)


def test_a_stream_without_figures_is_estimated():
    assert usage(start(), BLOCK, TEN, TEN, end()) == estimate(2, 20)


def test_a_start_that_claims_an_empty_prompt_is_no_report_of_it():
    """Some that imitate Anthropic's API know the prompt's length only when the stream ends."""
    assert usage(start(input_tokens=0, output_tokens=0), TEN) == estimate(2, 10)


def test_an_output_without_an_input_counts_and_only_the_prompt_is_estimated():
    found = usage(start(), TEN, end(output_tokens=12))
    assert found == estimate(2, 12, UsageFlag.PROMPT_ESTIMATED)


@pytest.mark.parametrize("none", [{}, {"output_tokens": 0}, {"output_tokens": None}, {"output_tokens": "x"}])
def test_a_report_that_leaves_the_output_out_does_not_make_what_came_free(none):
    found = usage(start(input_tokens=9, output_tokens=0), TEN, end(**none))
    assert found == with_estimated_completion(9, 10)


def test_what_came_after_the_last_report_is_estimated_on_top_of_it():
    assert usage(start(input_tokens=9), TEN, end(output_tokens=12), TEN) == with_estimated_completion(9, 22)


def test_calls_of_tools_and_thinking_are_generated_too():
    tool = event(
        "content_block_start",
        index=0,
        content_block={"type": "tool_use", "id": "toolu_1", "name": "look", "input": {}},
    )
    arguments = event("content_block_delta", delta={"type": "input_json_delta", "partial_json": "a" * 40})
    thinking = event("content_block_delta", delta={"type": "thinking_delta", "thinking": "a" * 40})
    signature = event("content_block_delta", delta={"type": "signature_delta", "signature": "a" * 4000})
    assert usage(tool, arguments, thinking, signature) == estimate(2, 1 + 10 + 10)


def test_a_stream_that_reports_an_error_has_failed():
    error = event("error", error={"type": "overloaded_error", "message": "Overloaded"})
    assert not metered(start(input_tokens=9), TEN).failed
    failed = metered(start(input_tokens=9), TEN, error)
    assert failed.failed
    assert failed.usage() == with_estimated_completion(9, 10)


def test_a_message_is_not_stored():
    assert metered(start(input_tokens=9), TEN, end(output_tokens=12)).response == {}


@pytest.mark.parametrize(
    "odd",
    [
        event("ping"),
        event("something_new", delta={"text": "a" * 40}, usage={"output_tokens": 400}),
        b": a comment\n\n",
        b"data: {not json}\n\n",
        b"data: [" + b"[" * 50_000 + b"\n\n",
        event("message_start", message=None),
        event("message_start", message={"usage": [9]}),
        event("message_delta", usage="9"),
        event("content_block_delta", delta=None),
        b'data: {"type":["message_delta"],"usage":{"output_tokens":9}}\n\n',
    ],
    ids=lambda odd: repr(odd[:50]),
)
def test_what_is_no_report_is_passed_on_and_costs_nothing(odd):
    assert usage(odd, start(input_tokens=9), odd, TEN, end(output_tokens=12), odd) == reported(9, 12)


def test_a_stream_that_is_cut_within_an_event_says_so():
    meter = MESSAGES.stream_meter(REQUEST)
    cut = start(input_tokens=9) + TEN[:-1]
    assert meter.feed(cut) == cut
    assert meter.finish() == (b"", True)
    assert meter.usage() == with_estimated_completion(9, 10)
