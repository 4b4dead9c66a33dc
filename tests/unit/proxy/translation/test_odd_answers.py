"""Answers that no API's documentation has, as a client's SDK can still read them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from anthropic.types import Message
from openai.types.responses import Response

from tests.support.builders import NOW
from tollgate.catalog.catalog import ProviderApi
from tollgate_proxy.answers import sse
from tollgate_proxy.translation import answer_times, seals, translations

CHAT, RESPONSES, MESSAGES = ProviderApi.CHAT, ProviderApi.RESPONSES, ProviderApi.MESSAGES
HI = [{"role": "user", "content": "Hi"}]
ASKED: dict[ProviderApi, dict[str, Any]] = {
    CHAT: {"model": "mine", "messages": HI},
    RESPONSES: {"model": "mine", "input": "Hi"},
    MESSAGES: {"model": "mine", "messages": HI, "max_tokens": 2000, "thinking": {"type": "adaptive"}},
}
CALLS = [{"id": "call_0", "type": "function", "function": {"name": name, "arguments": "{}"}} for name in "ab"]


def whole(client: ProviderApi, provider: ProviderApi, answer: dict[str, Any]) -> dict[str, Any]:
    translation = translations.of(client, provider, ASKED[client])
    status, _, told = translation.whole(200, json.dumps(answer).encode(), NOW)
    assert status == 200
    return json.loads(told)


def streamed(client: ProviderApi, provider: ProviderApi, *events: dict[str, Any]) -> list[dict[str, Any]]:
    stream = translations.of(client, provider, {**ASKED[client], "stream": True}).stream(NOW)
    told = b"".join(stream.feed(sse.written(event)) for event in events) + stream.finish()
    assert stream.failure is None
    found = [sse.object_in(sse.data_of(event)) for event in sse.EventSplitter().feed(told)]
    return [event for event in found if event is not None]


def of_chat(message: dict[str, Any]) -> dict[str, Any]:
    return {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}


def test_calls_that_share_an_id_are_told_apart() -> None:
    message = Message.model_validate(whole(MESSAGES, CHAT, of_chat({"tool_calls": CALLS})))
    response = Response.model_validate(whole(RESPONSES, CHAT, of_chat({"tool_calls": CALLS})))
    for first, second in (
        [block.id for block in message.content if block.type == "tool_use"],
        [item.call_id for item in response.output if item.type == "function_call"],
    ):
        assert first == "call_0"
        assert second.startswith("call_")
        assert second != first


def test_an_answer_without_a_name_of_its_own_gets_one() -> None:
    message = whole(MESSAGES, CHAT, of_chat({"content": "Hi"}))
    assert message["id"].startswith("msg_")
    assert message["model"] == "mine"


def test_thoughts_that_nothing_seals_are_told_with_a_mark() -> None:
    """Their client sends them back, maybe to a provider that believes no thoughts without its own seal."""
    message = of_chat({"content": [{"type": "thinking", "thinking": "Hm"}, {"type": "text", "text": "Hi"}]})
    assert whole(MESSAGES, CHAT, message)["content"][0]["signature"] == seals.UNSEALED
    assert whole(RESPONSES, CHAT, message)["output"][0]["encrypted_content"] == seals.UNSEALED
    delta = {"choices": [{"index": 0, "delta": message["choices"][0]["message"], "finish_reason": "stop"}]}
    signed = [each["delta"].get("signature") for each in streamed(MESSAGES, CHAT, delta) if "delta" in each]
    assert signed.count(seals.UNSEALED) == 1


def test_a_custom_tools_call_that_nobody_asked_for_is_still_json() -> None:
    call = {"index": 0, "id": "c", "type": "custom", "custom": {"name": "p", "input": "x y"}}
    chunk = {"choices": [{"index": 0, "delta": {"tool_calls": [call]}, "finish_reason": "tool_calls"}]}
    said = [each["delta"].get("partial_json") for each in streamed(MESSAGES, CHAT, chunk) if "delta" in each]
    assert json.loads("".join(filter(None, said))) == {"input": "x y"}


START = {"type": "message_start", "message": {"id": "msg_1", "model": "real", "content": []}}
TEXT = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hi"}}
STOP = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 1}}
ODD_DELTA = {"type": "content_block_delta", "index": [0], "delta": {"type": ["text_delta"]}}


@pytest.mark.parametrize(
    "events",
    [
        (TEXT, STOP),
        (START, START, TEXT, STOP),
        (START, {"type": "content_block_start", "index": {}, "content_block": None}, ODD_DELTA, TEXT, STOP),
        (START, {**TEXT, "delta": None}, TEXT, {**STOP, "usage": {"output_tokens": 1e400}}),
    ],
)
@pytest.mark.parametrize("client", [CHAT, RESPONSES])
def test_a_message_with_events_missing_or_of_odd_types_is_told(client, events) -> None:
    told = streamed(client, MESSAGES, *events)
    begun = [
        each for each in told if "role" in str(each.get("choices")) or each.get("type") == "response.created"
    ]
    assert len(begun) == 1
    assert "Hi" in str(told)


@pytest.mark.parametrize("place", [[1], {}, None, "0"])
def test_a_response_with_a_place_that_is_none_is_told(place) -> None:
    ends = [
        {"type": f"response.{name}", "output_index": 0, "content_index": place, "text": "Hi"}
        for name in ("output_text.done", "content_part.done")
    ]
    done = {"type": "response.completed", "response": {"status": "completed", "output": []}}
    assert "Hi" in str(streamed(CHAT, RESPONSES, *ends, done))


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        *[(7, 7), (7.9, 7), (0, None), (-1, None), (True, None), ("7", None), (None, None)],
        *[(10**30, None), (float("inf"), None), (float("nan"), None)],
    ],
)
def test_a_time_is_told_only_if_it_is_one(value, seconds) -> None:
    assert answer_times.seconds_of(value) == seconds
