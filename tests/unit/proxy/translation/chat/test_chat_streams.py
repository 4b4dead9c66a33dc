"""Streams of chat completions, as real servers send them and as clients are told them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.chat_streams import ASKED, chunks_of, delta, read_stream, sse, stream_of, whole_of
from tests.support.translation_examples import TRIED
from tollgate.catalog.catalog import ProviderApi
from tollgate_proxy.translation.chat.chat_answer_reader import read_answer
from tollgate_proxy.translation.chat.chat_answer_writer import write_answer
from tollgate_proxy.translation.chat.chat_stream_writer import StreamWriter
from tollgate_proxy.translation.completion import (
    AnswerPart,
    Begun,
    Completion,
    Failed,
    Stopped,
    StopReason,
    Tokens,
    collected,
)
from tollgate_proxy.translation.conversation import (
    Reasoning,
    Refusal,
    Seal,
    Text,
    ToolCall,
)

SEAL = Seal(ProviderApi.MESSAGES, "sig")
ARGUMENTS = '{"city":"Oslo"}'


def seal(**value: Any) -> Seal:
    return Seal(ProviderApi.CHAT, json.dumps(value))


def function(**members: Any) -> dict[str, Any]:
    return {"function": {"name": "weather", "arguments": ARGUMENTS}, **members}


def pieces(*calls: dict[str, Any]) -> dict[str, Any]:
    return delta(tool_calls=list(calls))


USAGE = {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}


HEAD = delta(role="assistant", content="")


END = delta("stop")


FILTERED = {"id": "", "model": "", "choices": [], "prompt_filter_results": [{"prompt_index": 0}]}


USED = {"id": "c1", "model": "real", "choices": [], "usage": USAGE}


STREAMS: list[tuple[str, bytes, tuple[AnswerPart, ...], Tokens | None]] = [
    (
        "openai",
        sse(HEAD, delta(content="he"), delta(content="llo"), END, USED),
        (Text("hello"),),
        Tokens(9, output=4),
    ),
    ("azure", sse(FILTERED, HEAD, delta(content="hello"), END, USED), (Text("hello"),), Tokens(9, output=4)),
    (
        "kimi",
        sse(delta(content="hello"), {**END, "choices": [{**END["choices"][0], "usage": USAGE}]}),
        (Text("hello"),),
        Tokens(9, output=4),
    ),
    ("without [DONE]", sse(delta(content="hello"), END, done=False), (Text("hello"),), None),
    ("without a reason", sse(delta(content="hello")), (Text("hello"),), None),
    (
        "deepseek",
        sse(
            delta(reasoning_content="h"), delta(reasoning_content="m", content=None), delta(content="hi"), END
        ),
        (Reasoning("hm", seal(member="reasoning_content")), Text("hi")),
        None,
    ),
    (
        "openrouter",
        sse(
            delta(
                content="",
                reasoning="h",
                reasoning_details=[{"type": "reasoning.text", "text": "h", "index": 0}],
            ),
            delta(
                content="",
                reasoning="m",
                reasoning_details=[{"type": "reasoning.text", "text": "m", "index": 0}],
            ),
            delta(content="", reasoning_details=[{"type": "reasoning.text", "signature": "s", "index": 0}]),
            delta(content="hi"),
            END,
        ),
        (
            Reasoning(
                "hm",
                seal(
                    reasoning_details=[{"type": "reasoning.text", "text": "hm", "index": 0, "signature": "s"}]
                ),
            ),
            Text("hi"),
        ),
        None,
    ),
    (
        "encrypted",
        sse(
            delta(reasoning_details=[{"type": "reasoning.encrypted", "data": "x"}]), delta(content="hi"), END
        ),
        (
            Reasoning(
                "", seal(reasoning_details=[{"type": "reasoning.encrypted", "data": "x"}]), is_redacted=True
            ),
            Text("hi"),
        ),
        None,
    ),
    (
        "mistral",
        sse(
            delta(content=[{"type": "thinking", "thinking": [{"type": "text", "text": "h"}]}]),
            delta(content=[{"type": "thinking", "thinking": [{"type": "text", "text": "m"}]}]),
            delta(content=[{"type": "text", "text": "hi"}]),
            END,
        ),
        (Reasoning("hm"), Text("hi")),
        None,
    ),
    (
        "calls, interleaved",
        sse(
            delta(content="ok"),
            pieces(
                {"index": 0, "id": "a", "type": "function", "function": {"name": "weather", "arguments": ""}}
            ),
            pieces({"index": 0, "function": {"arguments": '{"ci'}}),
            pieces({"index": 1, "id": "b", "function": {"name": "time", "arguments": "{"}}),
            pieces(
                {"index": 0, "function": {"arguments": 'ty":1}'}},
                {"index": 1, "function": {"arguments": "}"}},
            ),
            delta("tool_calls"),
        ),
        (Text("ok"), ToolCall("a", "weather", '{"city":1}'), ToolCall("b", "time", "{}")),
        None,
    ),
    (
        "calls under one index",
        sse(
            pieces({"index": 0, **function(id="a")}),
            pieces({"index": 0, **function(id="b")}),
            delta("stop"),
        ),
        (ToolCall("a", "weather", ARGUMENTS), ToolCall("b", "weather", ARGUMENTS)),
        None,
    ),
    (
        "calls by ids",
        sse(
            pieces({"id": "a", "function": {"name": "weather", "arguments": "{"}}),
            pieces({"id": "b", "function": {"name": "time"}}),
            pieces({"id": "a", "function": {"arguments": "}"}}),
            delta("tool_calls"),
        ),
        (ToolCall("a", "weather", "{}"), ToolCall("b", "time", "")),
        None,
    ),
    (
        "a call whose name is repeated",
        sse(
            pieces({"index": 0, "id": "a", "function": {"name": "weather", "arguments": '{"a"'}}),
            pieces({"index": 0, "id": "a", "function": {"name": "weather", "arguments": ":1}"}}),
            pieces({"index": 0, "function": {"name": "weather", "arguments": ""}}),
            delta("tool_calls"),
        ),
        (ToolCall("a", "weather", '{"a":1}'),),
        None,
    ),
    (
        "several choices",
        sse(delta(content="a"), delta(index=1, content="b"), delta("stop", index=1), END),
        (Text("a"),),
        None,
    ),
]


@pytest.mark.parametrize(
    ("stream", "parts", "tokens"), [each[1:] for each in STREAMS], ids=[s[0] for s in STREAMS]
)
@pytest.mark.parametrize("step", [1, 7, 4096])
def test_streams_of_servers_are_read(
    stream: bytes, parts: tuple[AnswerPart, ...], tokens: Tokens | None, step: int
) -> None:
    whole = whole_of(read_stream(stream, step))
    assert whole.parts == parts
    assert whole.tokens == tokens
    assert (whole.id, whole.model) == ("c1", "real")


@pytest.mark.parametrize("calls", [2, 3])
def test_whole_calls_without_index_or_id_stay_apart(calls: int) -> None:
    stream = sse(*(pieces(function()) for _ in range(calls)), delta("stop"))
    whole = whole_of(read_stream(stream))
    found = [part for part in whole.parts if isinstance(part, ToolCall)]
    assert [(call.name, call.arguments) for call in found] == [("weather", ARGUMENTS)] * calls
    assert len({call.id for call in found}) == calls
    assert whole.stop is StopReason.TOOL_CALLS


def test_a_stream_that_breaks_off_has_not_stopped() -> None:
    events = read_stream(sse(HEAD, delta(content="hel"), done=False))
    assert collected(events) is None
    assert not any(isinstance(event, Stopped | Failed) for event in events)
    assert read_stream(b"data: [DONE]\n\n") == []


@pytest.mark.parametrize(
    ("last", "failed"),
    [
        (
            {"error": {"message": "Too much.", "type": "server_error", "code": 502}},
            Failed("Too much.", "server_error", "502"),
        ),
        (
            {
                "choices": [
                    {
                        "index": 0,
                        "delta": {},
                        "finish_reason": "error",
                        "error": {"message": "Gone.", "code": 1},
                    }
                ]
            },
            Failed("Gone.", code="1"),
        ),
        (delta("insufficient_system_resource"), Failed("The model's provider couldn't go on.")),
        ({"x_groq": {"error": "over capacity"}}, Failed("over capacity")),
    ],
)
def test_a_stream_that_its_server_ends_with_an_error_fails(last: dict[str, Any], failed: Failed) -> None:
    events = read_stream(sse(HEAD, delta(content="hel"), last, END))
    assert events[-1] == failed


def test_nothing_is_read_behind_the_end() -> None:
    assert whole_of(read_stream(sse(delta(content="a"), END) + sse(delta(content="b")))).parts == (Text("a"),)


def test_a_failure_is_told_in_the_stream() -> None:
    writer = StreamWriter(ASKED)
    writer.write(Begun("1", "m"))
    told = writer.write(Failed("Overloaded", "overloaded_error"))
    expected = {"message": "Overloaded", "type": "server_error", "param": None, "code": "overloaded_error"}
    assert chunks_of(told) == [{"error": expected}]
    assert writer.finish() == b""
    assert (
        chunks_of(writer.write(Failed("prompt is too long")))[0]["error"]["code"] == "context_length_exceeded"
    )


TEXTS = st.text(max_size=12)


JSON = st.dictionaries(st.text(max_size=4), st.integers(), max_size=2).map(json.dumps)


PARTS = st.tuples(
    st.lists(st.builds(Reasoning, TEXTS, st.just(SEAL)), max_size=2).map(tuple),
    st.lists(st.builds(Text, TEXTS.filter(bool)), max_size=1).map(tuple),
    st.lists(st.builds(Refusal, TEXTS.filter(bool)), max_size=1).map(tuple),
    st.lists(st.builds(ToolCall, st.uuids().map(str), st.sampled_from("ab"), JSON), max_size=3).map(tuple),
).map(lambda groups: tuple(part for group in groups for part in group))


COUNT = st.integers(0, 1000)


COMPLETIONS = st.builds(
    Completion,
    st.just("c1"),
    st.just("real"),
    PARTS,
    st.sampled_from([StopReason.LENGTH, StopReason.CONTENT_FILTER]),
    st.builds(
        Tokens, input=st.integers(1, 1000), cache_read=COUNT, cache_write=COUNT, output=st.integers(1, 1000)
    ),
    created=st.just(5),
)


@TRIED
@given(COMPLETIONS, st.integers(1, 64))
def test_what_is_written_is_read_again_whole_and_as_a_stream(completion: Completion, step: int) -> None:
    assert same(read_answer(write_answer(completion, ASKED)), completion)
    assert same(whole_of(read_stream(stream_of(completion), step)), completion)


def same(found: Completion, completion: Completion) -> bool:
    """Whether they say the same. Reasoning becomes one part, sealed as what a server of chats has shown."""
    parts = [part for part in completion.parts if not isinstance(part, Reasoning)]
    shown = "\n\n".join(part.text for part in completion.parts if isinstance(part, Reasoning) and part.text)
    kept = [part for part in found.parts if not isinstance(part, Reasoning)]
    thought = "".join(part.text for part in found.parts if isinstance(part, Reasoning))
    others = (found.id, found.model, found.stop, found.tokens, found.created)
    expected = (completion.id, completion.model, completion.stop, completion.tokens, completion.created)
    return kept == parts and thought == shown and others == expected
