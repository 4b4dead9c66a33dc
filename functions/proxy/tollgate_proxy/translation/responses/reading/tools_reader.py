"""The tools of a client of OpenAI's responses, and which of them a model is to call.

Functions and custom tools go as they are, those of a namespace under a longer name, those that OpenAI defines
and the client runs as functions. What OpenAI would run itself is left out where the client's own tools are
there beside it, and refused where it is all that there is, or is asked for.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tollgate_proxy.translation.conversation import Choosing, Tool, ToolChoice, ToolOrigin
from tollgate_proxy.translation.responses import defined_tools
from tollgate_proxy.translation.responses.reading.typed_members import (
    mapping,
    optional_flag,
    optional_mapping,
    optional_text,
    refuse,
    sequence,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tollgate_proxy.translation.losses import Losses

_SAID = ("auto", "required", "none")
_DESCRIBED = ("function", "custom")
# What a function may say besides, that no other API knows.
_FURTHER = ("allowed_callers", "async", "defer_loading", "output_schema")
# A namespace that stands for none (OpenAI's own models put functions there).
_PLAIN_NAMESPACE = "functions"


class OfferedTools:
    """The tools that a model may call, by the names that they have in the conversation."""

    def __init__(self, losses: Losses) -> None:
        self._losses = losses
        self._tools: dict[str, Tool] = {}
        self._names: dict[tuple[str | None, str], str] = {}  # by namespace and name
        self._defined: dict[str, str] = {}  # by type
        self._hosted: list[tuple[str, str]] = []  # those left out, each with its place

    @property
    def tools(self) -> tuple[Tool, ...]:
        return tuple(self._tools.values())

    def add(self, tools: Any, place: str) -> None:
        """Takes a list of tools; raises `RefusedError` for those that can't be done without."""
        for at, each in _numbered(sequence(tools, place), place):
            self._add(mapping(each, at), at)

    def close(self) -> None:
        """Leaves out what OpenAI would run; raises `RefusedError` if nothing else was offered."""
        for kind, place in self._hosted:
            if not self._tools:
                self._losses.lose("tools", place)
            self._losses.lose(f"tools[{kind}]", place)

    def name_of(self, name: str, namespace: str | None = None) -> str:
        """A tool's name in the conversation, also of one that isn't offered any more."""
        found = self._names.get((namespace, name)) or self._names.get((None, name))
        return found or _joined(namespace, name)

    def name_of_defined(self, kind: str) -> str:
        return self._defined.get(kind, kind)

    def choose(self, choice: Any) -> ToolChoice | None:
        """Which tools a model is to call. Those that it may not call aren't offered."""
        if choice is None or choice in _SAID:
            return None if choice is None else ToolChoice(Choosing(choice))
        chosen = mapping(choice, "tool_choice")
        if chosen.get("type") != "allowed_tools":
            return ToolChoice(Choosing.NAMED, (self._chosen(chosen, "tool_choice"),))
        allowed = {
            self._chosen(mapping(each, at), at)
            for at, each in _numbered(sequence(chosen.get("tools"), "tool_choice.tools"), "tool_choice.tools")
        }
        self._tools = {name: tool for name, tool in self._tools.items() if name in allowed}
        return ToolChoice(Choosing.REQUIRED if chosen.get("mode") == "required" else Choosing.AUTO)

    def _add(self, tool: Mapping[str, Any], place: str) -> None:
        kind = text(tool.get("type"), f"{place}.type")
        if kind == "namespace":
            self._add_namespace(tool, place)
        elif kind in _DESCRIBED:
            self._add_described(_described(tool, place), tool)
        elif defined_tools.is_defined(kind) and _is_run_by_client(kind, tool):
            name = self._free(kind)
            self._tools[name] = defined_tools.as_tool(kind, name, tool)
            self._defined[kind] = name
        else:
            self._hosted.append(("web_search" if kind.startswith("web_search") else kind, place))

    def _add_namespace(self, tool: Mapping[str, Any], place: str) -> None:
        """Its tools, the first of which tells what the namespace is described as."""
        namespace = text(tool.get("name"), f"{place}.name")
        preface = optional_text(tool.get("description"), f"{place}.description")
        for at, each in _numbered(sequence(tool.get("tools"), f"{place}.tools"), f"{place}.tools"):
            given = mapping(each, at)
            found = _described(given, at)
            described = "\n\n".join(part for part in (preface, found.description) if part)
            self._add_described(replace(found, description=described or None), given, namespace)
            preface = None

    def _add_described(self, tool: Tool, given: Mapping[str, Any], namespace: str | None = None) -> None:
        for name in _FURTHER:
            if given.get(name) not in (None, False, [], {}):
                self._losses.lose(f"tools[].{name}")
        own = tool.name
        if (namespace, own) in self._names:
            return  # brought once more by a search
        name = self._free(_joined(namespace, own))
        origin = None
        if name != own or namespace is not None:
            origin = ToolOrigin("custom" if tool.is_custom else "function", own, namespace)
        self._names[namespace, own] = name
        self._tools[name] = replace(tool, name=name, origin=origin)

    def _free(self, name: str) -> str:
        """A name that no other tool has."""
        number, free = 2, name
        while free in self._tools:
            free, number = f"{name}_{number}", number + 1
        return free

    def _chosen(self, chosen: Mapping[str, Any], place: str) -> str:
        """The name of a tool that is asked for; raises `RefusedError` for one that OpenAI would run."""
        kind = text(chosen.get("type"), f"{place}.type")
        if kind in _DESCRIBED:
            namespace = optional_text(chosen.get("namespace"), f"{place}.namespace")
            name = self.name_of(text(chosen.get("name"), f"{place}.name"), namespace)
        else:
            name = self._defined.get(kind, "")
            if not name:
                self._losses.lose("tool_choice[hosted]", place)
        if name not in self._tools:
            refuse(f"`{place}` names a tool that isn't in `tools`.", place)
        return name


def _numbered(given: Sequence[Any], place: str) -> Iterator[tuple[str, Any]]:
    return ((f"{place}[{number}]", each) for number, each in enumerate(given))


def _described(tool: Mapping[str, Any], place: str) -> Tool:
    """A function or custom tool as it is."""
    name = text(tool.get("name"), f"{place}.name")
    description = optional_text(tool.get("description"), f"{place}.description")
    if tool.get("type") == "custom":
        form = optional_mapping(tool.get("format"), f"{place}.format")
        grammar = form if form.get("type") == "grammar" else None
        return Tool(name, description, is_custom=True, grammar=grammar)
    parameters = optional_mapping(tool.get("parameters"), f"{place}.parameters")
    strict = optional_flag(tool.get("strict"), f"{place}.strict")
    return Tool(name, description, parameters or {"type": "object", "properties": {}}, strict)


def _is_run_by_client(kind: str, tool: Mapping[str, Any]) -> bool:
    if kind == "tool_search":
        return tool.get("execution") == "client"
    environment = tool.get("environment")
    local = environment is None or (isinstance(environment, dict) and environment.get("type") == "local")
    return kind != "shell" or local


def _joined(namespace: str | None, name: str) -> str:
    """A tool's name with that of its namespace, as names of MCP's tools are made."""
    if namespace is None or namespace == _PLAIN_NAMESPACE:
        return name
    return f"{namespace}{name}" if namespace.endswith("_") else f"{namespace}__{name}"
