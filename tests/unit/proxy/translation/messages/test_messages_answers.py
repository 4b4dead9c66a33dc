"""Messages are read as what they say, and written as Anthropic's SDK takes them."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import anthropic
import httpx2
import pytest
from anthropic.types import Message, RawMessageStreamEvent
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from tests.support.translation_examples import TRIED
from tollgate.catalog.catalog import ProviderApi
from tollgate_proxy.answers import sse
from tollgate_proxy.translation import seals
from tollgate_proxy.translation.completion import (
    Begun,
    Completion,
    Failed,
    PartBegun,
    PartEnded,
    PartGrew,
    PartSealed,
    Stopped,
    StopReason,
    StreamEvent,
    Tokens,
    collected,
    streamed,
)
from tollgate_proxy.translation.conversation import (
    Conversation,
    Reasoning,
    ReasoningWish,
    Refusal,
    Seal,
    Text,
    Tool,
    ToolCall,
)
from tollgate_proxy.translation.losses import Losses
from tollgate_proxy.translation.messages.messages_answer_reader import read_answer
from tollgate_proxy.translation.messages.messages_answer_writer import write_answer
from tollgate_proxy.translation.messages.messages_request_reader import read_request
from tollgate_proxy.translation.messages.messages_stream_reader import StreamReader
from tollgate_proxy.translation.messages.messages_stream_writer import StreamWriter

_ASKED = Conversation("smart", (), reasoning=ReasoningWish(adaptive=True))
_ANSWERS = Path(__file__).parents[4] / "provider_answers"
_SEAL = Seal(ProviderApi.MESSAGES, "EqQB")
_OTHERS = Seal(ProviderApi.RESPONSES, "gAAA", "rs_1")
_EVENT = TypeAdapter[Any](RawMessageStreamEvent)

_TEXTS = st.text(min_size=1, max_size=12)
_COUNTS = st.integers(0, 10**6)
_PARTS = st.one_of(
    _TEXTS.map(Text),
    st.builds(Reasoning, _TEXTS, st.sampled_from([None, _SEAL])),
    st.just(Reasoning("", _SEAL, is_redacted=True)),
    st.builds(ToolCall, st.sampled_from(["a", "b-1"]), st.just("Read"), st.just('{"path": "\u00e9"}')),
)
_COMPLETIONS = st.builds(
    Completion,
    st.just("msg_1"),
    st.just("claude"),
    st.lists(_PARTS, max_size=4).map(tuple),
    st.sampled_from([stop for stop in StopReason if stop is not StopReason.CONTENT_FILTER]),
    st.builds(Tokens, _COUNTS, _COUNTS, _COUNTS, _COUNTS, _COUNTS, _COUNTS),
    st.none() | _TEXTS,
)


def _stream(events: list[StreamEvent], asked: Conversation = _ASKED) -> bytes:
    writer = StreamWriter(asked)
    return b"".join(map(writer.write, events)) + writer.finish()


def _read(stream: bytes, *cuts: int) -> list[StreamEvent]:
    reader = StreamReader()
    borders = sorted({0, len(stream), *(cut % (len(stream) + 1) for cut in cuts)})
    chunks = [stream[start:end] for start, end in pairwise(borders)]
    return [event for chunk in chunks for event in reader.feed(chunk)] + reader.finish()


def _events(stream: bytes) -> list[dict[str, Any]]:
    found = [sse.object_in(sse.data_of(each)) for each in sse.EventSplitter().feed(stream)]
    return [each for each in found if each is not None]


def _as_told(completion: Completion) -> Completion:
    """What is left of an answer that ends otherwise than by what was said last, or has unsealed thoughts."""
    unsealed = Seal(ProviderApi.MESSAGES, seals.UNSEALED)
    parts = (
        replace(part, seal=part.seal or unsealed) if isinstance(part, Reasoning) else part
        for part in completion.parts
    )
    completion = replace(completion, parts=tuple(parts))
    calls = any(isinstance(part, ToolCall) for part in completion.parts)
    ends = completion.stop is StopReason.END and calls
    return replace(completion, stop=StopReason.TOOL_CALLS) if ends else completion


@TRIED
@given(_COMPLETIONS)
def test_a_message_comes_back_as_it_was_written(completion: Completion) -> None:
    written = write_answer(completion, _ASKED)
    Message.model_validate(written)
    assert read_answer(written) == _as_told(completion)


@TRIED
@given(_COMPLETIONS, st.lists(st.integers(0, 10**4), max_size=6))
def test_a_stream_comes_back_as_it_was_written_however_it_is_cut(
    completion: Completion, cuts: list[int]
) -> None:
    stream = _stream(list(streamed(completion)))
    for event in _events(stream):
        _EVENT.validate_python(event)
    assert collected(_read(stream, *cuts)) == _as_told(completion)


def test_the_sdk_puts_a_stream_together_as_the_message_in_one_piece() -> None:
    completion = Completion(
        "chatcmpl-1",
        "gpt",
        (
            Reasoning("Hm", _OTHERS),
            Text("Reading"),
            ToolCall("call_1", "Read", '{"path": "a"}'),
            ToolCall("call_2", "Read", ""),
        ),
        StopReason.TOOL_CALLS,
        Tokens(input=5, cache_read=3, output=9, reasoning=4),
    )
    stream = _stream(list(streamed(completion)))
    transport = httpx2.MockTransport(
        lambda _: httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=stream)
    )
    client = anthropic.Anthropic(api_key="k", http_client=httpx2.Client(transport=transport))
    with client.messages.stream(model="m", max_tokens=9, messages=[]) as told:
        message = told.get_final_message()
    whole = Message.model_validate(write_answer(completion, _ASKED))
    assert [each.to_dict(exclude_none=True) for each in message.content] == [
        each.to_dict(exclude_none=True) for each in whole.content
    ]
    assert message.stop_reason == whole.stop_reason == "tool_use"
    assert (message.usage.input_tokens, message.usage.output_tokens) == (5, 9)
    assert message.usage.cache_read_input_tokens == 3
    thinking = whole.content[0]
    assert thinking.type == "thinking"
    assert seals.unwrap(thinking.signature) == (_OTHERS, None)


def test_blocks_come_one_after_the_other_though_parts_grow_together() -> None:
    stream = _stream(
        [
            Begun("a", "m"),
            PartBegun(0, ToolCall("x", "Read", "")),
            PartBegun(1, ToolCall("y", "Read", "")),
            PartGrew(1, '{"b'),
            PartGrew(0, "{}"),
            PartBegun(2, Text("")),
            PartGrew(2, "t"),
            PartEnded(0),
            PartGrew(1, '": 1}'),
            PartEnded(2),
            PartEnded(1),
            Stopped(StopReason.END),
        ]
    )
    blocks = [event for event in _events(stream) if event["type"].startswith("content_block")]
    assert [event["index"] for event in blocks] == [0, 0, 0, 1, 1, 1, 1, 2, 2, 2]
    told = collected(_read(stream))
    assert isinstance(told, Completion)
    assert told.parts == (ToolCall("x", "Read", "{}"), ToolCall("y", "Read", '{"b": 1}'), Text("t"))
    assert told.stop is StopReason.TOOL_CALLS


_THOUGHT = (Reasoning("Hm", _SEAL), Text("a"))


@pytest.mark.parametrize(
    ("wish", "tools", "first"),
    [
        (None, (), {"type": "text", "text": "a"}),
        (ReasoningWish("none"), (Tool("Read"),), {"type": "text", "text": "a"}),
        (None, (Tool("Read"),), {"type": "thinking", "thinking": "Hm", "signature": "EqQB"}),
        (ReasoningWish("low"), (), {"type": "thinking", "thinking": "Hm", "signature": "EqQB"}),
        (ReasoningWish("low", shown=False), (), {"type": "thinking", "thinking": "", "signature": "EqQB"}),
    ],
)
def test_what_was_thought_is_told_to_those_who_expect_it(
    wish: ReasoningWish | None, tools: tuple[Tool, ...], first: dict[str, Any]
) -> None:
    asked = Conversation("smart", (), tools=tools, reasoning=wish)
    completion = Completion("a", "m", _THOUGHT, StopReason.END)
    assert write_answer(completion, asked)["content"][0].items() >= first.items()
    stream = _stream(list(streamed(completion)), asked)
    starts = [event["index"] for event in _events(stream) if event["type"] == "content_block_start"]
    assert starts == list(range(len(starts)))
    told = collected(_read(stream))
    assert isinstance(told, Completion)
    seal = Seal(ProviderApi.MESSAGES, first["signature"]) if "signature" in first else None
    assert told.parts[0] == (Text("a") if seal is None else Reasoning(first["thinking"], seal))


def test_a_text_that_is_withheld_comes_back_with_another_apis_seal() -> None:
    """Claude Code asks not to be told what is thought; servers of chats want it back before results."""
    asked = replace(_ASKED, reasoning=ReasoningWish("high", shown=False))
    completion = Completion("a", "m", (Reasoning("Hm, so", _OTHERS), Text("a")), StopReason.END)
    streamed_in_pieces = list(streamed(completion))
    streamed_in_pieces[2:3] = [PartGrew(0, "Hm,"), PartGrew(0, " so")]
    told = collected(_read(_stream(streamed_in_pieces, asked)))
    assert isinstance(told, Completion)
    assert write_answer(told, asked)["content"] == write_answer(completion, asked)["content"]
    sent_back = {"role": "assistant", "content": write_answer(completion, asked)["content"]}
    [turn] = read_request({"model": "m", "max_tokens": 9, "messages": [sent_back]}, Losses({})).turns
    assert sent_back["content"][0]["thinking"] == ""
    assert turn.parts == completion.parts


@pytest.mark.parametrize(
    ("parts", "content"),
    [
        ((Text(""), Reasoning("")), []),
        ((Reasoning("", is_redacted=True),), []),
        ((Refusal("No"),), [{"type": "text", "text": "No"}]),
        (
            (ToolCall("c", "r", "{cut"),),
            [{"type": "tool_use", "id": "c", "name": "r", "input": {"input": "{cut"}}],
        ),
    ],
)
def test_nothing_empty_is_said(parts: Any, content: list[dict[str, Any]]) -> None:
    completion = Completion("a", "m", parts, StopReason.END)
    written = write_answer(completion, _ASKED)
    assert [{k: v for k, v in block.items() if v is not None} for block in written["content"]] == content
    if not content:
        kinds = [event["type"] for event in _events(_stream(list(streamed(completion))))]
        assert kinds == ["message_start", "message_delta", "message_stop"]


@pytest.mark.parametrize(
    ("stop", "parts", "reason"),
    [
        (StopReason.END, (Text("a"),), "end_turn"),
        (StopReason.END, (ToolCall("c", "r", "{}"),), "tool_use"),
        (StopReason.END, (Refusal("No"),), "refusal"),
        (StopReason.CONTENT_FILTER, (), "refusal"),
        (StopReason.LENGTH, (ToolCall("c", "r", "{}"),), "max_tokens"),
        (StopReason.CONTEXT, (), "model_context_window_exceeded"),
        (StopReason.PAUSED, (), "pause_turn"),
    ],
)
def test_a_message_says_why_it_has_stopped(stop: StopReason, parts: Any, reason: str) -> None:
    completion = Completion("a", "m", parts, stop)
    assert write_answer(completion, _ASKED)["stop_reason"] == reason
    delta = _events(_stream(list(streamed(completion))))[-2]["delta"]
    assert delta == {"stop_reason": reason, "stop_sequence": None}


def test_tools_have_the_clients_names_again() -> None:
    asked = replace(_ASKED, tools=(Tool("a.b"), Tool("patch", is_custom=True)))
    sent = StreamWriter(asked)
    name = next(iter(sent._names._own))
    completion = Completion("a", "m", (ToolCall("c", name, "{}"),), StopReason.TOOL_CALLS)
    assert write_answer(completion, asked)["content"][0]["name"] == "a.b"
    start = _events(_stream(list(streamed(completion)), asked))[1]
    assert start["content_block"]["name"] == "a.b"


def _sse(*events: dict[str, Any]) -> bytes:
    return b"".join(sse.written(event, event["type"]) for event in events)


_START: dict[str, Any] = {
    "type": "message_start",
    "message": {"id": "m1", "model": "claude", "usage": {"input_tokens": 7, "output_tokens": 1}},
}
_END: dict[str, Any] = {
    "type": "message_delta",
    "delta": {"stop_reason": "end_turn", "stop_sequence": None},
    "usage": {"input_tokens": 0, "output_tokens": 9, "output_tokens_details": {"thinking_tokens": 4}},
}


def _block(index: int, kind: str, *deltas: tuple[str, str], **members: Any) -> list[dict[str, Any]]:
    names = {"thinking": "thinking", "signature": "signature", "input_json": "partial_json", "text": "text"}
    grown = [{"type": f"{of}_delta", names[of]: text} for of, text in deltas]
    return [
        {"type": "content_block_start", "index": index, "content_block": {"type": kind, **members}},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in grown),
        {"type": "content_block_stop", "index": index},
    ]


def test_a_stream_of_anthropics_is_read() -> None:
    stream = _sse(
        _START,
        {"type": "ping"},
        *_block(0, "thinking", ("thinking", "Hm"), ("signature", "EqQB"), thinking="", signature=""),
        *_block(1, "server_tool_use", ("input_json", "{"), id="s", name="web_search", input={}),
        *_block(2, "tool_use", ("input_json", ""), id="t", name="Read", input={}),
        *_block(3, "redacted_thinking", data="E"),
        _END,
        {"type": "message_stop"},
        {"type": "message_stop"},
    )
    tokens = Tokens(input=7, output=9, reasoning=4)
    assert _read(stream) == [
        Begun("m1", "claude", tokens=Tokens(input=7, output=1)),
        PartBegun(0, Reasoning("")),
        PartGrew(0, "Hm"),
        PartSealed(0, _SEAL),
        PartEnded(0),
        PartBegun(1, ToolCall("t", "Read", "")),
        PartGrew(1, "{}"),
        PartEnded(1),
        PartBegun(2, Reasoning("", is_redacted=True)),
        PartSealed(2, Seal(ProviderApi.MESSAGES, "E")),
        PartEnded(2),
        Stopped(StopReason.END, tokens),
    ]


def test_a_stream_has_its_end_if_it_has_said_why_it_stops() -> None:
    begun = _block(0, "text", text="a")[0]
    assert _read(_sse(_START, begun, _END))[-2:] == [
        PartEnded(0),
        Stopped(StopReason.END, Tokens(input=7, output=9, reasoning=4)),
    ]
    assert not any(isinstance(each, Stopped | PartEnded) for each in _read(_sse(_START, begun)))


@pytest.mark.parametrize("error", [{"type": "overloaded_error", "message": "Overloaded", "code": None}])
@pytest.mark.parametrize("kind", ["error", None])
def test_a_stream_that_fails_says_so(error: dict[str, Any], kind: str | None) -> None:
    stream = _sse(_START) + sse.written({"type": kind, "error": error}, kind)
    assert _read(stream + _sse(_END, {"type": "message_stop"}))[1:] == [
        Failed("Overloaded", "overloaded_error")
    ]
    told = _events(_stream([Begun("a", "m"), Failed("Overloaded", "overloaded_error")]))[-1]
    assert told == {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}


def test_why_a_model_refuses_is_told_apart_from_what_it_has_said() -> None:
    details = {"type": "refusal", "category": None, "explanation": "It could harm."}
    message = {
        "id": "a",
        "model": "m",
        "content": [{"type": "text", "text": "I"}],
        "stop_reason": "refusal",
        "stop_details": details,
        "usage": {},
    }
    told = read_answer(message)
    assert told.parts == (Text("I"), Refusal("It could harm."))
    assert told.stop is StopReason.REFUSAL
    end = {**_END, "delta": {"stop_reason": "refusal", "stop_details": details}}
    stream = collected(_read(_sse(_START, end, {"type": "message_stop"})))
    assert isinstance(stream, Completion)
    assert stream.parts == (Refusal("It could harm."),)


@pytest.mark.parametrize(
    ("name", "tokens"),
    [
        ("m1-fast-mode.json", Tokens(input=1000, output=50)),
        ("i1-compaction.json", Tokens(input=20000, output=1000)),
        ("c3-only-nested-cache-creation.json", Tokens(10, 0, 1000, 2000, 5)),
        ("d1-delta-corrects-start.sse", Tokens(input=900, cache_read=6100, output=6)),
    ],
)
def test_answers_are_read_as_providers_give_them(name: str, tokens: Tokens) -> None:
    given = (_ANSWERS / name).read_bytes()
    told = collected(_read(given)) if name.endswith(".sse") else read_answer(json.loads(given))
    assert isinstance(told, Completion)
    assert told.tokens == tokens
    assert told.parts in ((Text("hello"),), (Text("hello there"),))


def test_usage_is_read_by_its_classes_and_whatever_else_it_is() -> None:
    usage = {
        "input_tokens": 1,
        "cache_creation_input_tokens": 10,
        "cache_read_input_tokens": 100,
        "cache_creation": {"ephemeral_1h_input_tokens": 4, "ephemeral_5m_input_tokens": 6},
        "output_tokens": 1000,
        "service_tier": "standard",
    }
    told = read_answer({"content": [], "usage": usage})
    assert told.tokens == Tokens(1, 100, 6, 4, 1000)
    assert told.service_tier == "default"
    assert write_answer(told, _ASKED)["usage"] == usage
    assert read_answer({"content": []}).tokens is None
    odd = {"input_tokens": None, "output_tokens": "9", "cache_creation": 3, "cache_read_input_tokens": True}
    assert read_answer({"content": [], "usage": odd}).tokens == Tokens()


@pytest.mark.parametrize("answer", [{}, {"content": "a"}, {"type": "error", "error": {}}, [], None])
def test_what_is_no_message_is_refused(answer: Any) -> None:
    with pytest.raises(ValueError, match="no message"):
        read_answer(answer)
