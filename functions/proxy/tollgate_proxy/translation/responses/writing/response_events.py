"""An answer as the events of a response's stream, the last of which has the whole response."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from tollgate_proxy.translation.completion import (
    Begun,
    Failed,
    PartBegun,
    PartEnded,
    PartGrew,
    PartSealed,
    Stopped,
    StopReason,
)
from tollgate_proxy.translation.conversation import Choosing, Reasoning, Refusal, ToolCall
from tollgate_proxy.translation.part_order import PartOrder
from tollgate_proxy.translation.responses.openai_tiers import tier_of
from tollgate_proxy.translation.responses.responses_errors import failure_of
from tollgate_proxy.translation.responses.responses_request_writer import reasoning_settings, text_settings
from tollgate_proxy.translation.responses.usage_tokens import write_usage
from tollgate_proxy.translation.responses.writing.output_streams import MessageStream, item_stream
from tollgate_proxy.translation.tool_names import ToolNames

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tollgate_proxy.translation.completion import AnswerPart, StreamEvent
    from tollgate_proxy.translation.conversation import Conversation
    from tollgate_proxy.translation.responses.writing.output_streams import Event, ItemStream

_INCOMPLETE = {
    StopReason.LENGTH: "max_output_tokens",
    StopReason.CONTEXT: "max_output_tokens",
    StopReason.CONTENT_FILTER: "content_filter",
    StopReason.REFUSAL: "content_filter",
}
# How names of answers begin with OpenAI and Anthropic.
_ID_PREFIXES = ("resp_", "chatcmpl-", "msg_")
_ID_BYTES = 16


class ResponseEvents:
    """The events of one response, for a client that has `asked`; and the response as it is by now."""

    def __init__(self, asked: Conversation) -> None:
        self._asked = asked
        self._tools = {tool.name: tool for tool in asked.tools}
        self._names = ToolNames(asked)
        self._order = PartOrder()
        self._begun = Begun("", asked.model)
        self._id = _response_id("")
        self._output: list[dict[str, Any]] = []
        self._item: ItemStream | None = None
        self._refuses = False
        self.response: dict[str, Any] = {}

    def of(self, event: StreamEvent) -> Iterator[Event]:
        """The events by which a client is told."""
        for restored in self._names.restored_events(event):
            for each in self._order.feed(restored):
                yield from self._told(each)

    def _told(self, event: StreamEvent) -> Iterator[Event]:
        match event:
            case Begun():
                self._begun = event
                self._id = _response_id(event.id)
                self.response = self._response("in_progress")
                yield "response.created", {"response": self.response}
                yield "response.in_progress", {"response": self.response}
            case PartBegun():
                yield from self._begin(event.part)
            case PartGrew():
                yield from self._grow(event.text)
            case PartSealed() if self._item is not None:
                self._item.seal(event.seal)
            case PartEnded():
                pass  # an item ends where the next one begins: texts that follow each other are one
            case Stopped():
                yield from self._stop(event)
            case Failed():
                yield from self._fail(event)

    def _begin(self, part: AnswerPart) -> Iterator[Event]:
        item = self._item
        if item is None or not item.goes_on_with(part):
            yield from self._end("completed")
            tool = self._tools.get(part.name) if isinstance(part, ToolCall) else None
            item = self._item = item_stream(part, len(self._output), self._id, tool)
            yield from item.begun()
        if isinstance(item, MessageStream):
            self._refuses = self._refuses or isinstance(part, Refusal)
            yield from item.say(part)
        if isinstance(part, Reasoning) and part.seal is not None:
            item.seal(part.seal)
        yield from self._grow(part.arguments if isinstance(part, ToolCall) else part.text)

    def _grow(self, text: str) -> Iterator[Event]:
        if text and self._item is not None:
            yield from self._item.grow(text)

    def _end(self, status: str) -> Iterator[Event]:
        if self._item is None:
            return
        yield from self._item.ended(status)
        self._output.append(self._item.item(status))
        self._item = None

    def _stop(self, stopped: Stopped) -> Iterator[Event]:
        reason = _INCOMPLETE.get(stopped.stop)
        if stopped.stop is StopReason.REFUSAL and self._refuses:
            reason = None  # the message says so itself
        status = "completed" if reason is None else "incomplete"
        yield from self._end(status)
        self.response = self._response(status) | {
            "incomplete_details": None if reason is None else {"reason": reason},
            "usage": write_usage(stopped.tokens or self._begun.tokens),
            "service_tier": tier_of(stopped.service_tier),
        }
        yield f"response.{status}", {"response": self.response}

    def _fail(self, failed: Failed) -> Iterator[Event]:
        """An error, by which OpenAI's SDKs raise, and the end of the response, which others wait for."""
        error = failure_of(failed)
        yield "error", {**error, "param": None, "error": {"type": failed.type, "param": None, **error}}
        self.response = self._response("failed") | {"error": error}
        yield "response.failed", {"response": self.response}

    def _response(self, status: str) -> dict[str, Any]:
        """The response without what is known in the end only. A request's prompt and tools aren't repeated: a
        coding agent's would be sent three times.
        """
        asked = self._asked
        return {
            "id": self._id,
            "object": "response",
            "created_at": self._begun.created or 0,
            "status": status,
            "background": False,
            "error": None,
            "incomplete_details": None,
            "instructions": None,
            "max_output_tokens": asked.output_limit,
            "metadata": {},
            "model": self._begun.model or asked.model,
            "output": list(self._output),
            "parallel_tool_calls": asked.parallel_tool_calls is not False,
            "previous_response_id": None,
            "prompt_cache_key": asked.cache_key,
            "reasoning": {"effort": None, "summary": None} | reasoning_settings(asked),
            "service_tier": None,
            "store": False,
            "temperature": asked.temperature,
            "text": {"format": {"type": "text"}} | text_settings(asked),
            "tool_choice": self._choice(),
            "tools": [],
            "top_p": asked.top_p,
            "truncation": "disabled",
            "usage": None,
            "user": asked.user,
        }

    def _choice(self) -> Any:
        choice = self._asked.tool_choice
        if choice is None:
            return "auto"
        if choice.choosing is not Choosing.NAMED:
            return choice.choosing.value
        tool = self._tools.get(choice.names[0])
        origin = None if tool is None else tool.origin
        kind = "custom" if tool is not None and tool.is_custom else "function"
        return {"type": kind, "name": choice.names[0] if origin is None else origin.name}


def _response_id(given: str) -> str:
    """The provider's name for an answer, as one of a response; one that nobody else has where it has none."""
    name = given
    for prefix in _ID_PREFIXES:
        name = name.removeprefix(prefix)
    return f"resp_{name or os.urandom(_ID_BYTES).hex()}"
