"""A stream's events tell whether it has ended, has failed, or just stops."""

from __future__ import annotations

import json
import random

import pytest

from tollgate_proxy.answers import stream_ends
from tollgate_proxy.answers.sse import data_of
from tollgate_proxy.apis import registry
from tollgate_proxy.apis.chat import is_only_usage


def event(members, name=None):
    return (f"event: {name}\n" if name else "").encode() + b"data: " + json.dumps(members).encode() + b"\n\n"


def seen(api, *events):
    ends = api.ends()
    for each in events:
        sent = each if isinstance(each, bytes) else event(each)
        data = data_of(sent)
        try:
            parsed = json.loads(data)
        except ValueError:
            parsed = {}
        ends.see(sent, data, parsed if isinstance(parsed, dict) else {})
    return ends


def choice(index=0, **members):
    return {"choices": [{"index": index, "delta": {"content": "hi"}, **members}]}


FINISHED = choice(finish_reason="stop")
USAGE = {"choices": [], "usage": {"prompt_tokens": 0}}
DONE = b"data: [DONE]\n\n"


@pytest.mark.parametrize(
    ("events", "ended"),
    [
        ([], False),
        ([choice()], False),
        ([FINISHED], True),
        ([choice(finish_reason=None), FINISHED], True),
        ([choice(finish_reason="a reason that nobody knows")], True),
        ([choice(finish_reason="content_filter")], True),
        ([choice(finishReason="STOP")], True),
        ([choice(finish_reason="")], False),
        ([choice(finish_reason="null")], False),
        ([choice(finish_reason="not_finished")], False),
        ([choice(finish_reason=7)], False),
        ([choice(0), choice(1), choice(0, finish_reason="stop")], False),
        ([choice(0), choice(1, finish_reason="stop"), choice(0, finish_reason="stop")], True),
        ([FINISHED, choice()], True),
        ([choice(), DONE], True),
        ([DONE], False),
        ([USAGE, DONE], True),
        ([choice(), USAGE], True),
        ([choice(), {"x_groq": {"usage": {"prompt_tokens": 1}}}], True),
        ([USAGE], False),
        ([USAGE, choice()], False),
        ([choice(), USAGE, choice()], False),
        ([{**choice(), "usage": {"prompt_tokens": 1}}], False),
        ([{"choices": [], "prompt_filter_results": []}], False),
    ],
)
def test_a_chat_has_ended_when_its_choices_have_or_it_says_so(events, ended):
    ends = seen(registry.CHAT, *events)
    assert (ends.has_ended, ends.failed) == (ended, False)


@pytest.mark.parametrize(
    ("events", "ended"),
    [
        ([{"type": "message_start", "message": {"stop_reason": None}}], False),
        ([{"type": "content_block_delta", "delta": {"stop_reason": "x"}}], False),
        ([{"type": "message_delta", "delta": {"stop_reason": None}}], False),
        ([{"type": "message_delta", "delta": {"stop_reason": "refusal"}}], True),
        ([{"type": "message_delta", "delta": None}], False),
        ([{"type": "message_stop"}], True),
        ([DONE], False),
    ],
)
def test_a_message_has_ended_when_it_says_why_or_that_it_stopped(events, ended):
    assert seen(registry.MESSAGES, *events).has_ended is ended


@pytest.mark.parametrize(
    ("events", "ended", "failed"),
    [
        ([{"type": "response.created", "response": {"status": "in_progress"}}], False, False),
        ([{"type": "response.queued", "response": {"status": "queued"}}], False, False),
        ([{"type": "response.output_text.done"}], False, False),
        ([{"type": "response.completed", "response": {}}], True, False),
        ([{"type": "response.incomplete", "response": {"status": "incomplete"}}], True, False),
        ([{"type": "response.done", "response": {"status": "completed"}}], True, False),
        ([{"type": "response.done", "response": {"status": "failed"}}], False, True),
        ([{"type": "response.failed", "response": {}}], False, True),
        ([{"type": "response.cancelled"}], False, True),
        ([{"type": "error", "message": "busy"}], False, True),
        ([DONE], False, False),
    ],
)
def test_a_response_ends_by_its_status(events, ended, failed):
    ends = seen(registry.RESPONSES, *events)
    assert (ends.has_ended, ends.failed) == (ended, failed)


ERRORS = [
    {"error": {"message": "busy"}},
    {"error": "busy"},
    {"error": {"code": 502}, **choice(finish_reason="error")},
    {"type": "error", "error": {"type": "overloaded_error"}},
    {"object": "error", "message": "busy", "code": 500},
    {"choices": None, "base_resp": {"status_code": 1008, "status_msg": "none left"}},
    {"detail": "busy"},
    {"error_code": 17, "error_msg": "busy"},
    {"code": "InvalidParameter", "message": "busy"},
    {"code": 10013, "msg": "busy"},
    b"event: error\ndata: busy\n\n",
    b"event:error\r\ndata: {}\r\n\r\n",
    b"data: {}\nevent: error \n\n",
]


@pytest.mark.parametrize("error", ERRORS, ids=repr)
@pytest.mark.parametrize("api", [registry.CHAT, registry.RESPONSES, registry.MESSAGES])
def test_an_error_is_one_in_whatever_way_it_is_said(api, error):
    ends = seen(api, error, DONE)
    assert ends.failed
    sent = error if isinstance(error, bytes) else event(error)
    parsed = error if isinstance(error, dict) else {}
    assert stream_ends.is_error(sent, parsed)


