"""A stream of the responses API is metered by the response that its last event has."""

from __future__ import annotations

import json

import pytest

from tollgate.pricing.usage import TokenClass, Usage, UsageFlag, UsageSource
from tollgate_proxy.apis.responses import RESPONSES

# One token by the estimate.
REQUEST = {"model": "small", "input": "hi"}
FIGURES = {"input_tokens": 9, "output_tokens": 12, "total_tokens": 21}
REPORTED = Usage.of(9, 12, UsageSource.PROVIDER)


def event(kind, **members):
    data = json.dumps({"type": kind, **members}, ensure_ascii=False)
    return f"event: {kind}\ndata: {data}\n\n".encode()


def response(status, **members):
    return {"id": "resp_1", "object": "response", "status": status, "output": [], "usage": None, **members}


def delta(text, kind="response.output_text.delta"):
    return event(kind, item_id="msg_1", output_index=0, delta=text)


CREATED = event("response.created", response=response("in_progress"))
# Ten tokens by the estimate.
TEN = delta("a" * 40)


def ended(status, **members):
    return event(f"response.{status}", response=response(status, **members))


def metered(*chunks):
    meter = RESPONSES.stream_meter(REQUEST)
    for chunk in chunks:
        assert meter.feed(chunk) == chunk
    assert meter.finish() == (b"", False)
    return meter


def estimate(completion_tokens):
    return Usage.of(1, completion_tokens, UsageSource.ESTIMATED)


@pytest.mark.parametrize(
    ("status", "failed"), [("completed", False), ("incomplete", False), ("failed", True)]
)
def test_however_a_response_ends_the_figures_of_its_last_event_count(status, failed):
    meter = metered(CREATED, TEN, ended(status, usage=FIGURES))
    assert meter.usage() == REPORTED
    assert meter.failed is failed
    assert meter.response["status"] == status


@pytest.mark.parametrize("status", ["completed", "incomplete", "failed"])
@pytest.mark.parametrize("figures", [None, {}, "9", {"input_tokens": -1}, {"input_tokens": 0}], ids=repr)
def test_without_sound_figures_what_was_generated_is_estimated(status, figures):
    assert metered(CREATED, TEN, TEN, ended(status, usage=figures)).usage() == estimate(20)


def test_an_error_that_ends_a_stream_is_a_failure_and_what_came_before_it_is_not_free():
    meter = metered(CREATED, TEN, event("error", code="server_error", message="Sorry.", param=None))
    assert meter.failed
    assert meter.usage() == estimate(10)


def test_parts_of_the_totals_and_tools_are_told_apart():
    figures = {
        "input_tokens": 100,
        "input_tokens_details": {"cached_tokens": 60},
        "output_tokens": 50,
        "output_tokens_details": {"reasoning_tokens": 30},
    }
    items = [{"type": "web_search_call", "action": {"type": "search"}}, {"type": "message", "content": []}]
    found = metered(
        CREATED, TEN, ended("completed", usage=figures, output=items, service_tier="flex")
    ).usage()
    assert found.tokens == {
        TokenClass.INPUT: 40,
        TokenClass.CACHED_INPUT: 60,
        TokenClass.OUTPUT: 20,
        TokenClass.REASONING: 30,
    }
    assert found.tool_calls == {"web_search": 1}
    assert found.service_tier == "flex"


@pytest.mark.parametrize(
    "kind",
    [
        "response.output_text.delta",
        "response.refusal.delta",
        "response.function_call_arguments.delta",
        "response.reasoning_summary_text.delta",
        "response.something_new.delta",
    ],
)
def test_whatever_is_generated_counts_where_a_stream_breaks_off(kind):
    assert metered(CREATED, delta("a" * 40, kind), delta("b" * 8, kind)).usage() == estimate(12)


def test_text_that_is_repeated_as_a_whole_counts_once():
    done = event("response.output_text.done", item_id="msg_1", text="a" * 40)
    item = event("response.output_item.done", item={"type": "message", "content": [{"text": "a" * 40}]})
    assert metered(CREATED, TEN, done, item).usage() == estimate(10)


def test_the_response_is_known_from_its_first_event_on():
    meter = RESPONSES.stream_meter(REQUEST)
    assert meter.response == {}
    meter.feed(CREATED)
    assert (meter.response["id"], meter.response["status"]) == ("resp_1", "in_progress")
    meter.feed(TEN)
    assert meter.response["id"] == "resp_1"


def test_a_response_that_is_still_in_the_making_reports_nothing():
    queued = event("response.queued", response=response("queued"))
    assert metered(queued).usage() == estimate(0)


def test_what_came_after_the_last_figures_is_estimated_on_top_of_them():
    early = event("response.in_progress", response=response("in_progress", usage=FIGURES))
    found = metered(early, TEN).usage()
    assert (found.prompt_tokens, found.completion_tokens) == (9, 22)
    assert (found.source, found.flags) == (UsageSource.ESTIMATED, {UsageFlag.COMPLETION_ESTIMATED})


@pytest.mark.parametrize(
    "odd",
    [
        b": a comment\n\n",
        b"data: {not json}\n\n",
        b"data: [" + b"[" * 50_000 + b"\n\n",
        event("response.created", response=None),
        event("response.created", response=[FIGURES]),
        event("response.audio.delta", delta={"data": "a" * 400}),
        event("response.audio.delta", delta=400),
        b'data: {"type":{"of":"an error"}}\n\n',
        b"data: \xff\n\n",
    ],
    ids=lambda odd: repr(odd[:50]),
)
def test_what_is_no_report_is_passed_on_and_costs_nothing(odd):
    assert metered(odd, CREATED, odd, TEN, odd).usage() == estimate(10)


def test_a_stream_that_is_cut_within_an_event_says_so():
    meter = RESPONSES.stream_meter(REQUEST)
    cut = CREATED + TEN[:-1]
    assert meter.feed(cut) == cut
    assert meter.finish() == (b"", True)
    assert meter.usage() == estimate(10)
