"""The stream of a response as events.

Not every server sends all events of OpenAI's: some begin no item or part, some tell a text or an item as a
whole only, or all of it in the end. What hasn't been told by then is told from what is whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate_proxy.answers import provider_errors, sse
from tollgate_proxy.translation import answer_times
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
from tollgate_proxy.translation.responses.reading.output_reader import (
    FAILURES,
    call_in,
    parts_in,
    said_in,
    stop_of,
)
from tollgate_proxy.translation.responses.usage_tokens import read_usage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tollgate_proxy.translation.completion import AnswerPart, StreamEvent

_ENDS = ("response.completed", "response.incomplete", "response.done")
_FAILURES = ("response.failed", "response.cancelled", "response.error", "error")
_BREAK = "\n\n"
# What a delta adds to, by its event, and the member that has the whole in the event `.done`.
_GROWING: Mapping[str, tuple[str, str]] = {
    "response.output_text": ("text", "text"),
    "response.refusal": ("refusal", "refusal"),
    "response.reasoning_summary_text": ("summary", "text"),
    "response.reasoning_text": ("thought", "text"),
    "response.function_call_arguments": ("arguments", "arguments"),
    "response.custom_tool_call_input": ("arguments", "input"),
}
_ITEM, _CONTENT = _FRAMING = ("response.output_item", "response.content_part")


class _Growing:
    """A part of an item, by its index in the stream, and what of it has been told."""

    def __init__(self, index: int) -> None:
        self.index = index
        self.pieces: list[str] = []
        self.is_open = True
        self.summary = 0  # which summary is being told, of several,
        self.summary_start = 0  # and where in the text it begins

    @property
    def told(self) -> str:
        return "".join(self.pieces)


class _Item:
    """An item of a response, with the parts that have begun."""

    def __init__(self) -> None:
        self.parts: dict[Any, _Growing] = {}
        self.call: ToolCall | None = None  # as far as it was told when it was added
        self.is_over = False


class StreamReader:
    """Reads a provider's stream, whatever its chunk borders."""

    def __init__(self) -> None:
        self._splitter = sse.EventSplitter()
        self._items: dict[int, _Item] = {}
        self._places: dict[str, int] = {}  # of items that events name without saying where they are
        self._parts: list[AnswerPart] = []
        self._has_begun = False
        self._is_over = False

    def feed(self, chunk: bytes) -> list[StreamEvent]:
        return [told for event in self._splitter.feed(chunk) for told in self._read(event)]

    def finish(self) -> list[StreamEvent]:
        """What is left. A stream that has not told its end has none."""
        return [told for event in self._splitter.last() for told in self._read(event)]

    def _read(self, event: bytes) -> Iterator[StreamEvent]:
        parsed = sse.object_in(sse.data_of(event))
        if parsed is None or self._is_over:
            return
        kind = str(parsed.get("type") or "")
        response = parsed.get("response")
        whole: Mapping[str, Any] = response if isinstance(response, dict) else {}
        if kind in _FAILURES or whole.get("status") in FAILURES or (not kind and parsed.get("error")):
            self._is_over = True
            yield _failure(parsed, whole)
            return
        if whole or kind.startswith("response."):
            yield from self._begin(whole)
        if kind in _ENDS:
            yield from self._end(whole)
        elif kind.startswith("response."):
            yield from self._grow(kind, parsed)

    def _begin(self, response: Mapping[str, Any]) -> Iterator[StreamEvent]:
        if self._has_begun:
            return
        self._has_begun = True
        yield Begun(
            str(response.get("id") or ""),
            str(response.get("model") or ""),
            answer_times.seconds_of(response.get("created_at")),
        )

    def _grow(self, kind: str, event: Mapping[str, Any]) -> Iterator[StreamEvent]:
        name, _, step = kind.rpartition(".")
        if name not in _GROWING and name not in _FRAMING:
            return
        item, given = self._item_of(event), event.get("item")
        if item.is_over:
            return
        if name in _GROWING:
            what, member = _GROWING[name]
            text = event.get("delta" if step == "delta" else member)
            if isinstance(text, str):
                yield from self._tell(item, what, event, text, is_whole=step == "done")
        elif name == _CONTENT and step == "done":
            yield from self._close(item, _place(event))
        elif name == _ITEM and step == "done":
            yield from self._finish_item(item, given)
        elif name == _ITEM and isinstance(given, dict):
            item.call = call_in(given)
            yield from self._begin_call(item)

    def _item_of(self, event: Mapping[str, Any]) -> _Item:
        given, index = event.get("item"), event.get("output_index")
        if not isinstance(index, int):
            name = given.get("id") if isinstance(given, dict) else event.get("item_id")
            last = max(self._items, default=0)
            index = self._places.setdefault(name, len(self._items)) if isinstance(name, str) else last
        return self._items.setdefault(index, _Item())

    def _tell(
        self, item: _Item, what: str, event: Mapping[str, Any], text: str, *, is_whole: bool
    ) -> Iterator[StreamEvent]:
        if what == "arguments":
            yield from self._tell_arguments(item, text, is_whole=is_whole)
        elif what in ("summary", "thought"):
            yield from self._tell_thought(item, what, event, text, is_whole=is_whole)
        else:
            part: AnswerPart = Text("") if what == "text" else Refusal("")
            yield from self._add(item, _place(event), part, text, is_whole=is_whole)

    def _tell_arguments(self, item: _Item, text: str, *, is_whole: bool) -> Iterator[StreamEvent]:
        if item.call is None:
            return  # its name isn't known before it is whole
        yield from self._begin_call(item)
        yield from self._add(item, "call", item.call, text, is_whole=is_whole)

    def _begin_call(self, item: _Item) -> Iterator[StreamEvent]:
        """A call begins when its name is known, whatever it is called with."""
        if item.call is not None and "call" not in item.parts:
            call = item.call
            yield self._begun(item, "call", ToolCall(call.id, call.name, "", call.is_custom))

    def _tell_thought(
        self, item: _Item, what: str, event: Mapping[str, Any], text: str, *, is_whole: bool
    ) -> Iterator[StreamEvent]:
        """A summary, of which there may be several, or else the thoughts themselves: one of both is told."""
        other = "thought" if what == "summary" else "summary"
        if other in item.parts or not text:
            return
        number = event.get("summary_index", 0) if what == "summary" else 0
        growing = item.parts.get(what)
        if growing is not None and number != growing.summary:
            growing.pieces.append(_BREAK)
            growing.summary, growing.summary_start = number, len(growing.told)
            yield PartGrew(growing.index, _BREAK)
        if is_whole and growing is not None:
            text = growing.told[: growing.summary_start] + text
        yield from self._add(item, what, Reasoning(""), text, is_whole=is_whole)
        if growing is None:
            item.parts[what].summary = number

    def _add(
        self, item: _Item, place: Any, part: AnswerPart, text: str, *, is_whole: bool
    ) -> Iterator[StreamEvent]:
        """More of a part; of a `whole` one what hasn't been told yet."""
        growing = item.parts.get(place)
        if growing is not None and not growing.is_open:
            return
        more = text
        if is_whole and growing is not None:
            told = growing.told
            more = text[len(told) :] if text.startswith(told) else ""
        if not more:
            return
        if growing is None:
            yield self._begun(item, place, part)
        growing = item.parts[place]
        growing.pieces.append(more)
        yield PartGrew(growing.index, more)

    def _begun(self, item: _Item, place: Any, part: AnswerPart) -> PartBegun:
        item.parts[place] = _Growing(len(self._parts))
        self._parts.append(part)
        return PartBegun(item.parts[place].index, part)

    def _close(self, item: _Item, place: Any) -> Iterator[StreamEvent]:
        growing = item.parts.get(place)
        if growing is not None and growing.is_open:
            growing.is_open = False
            yield PartEnded(growing.index)

    def _finish_item(self, item: _Item, given: Any) -> Iterator[StreamEvent]:
        """Tells what of an item that is whole hasn't been told, and ends its parts."""
        for place, part in _placed(given):
            match part:
                case ToolCall():
                    item.call = part
                    yield from self._begin_call(item)
                    yield from self._add(item, "call", part, part.arguments, is_whole=True)
                case Reasoning():
                    yield from self._finish_reasoning(item, part)
                case _:
                    empty = Refusal("") if isinstance(part, Refusal) else Text("")
                    yield from self._add(item, place, empty, part.text, is_whole=True)
        for place in list(item.parts):
            yield from self._close(item, place)
        item.is_over = True

    def _finish_reasoning(self, item: _Item, part: Reasoning) -> Iterator[StreamEvent]:
        place = next(iter(item.parts), "summary")
        if part.text:
            yield from self._add(item, place, Reasoning(""), part.text, is_whole=True)
        if part.seal is None:
            return
        if place not in item.parts:
            yield self._begun(item, place, Reasoning("", is_redacted=True))
        yield PartSealed(item.parts[place].index, part.seal)

    def _end(self, response: Mapping[str, Any]) -> Iterator[StreamEvent]:
        self._is_over = True
        output = response.get("output")
        for index, given in enumerate(output if isinstance(output, list) else []):
            item = self._items.setdefault(index, _Item())
            if not item.is_over:
                yield from self._finish_item(item, given)
        for item in self._items.values():
            for place in list(item.parts):
                yield from self._close(item, place)
        tier = response.get("service_tier")
        yield Stopped(
            stop_of(response, self._parts),
            read_usage(response.get("usage")),
            service_tier=tier if isinstance(tier, str) else None,
        )


def _place(event: Mapping[str, Any]) -> int:
    """The place in its message of the part that an event tells of; the first where it doesn't say."""
    place = event.get("content_index")
    return place if isinstance(place, int) else 0


def _placed(item: Any) -> list[tuple[int, AnswerPart]]:
    """An item's parts with their places in it."""
    if isinstance(item, dict) and item.get("type") == "message":
        return [*said_in(item)]
    return list(enumerate(parts_in(item)))


def _failure(event: Mapping[str, Any], response: Mapping[str, Any]) -> Failed:
    told = response.get("error") or event.get("error") or event
    found = provider_errors.error_in({"error": told})
    labels = {name: told.get(name) if isinstance(told, dict) else None for name in ("type", "code")}
    kind, code = (each if isinstance(each, str) and each != "error" else None for each in labels.values())
    return Failed(found.message or "The provider's stream has ended with an error.", kind, code)
