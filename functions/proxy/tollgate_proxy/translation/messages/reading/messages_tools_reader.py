"""The tools of a request for a message, and how they are to be used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate_proxy.translation import strict_schemas
from tollgate_proxy.translation.conversation import Choosing, Tool, ToolChoice
from tollgate_proxy.translation.messages.reading import messages_shapes as shapes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate_proxy.translation.losses import Losses

_OWN = (None, "custom")
# Tools that Anthropic runs, and which an answer can be without: a search for tools that would be told to the
# model only then, and the advice of another model. By how their types begin, which end with a date.
_DISPENSABLE = ("tool_search_tool_", "advisor_")
# Members that say how a tool is told or called, not what it does.
_MANNERS = ("defer_loading", "eager_input_streaming", "input_examples")
# OpenAI refuses the schema of an object that doesn't say which members it has, be it none.
_NO_PROPERTIES: Mapping[str, Any] = {"type": "object", "properties": {}}
_CHOICES = {"auto": Choosing.AUTO, "any": Choosing.REQUIRED, "none": Choosing.NONE, "tool": Choosing.NAMED}


def tools(value: Any, losses: Losses) -> tuple[Tool, ...]:
    found = (_tool(tool, place, losses) for place, tool in shapes.listed(value, "tools"))
    return tuple(tool for tool in found if tool is not None)


def choice(value: Any) -> tuple[ToolChoice | None, bool | None]:
    """Whether tools are to be called, and whether several of them at once."""
    asked = shapes.members_or_none(value, "tool_choice")
    if not asked:
        return None, None
    choosing = _CHOICES.get(shapes.text(asked.get("type"), "tool_choice.type"))
    if choosing is None:
        raise shapes.refused("tool_choice.type", "Input should be 'auto', 'any', 'tool' or 'none'")
    one = shapes.flag(asked.get("disable_parallel_tool_use"), "tool_choice.disable_parallel_tool_use")
    names: tuple[str, ...] = ()
    if choosing is Choosing.NAMED:
        names = (shapes.text(asked.get("name"), "tool_choice.name"),)
    return ToolChoice(choosing, names), None if one is None else not one


def _tool(tool: Mapping[str, Any], param: str, losses: Losses) -> Tool | None:
    kind = shapes.text_or_none(tool.get("type"), f"{param}.type")
    if kind not in _OWN:
        dispensable = next((each for each in _DISPENSABLE if kind.startswith(each)), None)
        name = "tools[].type" if dispensable is None else f"tools[].{dispensable.rstrip('_')}"
        losses.lose(name, f"{param}.type")
        return None
    for name in _MANNERS:
        if tool.get(name):
            losses.lose(f"tools[].{name}", f"{param}.{name}")
    callers = tool.get("allowed_callers")
    if callers and callers != ["direct"]:
        losses.lose("tools[].allowed_callers", f"{param}.allowed_callers")
    schema = {**_NO_PROPERTIES, **shapes.members(tool.get("input_schema"), f"{param}.input_schema")}
    strict = shapes.flag(tool.get("strict"), f"{param}.strict")
    if strict and not strict_schemas.is_strict(schema):
        losses.lose("tools[].strict", f"{param}.strict")
        strict = False
    return Tool(
        shapes.text(tool.get("name"), f"{param}.name"),
        shapes.text_or_none(tool.get("description"), f"{param}.description"),
        schema,
        strict,
        cache=shapes.cache_point(tool, param),
    )
