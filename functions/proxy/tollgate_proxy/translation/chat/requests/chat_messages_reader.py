"""A chat's messages as a conversation's turns.

OpenAI's API reference: chat completions, `messages`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate_proxy.translation.chat import chat_reasoning
from tollgate_proxy.translation.chat.requests import chat_content
from tollgate_proxy.translation.chat.requests.chat_shapes import (
    an_object,
    objects,
    optional_text,
    refused,
    text,
)
from tollgate_proxy.translation.conversation import (
    Document,
    Image,
    Reasoning,
    Refusal,
    Role,
    Text,
    ToolCall,
    ToolResult,
    Turn,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tollgate_proxy.translation.conversation import Part
    from tollgate_proxy.translation.losses import Losses

_ROLES = {
    "system": Role.SYSTEM,
    "developer": Role.DEVELOPER,
    "user": Role.USER,
    "assistant": Role.ASSISTANT,
}
_READ = frozenset({"role", "content", "name", "tool_calls", "tool_call_id", "refusal"})
# What a client sends back of an answer, and means nothing in a request.
_ECHOED = frozenset(
    {"annotations", "index", "id", "provider_specific_fields", "parsed", *chat_reasoning.PLAIN_MEMBERS}
    | {chat_reasoning.DETAILS}
)
_NOTHING: tuple[Any, ...] = (None, "", [], {}, False)


def read(messages: Any, losses: Losses) -> tuple[Turn, ...]:
    """The turns of a chat. Results of tools that follow each other are one turn of the user's."""
    if messages is None:
        raise refused("`messages` is required.", "messages")
    turns: list[Turn] = []
    reader = _MessageReader(losses)
    for at, message in enumerate(objects(messages, "messages")):
        turn = reader.read(message, f"messages[{at}]")
        if message.get("role") == "tool" and turns and _are_results(turns[-1]):
            turns[-1] = Turn(Role.USER, turns[-1].parts + turn.parts)
        else:
            turns.append(turn)
    return tuple(turns)


def _are_results(turn: Turn) -> bool:
    return bool(turn.parts) and all(isinstance(part, ToolResult) for part in turn.parts)


class _MessageReader:
    def __init__(self, losses: Losses) -> None:
        self._losses = losses
        self._custom_calls: set[str] = set()

    def read(self, message: Mapping[str, Any], param: str) -> Turn:
        for name in message.keys() - _READ - _ECHOED:
            if message[name] not in _NOTHING:
                self._losses.lose(f"messages[].{name}", f"{param}.{name}")
        role = message.get("role")
        if role == "tool":
            return Turn(Role.USER, (self._result(message, param),))
        if role == "function":
            self._losses.lose("messages[].function_call", param)
            return Turn(Role.USER, tuple(chat_content.read(message.get("content"), param, self._losses)))
        if not isinstance(role, str) or role not in _ROLES:
            raise refused(f"`{param}.role` must be one of {', '.join(_ROLES)}, tool.", f"{param}.role")
        parts: list[Part] = []
        if role == "assistant":
            parts += chat_reasoning.sent_back(message)
        parts += chat_content.read(message.get("content"), f"{param}.content", self._losses)
        if role == "assistant":
            parts += self._refusal(message, param)
            parts += self._calls(message, param)
        return Turn(_ROLES[role], tuple(parts), optional_text(message.get("name"), f"{param}.name"))

    def _result(self, message: Mapping[str, Any], param: str) -> ToolResult:
        call_id = text(message.get("tool_call_id"), f"{param}.tool_call_id")
        parts = tuple(
            part
            for part in chat_content.read(message.get("content"), f"{param}.content", self._losses)
            if isinstance(part, Text | Image | Document)
        )
        return ToolResult(call_id, parts, is_custom=call_id in self._custom_calls)

    def _refusal(self, message: Mapping[str, Any], param: str) -> Iterator[Refusal]:
        refusal = optional_text(message.get("refusal"), f"{param}.refusal")
        if refusal:
            yield Refusal(refusal)

    def _calls(self, message: Mapping[str, Any], param: str) -> Iterator[Reasoning | ToolCall]:
        for at, call in enumerate(objects(message.get("tool_calls"), f"{param}.tool_calls")):
            place = f"{param}.tool_calls[{at}]"
            call_id = text(call.get("id"), f"{place}.id")
            extra = call.get(chat_reasoning.EXTRA)
            if extra:
                yield Reasoning("", chat_reasoning.extra_seal(call_id, extra), is_redacted=True)
            yield self._call(call, call_id, place)

    def _call(self, call: Mapping[str, Any], call_id: str, param: str) -> ToolCall:
        if call.get("type") == "custom":
            self._custom_calls.add(call_id)
            custom = an_object(call.get("custom"), f"{param}.custom")
            name = text(custom.get("name"), f"{param}.custom.name")
            given = text(custom.get("input"), f"{param}.custom.input")
            return ToolCall(call_id, name, given, is_custom=True)
        function = an_object(call.get("function"), f"{param}.function")
        name = text(function.get("name"), f"{param}.function.name")
        return ToolCall(call_id, name, text(function.get("arguments"), f"{param}.function.arguments"))
