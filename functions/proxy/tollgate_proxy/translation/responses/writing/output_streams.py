"""The items that a response consists of, as they grow: each tells its events and is whole in the end.

An event is a name and its fields, without the number that it has in the stream. The events are those of the
API reference ("Streaming events").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate.catalog.catalog import ProviderApi
from tollgate_proxy.translation import seals
from tollgate_proxy.translation.conversation import Reasoning, Refusal, Text, ToolCall
from tollgate_proxy.translation.responses import defined_tools

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tollgate_proxy.translation.completion import AnswerPart
    from tollgate_proxy.translation.conversation import Seal, Tool, ToolOrigin

    Event = tuple[str, dict[str, Any]]

_COMPLETED, _IN_PROGRESS = "completed", "in_progress"


class ItemStream:
    """One item. `index` is its place in the response."""

    prefix: str

    def __init__(self, index: int, response_id: str) -> None:
        self._index = index
        self._id = f"{self.prefix}_{response_id.removeprefix('resp_')}_{index}"
        self._pieces: list[str] = []  # of the text that grows

    def begun(self) -> Iterator[Event]:
        yield "response.output_item.added", {"output_index": self._index, "item": self.item(_IN_PROGRESS)}

    def goes_on_with(self, _part: AnswerPart) -> bool:
        """Whether a part that begins belongs to this item, too."""
        return False

    def grow(self, text: str) -> Iterator[Event]:
        raise NotImplementedError

    def seal(self, seal: Seal) -> None:
        """Takes what a part is sealed with, which only reasoning is."""

    def ended(self, status: str) -> Iterator[Event]:
        """The events of its end, after which it has that `status`."""
        yield from self._closed()
        yield "response.output_item.done", {"output_index": self._index, "item": self.item(status)}

    def item(self, status: str) -> dict[str, Any]:
        """The item as it is by now."""
        raise NotImplementedError

    def _closed(self) -> Iterator[Event]:
        """The events before the last one."""
        yield from ()

    @property
    def _text(self) -> str:
        return "".join(self._pieces)

    def _event(self, name: str, /, **fields: Any) -> Event:
        return f"response.{name}", {"item_id": self._id, "output_index": self._index, **fields}


class MessageStream(ItemStream):
    """What is said. Texts that follow each other are one, as clients read the last one alone."""

    prefix = "msg"

    def __init__(self, index: int, response_id: str) -> None:
        super().__init__(index, response_id)
        self._content: list[dict[str, Any]] = []  # those parts that have ended
        self._open: type[Text | Refusal] | None = None

    def goes_on_with(self, part: AnswerPart) -> bool:
        return isinstance(part, Text | Refusal)

    def say(self, part: AnswerPart) -> Iterator[Event]:
        """The events of a part's beginning."""
        kind = Refusal if isinstance(part, Refusal) else Text
        if self._open is not kind:
            yield from self._closed()
            self._open = kind
            yield self._content_event("content_part.added", part=self._part())

    def grow(self, text: str) -> Iterator[Event]:
        self._pieces.append(text)
        if self._open is Refusal:
            yield self._content_event("refusal.delta", delta=text)
        else:
            yield self._content_event("output_text.delta", delta=text, logprobs=[])

    def item(self, status: str) -> dict[str, Any]:
        named = {"id": self._id, "type": "message", "status": status, "role": "assistant"}
        return {**named, "content": list(self._content)}

    def _closed(self) -> Iterator[Event]:
        if self._open is None:
            return
        part = self._part()
        if self._open is Refusal:
            yield self._content_event("refusal.done", refusal=self._text)
        else:
            yield self._content_event("output_text.done", text=self._text, logprobs=[])
        yield self._content_event("content_part.done", part=part)
        self._content.append(part)
        self._pieces.clear()
        self._open = None

    def _part(self) -> dict[str, Any]:
        if self._open is Refusal:
            return {"type": "refusal", "refusal": self._text}
        return {"type": "output_text", "text": self._text, "annotations": [], "logprobs": []}

    def _content_event(self, name: str, /, **fields: Any) -> Event:
        return self._event(name, content_index=len(self._content), **fields)


