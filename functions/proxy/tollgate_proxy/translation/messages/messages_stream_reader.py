"""Reads a stream of a message of Anthropic's API.

https://platform.claude.com/docs/en/build-with-claude/streaming
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate.catalog.catalog import ProviderApi
from tollgate.lean_dataclass import dataclass
from tollgate_proxy.answers import sse
from tollgate_proxy.translation.completion import (
    Begun,
    Failed,
    PartBegun,
    PartEnded,
    PartGrew,
    PartSealed,
    Stopped,
)
from tollgate_proxy.translation.conversation import Reasoning, Refusal, Seal, Text, ToolCall
from tollgate_proxy.translation.messages import messages_answer_reader, messages_usage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tollgate_proxy.translation.completion import StreamEvent

_OF_BLOCKS = ("content_block_start", "content_block_delta", "content_block_stop")
# Where a delta's text is, by its type.
_TEXTS = {"text_delta": "text", "thinking_delta": "thinking", "input_json_delta": "partial_json"}
# The blocks that deltas are of whose beginning is missing.
_BEGUN_BY = {"text_delta": {"type": "text"}, "thinking_delta": {"type": "thinking"}}


@dataclass(slots=True)
class _OpenPart:
    """A part that grows: `rest` is what it is if nothing more comes, `signature` what seals it."""

    index: int
    rest: str = ""
    signature: str = ""


class StreamReader:
    def __init__(self) -> None:
        self._splitter = sse.EventSplitter()
        self._open: dict[int, _OpenPart] = {}  # by the blocks' own indexes
        self._parts = 0
        self._has_begun = False
        self._usage: dict[str, Any] = {}
        self._stop: Mapping[str, Any] | None = None
        self._is_over = False

    def feed(self, chunk: bytes) -> list[StreamEvent]:
        return [told for event in self._splitter.feed(chunk) for told in self._read(event)]

    def finish(self) -> list[StreamEvent]:
        """What is left when the stream is over; it has its end if it has said why it stops."""
        rest = [told for event in self._splitter.last() for told in self._read(event)]
        if self._stop is not None:
            rest += self._ended()
        return rest

    def _read(self, event: bytes) -> Iterator[StreamEvent]:
        found = sse.object_in(sse.data_of(event))
        if found is None or self._is_over:
            return
        kind = found.get("type")
        if kind in _OF_BLOCKS:
            yield from self._read_block(kind, found)
            return
        match kind:
            case "message_start":
                yield from self._begun(_part(found, "message"))
            case "message_delta":
                self._see_stop(found)
            case "message_stop":
                yield from self._ended()
            case _ if kind == "error" or "error" in found:
                yield from self._failed(_part(found, "error"))

    def _read_block(self, kind: str, event: Mapping[str, Any]) -> Iterator[StreamEvent]:
        stated = event.get("index")
        block_index = stated if isinstance(stated, int) else 0
        if kind == "content_block_start":
            yield from self._part_ended(block_index)  # which its provider has not said
            yield from self._part_begun(block_index, _part(event, "content_block"))
        elif kind == "content_block_delta":
            yield from self._part_grew(block_index, _part(event, "delta"))
        else:
            yield from self._part_ended(block_index)

    def _begun(self, message: Mapping[str, Any]) -> Iterator[StreamEvent]:
        """The beginning, once, though its provider may leave it out or repeat it."""
        self._see_usage(message.get("usage"))
        if self._has_begun:
            return
        self._has_begun = True
        tokens = messages_usage.read_tokens(message.get("usage"))
        yield Begun(str(message.get("id") or ""), str(message.get("model") or ""), tokens=tokens)

    def _part_begun(self, block_index: Any, block: Mapping[str, Any]) -> Iterator[StreamEvent]:
        for part in messages_answer_reader.read_block(block):
            yield from self._begun({})
            begun = self._open[block_index] = _OpenPart(self._parts)
            self._parts += 1
            match part:
                case ToolCall():
                    begun.rest = part.arguments
                    yield PartBegun(begun.index, ToolCall(part.id, part.name, ""))
                case Reasoning():
                    begun.signature = "" if part.seal is None else part.seal.value
                    yield PartBegun(begun.index, Reasoning("", is_redacted=part.is_redacted))
                    yield from _grew(begun, part.text)
                case Text():
                    yield PartBegun(begun.index, Text(""))
                    yield from _grew(begun, part.text)

    def _part_grew(self, block_index: Any, delta: Mapping[str, Any]) -> Iterator[StreamEvent]:
        kind = str(delta.get("type"))
        if block_index not in self._open and kind in _BEGUN_BY:
            yield from self._part_begun(block_index, _BEGUN_BY[kind])
        part = self._open.get(block_index)
        if part is None:
            return
        if kind == "signature_delta":
            part.signature = str(delta.get("signature") or "")
        elif kind in _TEXTS:
            yield from _grew(part, str(delta.get(_TEXTS[kind]) or ""))

    def _part_ended(self, block_index: Any) -> Iterator[StreamEvent]:
        part = self._open.pop(block_index, None)
        if part is None:
            return
        if part.rest:
            yield PartGrew(part.index, part.rest)
        if part.signature:
            yield PartSealed(part.index, Seal(ProviderApi.MESSAGES, part.signature))
        yield PartEnded(part.index)

    def _see_stop(self, event: Mapping[str, Any]) -> None:
        self._see_usage(event.get("usage"))
        delta = _part(event, "delta")
        if delta.get("stop_reason"):
            self._stop = delta

    def _see_usage(self, usage: Any) -> None:
        """Each report is of all so far, and may leave out, or have as nothing, what one has told before."""
        if isinstance(usage, dict):
            self._usage |= {name: value for name, value in usage.items() if value or name not in self._usage}

    def _ended(self) -> Iterator[StreamEvent]:
        if self._is_over:
            return
        self._is_over = True
        yield from self._begun({})
        for block_index in list(self._open):
            yield from self._part_ended(block_index)
        stop = self._stop or {}
        explanation = messages_answer_reader.read_explanation(stop)
        if explanation:
            yield PartBegun(self._parts, Refusal(""))
            yield PartGrew(self._parts, explanation)
            yield PartEnded(self._parts)
        sequence = stop.get("stop_sequence")
        yield Stopped(
            messages_usage.read_stop(stop.get("stop_reason")),
            messages_usage.read_tokens(self._usage) if self._usage else None,
            sequence if isinstance(sequence, str) else None,
            messages_usage.read_tier(self._usage),
        )

    def _failed(self, error: Mapping[str, Any]) -> Iterator[StreamEvent]:
        self._is_over = True
        kind, code = error.get("type"), error.get("code")
        yield Failed(
            str(error.get("message") or ""),
            kind if isinstance(kind, str) else None,
            code if isinstance(code, str) else None,
        )


def _grew(part: _OpenPart, text: str) -> Iterator[StreamEvent]:
    if text:
        part.rest = ""
        yield PartGrew(part.index, text)


def _part(event: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = event.get(name)
    return part if isinstance(part, dict) else {}
