"""How a stream begins tells whether it will answer; what tells nothing is waited beyond, for a while."""

from __future__ import annotations

import json

import pytest

from tests.support.provider_streams import made
from tollgate_proxy.answers.first_events import StreamBeginning
from tollgate_proxy.apis import registry

STREAMED = (registry.CHAT, registry.RESPONSES, registry.MESSAGES)
ROLE = {"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}]}
FILTER = {"choices": [], "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": {}}]}
HELLO = {"choices": [{"index": 0, "delta": {"content": "Hello"}}]}


def event(data, name=None):
    text = data if isinstance(data, str) else json.dumps(data)
    return ((f"event: {name}\n" if name else "") + f"data: {text}\n\n").encode()


def look(api, *pieces, once=False):
    """What a stream's beginning tells, and what of it was read."""
    beginning = StreamBeginning(api, lambda: 0.0)
    return beginning.look(iter(pieces), once=once), beginning.pieces


@pytest.mark.parametrize("api", STREAMED)
def test_a_stream_that_answers_is_known_at_its_first_word_at_the_latest(api):
    events = made(api).events
    fault, read = look(api, *events)
    assert fault is None
    assert len(read) < len(events) / 2


@pytest.mark.parametrize("api", STREAMED)
@pytest.mark.parametrize("after", [0, 1])
def test_an_error_before_anything_was_said_is_found(api, after):
    fault, _ = look(api, *made(api, fails_after=after).events)
    assert fault.is_said
    assert fault.why.startswith("returned an error instead of ")


SILENT = {
    "a comment": b": OPENROUTER PROCESSING\n\n",
    "two line ends": b"\n\n",
    "a name alone": b"event: ping\n\n",
    "whose turn it is": event(ROLE),
    "Azure's filter": event(FILTER),
    "no choices": event({"choices": []}),
}
TELLING = {
    "a word": HELLO,
    "reasoning": {"choices": [{"delta": {"reasoning_content": "Hm"}}]},
    "a tool": {"choices": [{"delta": {"role": "assistant", "tool_calls": [{"index": 0}]}}]},
    "an end": {"choices": [{"delta": {}, "finish_reason": "stop"}]},
    "a text": {"choices": [{"text": "Hello"}]},
    "no error": {**HELLO, "error": None},
}


@pytest.mark.parametrize("silent", SILENT.values(), ids=SILENT)
@pytest.mark.parametrize("telling", TELLING.values(), ids=TELLING)
def test_what_tells_nothing_is_waited_beyond(silent, telling):
    rest = event(HELLO)
    fault, read = look(registry.CHAT, silent, event(telling), rest)
    assert fault is None
    assert read == [silent, event(telling)]


@pytest.mark.parametrize(
    ("api", "silent"),
    [
        (registry.RESPONSES, {"type": "response.created", "response": {"status": "queued", "error": None}}),
        (registry.RESPONSES, {"type": "response.in_progress", "response": {}}),
        (registry.RESPONSES, {"type": "keepalive"}),
        (registry.MESSAGES, {"type": "ping"}),
        (registry.MESSAGES, {"type": "message_start", "message": {"usage": {"input_tokens": 1}}}),
    ],
)
def test_other_apis_have_preludes_too(api, silent):
    fault, read = look(api, event(silent), event({"type": "error", "error": {"message": "it failed"}}))
    assert fault.why.endswith(": it failed.")
    assert len(read) == 2


ERRORS = {
    "an error object": event({"error": {"message": "it failed", "code": 502}}),
    "in a word": event({"error": "it failed"}),
    "by name": event({"message": "it failed"}, "error"),
    "by name, as a text": event("it failed", "error"),
    "by type": event({"type": "error", "message": "it failed"}),
    "a bare line": b'{"error":{"message":"it failed"}}\n\n',
    "a bare line before another": b'{"error":{"message":"it failed"}}\n',
    "a bare line after a comment": b': wait\n{"error":{"message":"it failed"}}\n\n',
    "of a choice": event({"choices": [{"error": {"message": "it failed"}, "finish_reason": "error"}]}),
    "beside empty choices": event({"choices": [], "error": {"message": "it failed"}}),
    "vLLM": event({"object": "error", "message": "it failed", "code": 500}),
    "FastAPI": event({"detail": "it failed"}),
    "Alibaba": event({"code": "InternalError", "message": "it failed"}),
    "MiniMax": event({"base_resp": {"status_code": 1000, "status_msg": "it failed"}}),
    "Zhipu": event({"success": False, "msg": "it failed", "code": 500}),
}


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS)
@pytest.mark.parametrize("before", [b"", b": wait\n\n", event(ROLE)], ids=["at once", "comment", "role"])
def test_an_error_in_the_first_event_that_tells_anything_is_one(before, error):
    fault, _ = look(registry.CHAT, *filter(None, [before]), error, event("[DONE]"))
    assert fault.is_said


def test_a_bare_line_that_nothing_follows_is_one_too():
    fault, _ = look(registry.CHAT, b'{"error":{"message":"it failed"}}')
    assert fault.why.endswith(": it failed.")


@pytest.mark.parametrize("size", [1, 3, 10_000])
def test_it_does_not_matter_how_a_stream_is_cut(size):
    whole = b"".join([event(ROLE), event({"error": {"message": "it failed"}}), event("[DONE]")])
    fault, _ = look(registry.CHAT, *[whole[at : at + size] for at in range(0, len(whole), size)])
    assert fault.why.endswith(": it failed.")


@pytest.mark.parametrize("pieces", [[], [b": wait\n\n"], [event(ROLE), event("[DONE]")], [event("[DONE]")]])
def test_a_stream_that_ends_without_a_word_never_began(pieces):
    fault, read = look(registry.CHAT, *pieces)
    assert not fault.is_said
    assert read == pieces


def test_what_is_no_json_is_taken_for_a_word():
    fault, _ = look(registry.CHAT, event('{"choices":[{"del'))
    assert fault is None


def test_a_stream_that_says_nothing_for_long_is_passed_on():
    now = [0.0]

    def slow():
        while True:
            yield b": wait\n\n"
            now[0] += 1

    beginning = StreamBeginning(registry.CHAT, lambda: now[0])
    assert beginning.look(slow()) is None
    assert 15 < len(beginning.pieces) < 30


def test_a_stream_that_says_nothing_at_length_is_passed_on():
    fault, read = look(
        registry.CHAT, *[b": " + b"-" * 1000] * 100, event({"error": {"message": "it failed"}})
    )
    assert fault is None
    assert len(read) < 70


def test_where_nobody_else_could_be_asked_no_more_is_waited_for_than_has_come():
    assert look(registry.CHAT, event(ROLE), event(HELLO), once=True) == (None, [event(ROLE)])
    fault, _ = look(registry.CHAT, event({"error": {"message": "it failed"}}), once=True)
    assert fault.is_said


@pytest.mark.parametrize("api", STREAMED)
@pytest.mark.parametrize("kind", [{}, [], {"type": "error"}, 5, None, True])
def test_a_type_may_be_anything(api, kind):
    wrong, _ = look(api, event({"type": kind}), event(HELLO))

    assert wrong is None
