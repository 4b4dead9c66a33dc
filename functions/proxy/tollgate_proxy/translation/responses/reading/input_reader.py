"""The items that a client of OpenAI's responses sends, as the turns of a conversation.

What the assistant has said, thought and called without an answer between is one turn, as are the results of
tools that follow each other; a message of another role is a turn of its own.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tollgate.catalog.catalog import ProviderApi
from tollgate_proxy.translation import seals
from tollgate_proxy.translation.conversation import (
    Reasoning,
    Refusal,
    Role,
    Seal,
    Text,
    ToolCall,
    ToolResult,
    Turn,
)
from tollgate_proxy.translation.responses import defined_tools
from tollgate_proxy.translation.responses.reading.input_content import parts_of
from tollgate_proxy.translation.responses.reading.typed_members import mapping, optional_text, refuse, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate_proxy.translation.conversation import Part
    from tollgate_proxy.translation.losses import Losses
    from tollgate_proxy.translation.responses.reading.tools_reader import OfferedTools

# Items that bring tools along, which `brought_tools` finds.
_BRINGING = ("additional_tools", "tool_search_output")
_BREAK = "\n\n"


def brought_tools(items: Any) -> list[tuple[str, Any]]:
    """The lists of tools within a request's items, each with its place."""
    return [
        (f"input[{number}].tools", item.get("tools"))
        for number, item in enumerate(items if isinstance(items, list) else [])
        if isinstance(item, dict) and item.get("type") in _BRINGING
    ]


def reasoning_in(item: Mapping[str, Any]) -> Reasoning | None:
    """What was thought, with its seal; None if an item has nothing of either.

    Another API may have shown nothing of what it sealed, which isn't redacted for that.
    """
    shown = _BREAK.join(_texts(item.get("summary"))) or "".join(_texts(item.get("content")))
    sealed = item.get("encrypted_content")
    if not isinstance(sealed, str) or not sealed:
        return Reasoning(shown) if shown else None
    seal, told = seals.native(sealed, ProviderApi.RESPONSES)
    if seal is not None and seal.api is ProviderApi.RESPONSES:
        name = item.get("id")
        seal = Seal(seal.api, seal.value, name if isinstance(name, str) else None)
    if told is not None:
        return Reasoning(told, seal)
    if seal is None and not shown:
        return None
    return Reasoning(shown, seal, is_redacted=not shown)


class InputReader:
    """Reads the items of a request in their order."""

    def __init__(self, offered: OfferedTools, losses: Losses) -> None:
        self._offered = offered
        self._losses = losses
        self._turns: list[tuple[Role, list[Part]]] = []

    def turns(self) -> tuple[Turn, ...]:
        return tuple(Turn(role, tuple(parts)) for role, parts in self._turns)

    def read(self, given: Any) -> None:
        """Takes `input`; raises `RefusedError` for what can't be carried and not be left out."""
        if isinstance(given, str):
            self._say(Role.USER, [Text(given)])
        elif isinstance(given, list):
            for number, item in enumerate(given):
                self._read_item(mapping(item, f"input[{number}]"), f"input[{number}]")
        else:
            refuse("`input` must be a string or an array.", "input")

    def _read_item(self, item: Mapping[str, Any], place: str) -> None:
        kind = item.get("type")
        if kind == "message" or (kind is None and "role" in item):
            self._read_message(item, place)
        elif kind == "reasoning":
            thought = reasoning_in(item)
            self._say(Role.ASSISTANT, [] if thought is None else [thought])
        elif kind in ("function_call", "custom_tool_call"):
            self._read_call(item, place, is_custom=kind == "custom_tool_call")
        elif kind in ("function_call_output", "custom_tool_call_output"):
            self._answer(item, place, item.get("output"), is_custom=kind == "custom_tool_call_output")
        elif not self._read_defined(text(kind, f"{place}.type"), item, place):
            self._losses.lose(f"input[{kind}]", place)

    def _read_message(self, item: Mapping[str, Any], place: str) -> None:
        role = item.get("role")
        if role not in list(Role):
            refuse(f"`{place}.role` must be user, assistant, system or developer.", f"{place}.role")
        if item.get("phase") is not None:
            self._losses.lose("input[].phase")
        self._say(Role(role), [*parts_of(item.get("content"), f"{place}.content", self._losses)])

    def _read_call(self, item: Mapping[str, Any], place: str, *, is_custom: bool) -> None:
        namespace = optional_text(item.get("namespace"), f"{place}.namespace")
        name = self._offered.name_of(text(item.get("name"), f"{place}.name"), namespace)
        member = "input" if is_custom else "arguments"
        arguments = text(item.get(member), f"{place}.{member}")
        call_id = text(item.get("call_id"), f"{place}.call_id")
        self._say(Role.ASSISTANT, [ToolCall(call_id, name, arguments, is_custom)])

    def _read_defined(self, kind: str, item: Mapping[str, Any], place: str) -> bool:
        """Whether it is a call, or the result of one, of a tool that OpenAI defines and the client runs."""
        if kind == "additional_tools":
            return True  # they are offered already
        is_result = kind.endswith("_call_output") or kind == "tool_search_output"
        tool = kind.removesuffix("_output").removesuffix("_call")
        if not defined_tools.is_defined(tool) or item.get("execution") == "server":
            return False
        if is_result:
            self._answer(item, place, _told(tool, item), is_error=item.get("status") == "failed")
        else:
            name = self._offered.name_of_defined(tool)
            call_id = text(item.get("call_id") or item.get("id"), f"{place}.call_id")
            self._say(Role.ASSISTANT, [ToolCall(call_id, name, defined_tools.arguments_in(tool, item))])
        return True

    def _answer(
        self,
        item: Mapping[str, Any],
        place: str,
        output: Any,
        *,
        is_custom: bool = False,
        is_error: bool = False,
    ) -> None:
        call_id = text(item.get("call_id") or item.get("id"), f"{place}.call_id")
        told = parts_of("" if output is None else output, f"{place}.output", self._losses)
        parts = tuple(Text(part.text) if isinstance(part, Refusal) else part for part in told)
        self._say(Role.USER, [ToolResult(call_id, parts, is_error, is_custom)])

    def _say(self, role: Role, parts: list[Part]) -> None:
        if not parts:
            return
        goes_on = bool(self._turns) and self._turns[-1][0] is role
        if goes_on and (role is Role.ASSISTANT or _are_results([*self._turns[-1][1], *parts])):
            self._turns[-1][1].extend(parts)
        else:
            self._turns.append((role, parts))


def _are_results(parts: list[Part]) -> bool:
    return all(isinstance(part, ToolResult) for part in parts)


def _told(tool: str, item: Mapping[str, Any]) -> Any:
    """The result of a tool that OpenAI defines, as text for a model that doesn't know it."""
    if tool == "tool_search":
        found = item.get("tools")
        return json.dumps(_names_in(found if isinstance(found, list) else []))
    output = item.get("output")
    if output is None:
        return item.get("status") or ""
    return output if isinstance(output, str) else json.dumps(output)


def _names_in(tools: list[Any]) -> list[Any]:
    return [tool.get("name") or tool.get("type") for tool in tools if isinstance(tool, dict)]


def _texts(parts: Any) -> list[str]:
    found = [part.get("text") for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
    return [each for each in found if isinstance(each, str) and each]
