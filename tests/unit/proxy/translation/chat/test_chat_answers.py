"""Chat completions of real servers, read, and those that clients are told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from tests.support.chat_streams import ASKED, chunks_of, read_stream, sse, stream_of, whole_of
from tollgate.catalog.catalog import ProviderApi
from tollgate_proxy.translation.chat.chat_answer_reader import read_answer
from tollgate_proxy.translation.chat.chat_answer_writer import write_answer
from tollgate_proxy.translation.chat.chat_errors import write_error
from tollgate_proxy.translation.completion import (
    AnswerPart,
    Completion,
    StopReason,
    Tokens,
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
from tollgate_proxy.translation.told_errors import ToldError
from tollgate_proxy.translation.tool_names import sent_name

SEAL = Seal(ProviderApi.MESSAGES, "sig")
ARGUMENTS = '{"city":"Oslo"}'


def seal(**value: Any) -> Seal:
    return Seal(ProviderApi.CHAT, json.dumps(value))


def answer(message: dict[str, Any], reason: str | None = "stop", **members: Any) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": reason}
    return {
        "id": "c1",
        "object": "chat.completion",
        "created": 1,
        "model": "real",
        "choices": [choice],
        **members,
    }


def function(**members: Any) -> dict[str, Any]:
    return {"function": {"name": "weather", "arguments": ARGUMENTS}, **members}


THINKING = [
    {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
    {"type": "text", "text": "hi"},
]
DETAILS = [{"type": "reasoning.text", "text": "hm", "signature": "s", "index": 0}]
CALL = ToolCall("c1", "weather", ARGUMENTS)

READ: list[tuple[dict[str, Any], tuple[AnswerPart, ...]]] = [
    ({"content": "hi", "refusal": None, "annotations": []}, (Text("hi"),)),
    ({"content": None, "refusal": "No."}, (Refusal("No."),)),
    (
        {"content": "hi", "reasoning_content": "hm"},
        (Reasoning("hm", seal(member="reasoning_content")), Text("hi")),
    ),
    ({"content": "hi", "reasoning": "hm"}, (Reasoning("hm", seal(member="reasoning")), Text("hi"))),
    (
        {"content": "hi", "reasoning": "hm", "reasoning_details": DETAILS},
        (Reasoning("hm", seal(reasoning_details=DETAILS)), Text("hi")),
    ),
    ({"content": THINKING}, (Reasoning("hm"), Text("hi"))),
    ({"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}, (Text("ab"),)),
    ({"content": "", "tool_calls": [function(id="c1", type="function")]}, (CALL,)),
    (
        {"tool_calls": [{"id": "c1", "function": {"name": "weather", "arguments": {"city": "Oslo"}}}]},
        (ToolCall("c1", "weather", '{"city": "Oslo"}'),),
    ),
    (
        {"tool_calls": [{"id": 7, "type": "custom", "custom": {"name": "patch", "input": "x"}}]},
        (ToolCall("7", "patch", "x", is_custom=True),),
    ),
    (
        {"tool_calls": [function(id="c1", extra_content={"google": {"thought_signature": "s"}})]},
        (
            Reasoning(
                "", seal(extra_content={"c1": {"google": {"thought_signature": "s"}}}), is_redacted=True
            ),
            CALL,
        ),
    ),
]


@pytest.mark.parametrize(("message", "parts"), READ)
def test_what_servers_answer_is_read(message: dict[str, Any], parts: tuple[AnswerPart, ...]) -> None:
    assert read_answer(answer(message)).parts == parts


@pytest.mark.parametrize(("message", "parts"), READ)
def test_so_it_is_where_it_comes_in_one_chunk_of_a_stream(
    message: dict[str, Any], parts: tuple[AnswerPart, ...]
) -> None:
    chunk = {
        "id": "c1",
        "model": "real",
        "choices": [{"index": 0, "delta": message, "finish_reason": "stop"}],
    }
    whole = whole_of(read_stream(sse(chunk)))
    assert whole.parts == parts


@pytest.mark.parametrize("message", [{"tool_calls": [function()]}, {"function_call": function()["function"]}])
def test_a_call_without_an_id_gets_one(message: dict[str, Any]) -> None:
    ids = set()
    for _ in range(2):
        (call,) = read_answer(answer(message)).parts
        assert isinstance(call, ToolCall)
        assert (call.name, call.arguments) == ("weather", ARGUMENTS)
        ids.add(call.id)
    assert len(ids) == 2


@pytest.mark.parametrize(
    ("reason", "beside", "message", "stop"),
    [
        ("stop", {}, {"content": "a"}, StopReason.END),
        (None, {}, {"content": "a"}, StopReason.END),
        ("length", {}, {"content": "a"}, StopReason.LENGTH),
        ("model_length", {}, {"content": "a"}, StopReason.CONTEXT),
        ("content_filter", {}, {"content": "a"}, StopReason.CONTENT_FILTER),
        ("tool_calls", {}, {"tool_calls": [function(id="1")]}, StopReason.TOOL_CALLS),
        ("stop", {}, {"tool_calls": [function(id="1")]}, StopReason.TOOL_CALLS),
        ("STOP", {"stop_reason": "END"}, {"content": "a"}, StopReason.STOP_SEQUENCE),
        ("stop", {"matched_stop": 151645}, {"content": "a"}, StopReason.END),
        ("stop", {}, {"refusal": "No."}, StopReason.REFUSAL),
    ],
)
def test_why_an_answer_has_ended_is_read(
    reason: str | None, beside: dict[str, Any], message: dict[str, Any], stop: StopReason
) -> None:
    given = answer(message, reason)
    given["choices"][0] |= beside
    assert read_answer(given).stop is stop


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        ({"prompt_tokens": 9, "completion_tokens": 4}, Tokens(9, output=4)),
        (
            {
                "prompt_tokens": 9,
                "completion_tokens": 4,
                "prompt_tokens_details": {"cached_tokens": 5},
                "completion_tokens_details": {"reasoning_tokens": 3},
            },
            Tokens(4, cache_read=5, output=4, reasoning=3),
        ),
        ({"prompt_tokens": 9, "completion_tokens": 4, "prompt_cache_hit_tokens": 5}, Tokens(4, 5, output=4)),
        (None, None),
    ],
)
def test_usage_is_read(usage: Any, tokens: Tokens | None) -> None:
    assert read_answer(answer({"content": "a"}, usage=usage)).tokens == tokens


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"choices": []},
        {"choices": [{"error": {"message": "no"}}]},
        {"choices": [{"finish_reason": "error"}]},
    ],
)
def test_what_is_no_answer_is_none(body: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no choice"):
        read_answer(body)


TOKENS = Tokens(3, cache_read=5, cache_write=2, cache_write_1h=1, output=4, reasoning=2)
TOLD = Completion(
    "msg_1",
    "real",
    (Reasoning("hm", SEAL), Text("hi"), ToolCall("c1", "weather", ARGUMENTS), ToolCall("c2", "now", "")),
    StopReason.TOOL_CALLS,
    TOKENS,
)
TOLD_USAGE = {
    "prompt_tokens": 11,
    "completion_tokens": 4,
    "total_tokens": 15,
    "prompt_tokens_details": {"cached_tokens": 5, "cache_write_tokens": 3},
    "completion_tokens_details": {"reasoning_tokens": 2},
}


def test_an_answer_is_written_as_openais_sdk_reads_it() -> None:
    written = write_answer(TOLD, ASKED)
    read = ChatCompletion.model_validate(written, strict=True)
    assert read.choices[0].finish_reason == "tool_calls"
    assert written["usage"] == TOLD_USAGE
    message = written["choices"][0]["message"]
    assert (message["content"], message["refusal"], message["reasoning_content"]) == ("hi", None, "hm")
    assert [call["function"]["arguments"] for call in message["tool_calls"]] == [ARGUMENTS, "{}"]


def test_a_stream_is_written_as_openais_sdk_reads_it() -> None:
    stream = stream_of(TOLD)
    assert stream.endswith(b"data: [DONE]\n\n")
    chunks = chunks_of(stream)
    for chunk in chunks:
        ChatCompletionChunk.model_validate(chunk, strict=True)
    assert chunks[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks[:-1]] == [None] * (len(chunks) - 2) + [
        "tool_calls"
    ]
    assert (chunks[-1]["choices"], chunks[-1]["usage"]) == ([], TOLD_USAGE)
    assert len({(chunk["id"], chunk["created"], chunk["model"]) for chunk in chunks}) == 1


def test_usage_is_told_in_a_stream_only_if_it_was_asked_for() -> None:
    chunks = chunks_of(stream_of(TOLD, Conversation("m", (), streams=True, wants_usage=False)))
    assert all("usage" not in chunk for chunk in chunks)


@pytest.mark.parametrize(
    ("stop", "parts", "told"),
    [
        (StopReason.END, (Text("a"),), "stop"),
        (StopReason.STOP_SEQUENCE, (Text("a"),), "stop"),
        (StopReason.PAUSED, (Text("a"),), "stop"),
        (StopReason.LENGTH, (), "length"),
        (StopReason.CONTEXT, (), "length"),
        (StopReason.CONTENT_FILTER, (), "content_filter"),
        (StopReason.REFUSAL, (Text("a"),), "content_filter"),
        (StopReason.REFUSAL, (Refusal("No."),), "stop"),
    ],
)
def test_why_an_answer_has_ended_is_told(stop: StopReason, parts: tuple[AnswerPart, ...], told: str) -> None:
    completion = Completion("1", "m", parts, stop)
    assert write_answer(completion, ASKED)["choices"][0]["finish_reason"] == told
    assert chunks_of(stream_of(completion))[-1]["choices"][0]["finish_reason"] == told


def test_reasoning_is_not_told_to_a_client_that_wants_none() -> None:
    asked = Conversation("m", (), reasoning=ReasoningWish("high", shown=False))
    assert "reasoning" not in str(write_answer(TOLD, asked)["choices"])
    assert b'"reasoning_content"' not in stream_of(TOLD, asked)


def test_tools_are_called_by_the_clients_names() -> None:
    asked = Conversation("m", (), tools=(Tool("a.b", parameters={}), Tool("patch", is_custom=True)))
    parts = (ToolCall("1", sent_name("a.b"), "{}"), ToolCall("2", "patch", '{"input": "x"}'))
    completion = Completion("1", "m", parts, StopReason.TOOL_CALLS)
    whole = write_answer(completion, asked)
    ChatCompletion.model_validate(whole, strict=True)
    (function, custom) = whole["choices"][0]["message"]["tool_calls"]
    assert custom == {"id": "2", "type": "custom", "custom": {"name": "patch", "input": "x"}}
    found = whole_of(read_stream(stream_of(completion, asked)))
    assert read_answer(whole).parts == found.parts
    assert function["function"]["name"] == "a.b"


@pytest.mark.parametrize(
    ("status", "told", "kind", "code"),
    [
        (400, ToldError("a", "invalid_request_error", "bad", "n"), "invalid_request_error", "bad"),
        (400, ToldError("a", is_too_long=True), "invalid_request_error", "context_length_exceeded"),
        (404, ToldError("a", "not_found_error"), "invalid_request_error", "not_found_error"),
        (429, ToldError("a", "rate_limit_error"), "rate_limit_error", None),
        (529, ToldError("", "overloaded_error"), "server_error", "overloaded_error"),
    ],
)
def test_errors_are_told_as_openai_tells_them(
    status: int, told: ToldError, kind: str, code: str | None
) -> None:
    error = write_error(status, told)["error"]
    assert (error["type"], error["code"], error["param"]) == (kind, code, told.param)
    assert error["message"] == told.message or str(status) in error["message"]
