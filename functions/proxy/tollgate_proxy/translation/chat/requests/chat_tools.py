"""The tools of a chat, and which of them is to be called, read and written.

OpenAI's API reference: chat completions, `tools` and `tool_choice`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate_proxy.translation import custom_tools
from tollgate_proxy.translation.chat.requests.chat_content import cache_point
from tollgate_proxy.translation.chat.requests.chat_shapes import (
    an_object,
    objects,
    optional_boolean,
    optional_text,
    refused,
    text,
)
from tollgate_proxy.translation.conversation import Choosing, Tool, ToolChoice

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tollgate_proxy.translation.losses import Losses

# OpenAI's reference: a function without `parameters` takes none.
_NO_PARAMETERS: Mapping[str, Any] = {"type": "object", "properties": {}}
_CHOICES = {
    "auto": Choosing.AUTO,
    "none": Choosing.NONE,
    "required": Choosing.REQUIRED,
    "any": Choosing.REQUIRED,
}


def read_tools(tools: Any, losses: Losses) -> tuple[Tool, ...]:
    found = (_read_tool(tool, f"tools[{at}]", losses) for at, tool in enumerate(objects(tools, "tools")))
    return tuple(tool for tool in found if tool is not None)


def _read_tool(tool: Mapping[str, Any], param: str, losses: Losses) -> Tool | None:
    cache = cache_point(tool, param)
    match tool.get("type"):
        case "function":
            function = an_object(tool.get("function"), f"{param}.function")
            schema = function.get("parameters")
            return Tool(
                text(function.get("name"), f"{param}.function.name"),
                optional_text(function.get("description"), f"{param}.function.description"),
                _NO_PARAMETERS if schema is None else an_object(schema, f"{param}.function.parameters"),
                strict=optional_boolean(function.get("strict"), f"{param}.function.strict"),
                cache=cache,
            )
        case "custom":
            custom = an_object(tool.get("custom"), f"{param}.custom")
            return Tool(
                text(custom.get("name"), f"{param}.custom.name"),
                optional_text(custom.get("description"), f"{param}.custom.description"),
                is_custom=True,
                grammar=_grammar(custom.get("format"), f"{param}.custom.format"),
                cache=cache,
            )
        case None:
            raise refused(f"`{param}.type` is required.", f"{param}.type")
        case _:
            losses.lose("tools[].type", f"{param}.type")
            return None


def _grammar(value: Any, param: str) -> Mapping[str, Any] | None:
    """A custom tool's format, flat as OpenAI's responses have it."""
    if value is None:
        return None
    given = an_object(value, param)
    if given.get("type") != "grammar":
        return None
    return {"type": "grammar", **an_object(given.get("grammar"), f"{param}.grammar")}


def read_choice(choice: Any, tools: tuple[Tool, ...]) -> tuple[ToolChoice | None, tuple[Tool, ...]]:
    """Which tools are to be called, and which there are: those that are allowed, if only some are."""
    if choice is None:
        return None, tools
    if isinstance(choice, str):
        if choice not in _CHOICES:
            raise refused(f"`tool_choice` must be one of {', '.join(_CHOICES)}, or an object.", "tool_choice")
        return ToolChoice(_CHOICES[choice]), tools
    given = an_object(choice, "tool_choice")
    kind = given.get("type")
    if kind == "allowed_tools":
        return _allowed(an_object(given.get("allowed_tools"), "tool_choice.allowed_tools"), tools)
    if kind not in ("function", "custom"):
        raise refused("`tool_choice.type` must be function, custom or allowed_tools.", "tool_choice.type")
    return ToolChoice(Choosing.NAMED, (_named(given, "tool_choice"),)), tools


def _allowed(given: Mapping[str, Any], tools: tuple[Tool, ...]) -> tuple[ToolChoice, tuple[Tool, ...]]:
    param = "tool_choice.allowed_tools"
    names = tuple(
        _named(each, f"{param}.tools[{at}]")
        for at, each in enumerate(objects(given.get("tools"), f"{param}.tools"))
    )
    if given.get("mode") == "required":
        return ToolChoice(Choosing.NAMED, names), tools
    return ToolChoice(Choosing.AUTO), tuple(tool for tool in tools if tool.name in names)


def _named(given: Mapping[str, Any], param: str) -> str:
    kind = "custom" if given.get("type") == "custom" else "function"
    return text(an_object(given.get(kind), f"{param}.{kind}").get("name"), f"{param}.{kind}.name")


def written_tools(tools: Iterable[Tool]) -> list[dict[str, Any]]:
    """Tools for a provider, as functions: servers other than OpenAI's know no custom tools."""
    return [_written(custom_tools.as_function(tool)) for tool in tools]


def _written(tool: Tool) -> dict[str, Any]:
    optional = {"description": tool.description, "strict": tool.strict}
    function = {
        "name": tool.name,
        **{name: value for name, value in optional.items() if value is not None},
        "parameters": tool.parameters if tool.parameters is not None else _NO_PARAMETERS,
    }
    return {"type": "function", "function": function}


def written_choice(choice: ToolChoice, tools: tuple[Tool, ...]) -> tuple[Any, tuple[Tool, ...]]:
    """What says which tools are to be called, and the tools that there are to choose from."""
    if choice.choosing is not Choosing.NAMED:
        return choice.choosing.value, tools
    if len(choice.names) == 1:
        return {"type": "function", "function": {"name": choice.names[0]}}, tools
    # OpenAI alone takes a list of them, but all know tools of which any must be called.
    return Choosing.REQUIRED.value, tuple(tool for tool in tools if tool.name in choice.names)
