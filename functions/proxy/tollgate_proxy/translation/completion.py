"""An answer as no API writes it, whole or as it grows."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from tollgate.lean_dataclass import dataclass
from tollgate_proxy.translation.conversation import Reasoning, Refusal, Seal, Text, ToolCall

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

AnswerPart = Text | Reasoning | ToolCall | Refusal


class StopReason(StrEnum):
    """Why a model has stopped. `PAUSED` is Anthropic's pause_turn, `CONTEXT` an end of the context window."""

    END = "end"
    LENGTH = "length"
    CONTEXT = "context"
    STOP_SEQUENCE = "stop_sequence"
    TOOL_CALLS = "tool_calls"
    REFUSAL = "refusal"
    CONTENT_FILTER = "content_filter"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Tokens:
    """The usage that a client is told. Each token of the prompt is in one class: `input` are the uncached.

    `reasoning` is part of `output`. What Tollgate charges is read from the provider's own answer, not here.
    """

    input: int = 0
    cache_read: int = 0
    cache_write: int = 0
    cache_write_1h: int = 0
    output: int = 0
    reasoning: int = 0

    @property
    def prompt(self) -> int:
        return self.input + self.cache_read + self.cache_write + self.cache_write_1h


@dataclass(frozen=True, slots=True)
class Completion:
    """An answer. `created` is in seconds since 1970, None if the API doesn't say."""

    id: str
    model: str
    parts: tuple[AnswerPart, ...]
    stop: StopReason
    tokens: Tokens | None = None
    stop_sequence: str | None = None
    created: int | None = None
    service_tier: str | None = None


@dataclass(frozen=True, slots=True)
class Begun:
    """The first event of a stream. `tokens` is what is known of the usage by then."""

    id: str
    model: str
    created: int | None = None
    tokens: Tokens | None = None


@dataclass(frozen=True, slots=True)
class PartBegun:
    """A part begins, empty as far as it is still to grow. Each part has an index of its own, counted up."""

    index: int
    part: AnswerPart


@dataclass(frozen=True, slots=True)
class PartGrew:
    """More of a part's text, or of a tool call's arguments."""

    index: int
    text: str


@dataclass(frozen=True, slots=True)
class PartSealed:
    """The seal of a part of reasoning, which comes before its end."""

    index: int
    seal: Seal


@dataclass(frozen=True, slots=True)
class PartEnded:
    index: int


@dataclass(frozen=True, slots=True)
class Stopped:
    """The last event of a stream that was whole."""

    stop: StopReason
    tokens: Tokens | None = None
    stop_sequence: str | None = None
    service_tier: str | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """The last event of a stream that its provider ended with an error."""

    message: str
    type: str | None = None
    code: str | None = None


StreamEvent = Begun | PartBegun | PartGrew | PartSealed | PartEnded | Stopped | Failed


def grown(part: AnswerPart, text: str) -> AnswerPart:
    """A part with more text."""
    if isinstance(part, ToolCall):
        return replace(part, arguments=part.arguments + text)
    return replace(part, text=part.text + text)


def streamed(completion: Completion) -> Iterator[StreamEvent]:
    """A whole answer as the stream that a client has asked for."""
    yield Begun(completion.id, completion.model, completion.created, completion.tokens)
    for index, part in enumerate(completion.parts):
        yield PartBegun(index, _emptied(part))
        text = part.arguments if isinstance(part, ToolCall) else part.text
        if text:
            yield PartGrew(index, text)
        if isinstance(part, Reasoning) and part.seal is not None:
            yield PartSealed(index, part.seal)
        yield PartEnded(index)
    yield Stopped(completion.stop, completion.tokens, completion.stop_sequence, completion.service_tier)


def _emptied(part: AnswerPart) -> AnswerPart:
    """A part as it begins."""
    if isinstance(part, ToolCall):
        return replace(part, arguments="")
    return replace(part, text="", seal=None) if isinstance(part, Reasoning) else replace(part, text="")


def collected(events: Iterable[StreamEvent]) -> Completion | Failed | None:
    """A stream as the whole answer that a client has asked for; None of one that has no end."""
    begun = Begun("", "")
    parts: dict[int, AnswerPart] = {}
    for event in events:
        match event:
            case Failed():
                return event
            case Stopped():
                return _whole(begun, parts, event)
            case Begun():
                begun = event
            case _:
                _change(parts, event)
    return None


def _change(parts: dict[int, AnswerPart], event: PartBegun | PartGrew | PartSealed | PartEnded) -> None:
    match event:
        case PartBegun():
            parts[event.index] = event.part
        case PartGrew():
            parts[event.index] = grown(parts[event.index], event.text)
        case PartSealed():
            part = parts[event.index]
            parts[event.index] = replace(part, seal=event.seal) if isinstance(part, Reasoning) else part


def _whole(begun: Begun, parts: dict[int, AnswerPart], stopped: Stopped) -> Completion:
    return Completion(
        begun.id,
        begun.model,
        tuple(parts[index] for index in sorted(parts)),
        stopped.stop,
        stopped.tokens or begun.tokens,
        stopped.stop_sequence,
        begun.created,
        stopped.service_tier,
    )
