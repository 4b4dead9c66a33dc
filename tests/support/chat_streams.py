"""Streams of chat completions: as servers send them, what is read of them, and what clients are told."""

from __future__ import annotations

import json
from typing import Any

from tollgate_proxy.translation.chat.chat_stream_reader import StreamReader
from tollgate_proxy.translation.chat.chat_stream_writer import StreamWriter
from tollgate_proxy.translation.completion import (
    Begun,
    Completion,
    PartBegun,
    PartEnded,
    Stopped,
    StreamEvent,
    collected,
    streamed,
)
from tollgate_proxy.translation.conversation import Conversation

ASKED = Conversation("m", (), streams=True)


def sse(*chunks: dict[str, Any], done: bool = True) -> bytes:
    text = b"".join(b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks)
    return text + (b"data: [DONE]\n\n" if done else b"")


def delta(reason: str | None = None, index: int = 0, **members: Any) -> dict[str, Any]:
    choice = {"index": index, "delta": members, "finish_reason": reason}
    return {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "real", "choices": [choice]}


def read_stream(stream: bytes, step: int = 4096) -> list[StreamEvent]:
    reader = StreamReader()
    events: list[StreamEvent] = []
    for at in range(0, len(stream), step):
        events += reader.feed(stream[at : at + step])
    return events + reader.finish()


def whole_of(events: list[StreamEvent]) -> Completion:
    """The answer of a stream whose parts begin, grow and end in order."""
    indexes = [event.index for event in events if isinstance(event, PartBegun)]
    assert indexes == list(range(len(indexes)))
    assert sorted(event.index for event in events if isinstance(event, PartEnded)) == indexes
    assert [type(event) for event in (events[0], events[-1])] == [Begun, Stopped]
    found = collected(events)
    assert isinstance(found, Completion)
    return found


def stream_of(completion: Completion, asked: Conversation = ASKED) -> bytes:
    writer = StreamWriter(asked)
    return b"".join(writer.write(event) for event in streamed(completion)) + writer.finish()


def chunks_of(stream: bytes) -> list[dict[str, Any]]:
    lines = [line.removeprefix(b"data: ") for line in stream.split(b"\n\n") if line]
    return [json.loads(line) for line in lines if line != b"[DONE]"]
