"""Tools that OpenAI defines and a client runs, as functions that any model can call.

A model that was made for them knows them by their types alone; others need a description and a schema. A call
comes back to the client as the item that its tool's type calls for. Sources: OpenAI's guides "Local shell",
"Shell", "Apply patch" and "Tool search".
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tollgate.lean_dataclass import dataclass
from tollgate_proxy.translation.conversation import Tool, ToolOrigin

if TYPE_CHECKING:
    from collections.abc import Mapping

_TEXT = {"type": "string"}
_COUNT = {"type": "integer"}


@dataclass(frozen=True, slots=True)
class _Definition:
    """A type of tool. `member` is where its calls' items have what is called for, without `constant`."""

    description: str
    parameters: Mapping[str, Any]
    member: str
    constant: Mapping[str, Any]
    required: Mapping[str, type]


def _schema(properties: Mapping[str, Any], *required: str) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required)}


_DEFINITIONS = {
    "local_shell": _Definition(
        "Runs a command on the user's machine, and returns its output.",
        _schema(
            {
                "command": {"type": "array", "items": _TEXT, "description": "The program and its arguments."},
                "working_directory": _TEXT,
                "timeout_ms": _COUNT,
                "env": {"type": "object", "additionalProperties": _TEXT},
                "user": _TEXT,
            },
            "command",
        ),
        "action",
        {"type": "exec"},
        {"command": list},
    ),
    "shell": _Definition(
        "Runs shell commands on the user's machine, and returns the output of each.",
        _schema(
            {
                "commands": {"type": "array", "items": _TEXT},
                "timeout_ms": _COUNT,
                "max_output_length": {"type": "integer", "description": "In characters, for all commands."},
            },
            "commands",
        ),
        "action",
        {},
        {"commands": list},
    ),
    "apply_patch": _Definition(
        "Creates, updates or deletes a file. `diff` has the new file's lines, each behind a `+`, or the "
        "changes: hunks that begin with `@@` and a line that says where, followed by lines behind a space "
        "(unchanged), `-` and `+`.",
        _schema(
            {
                "type": {"type": "string", "enum": ["create_file", "update_file", "delete_file"]},
                "path": _TEXT,
                "diff": {"type": "string", "description": "Not for `delete_file`."},
            },
            "type",
            "path",
        ),
        "operation",
        {},
        {"type": str, "path": str},
    ),
    "tool_search": _Definition(
        "Finds further tools, which can be called from then on.",
        _schema({"query": _TEXT}, "query"),
        "arguments",
        {},
        {},
    ),
}
# What a client's items have beside that, with what they must have.
_BESIDE: Mapping[str, Mapping[str, Any]] = {"tool_search": {"execution": "client"}}


def is_defined(kind: str) -> bool:
    return kind in _DEFINITIONS


def as_tool(kind: str, name: str, given: Mapping[str, Any]) -> Tool:
    """A tool of that type as a function of that name. What a client describes itself stays as it is."""
    definition = _DEFINITIONS[kind]
    description, parameters = given.get("description"), given.get("parameters")
    return Tool(
        name,
        description if isinstance(description, str) and description else definition.description,
        parameters if isinstance(parameters, dict) else definition.parameters,
        origin=ToolOrigin(kind, kind),
    )


def arguments_in(kind: str, item: Mapping[str, Any]) -> str:
    """What a call's item asks for, as a function's arguments; {} if it has nothing."""
    definition = _DEFINITIONS[kind]
    asked = item.get(definition.member)
    if not isinstance(asked, dict):
        return "{}"
    return json.dumps({name: value for name, value in asked.items() if name not in definition.constant})


def item_members(kind: str, arguments: str) -> dict[str, Any] | None:
    """What a call's item has of its own; None if a model's arguments aren't such as the tool takes."""
    definition = _DEFINITIONS[kind]
    try:
        asked = json.loads(arguments or "{}")
    except (ValueError, RecursionError):
        return None
    if not isinstance(asked, dict):
        return None
    if any(not isinstance(asked.get(name), needed) for name, needed in definition.required.items()):
        return None
    if kind == "local_shell":
        asked.setdefault("env", {})
    return {definition.member: {**definition.constant, **asked}, **_BESIDE.get(kind, {})}
