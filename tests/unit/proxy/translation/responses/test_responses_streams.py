"""Streams of responses: written so that OpenAI's SDK takes them, and read from servers that say less."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import httpx2 as httpx
import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.responses import ResponseStreamEvent
from pydantic import BaseModel, TypeAdapter

from infra.mock_provider.apis.openai_responses import Generation
from infra.mock_provider.call import Call
from infra.mock_provider.control import Control
from tests.support.drawn_responses import completions
from tests.support.translation_examples import TRIED
from tollgate.catalog.catalog import ProviderApi
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
    Refusal,
    Seal,
    Text,
    Tool,
    ToolCall,
    ToolOrigin,
)
from tollgate_proxy.translation.responses.responses_answer_reader import read_answer
from tollgate_proxy.translation.responses.responses_answer_writer import write_answer
from tollgate_proxy.translation.responses.responses_stream_reader import StreamReader
from tollgate_proxy.translation.responses.responses_stream_writer import StreamWriter

DECLARED: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)
ASKED = Conversation(
    "m",
    (),
    tools=(
        Tool("read"),
        Tool("edit", is_custom=True),
        Tool("local_shell", origin=ToolOrigin("local_shell", "local_shell")),
    ),
    streams=True,
)


def written(*events: StreamEvent, asked: Conversation = ASKED) -> bytes:
    writer = StreamWriter(asked)
    return b"".join(map(writer.write, events)) + writer.finish()


def events_in(stream: bytes) -> list[dict[str, Any]]:
    """The events, each valid by OpenAI's schema, named by its type, and with the next number."""
    found = []
    for number, event in enumerate(stream.split(b"\n\n")[:-1]):
        name, data = event.split(b"\n")
        told = json.loads(data.removeprefix(b"data: "))
        DECLARED.validate_python(told)
        assert name == f"event: {told['type']}".encode()
        assert told["sequence_number"] == number
        found.append(told)
    return found


def read(*chunks: bytes) -> list[StreamEvent]:
    reader = StreamReader()
    return [event for chunk in chunks for event in reader.feed(chunk)] + reader.finish()


def stream_of(*events: dict[str, Any]) -> bytes:
    return b"".join(b"data: %b\n\n" % json.dumps(event).encode() for event in events)


def client(stream: bytes) -> openai.OpenAI:
    def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, content=stream)

    transport = httpx.MockTransport(answer)
    return openai.OpenAI(api_key="k", http_client=httpx.Client(transport=transport), max_retries=0)


WHOLE = Completion(
    "msg_1",
    "real",
    (
        Reasoning("Hm", Seal(ProviderApi.MESSAGES, "sig")),
        Text("Looking"),
        Refusal("But no"),
        ToolCall("c1", "read", '{"a":1}'),
        ToolCall("c2", "edit", '{"input":"*** x"}'),
        ToolCall("c3", "local_shell", '{"command":["ls"]}'),
    ),
    StopReason.TOOL_CALLS,
    Tokens(input=10, output=5),
    created=7,
)


def test_a_stream_has_all_events_of_the_reference_in_their_order() -> None:
    types = [event["type"].removeprefix("response.") for event in events_in(written(*streamed(WHOLE)))]
    assert types == [
        *("created", "in_progress"),
        *("output_item.added", "reasoning_summary_part.added", "reasoning_summary_text.delta"),
        *("reasoning_summary_text.done", "reasoning_summary_part.done", "output_item.done"),
        *("output_item.added", "content_part.added", "output_text.delta", "output_text.done"),
        *("content_part.done", "content_part.added", "refusal.delta", "refusal.done", "content_part.done"),
        "output_item.done",
        *("output_item.added", "function_call_arguments.delta", "function_call_arguments.done"),
        "output_item.done",
        *("output_item.added", "custom_tool_call_input.delta", "custom_tool_call_input.done"),
        "output_item.done",
        *("output_item.added", "output_item.done"),
        "completed",
    ]


def test_a_stream_ends_with_the_response_that_it_was_of() -> None:
    events = events_in(written(*streamed(WHOLE)))
    response = events[-1]["response"]
    assert response == write_answer(WHOLE, ASKED)
    done = [event["item"] for event in events if event["type"] == "response.output_item.done"]
    assert done == response["output"]


def test_openais_sdk_makes_the_same_response_of_a_stream() -> None:
    with client(written(*streamed(WHOLE))).responses.stream(model="m", input="Hi") as stream:
        texts = [event.delta for event in stream if event.type == "response.output_text.delta"]
        final = stream.get_final_response()
    assert texts == ["Looking"]
    assert final.output_text == "Looking"
    assert [item.type for item in final.output] == [
        *("reasoning", "message", "function_call", "custom_tool_call", "local_shell_call")
    ]
    assert final.usage is not None
    assert final.usage.total_tokens == 15


class Verdict(BaseModel):
    holds: bool


def test_openais_sdk_parses_a_structured_answer() -> None:
    answer = Completion("1", "real", (Text('{"holds": true}'),), StopReason.END)
    asking = client(written(*streamed(answer)))
    with asking.responses.stream(model="m", input="Hi", text_format=Verdict) as stream:
        assert stream.get_final_response().output_parsed == Verdict(holds=True)