class ReasoningStream(ItemStream):
    """What is thought, told as a summary. The seal of another API comes with its text, which must go back."""

    prefix = "rs"

    def __init__(self, index: int, response_id: str, *, is_redacted: bool) -> None:
        super().__init__(index, response_id)
        self._is_redacted = is_redacted
        self._seal: Seal | None = None

    def grow(self, text: str) -> Iterator[Event]:
        if not self._pieces:
            yield self._summary_event("part.added", part={"type": "summary_text", "text": ""})
        self._pieces.append(text)
        yield self._summary_event("text.delta", delta=text)

    def seal(self, seal: Seal) -> None:
        self._seal = seal

    def item(self, status: str) -> dict[str, Any]:
        told: dict[str, Any] = {"id": self._id, "type": "reasoning", "summary": [], "encrypted_content": None}
        if status == _IN_PROGRESS:
            return told
        summary = [{"type": "summary_text", "text": self._text}] if self._pieces else []
        return {**told, "summary": summary, "encrypted_content": self._encrypted()}

    def _closed(self) -> Iterator[Event]:
        if self._pieces:
            yield self._summary_event("text.done", text=self._text)
            yield self._summary_event("part.done", part={"type": "summary_text", "text": self._text})

    def _summary_event(self, name: str, /, **fields: Any) -> Event:
        return self._event(f"reasoning_summary_{name}", summary_index=0, **fields)

    def _encrypted(self) -> str | None:
        if self._seal is None:
            return seals.UNSEALED if self._pieces else None
        if self._seal.api is ProviderApi.RESPONSES:
            return self._seal.value
        return seals.wrap(self._seal, None if self._is_redacted else self._text)


class CallStream(ItemStream):
    """A call of a function or a custom tool."""

    def __init__(self, index: int, response_id: str, call: ToolCall, origin: ToolOrigin | None) -> None:
        self.prefix = "ctc" if call.is_custom else "fc"
        super().__init__(index, response_id)
        self._call = call
        self._origin = origin

    def grow(self, text: str) -> Iterator[Event]:
        self._pieces.append(text)
        yield self._event(f"{self._member}.delta", delta=text)

    def item(self, status: str) -> dict[str, Any]:
        origin = self._origin
        named = {"call_id": self._call.id, "name": origin.name if origin else self._call.name}
        if origin and origin.namespace is not None:
            named["namespace"] = origin.namespace
        arguments = self._text
        if self._call.is_custom:
            return {"id": self._id, "type": "custom_tool_call", "status": status, **named, "input": arguments}
        return {"id": self._id, "type": "function_call", "status": status, **named, "arguments": arguments}

    @property
    def _member(self) -> str:
        return "custom_tool_call_input" if self._call.is_custom else "function_call_arguments"

    def _closed(self) -> Iterator[Event]:
        if self._call.is_custom:
            yield self._event(f"{self._member}.done", input=self._text)
        else:
            name = self._origin.name if self._origin else self._call.name
            yield self._event(f"{self._member}.done", name=name, arguments=self._text)


class DefinedCallStream(ItemStream):
    """A call of a tool that OpenAI defines, whose item can be told once its arguments are known."""

    def __init__(self, index: int, response_id: str, call: ToolCall, kind: str) -> None:
        self.prefix = "tool"
        super().__init__(index, response_id)
        self._call = call
        self._kind = kind

    def begun(self) -> Iterator[Event]:
        yield from ()

    def grow(self, text: str) -> Iterator[Event]:
        self._pieces.append(text)
        yield from ()

    def item(self, status: str) -> dict[str, Any]:
        named = {"id": self._id, "call_id": self._call.id, "status": status}
        asked = defined_tools.item_members(self._kind, self._text)
        if asked is None:  # for the client to tell the model what is wrong with them
            return {**named, "type": "function_call", "name": self._kind, "arguments": self._text}
        return {**named, "type": f"{self._kind}_call", **asked}

    def _closed(self) -> Iterator[Event]:
        yield from super().begun()


def item_stream(part: AnswerPart, index: int, response_id: str, tool: Tool | None) -> ItemStream:
    """The item that a part begins. `tool` is the one that it calls, if it does and the client has it."""
    if isinstance(part, Reasoning):
        return ReasoningStream(index, response_id, is_redacted=part.is_redacted)
    if not isinstance(part, ToolCall):
        return MessageStream(index, response_id)
    origin = None if tool is None else tool.origin
    if origin is not None and defined_tools.is_defined(origin.type):
        return DefinedCallStream(index, response_id, part, origin.type)
    return CallStream(index, response_id, part, origin)
