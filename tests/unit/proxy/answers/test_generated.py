"""Without a provider's figures a stream is charged by its text, and by nothing that frames it."""

from __future__ import annotations

import pytest

from tollgate_proxy.answers import generated
from tollgate_proxy.apis import messages, responses

TEN = "a" * 40
LONG = "x" * 4000


def chunk(*deltas, **choice):
    return {"id": LONG, "choices": [{"index": n, "delta": delta, **choice} for n, delta in enumerate(deltas)]}


@pytest.mark.parametrize(
    ("event", "tokens"),
    [
        (chunk({"content": TEN}), 10),
        (chunk({"content": TEN}, {"content": TEN}), 20),
        (chunk({"reasoning_content": TEN, "content": None}), 10),
        (chunk({"refusal": TEN}), 10),
        (
            chunk({"tool_calls": [{"index": 0, "id": LONG, "function": {"name": "look", "arguments": TEN}}]}),
            11,
        ),
        (chunk({"reasoning": TEN, "reasoning_details": [{"type": "reasoning.text", "text": TEN}]}), 10),
        (chunk({"reasoning_details": [{"type": "reasoning.text", "text": TEN}]}), 10),
        (chunk({"reasoning": TEN, "reasoning_content": TEN}), 10),
        (chunk({"audio": {"id": "audio_1", "data": LONG, "transcript": TEN}}), 10),
        (chunk({"audio": {"id": "audio_1", "data": LONG}}), 0),
        (chunk({"content": TEN}, finish_reason=LONG, native_finish_reason=LONG, stop_reason=LONG), 10),
        (chunk({"content": TEN}, logprobs={"content": [{"token": LONG}]}, token_ids=[1] * 400), 10),
        (chunk({"content": TEN}, error={"message": LONG}, content_filter_offsets={"a": LONG}), 10),
        (chunk({"role": "assistant", "content": ""}), 0),
        ({"choices": [{"text": TEN}]}, 10),
        ({"choices": [{"message": {"content": TEN}}]}, 10),
        ({"choices": [None, {"delta": [TEN]}, {"delta": 7}]}, 0),
        ({"choices": None}, 0),
        ({"error": {"message": LONG}}, 0),
    ],
)
def test_of_a_chats_chunk_the_text_counts(event, tokens):
    assert generated.in_chunk(event) == tokens


@pytest.mark.parametrize(
    ("event", "tokens"),
    [
        ({"type": "response.output_text.delta", "delta": TEN, "obfuscation": LONG, "item_id": LONG}, 10),
        ({"type": "response.function_call_arguments.delta", "delta": TEN}, 10),
        ({"type": "response.reasoning_summary_text.delta", "delta": TEN}, 10),
        ({"type": "response.audio.delta", "delta": LONG}, 0),
        ({"type": "response.output_audio.delta", "delta": LONG}, 0),
        ({"type": "response.output_text.done", "text": LONG}, 0),
        ({"type": "error", "message": LONG}, 0),
        ({"type": "response.x", "delta": {"text": LONG}}, 0),
        ({}, 0),
    ],
)
def test_of_a_responses_event_the_text_counts(event, tokens):
    assert responses.generated_in_event(event) == tokens


def delta(**members):
    return {"type": "content_block_delta", "index": 0, "delta": members}


def block(**members):
    return {"type": "content_block_start", "index": 0, "content_block": members}


@pytest.mark.parametrize(
    ("event", "tokens"),
    [
        (delta(type="text_delta", text=TEN), 10),
        (delta(type="thinking_delta", thinking=TEN), 10),
        (delta(type="input_json_delta", partial_json=TEN), 10),
        (delta(type="signature_delta", signature=LONG), 0),
        (delta(type="citations_delta", citation={"cited_text": LONG, "url": LONG}), 0),
        (block(type="text", text=TEN), 10),
        (block(type="tool_use", id=LONG, name="look", input={}), 1),
        (block(type="server_tool_use", id=LONG, name="look", input={"query": TEN}), 11),
        (block(type="web_search_tool_result", tool_use_id=LONG, content=[{"url": LONG, "title": LONG}]), 0),
        (block(type="compaction", content=TEN), 10),
        (block(type="redacted_thinking", data=LONG), 0),
        ({"type": "content_block_delta", "delta": None}, 0),
    ],
)
def test_of_a_messages_event_the_text_counts(event, tokens):
    assert messages.generated_in_event(event) == tokens