def test_parts_that_grow_together_are_told_one_after_the_other() -> None:
    together = written(
        Begun("1", "real"),
        PartBegun(0, Text("")),
        PartBegun(1, ToolCall("c1", "read", "")),
        PartBegun(2, ToolCall("c2", "read", "")),
        PartGrew(2, "{}"),
        PartGrew(0, "Hi"),
        PartGrew(1, "{}"),
        PartEnded(2),
        PartEnded(0),
        PartEnded(1),
        Stopped(StopReason.TOOL_CALLS),
    )
    calls = (ToolCall("c1", "read", "{}"), ToolCall("c2", "read", "{}"))
    whole = Completion("1", "real", (Text("Hi"), *calls), StopReason.TOOL_CALLS)
    assert events_in(together) == events_in(written(*streamed(whole)))


def test_text_is_told_as_it_comes() -> None:
    writer = StreamWriter(ASKED)
    writer.write(Begun("1", "real"))
    writer.write(PartBegun(0, Text("")))
    [event] = events_from(writer.write(PartGrew(0, "Hi")))
    assert (event["type"], event["delta"]) == ("response.output_text.delta", "Hi")


def events_from(stream: bytes) -> list[dict[str, Any]]:
    return [json.loads(event.split(b"data: ")[1]) for event in stream.split(b"\n\n")[:-1]]


@pytest.mark.parametrize(
    ("failed", "code"),
    [
        (Failed("Overloaded", "overloaded_error"), "server_is_overloaded"),
        (Failed("Slow down", "rate_limit_error"), "rate_limit_exceeded"),
        (
            Failed("prompt is too long: 9 tokens > 8 maximum", "invalid_request_error"),
            "context_length_exceeded",
        ),
        (Failed("Broken"), "server_error"),
    ],
)
def test_a_failure_is_an_error_and_a_failed_response(failed: Failed, code: str) -> None:
    begun = (Begun("1", "real"), PartBegun(0, Text("")), PartGrew(0, "Hi"))
    stream = written(*begun, failed)
    *_, error, last = events_from(stream)
    assert (error["type"], error["message"], error["code"]) == ("error", failed.message, code)
    assert last["type"] == "response.failed"
    assert last["response"]["status"] == "failed"
    assert last["response"]["error"] == {"code": code, "message": failed.message}
    with pytest.raises(openai.APIError, match=failed.message[:6]):
        list(client(stream).responses.create(model="m", input="Hi", stream=True))
    assert collected(read(stream)) == Failed(failed.message, failed.type, code)


@TRIED
@given(completions(), st.lists(st.integers(1, 400), max_size=4))
def test_a_stream_is_read_as_it_was_written_whatever_its_chunks(
    completion: Completion, cuts: list[int]
) -> None:
    stream = written(*streamed(completion), asked=Conversation("m", ()))
    events_in(stream)
    chunks, start = [], 0
    for cut in cuts:
        chunks.append(stream[start : start + cut])
        start += cut
    found = collected(read(*chunks, stream[start:]))
    assert isinstance(found, Completion)
    assert replace(found, parts=tuple(map(nameless, found.parts))) == completion


def nameless(part: Any) -> Any:
    """Reasoning without the name of its item, which the writer makes up."""
    if not isinstance(part, Reasoning) or part.seal is None:
        return part
    return replace(part, seal=replace(part.seal, item_id=None))


MESSAGE = {"type": "message", "id": "m", "content": [{"type": "output_text", "text": "Hi you"}]}
CALL = {"type": "function_call", "id": "f", "call_id": "c", "name": "read", "arguments": '{"a":1}'}
THOUGHT = {
    "type": "reasoning",
    "id": "rs",
    "summary": [{"type": "summary_text", "text": "One"}, {"type": "summary_text", "text": "Two"}],
    "encrypted_content": "gAAA",
}
USAGE = {"input_tokens": 3, "output_tokens": 2}
COMPLETED = {
    "id": "r",
    "model": "real",
    "status": "completed",
    "output": [THOUGHT, MESSAGE, CALL],
    "usage": USAGE,
}
EXPECTED = Completion(
    "r",
    "real",
    (
        Reasoning("One\n\nTwo", Seal(ProviderApi.RESPONSES, "gAAA", "rs")),
        Text("Hi you"),
        ToolCall("c", "read", '{"a":1}'),
    ),
    StopReason.TOOL_CALLS,
    Tokens(input=3, output=2),
)
CREATED = {"type": "response.created", "response": {"id": "r", "model": "real", "status": "in_progress"}}
ALL_ITEMS = [
    {"type": "response.output_item.done", "output_index": index, "item": item}
    for index, item in enumerate([THOUGHT, MESSAGE, CALL])
]


