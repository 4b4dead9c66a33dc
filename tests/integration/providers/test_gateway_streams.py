"""Streams as providers really send them: unlabelled, wrongly framed, compressed, or without an end."""

from __future__ import annotations

import json
import zlib
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import bare_server
from tests.support.answer_files import answering, file_of, http, http_of, served_by
from tests.support.gateway_world import CALLS
from tests.support.gzipped import gzipped

if TYPE_CHECKING:
    from types import SimpleNamespace

    from tests.support.gateway_world import Lane

NAMED = {"idempotency-key": "order-66"}
# What an estimate makes of "Hello there" as a chat, as a response and as a message.
PROMPT = {"chat": 4, "responses": 3, "messages": 4}


def ask(lane: Lane, *pieces: bytes, api: str = "chat", stream: bool = True, **asked: Any) -> SimpleNamespace:
    with answering(lane, *pieces, api=api) as (model, server):
        answer = lane.ask(api, model=model, stream=stream, **asked)
        answer.asked = len(server.requests)
    return answer


def lines_of(lane: Lane) -> dict[str, int]:
    (record,) = lane.records
    return {line["item"]: int(line["quantity"]) for line in record["breakdown"]}


def assert_billed(lane: Lane, *, outcome: str = "succeeded", source: str = "provider", **lines: int) -> None:
    assert lines_of(lane) == lines
    cost = (lines["input"] * Decimal(100) + lines.get("output", 0) * Decimal(1000)) / 1_000_000
    lane.assert_settled(str(cost), outcome=outcome, usage_source=source)


def data_in(text: str) -> list[str]:
    """The data of a stream's events, read as the standard reads them."""
    events = [event.splitlines() for event in text.split("\n\n")]
    joined = ["\n".join(line[5:].strip() for line in lines if line.startswith("data:")) for lines in events]
    return [data for data in joined if data]


def text_of(text: str) -> str:
    """A chat's text as it reaches a client."""
    chunks = [json.loads(data) for data in data_in(text) if data != "[DONE]"]
    return "".join(chunk["choices"][0]["delta"].get("content") or "" for chunk in chunks)


def event(named: bool = False, **members: Any) -> bytes:
    name = f"event: {members['type']}\n" if named else ""
    return f"{name}data: {json.dumps(members)}\n\n".encode()


def delta(content: str, **choice: Any) -> bytes:
    return event(choices=[{"index": 0, "delta": {"content": content}, **choice}])


FINISHED = event(choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}])
REPORT = event(choices=[], usage={"prompt_tokens": 1000, "completion_tokens": 50, "total_tokens": 1050})
DONE = b"data: [DONE]\n\n"
WHOLE = delta("hello ") + delta("there") + FINISHED + REPORT + DONE


@pytest.mark.parametrize(
    ("name", "tokens", "words"),
    [
        ("s1", {"input": 1000, "output": 50}, "hello there friend"),
        ("s2", {"input": 10, "output": 100}, "word " * 100),
        ("s3", {"input": 1000, "output": 50}, "hello there friend"),
    ],
)
def test_a_stream_is_read_as_one_whatever_its_label_or_framing(lane, name, tokens, words):
    answer = ask(lane, http_of(name))

    assert answer.headers["content-type"].startswith("text/event-stream")
    assert text_of(answer.text) == words
    assert data_in(answer.text)[-1] == "[DONE]"
    assert "usage" not in answer.text
    assert_billed(lane, **tokens)
    lane.assert_settled(str(lane.records[0]["calculated_cost"]), streamed=True)


def test_an_undeclared_compression_is_undone(lane):
    answer = ask(lane, http_of("s4"), stream=False)

    assert json.loads(answer.text)["choices"][0]["message"]["content"]
    assert answer.headers["content-type"] == "application/json"
    assert_billed(lane, input=1000, output=50)


@pytest.mark.parametrize("name", ["e1", "e2"])
def test_a_stream_that_just_stops_has_failed_and_says_so(lane, name):
    answer = ask(lane, http_of(name), headers=NAMED)

    *words, error = [json.loads(data) for data in data_in(answer.text)]
    assert len(words) == 4
    assert error["error"]["code"] == "provider_unavailable"
    assert_billed(lane, input=PROMPT["chat"], output=6, outcome="failed", source="estimated")


