"""OpenAI's custom tools, whose input is plain text, for providers that know functions only.

Such a tool becomes a function with one parameter. Who writes the answer for the client knows by the
conversation which tools were custom, and takes the text out of the arguments again.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tollgate_proxy.translation.conversation import Conversation, Tool

_PARAMETER = "input"


def names(conversation: Conversation) -> frozenset[str]:
    """The names of the custom tools that a client has."""
    return frozenset(tool.name for tool in conversation.tools if tool.is_custom)


def as_function(tool: Tool) -> Tool:
    """A tool that takes an object; of a custom tool's grammar, what its description can say."""
    if not tool.is_custom:
        return tool
    schema = {
        "type": "object",
        "properties": {_PARAMETER: {"type": "string"}},
        "required": [_PARAMETER],
        "additionalProperties": False,
    }
    described = [tool.description, _rules(tool)]
    description = "\n\n".join(each for each in described if each)
    return replace(
        tool, description=description or None, parameters=schema, strict=None, is_custom=False, grammar=None
    )


def arguments_of(text: str) -> dict[str, str]:
    """The arguments of a function that was a custom tool, which a client's text becomes."""
    return {_PARAMETER: text}


def text_of(arguments: str) -> str:
    """The text for a custom tool in the arguments of the function that it was; what is none stays."""
    try:
        found = json.loads(arguments)
    except (ValueError, RecursionError):
        return arguments
    text = found.get(_PARAMETER) if isinstance(found, dict) else None
    return text if isinstance(text, str) else arguments


def _rules(tool: Tool) -> str | None:
    grammar: Any = (tool.grammar or {}).get("grammar", tool.grammar)
    if not isinstance(grammar, dict) or not grammar.get("definition"):
        return None
    return f"`{_PARAMETER}` follows this {grammar.get('syntax')} grammar:\n{grammar['definition']}"
