"""A chat that goes through another API and back asks for the same, and so do answers and streams."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.chat_streams import chunks_of, read_stream, stream_of
from tests.support.drawn_chats import SCHEMA, completions, meaning, requests, spoken
from tests.support.translation_examples import TRIED
from tollgate.catalog.catalog import ProviderApi
from tollgate_proxy.translation.completion import Completion, StopReason, collected
from tollgate_proxy.translation.conversation import Conversation, Reasoning, ReasoningWish, Seal, ToolCall
from tollgate_proxy.translation.dialects import DIALECTS
from tollgate_proxy.translation.losses import Losses
from tollgate_proxy.translation.tool_names import ToolNames

CHAT = DIALECTS[ProviderApi.CHAT]
SERVED_BY = {ProviderApi.MESSAGES: "claude-sonnet-4-5", ProviderApi.RESPONSES: "gpt-4.1"}


@TRIED
@given(requests())
@pytest.mark.parametrize("api", SERVED_BY)
def test_a_chat_through_another_api_and_back_asks_for_the_same(
    api: ProviderApi, request: dict[str, Any]
) -> None:
    asked = CHAT.read_request(request, Losses({}))
    other = DIALECTS[api]
    losses = Losses({})
    written = other.write_request(replace(asked, served_by=SERVED_BY[api]), losses)
    assert losses.dropped == []
    read = other.read_request(
        {"max_tokens": 1000, **written} if api is ProviderApi.MESSAGES else written, losses
    )
    back = CHAT.read_request(CHAT.write_request(read, losses), losses)
    assert losses.dropped == []
    if asked.output_limit is None:
        back = replace(back, output_limit=None)
    assert meaning(back) == meaning(ToolNames(asked).sent(asked))


SEALS = {
    ProviderApi.MESSAGES: Seal(ProviderApi.MESSAGES, "sig"),
    ProviderApi.RESPONSES: Seal(ProviderApi.RESPONSES, "enc", "rs_1"),
}
CALL = ToolCall("call_1", "weather", '{"city": "Oslo"}')
TOOLS = [{"type": "function", "function": {"name": "weather", "parameters": SCHEMA}}]


@pytest.mark.parametrize("api", SEALS)
@pytest.mark.parametrize("streams", [False, True])
def test_what_a_model_has_thought_goes_on_behind_a_client_of_chats(
    api: ProviderApi, *, streams: bool
) -> None:
    completion = Completion("1", "m", (Reasoning("hm", SEALS[api]), CALL), StopReason.TOOL_CALLS)
    asked = CHAT.read_request({"model": "m", "messages": [], "tools": TOOLS}, Losses({}))
    if streams:
        message = assembled(chunks_of(stream_of(completion, asked)))
    else:
        message = CHAT.write_answer(completion, asked)["choices"][0]["message"]
    result = {"role": "tool", "tool_call_id": "call_1", "content": "rain"}
    user = {"role": "user", "content": "weather?"}
    request = {"model": "m", "messages": [user, message, result], "tools": TOOLS, "reasoning_effort": "low"}
    other = DIALECTS[api]
    asked = replace(CHAT.read_request(request, Losses({})), served_by=SERVED_BY[api])
    written = other.write_request(asked, Losses({}))
    (_, turn, *_) = other.read_request({"max_tokens": 1000, **written}, Losses({})).turns
    assert turn.parts == completion.parts


def assembled(chunks: list[dict[str, Any]]) -> dict[str, Any]:
    """The message that a client puts together of a stream with one call, as OpenRouter's guide has it."""
    message: dict[str, Any] = {
        "role": "assistant",
        "content": None,
        "reasoning_details": [],
        "tool_calls": [],
    }
    for delta in (choice["delta"] for chunk in chunks for choice in chunk["choices"]):
        message["reasoning_details"] += delta.get("reasoning_details", [])
        for call in delta.get("tool_calls", []):
            if "id" in call:
                message["tool_calls"].append({**call, "function": dict(call["function"])})
            else:
                message["tool_calls"][-1]["function"]["arguments"] += call["function"]["arguments"]
    return message


SHOWN = [
    {"reasoning_content": "hm"},
    {"reasoning_details": [{"type": "reasoning.text", "text": "hm", "signature": "s", "index": 0}]},
    {"reasoning_details": [{"type": "reasoning.encrypted", "data": "x"}]},
    {},
]
EXTRA = {"google": {"thought_signature": "s"}}


@pytest.mark.parametrize("client", SEALS)
@pytest.mark.parametrize("shown", SHOWN)
@pytest.mark.parametrize("extra", [{}, {"extra_content": EXTRA}])
def test_what_a_server_of_chats_has_thought_goes_back_to_it(
    client: ProviderApi, shown: dict[str, Any], extra: dict[str, Any]
) -> None:
    call = {
        "id": "call_1",
        "type": "function",
        "function": {"name": "weather", "arguments": CALL.arguments},
        **extra,
    }
    message = {"role": "assistant", "content": None, **shown, "tool_calls": [call]}
    answer = {
        "id": "1",
        "model": "m",
        "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}],
    }
    other = DIALECTS[client]
    asked = CHAT.read_request({"model": "m", "messages": [], "tools": TOOLS}, Losses({}))
    told = other.write_answer(CHAT.read_answer(answer), asked)
    read = other.read_request(request_of(client, told), Losses({}))
    back = CHAT.write_request(read, Losses({}))["messages"]
    assert [each for each in back if each["role"] == "assistant"] == [message]


def request_of(client: ProviderApi, told: dict[str, Any]) -> dict[str, Any]:
    """What a client sends that goes on from an answer which has called a tool."""
    if client is ProviderApi.RESPONSES:
        result = {"type": "function_call_output", "call_id": "call_1", "output": "rain"}
        return {"model": "m", "input": [*told["output"], result], "store": False}
    result = {"type": "tool_result", "tool_use_id": "call_1", "content": "rain"}
    turns = [{"role": "assistant", "content": told["content"]}, {"role": "user", "content": [result]}]
    return {"model": "m", "max_tokens": 1000, "messages": turns}


@TRIED
@given(completions(), st.integers(1, 64))
@pytest.mark.parametrize("client", SEALS)
def test_a_chats_stream_says_the_same_in_any_clients_api(
    client: ProviderApi, completion: Completion, step: int
) -> None:
    asked = Conversation("m", (), streams=True, reasoning=ReasoningWish("high", shown=True))
    writer, reader = DIALECTS[client].stream_writer(asked), DIALECTS[client].stream_reader()
    told = b"".join(map(writer.write, read_stream(stream_of(completion), step))) + writer.finish()
    found = collected(reader.feed(told) + reader.finish())
    assert isinstance(found, Completion)
    assert spoken(found) == spoken(completion)
    assert (found.stop, found.tokens) == (completion.stop, completion.tokens)