def test_an_error_that_is_no_event_reaches_the_client_as_one(lane):
    answer = ask(lane, http_of("e3"))

    *words, error = [json.loads(data) for data in data_in(answer.text)]
    assert len(words) == 4
    assert error == {"error": {"message": "overloaded", "type": "server_error"}}
    assert_billed(lane, input=PROMPT["chat"], output=6, outcome="failed", source="estimated")


def test_a_stream_of_nothing_has_failed(lane):
    answer = ask(lane, http_of("o4"))

    if answer.status == 200:
        (error,) = [json.loads(data) for data in data_in(answer.text)]
        assert error["error"]["code"] == "provider_unavailable"
    assert lines_of(lane).get("output") is None
    (record,) = lane.records
    assert record["outcome"] == "failed"


def test_the_report_that_tollgate_asked_for_is_hidden_though_it_says_nothing(lane):
    sent = file_of("h1").read_bytes()
    answer = ask(lane, http_of("h1"))

    assert answer.text.encode() == b"\n\n".join(
        event for event in sent.split(b"\n\n") if b'"choices": [],' not in event
    )
    assert len(data_in(answer.text)) == 3


def test_the_report_is_shown_to_a_client_that_asked_for_it(lane):
    answer = ask(lane, http_of("h1"), stream_options={"include_usage": True})
    assert answer.text.encode() == file_of("h1").read_bytes()


@pytest.mark.parametrize("name", ["e1", "e2", "e3", "o4"])
def test_what_has_failed_is_not_kept_but_asked_for_again(lane, name):
    with answering(lane, http_of(name)) as (model, server):
        for _ in range(2):
            lane.ask("chat", model=model, stream=True, headers=NAMED)
        assert len(server.requests) >= 2
    assert [record["outcome"] for record in lane.assert_all_settled(2)] == ["failed", "failed"]


def test_a_whole_stream_is_kept(lane):
    with answering(lane, http_of("s1")) as (model, server):
        first, again = [lane.ask("chat", model=model, stream=True, headers=NAMED) for _ in range(2)]
        assert len(server.requests) == 1
    assert again.text == first.text
    assert again.headers["content-type"] == first.headers["content-type"]
    assert_billed(lane, input=1000, output=50)


UNFRAMED = WHOLE.replace(b"\n\n", b"\n")
# How a stream goes wrong on its way, and is still what it is.
SPOILT = {
    "no label": http(WHOLE, None),
    "a label of JSON": http(WHOLE, "application/json"),
    "a label of bytes": http(WHOLE, "application/octet-stream"),
    "a byte order mark and no label": http(b"\xef\xbb\xbf" + WHOLE, None),
    "a comment first and no label": http(b": connected\n\n" + WHOLE, "text/plain"),
    "empty lines first and no label": http(b"\r\n\r\n" + WHOLE, "text/html"),
    "single newlines": http(UNFRAMED),
    "single newlines, CRLF": http(UNFRAMED.replace(b"\n", b"\r\n")),
    "single newlines, CR": http(UNFRAMED.replace(b"\n", b"\r")),
    "single newlines and no label": http(UNFRAMED, None),
    "single newlines and names": http(UNFRAMED.replace(b"data:", b"event: chunk\ndata:")),
    "lines of JSON": http(UNFRAMED.replace(b"data: ", b""), "application/x-ndjson"),
    "lines of JSON, labelled as events": http(UNFRAMED.replace(b"data: ", b"")),
    "a list of chunks": http(
        b"[" + UNFRAMED.replace(b"data: ", b"").replace(b"[DONE]\n", b"").replace(b"\n", b",\n")[:-2] + b"]",
        "application/json",
    ),
    "gzip": http(gzipped(WHOLE)),
    "gzip, no label": http(gzipped(WHOLE), None),
    "gzip in two members": http(gzipped(WHOLE[:200]) + gzipped(WHOLE[200:])),
    "zlib": http(zlib.compress(WHOLE)),
    "gzip and single newlines": http(gzipped(UNFRAMED), "text/plain"),
}


