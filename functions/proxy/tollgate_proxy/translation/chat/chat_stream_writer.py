"""Events as the chunks of a chat's stream.

OpenAI's API reference: the chat completion chunk object.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tollgate_proxy.answers import sse
from tollgate_proxy.translation import told_errors
from tollgate_proxy.translation.chat import chat_reasoning, chat_stops, chat_tokens
from tollgate_proxy.translation.chat.chat_answer_writer import (
    REASONING_GAP,
    TIERS,
    call,
    new_id,
    shows_reasoning,
)
from tollgate_proxy.translation.chat.chat_errors import write_error
from tollgate_proxy.translation.completion import (
    Begun,
    Failed,
    PartBegun,
    PartEnded,
    PartGrew,
    PartSealed,
    Stopped,
    grown,
)
from tollgate_proxy.translation.conversation import Reasoning, Refusal, Text, ToolCall
from tollgate_proxy.translation.tool_names import ToolNames

if TYPE_CHECKING:
    from tollgate_proxy.translation.completion import AnswerPart, StreamEvent
    from tollgate_proxy.translation.conversation import Conversation

_DONE = b"data: " + sse.DONE + b"\n\n"
# With which an answer would have come, had it been known before that it fails.
_BAD_REQUEST = 400
_SERVER_ERROR = 500


class StreamWriter:
    """Writes the stream of one answer, for the client who has asked for it."""

    def __init__(self, asked: Conversation) -> None:
        self._names = ToolNames(asked)
        self._shows_reasoning = shows_reasoning(asked)
        self._wants_usage = asked.wants_usage
        self._model = asked.model
        self._envelope: dict[str, Any] = {}
        self._parts: dict[int, AnswerPart] = {}
        self._calls: dict[int, int] = {}  # parts that are calls, as they are counted among the calls
        self._thoughts = 0
        self._refused = self._has_shown = self._is_whole = False

    def write(self, event: StreamEvent) -> bytes:
        return b"".join(map(self._write, self._names.restored_events(event)))

    def finish(self) -> bytes:
        """What ends a stream that was whole."""
        return _DONE if self._is_whole else b""

    def _write(self, event: StreamEvent) -> bytes:
        match event:
            case Begun():
                return self._begun(event)
            case Stopped():
                return self._stopped(event)
            case Failed():
                told = told_errors.of_stream(event)
                return sse.written(write_error(_BAD_REQUEST if told.is_too_long else _SERVER_ERROR, told))
        return self._write_part(event)

    def _write_part(self, event: PartBegun | PartGrew | PartSealed | PartEnded) -> bytes:
        match event:
            case PartBegun(index, part):
                return self._part_begun(index, part)
            case PartGrew(index, text):
                return self._part_grew(index, text)
            case PartSealed(index, seal):
                part = self._parts[index]
                self._parts[index] = replace(part, seal=seal) if isinstance(part, Reasoning) else part
                return b""
            case PartEnded(index):
                return self._part_ended(index)

    def _begun(self, begun: Begun) -> bytes:
        self._envelope = {
            "id": begun.id or new_id(),
            "object": "chat.completion.chunk",
            "created": begun.created or 0,
            "model": begun.model or self._model,
        }
        return self._chunk({"role": "assistant", "content": ""})

    def _part_begun(self, index: int, part: AnswerPart) -> bytes:
        self._parts[index] = part
        if isinstance(part, ToolCall):
            self._calls[index] = len(self._calls)
            written = call(part)
            (written["custom"] if part.is_custom else written["function"]).update(
                _input(part, part.arguments)
            )
            return self._chunk({"tool_calls": [{"index": self._calls[index], **written}]})
        self._refused = self._refused or isinstance(part, Refusal)
        return self._said(part, part.text) if part.text else b""

    def _part_grew(self, index: int, text: str) -> bytes:
        part = self._parts[index]
        is_first = isinstance(part, Reasoning) and not part.text
        self._parts[index] = grown(part, text)
        if isinstance(part, ToolCall):
            return self._arguments(index, part, text)
        return self._said(part, text, begins=is_first)

    def _said(self, part: AnswerPart, text: str, *, begins: bool = True) -> bytes:
        if isinstance(part, Text):
            return self._chunk({"content": text})
        if isinstance(part, Refusal):
            return self._chunk({"refusal": text})
        if not self._shows_reasoning:
            return b""
        gap = REASONING_GAP if begins and self._has_shown else ""
        self._has_shown = True
        return self._chunk({chat_reasoning.PLAIN_MEMBERS[0]: gap + text})

    def _arguments(self, index: int, part: ToolCall, text: str) -> bytes:
        kind = "custom" if part.is_custom else "function"
        return self._chunk({"tool_calls": [{"index": self._calls[index], kind: _input(part, text)}]})

    def _part_ended(self, index: int) -> bytes:
        part = self._parts[index]
        if isinstance(part, ToolCall) and not (part.arguments or part.is_custom):
            return self._arguments(index, part, "{}")
        if not isinstance(part, Reasoning) or not self._shows_reasoning:
            return b""
        detail = chat_reasoning.shown_detail(part, self._thoughts)
        self._thoughts += 1
        return b"" if detail is None else self._chunk({chat_reasoning.DETAILS: [detail]})

    def _stopped(self, stopped: Stopped) -> bytes:
        self._is_whole = True
        tier = {"service_tier": stopped.service_tier} if stopped.service_tier in TIERS else {}
        reason = chat_stops.told(stopped.stop, says_refusal=self._refused)
        last = self._chunk({}, reason, tier)
        if not self._wants_usage or stopped.tokens is None:
            return last
        usage = {**self._envelope, "choices": [], "usage": chat_tokens.usage_of(stopped.tokens), **tier}
        return last + sse.written(usage)

    def _chunk(
        self, delta: dict[str, Any], reason: str | None = None, beside: dict[str, Any] | None = None
    ) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return sse.written({**self._envelope, "choices": [choice], **(beside or {})})


def _input(part: ToolCall, text: str) -> dict[str, str]:
    """What is said to a tool, or more of it."""
    return {"input" if part.is_custom else "arguments": text}