@pytest.mark.parametrize(
    "events",
    [
        [{"type": "response.completed", "response": COMPLETED}],
        [CREATED, *ALL_ITEMS, {"type": "response.done", "response": COMPLETED}],
        [CREATED, *ALL_ITEMS, {"type": "response.completed", "response": {**COMPLETED, "output": []}}],
        [
            CREATED,
            {
                "type": "response.reasoning_summary_text.delta",
                "output_index": 0,
                "summary_index": 0,
                "delta": "One",
            },
            {
                "type": "response.reasoning_summary_text.delta",
                "output_index": 0,
                "summary_index": 1,
                "delta": "Tw",
            },
            {
                "type": "response.reasoning_summary_text.done",
                "output_index": 0,
                "summary_index": 1,
                "text": "Two",
            },
            ALL_ITEMS[0],
            {"type": "response.output_text.delta", "output_index": 1, "content_index": 0, "delta": "Hi "},
            {"type": "response.output_text.done", "output_index": 1, "content_index": 0, "text": "Hi you"},
            {"type": "response.function_call_arguments.delta", "output_index": 2, "delta": '{"a"'},
            {"type": "response.function_call_arguments.delta", "output_index": 2, "delta": ":1}"},
            {"type": "response.completed", "response": COMPLETED},
        ],
        [
            CREATED,
            ALL_ITEMS[0],
            {"type": "response.output_text.delta", "item_id": "m", "delta": "Hi you"},
            {"type": "response.output_item.done", "item": MESSAGE},
            {"type": "response.output_item.added", "item": {**CALL, "arguments": ""}},
            {"type": "response.function_call_arguments.done", "item_id": "f", "arguments": '{"a":1}'},
            {"type": "response.completed", "response": COMPLETED},
        ],
    ],
    ids=["the end alone", "items", "items, and an empty end", "no items added", "no places"],
)
def test_servers_that_leave_out_events_are_understood(events: list[dict[str, Any]]) -> None:
    told = read(stream_of(*events))
    assert collected(told) == EXPECTED
    ended = [event.index for event in told if isinstance(event, PartEnded)]
    assert sorted(ended) == [0, 1, 2]
    assert len([event for event in told if isinstance(event, PartSealed)]) == 1


def test_thoughts_that_are_no_summary_are_read_as_they_come() -> None:
    item = {
        "type": "reasoning",
        "id": "rs",
        "summary": [],
        "content": [{"type": "reasoning_text", "text": "Hm"}],
    }
    told = read(
        stream_of(
            CREATED,
            {"type": "response.reasoning_text.delta", "output_index": 0, "content_index": 0, "delta": "Hm"},
            {"type": "response.output_item.done", "output_index": 0, "item": item},
        )
    )
    assert told[1:] == [PartBegun(0, Reasoning("")), PartGrew(0, "Hm"), PartEnded(0)]


def test_thoughts_and_their_summary_are_not_both_told() -> None:
    place = {"output_index": 0, "delta": "Hm"}
    told = read(
        stream_of(
            {"type": "response.reasoning_text.delta", **place, "content_index": 0},
            {"type": "response.reasoning_summary_text.delta", **place, "summary_index": 0},
        )
    )
    assert told[1:] == [PartBegun(0, Reasoning("")), PartGrew(0, "Hm")]


def test_a_seal_comes_before_its_part_ends() -> None:
    told = read(stream_of(CREATED, ALL_ITEMS[0]))
    assert [type(event) for event in told] == [Begun, PartBegun, PartGrew, PartSealed, PartEnded]


@pytest.mark.parametrize(
    ("event", "failed"),
    [
        (
            {"type": "error", "code": "server_error", "message": "Broken"},
            Failed("Broken", None, "server_error"),
        ),
        (
            {"type": "error", "error": {"type": "overloaded", "message": "Broken", "code": None}},
            Failed("Broken", "overloaded"),
        ),
        (
            {
                "type": "response.failed",
                "response": {"status": "failed", "error": {"code": "x", "message": "No"}},
            },
            Failed("No", None, "x"),
        ),
        ({"error": {"message": "No", "type": "t"}}, Failed("No", "t")),
    ],
)
def test_a_stream_that_says_that_it_failed_has_failed(event: dict[str, Any], failed: Failed) -> None:
    told = read(stream_of(CREATED, event, {"type": "response.completed", "response": COMPLETED}))
    assert told[-1] == failed


@pytest.mark.parametrize("tools", [[], [{"type": "function", "name": "look"}]], ids=["text", "a call"])
def test_a_stream_of_the_mock_provider_is_read_as_its_whole_answer(tools: list[dict[str, Any]]) -> None:
    request = {"model": "small", "input": "Hello", "stream": True, "tools": tools}
    generation = Generation.of(Call(request, Control(), fingerprint="made"))
    found = collected(read(*(event.encode() for event in generation.events())))
    assert found == read_answer(generation.finished())


def test_a_stream_that_breaks_off_has_no_end() -> None:
    delta = {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": "Hi"}
    told = read(stream_of(CREATED, delta) + b'data: {"type": "response.comp')
    assert collected(told) is None


def test_a_cut_answer_says_so() -> None:
    cut = {**COMPLETED, "status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}
    assert read(stream_of({"type": "response.incomplete", "response": cut}))[-1] == Stopped(
        StopReason.LENGTH, Tokens(input=3, output=2)
    )
