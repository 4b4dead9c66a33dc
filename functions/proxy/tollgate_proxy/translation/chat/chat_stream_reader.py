"""The chunks of a chat's stream, of whichever of the many servers that have one, as events.

OpenAI's API reference: the chat completion chunk object. Chunks without choices bring usage, or what a
content filter has found (Azure), before the first choice or after the last.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tollgate.pricing.provider_usage import Figures, chat_reports
from tollgate_proxy.answers import provider_json
from tollgate_proxy.answers.choices import choices_of
from tollgate_proxy.answers.sse import DONE, EventSplitter, data_of
from tollgate_proxy.answers.stream_ends import ChatEnds
from tollgate_proxy.translation import answer_times, told_errors
from tollgate_proxy.translation.chat import chat_reasoning, chat_stops
from tollgate_proxy.translation.chat.chat_answer_parts import calls_in, content_texts
from tollgate_proxy.translation.chat.chat_call_stream import CallStream
from tollgate_proxy.translation.chat.chat_tokens import tokens_of
from tollgate_proxy.translation.completion import (
    Begun,
    Failed,
    PartBegun,
    PartEnded,
    PartGrew,
    PartSealed,
    Stopped,
)
from tollgate_proxy.translation.conversation import Reasoning, Refusal, Text, ToolCall

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate_proxy.translation.chat.chat_call_stream import StreamedCall
    from tollgate_proxy.translation.completion import AnswerPart, StreamEvent
    from tollgate_proxy.translation.conversation import Seal

_ENCRYPTED = "reasoning.encrypted"


class StreamReader:
    """Reads the stream of one answer: its first choice, as no other has been asked for."""

    def __init__(self) -> None:
        self._splitter = EventSplitter()
        self._ends = ChatEnds()
        self._figures = Figures()
        self._parts = _Parts()
        self._id = self._model = ""
        self._created: int | None = None
        self._choice: int | None = None
        self._reason: str | None = None
        self._sequence: str | None = None
        self._has_begun = self._is_over = False

    def feed(self, chunk: bytes) -> list[StreamEvent]:
        return self._read(self._splitter.feed(chunk))

    def finish(self) -> list[StreamEvent]:
        """What is left when the provider has closed the stream; it has stopped only if that was its end."""
        events = self._read(self._splitter.last())
        return events if self._is_over or not self._ends.has_ended else events + self._stopped()

    def _read(self, raw: list[bytes]) -> list[StreamEvent]:
        events: list[StreamEvent] = []
        for each in raw:
            if self._is_over:
                break
            events += self._read_event(each)
        return events

    def _read_event(self, event: bytes) -> list[StreamEvent]:
        data = data_of(event)
        chunk = provider_json.salvaged(data)
        self._ends.see(event, data, chunk)
        if self._ends.failed:
            self._is_over = True
            return [_failure(data, chunk)]
        if data.strip() == DONE:
            return self._stopped() if self._ends.has_ended else []
        return self._read_chunk(chunk)

    def _read_chunk(self, chunk: Mapping[str, Any]) -> list[StreamEvent]:
        self._figures = self._figures.updated(chat_reports.figures_of(chunk))
        self._id = self._id or _text(chunk.get("id"))
        self._model = self._model or _text(chunk.get("model"))
        self._created = self._created or answer_times.seconds_of(chunk.get("created"))
        events: list[StreamEvent] = []
        for choice in choices_of(chunk):
            events += self._begun()
            if self._is_ours(choice):
                events += self._read_choice(choice)
        return events

    def _begun(self) -> list[StreamEvent]:
        if self._has_begun:
            return []
        self._has_begun = True
        return [Begun(self._id, self._model, self._created, tokens_of(self._figures))]

    def _is_ours(self, choice: Mapping[str, Any]) -> bool:
        index = choice.get("index")
        number = index if isinstance(index, int) else 0
        if self._choice is None:
            self._choice = number
        return number == self._choice

    def _read_choice(self, choice: Mapping[str, Any]) -> list[StreamEvent]:
        delta = choice.get("delta") or choice.get("message")
        if not isinstance(delta, dict):
            delta = {"content": choice.get("text")}
        self._reason = chat_stops.reason_in(choice) or self._reason
        self._sequence = chat_stops.sequence_in(choice) or self._sequence
        return self._parts.read(delta)

    def _stopped(self) -> list[StreamEvent]:
        self._is_over = True
        ended = self._parts.ended()
        stop = chat_stops.stop_of(self._reason, self._sequence, self._parts.begun)
        tokens, tier = tokens_of(self._figures), self._figures.service_tier
        return [*self._begun(), *ended, Stopped(stop, tokens, self._sequence, tier)]


class _Parts:
    """The parts of an answer as they come: one of text or reasoning at a time, calls of tools beside it."""

    def __init__(self) -> None:
        self.begun: list[AnswerPart] = []
        self._open: int | None = None  # the part of text or reasoning that hasn't ended
        self._calls = CallStream()
        self._member: str | None = None  # where the open part's reasoning comes from
        self._details: list[dict[str, Any]] = []

    def read(self, delta: Mapping[str, Any]) -> list[StreamEvent]:
        text, thought = content_texts(delta.get("content"))
        events = self._reasoning(delta, thought)
        if text:
            events += self._grown(Text(""), text)
        if refusal := _text(delta.get("refusal")):
            events += self._grown(Refusal(""), refusal)
        for piece in calls_in(delta):
            call = self._calls.take(piece)
            if piece.extra:
                events += self._extra(call)
            if call.part is None and call.name:
                events += self._call_begun(call)
            elif call.part is not None and piece.arguments:
                events.append(PartGrew(call.part, piece.arguments))
        return events

    def ended(self) -> list[StreamEvent]:
        """The ends of all that is open."""
        events = self._closed()
        for call in self._calls.calls:
            events += self._call_begun(call) if call.part is None else []
            events.append(PartEnded(_index(call)))
        return events

    def _reasoning(self, delta: Mapping[str, Any], thought: str) -> list[StreamEvent]:
        details = chat_reasoning.details_in(delta)
        member, text = chat_reasoning.plain_text(delta)
        if not text:
            member, text = "", thought or chat_reasoning.text_of_details(details)
        if not (text or details):
            return []
        is_redacted = not text and all(piece.get("type") == _ENCRYPTED for piece in details)
        opened = self.begun[self._open] if self._open is not None else None
        if is_redacted and isinstance(opened, Reasoning):
            is_redacted = opened.is_redacted  # it seals what has been shown
        events = self._grown(Reasoning("", is_redacted=is_redacted), text)
        self._member = member or self._member
        chat_reasoning.add_details(self._details, details)
        return events

    def _grown(self, empty: AnswerPart, text: str) -> list[StreamEvent]:
        """More of a part of that kind, which begins unless it is open."""
        events: list[StreamEvent] = []
        if self._open is None or self.begun[self._open] != empty:
            events += self._closed()
            self._open = self._begin(empty, events)
        return [*events, PartGrew(self._open, text)] if text else events

    def _begin(self, part: AnswerPart, events: list[StreamEvent]) -> int:
        index = len(self.begun)
        self.begun.append(part)
        events.append(PartBegun(index, part))
        return index

    def _closed(self) -> list[StreamEvent]:
        """The end of the open part, with its seal if it is reasoning that its server wants back."""
        if self._open is None:
            return []
        index, self._open = self._open, None
        events: list[StreamEvent] = [PartEnded(index)]
        seal: Seal | None = None
        if self._details:
            seal = chat_reasoning.details_seal(self._details)
        elif self._member:
            seal = chat_reasoning.member_seal(self._member)
        self._member, self._details = None, []
        return events if seal is None else [PartSealed(index, seal), *events]

    def _call_begun(self, call: StreamedCall) -> list[StreamEvent]:
        events = self._closed()
        part = ToolCall(call.id, call.name, "", call.is_custom)
        call.part = self._begin(part, events)
        return [*events, PartGrew(call.part, call.arguments)] if call.arguments else events

    def _extra(self, call: StreamedCall) -> list[StreamEvent]:
        """What came with a call, as a part of its own."""
        seal = chat_reasoning.extra_seal(call.id, call.extra)
        events = self._closed()
        index = self._begin(Reasoning("", is_redacted=True), events)
        return [*events, PartSealed(index, seal), PartEnded(index)]


def _index(call: StreamedCall) -> int:
    assert call.part is not None  # noqa: S101 - it has begun
    return call.part


def _failure(data: bytes, chunk: Mapping[str, Any]) -> Failed:
    """What an event tells of an error, be it in one of its choices."""
    told = told_errors.read(data)
    for holder in (*choices_of(chunk), chunk.get("x_groq")):
        if not told.message and isinstance(holder, dict) and holder.get("error"):
            told = told_errors.read(json.dumps({"error": holder["error"]}).encode())
    message = told.message or "The model's provider couldn't go on."
    return Failed(message, told.type, told.code)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