@pytest.mark.parametrize("sent", SPOILT.values(), ids=SPOILT)
def test_however_a_stream_is_spoilt_it_is_charged_by_its_figures_and_readable(lane, sent):
    answer = ask(lane, sent)

    assert answer.headers["content-type"].startswith("text/event-stream")
    assert (
        text_of(answer.text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")) == "hello there"
    )
    assert "usage" not in answer.text
    assert_billed(lane, input=1000, output=50)


def messages(*deltas: bytes) -> bytes:
    started = {"id": "msg_1", "type": "message", "role": "assistant", "content": [], "stop_reason": None}
    start = event(
        True, type="message_start", message={**started, "usage": {"input_tokens": 9, "output_tokens": 1}}
    )
    words = event(True, type="content_block_delta", index=0, delta={"type": "text_delta", "text": "hello"})
    return b"".join((start, words, *deltas))


STOPPED = event(
    True,
    type="message_delta",
    delta={"stop_reason": "end_turn"},
    usage={"input_tokens": 9, "output_tokens": 7},
)
STOP = event(True, type="message_stop")
CREATED = event(True, type="response.created", response={"id": "resp_1", "status": "in_progress"})
SPOKEN = event(True, type="response.output_text.delta", delta="hello")
COMPLETED = event(
    True,
    type="response.completed",
    response={"id": "resp_1", "status": "completed", "usage": {"input_tokens": 9, "output_tokens": 7}},
)


@pytest.mark.parametrize(
    ("api", "sent"),
    [("messages", messages(STOPPED, STOP)), ("responses", CREATED + SPOKEN + COMPLETED)],
    ids=["messages", "responses"],
)
def test_named_events_without_empty_lines_are_read_and_framed(lane, api, sent):
    answer = ask(lane, http(sent.replace(b"\n\n", b"\n"), None), api=api)

    assert answer.text.encode() == sent
    assert_billed(lane, input=9, output=7)


# What is whole though something is missing, of each API.
ENDS = {
    "a reason to finish": ("chat", delta("hi") + FINISHED),
    "a report": ("chat", delta("hi") + REPORT),
    "done": ("chat", delta("hi") + DONE),
    "a reason in the last words": ("chat", delta("hi", finish_reason="length")),
    "Gemini's spelling": ("chat", delta("hi", finishReason="stop")),
    "done without an empty line": ("chat", delta("hi") + b"data: [DONE]"),
    "a stop": ("messages", messages(STOP)),
    "a reason to stop": ("messages", messages(STOPPED)),
    "completed": ("responses", CREATED + SPOKEN + COMPLETED),
    "incomplete": (
        "responses",
        CREATED + event(True, type="response.incomplete", response={"id": "resp_1", "status": "incomplete"}),
    ),
}


@pytest.mark.parametrize(("api", "sent"), ENDS.values(), ids=ENDS)
def test_a_stream_that_has_come_to_its_end_has_succeeded(lane, api, sent):
    answer = ask(lane, http(sent), api=api)

    assert "error" not in answer.text
    (record,) = lane.records
    assert record["outcome"] == "succeeded"


# What isn't whole, and whether the provider has said so itself.
FAILURES = {
    "stopped": ("chat", delta("hi"), False),
    "stopped within an event": ("chat", delta("hi") + delta("there")[:40], False),
    "stopped within a figure's event": ("chat", delta("hi") + REPORT[:-9], False),
    "no reason yet": ("chat", delta("hi", finish_reason=""), False),
    "null in words": ("chat", delta("hi", finish_reason="null"), False),
    "figures all along": (
        "chat",
        event(
            choices=[{"index": 0, "delta": {"content": "hi"}}],
            usage={"prompt_tokens": 4, "completion_tokens": 1},
        ),
        False,
    ),
    "one choice of two": (
        "chat",
        event(choices=[{"index": 1, "delta": {"content": "hi"}}]) + FINISHED,
        False,
    ),
    "comments alone": ("chat", b": waiting\n\n" * 3, False),
    "an error": ("chat", delta("hi") + event(error={"message": "overloaded"}), True),
    "an error, then done": ("chat", delta("hi") + event(error={"message": "overloaded"}) + DONE, True),
    "an error in words": ("chat", delta("hi") + event(error="overloaded"), True),
    "an error first": ("chat", event(error={"message": "overloaded"}), True),
    "an error of an event's name": ("chat", delta("hi") + b"event: error\ndata: overloaded\n\n", True),
    "an error beside choices": (
        "chat",
        event(error={"message": "overloaded"}, choices=[{"index": 0, "delta": {}, "finish_reason": "error"}]),
        True,
    ),
    "an error in a choice": (
        "chat",
        delta("hi") + event(choices=[{"index": 0, "delta": {}, "error": {"message": "overloaded"}}]),
        True,
    ),
    "a failure for a reason": ("chat", delta("hi") + delta("", finish_reason="error") + DONE, True),
    "no resources": ("chat", delta("hi") + delta("", finish_reason="insufficient_system_resource"), True),
    "no network": ("chat", delta("hi") + delta("", finish_reason="network_error") + DONE, True),
    "vLLM's error": ("chat", event(object="error", message="overloaded", code=500), True),
    "MiniMax's": (
        "chat",
        event(choices=None, base_resp={"status_code": 1008, "status_msg": "none left"}),
        True,
    ),
    "FastAPI's": ("chat", event(detail="overloaded") + DONE, True),
    "done and nothing else": ("chat", DONE, True),
    "stopped messages": ("messages", messages(), False),
    "an error in messages": (
        "messages",
        messages(event(True, type="error", error={"type": "overloaded_error", "message": "overloaded"})),
        True,
    ),
    "an error line in messages": (
        "messages",
        messages(b'{"type": "error", "error": {"type": "api_error", "message": "overloaded"}}\n'),
        True,
    ),
    "a nameless error in messages": ("messages", messages(b'{"error": {"message": "overloaded"}}\n'), False),
    "a stopped response": ("responses", CREATED + SPOKEN, False),
    "a failed response": (
        "responses",
        CREATED + event(True, type="response.failed", response={"id": "resp_1", "status": "failed"}),
        True,
    ),
    "a cancelled response": (
        "responses",
        CREATED + event(True, type="response.cancelled", response={"id": "resp_1", "status": "cancelled"}),
        True,
    ),
}


@pytest.mark.parametrize(("api", "sent", "said"), FAILURES.values(), ids=FAILURES)
def test_a_stream_without_its_end_has_failed_and_the_client_hears_of_it_once(lane, api, sent, said):
    with answering(lane, http(sent), api=api) as (model, _):
        gateway = lane.gateway()
        answer = lane.ask(api, gateway=gateway, model=model, stream=True, headers=NAMED)

    if answer.status == 200:
        assert ("provider_unavailable" not in answer.text) == said
        for data in data_in(answer.text):
            assert data in ("[DONE]", "overloaded") or json.loads(data)
    (record,) = lane.assert_all_settled(1)
    assert record["outcome"] == "failed"
    assert int(record["completion_tokens"]) <= 3


def test_what_comes_before_a_connection_breaks_may_be_all_there_is(lane):
    """The end has come; only the connection was not closed as it should be."""
    sent = WHOLE + b": and a comment"
    chunked = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    answer = ask(lane, chunked + b"%x\r\n%b\r\n" % (len(sent), sent))

    assert text_of(answer.text) == "hello there"
    assert "error" not in answer.text
    assert_billed(lane, input=1000, output=50)


@pytest.mark.parametrize("content_type", ["text/event-stream", "text/plain", None], ids=str)
@pytest.mark.parametrize("framing", [b"\n\n", b"\n"], ids=["framed", "single newlines"])
def test_a_stream_goes_on_as_it_comes(lane, content_type, framing):
    first, second, rest = [
        part.replace(b"\n\n", framing) for part in (delta("hello ") * 2, delta("there"), FINISHED + DONE)
    ]

    def answer(server, connection):
        connection.sendall(http(first, content_type))
        server.wait()
        connection.sendall(second + rest)
        return False

    with bare_server.serving(answer) as server:
        body = {**CALLS["chat"][1], "model": served_by(lane, server), "stream": True}
        got = lane.begin(body)
        chunks = iter(got.chunks)
        assert b"hello" in next(chunks)
        server.go_on.set()
        assert b"there" in b"".join(chunks)
    assert got.headers["content-type"].startswith("text/event-stream")


def test_one_json_object_stays_one_though_a_stream_was_asked_for(lane):
    sent = {
        "choices": [{"index": 0, "message": {"content": "hello"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 7, "total_tokens": 16},
    }
    for body in (json.dumps(sent).encode(), json.dumps(sent).encode() + b"\n\ndata: [DONE]\n\n"):
        answer = ask(lane, http(body, "text/event-stream"))
        assert answer.headers["content-type"] == "application/json"
        assert json.loads(answer.text) == sent
    assert [int(record["completion_tokens"]) for record in lane.assert_all_settled(2)] == [7, 7]


def test_what_would_fill_the_memory_is_given_up(lane, monkeypatch):
    monkeypatch.setattr("tollgate_proxy.answers.answer_forms.MAX_DECOMPRESSED_BYTES", 10_000)
    answer = ask(lane, http(gzipped(b" " * 100_000), "application/json"), stream=False)
    assert answer.status == 502
    (record,) = lane.assert_all_settled(1)
    assert record["outcome"] == "failed"