@pytest.mark.parametrize(
    "sound",
    [
        choice(),
        {**choice(), "error": None},
        {**choice(), "error": {}},
        {**choice(), "base_resp": {"status_code": 0, "status_msg": ""}},
        {**choice(), "code": 0, "message": "Success"},
        {**choice(), "detail": "none"},
        {**USAGE, "message": "that was all", "code": 1},
        {"type": "ping"},
        {"type": "content_block_delta", "delta": {"text": "error"}},
        {"code": 0, "message": "begun"},
        b"event: errors\ndata: {}\n\n",
        b"data: event: error\n\n",
        b": event: error\n\n",
        b"\n\n",
    ],
    ids=repr,
)
@pytest.mark.parametrize("api", [registry.CHAT, registry.RESPONSES, registry.MESSAGES])
def test_what_only_looks_like_an_error_is_none(api, sound):
    assert not seen(api, sound).failed


@pytest.mark.parametrize(
    "reason",
    ["error", "ERROR", "network_error", "insufficient_system_resource", "abort"],
)
def test_a_choice_may_finish_for_having_failed(reason):
    ends = seen(registry.CHAT, choice(), choice(finish_reason=reason), DONE)
    assert ends.failed


def test_an_error_in_a_vendors_envelope_is_one():
    ends = seen(registry.CHAT, {**choice(), "x_groq": {"id": "req_1", "error": "stopped early"}}, DONE)
    assert ends.failed
    assert not seen(registry.CHAT, {**choice(), "x_groq": {"id": "req_1", "error": None}}, DONE).failed


def test_a_choices_own_error_is_one():
    assert seen(registry.CHAT, choice(error={"message": "busy"}), DONE).failed


@pytest.mark.parametrize(
    ("api", "events", "closed"),
    [
        (registry.CHAT, [FINISHED], False),
        (registry.CHAT, [DONE], True),
        (registry.CHAT, [{"error": "busy"}], True),
        (registry.CHAT, [choice(finish_reason="error")], True),
        (registry.RESPONSES, [{"type": "response.completed"}], True),
        (registry.RESPONSES, [{"type": "response.failed"}], True),
        (registry.RESPONSES, [{"type": "error"}], True),
        (registry.MESSAGES, [{"type": "message_stop"}], True),
        (registry.MESSAGES, [event({"type": "error"}, "error")], True),
        (registry.MESSAGES, [{"type": "error"}], False),
    ],
)
def test_after_its_last_word_no_client_listens(api, events, closed):
    """Anthropic's passes over events without a name."""
    assert seen(api, *events).is_closed is closed


@pytest.mark.parametrize("api", [registry.CHAT, registry.RESPONSES, registry.MESSAGES])
def test_nothing_that_a_provider_says_is_too_odd(api):
    chance = random.Random(7)
    odd = [
        None,
        True,
        7,
        -1.5,
        "",
        "error",
        [],
        [[]],
        {},
        {"status": []},
        {"status_code": {}},
        [{"index": []}],
    ]
    names = [
        "type",
        "choices",
        "usage",
        "error",
        "object",
        "response",
        "delta",
        "base_resp",
        "code",
        "message",
    ]
    for _ in range(3000):
        members = {name: chance.choice(odd) for name in names if chance.random() < 0.5}
        ends = seen(api, members, {"choices": [members]}, {"response": members, "delta": members})
        assert isinstance(ends.has_ended, bool)
        assert isinstance(is_only_usage(members, after_all=chance.random() < 0.5), bool)


FIGURES = [
    {"prompt_tokens": 9, "completion_tokens": 12},
    {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
    {"prompt_tokens": None, "completion_tokens": None},
    {"prompt_tokens": "9"},
    {"prompt_tokens": -1, "completion_tokens": 1.5},
    {},
]


@pytest.mark.parametrize("usage", FIGURES, ids=repr)
@pytest.mark.parametrize(
    "chunk", [{"choices": []}, {"choices": None}, {}, {"id": "c1", "choices": [], "provider": "x"}], ids=repr
)
def test_a_chunk_without_choices_that_has_a_report_is_only_that(chunk, usage):
    assert is_only_usage({**chunk, "usage": usage}, after_all=False)
    assert is_only_usage({**chunk, "x_groq": {"id": "r", "usage": usage}}, after_all=False)
    assert not is_only_usage({**chunk, **choice(), "usage": usage}, after_all=True)
    assert not is_only_usage({**chunk, "error": "busy", "usage": usage}, after_all=True)


def test_a_report_of_null_is_what_was_asked_for_only_after_all_the_rest():
    chunk = {"id": "c1", "choices": [], "usage": None}
    assert is_only_usage(chunk, after_all=True)
    assert not is_only_usage(chunk, after_all=False)
    assert not is_only_usage({**chunk, "prompt_filter_results": []}, after_all=True)


@pytest.mark.parametrize(
    "chunk",
    [
        {"choices": [], "prompt_filter_results": [{"prompt_index": 0}]},
        {"choices": [], "prompt_filter_results": [], "usage": None},
        {"choices": []},
        {},
    ],
    ids=repr,
)
def test_what_else_comes_without_choices_is_no_report(chunk):
    assert not is_only_usage(chunk, after_all=True)


@pytest.mark.parametrize(
    "error",
    [None, "", False, 0, {}, [], {"code": 0}, {"code": "0"}, {"code": 0, "message": "success"}],
    ids=repr,
)
def test_an_error_that_says_nothing_fails_no_stream(error):
    events = [{**each, "error": error} for each in (choice(), choice(error=error), FINISHED, USAGE)]
    ends = seen(registry.CHAT, *events, DONE)
    assert ends.has_ended
    assert not ends.failed
