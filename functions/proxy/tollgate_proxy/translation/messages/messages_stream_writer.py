"""Writes a stream of a message of Anthropic's API.

Its blocks come one after the other, so that what grows at the same time waits. A block begins when something
comes of it: clients send back what they get, and the API refuses a text that is empty.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tollgate_proxy.answers import sse
from tollgate_proxy.translation import custom_tools, seals, told_errors
from tollgate_proxy.translation.completion import (
    Begun,
    Failed,
    PartBegun,
    PartEnded,
    PartGrew,
    PartSealed,
    Stopped,
)
from tollgate_proxy.translation.conversation import Reasoning, ToolCall
from tollgate_proxy.translation.messages import messages_answer_writer, messages_errors, messages_usage
from tollgate_proxy.translation.part_order import PartOrder
from tollgate_proxy.translation.tool_names import ToolNames

if TYPE_CHECKING:
    from tollgate_proxy.translation.completion import AnswerPart, StreamEvent
    from tollgate_proxy.translation.conversation import Conversation, Seal

_PartEvent = PartBegun | PartGrew | PartSealed | PartEnded


class StreamWriter:
    def __init__(self, asked: Conversation) -> None:
        self._asked = asked
        self._names = ToolNames(asked)
        self._order = PartOrder()
        self._shows_reasoning = messages_answer_writer.shows_reasoning(asked)
        self._parts: list[AnswerPart] = []  # as they began
        self._block: _Block | None = None
        self._blocks = 0

    def write(self, event: StreamEvent) -> bytes:
        told = self._names.restored_events(event)
        return b"".join(self._written(each) for own in told for each in self._order.feed(own))

    def finish(self) -> bytes:
        return b""  # the last event says that it is

    def _written(self, event: StreamEvent) -> bytes:
        match event:
            case Begun():
                return _event("message_start", message=self._message(event))
            case Stopped():
                return self._stopped(event)
            case Failed():
                error = messages_errors.write_failure(told_errors.of_stream(event))
                return _event("error", error=error["error"])
            case _:
                return self._said(event)

    def _message(self, begun: Begun) -> dict[str, Any]:
        return {
            "id": begun.id or messages_answer_writer.new_id(),
            "type": "message",
            "role": "assistant",
            "model": begun.model or self._asked.model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": messages_usage.written_usage(begun.tokens),
        }

    def _stopped(self, stopped: Stopped) -> bytes:
        reason = messages_answer_writer.stop_of(stopped.stop, self._parts)
        delta = {"stop_reason": reason, "stop_sequence": stopped.stop_sequence}
        usage = messages_usage.written_usage(stopped.tokens)
        return _event("message_delta", delta=delta, usage=usage) + _event("message_stop")

    def _said(self, event: _PartEvent) -> bytes:
        if isinstance(event, PartBegun):
            return self._begun(event)
        if self._block is None:
            return b""
        match event:
            case PartGrew():
                return self._block.grew(event.text)
            case PartSealed():
                return self._block.sealed(event.seal)
            case _:
                said = self._block.ended()
                self._blocks += self._block.has_begun
                self._block = None
                return said

    def _begun(self, event: PartBegun) -> bytes:
        part = event.part
        self._parts.append(part)
        is_hidden = isinstance(part, Reasoning) and not self._shows_reasoning
        self._block = _Block(self._blocks, part, self._asked, is_hidden=is_hidden)
        if isinstance(part, ToolCall):
            return self._block.begun() + self._block.grew(part.arguments)
        seal = part.seal if isinstance(part, Reasoning) else None
        said = self._block.grew(part.text)
        return said if seal is None else said + self._block.sealed(seal)


class _Block:
    """A block of content, as it grows."""

    def __init__(self, index: int, part: AnswerPart, asked: Conversation, *, is_hidden: bool) -> None:
        self.has_begun = self._is_sealed = False
        self._custom: list[str] = []  # the text of a custom tool's call, which becomes JSON when it is whole
        self._index, self._part, self._asked = index, part, asked
        self._is_hidden = is_hidden
        self._withheld: list[str] = []

    def begun(self, seal: str = "") -> bytes:
        if self.has_begun or self._is_hidden:
            return b""
        self.has_begun = True
        return _event("content_block_start", index=self._index, content_block=self._empty(seal))

    def grew(self, text: str) -> bytes:
        if isinstance(self._part, Reasoning):
            shown = messages_answer_writer.shown_text(Reasoning(text), self._asked)
            self._withheld += [] if shown else [text]
            text = shown
        if not text or self._is_hidden:
            return b""
        match self._part:
            case ToolCall(is_custom=True):
                self._custom.append(text)
                return b""
            case ToolCall():
                delta = {"type": "input_json_delta", "partial_json": text}
            case Reasoning():
                delta = {"type": "thinking_delta", "thinking": text}
            case _:
                delta = {"type": "text_delta", "text": text}
        return self.begun() + self._delta(delta)

    def sealed(self, seal: Seal) -> bytes:
        value = messages_answer_writer.written_seal(seal, "".join(self._withheld))
        if self._is_hidden or not value:
            return b""
        if isinstance(self._part, Reasoning) and self._part.is_redacted:
            return self.begun(value)
        return self.begun() + self._signed(value)

    def ended(self) -> bytes:
        if not self.has_begun:
            return b""
        is_thought = isinstance(self._part, Reasoning) and not self._part.is_redacted
        rest = self._signed(seals.UNSEALED) if is_thought and not self._is_sealed else b""
        if self._custom:
            arguments = json.dumps(custom_tools.arguments_of("".join(self._custom)))
            rest = self._delta({"type": "input_json_delta", "partial_json": arguments})
        return rest + _event("content_block_stop", index=self._index)

    def _signed(self, signature: str) -> bytes:
        self._is_sealed = True
        return self._delta({"type": "signature_delta", "signature": signature})

    def _delta(self, delta: dict[str, Any]) -> bytes:
        return _event("content_block_delta", index=self._index, delta=delta)

    def _empty(self, seal: str) -> dict[str, Any]:
        match self._part:
            case ToolCall(id=call_id, name=name):
                return {"type": "tool_use", "id": call_id, "name": name, "input": {}}
            case Reasoning(is_redacted=True):
                return {"type": "redacted_thinking", "data": seal}
            case Reasoning():
                return {"type": "thinking", "thinking": "", "signature": ""}
            case _:
                return {"type": "text", "text": ""}


def _event(kind: str, **members: Any) -> bytes:
    return sse.written({"type": kind, **members}, name=kind)
