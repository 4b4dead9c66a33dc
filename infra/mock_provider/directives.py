"""Controls within a prompt's text, for clients whose requests can't have a `mock` object: `[mock {...}]`."""

import json
import re
from typing import Any

_DIRECTIVE = re.compile(r"\[mock (\{.*?\})\]", re.DOTALL)
_RESULTS = ("function_call_output", "custom_tool_call_output")


def last_said(body: dict[str, Any]) -> Any:
    """The last item of a conversation, in whichever API; None without any."""
    said = body.get("messages") or body.get("input")
    return said[-1] if isinstance(said, list) and said else said


def is_tool_result(item: Any) -> bool:
    """Whether an item of a conversation brings the result of a tool."""
    if not isinstance(item, dict):
        return False
    content = item.get("content")
    in_parts = isinstance(content, list) and any(
        isinstance(part, dict) and part.get("type") == "tool_result" for part in content
    )
    return item.get("role") == "tool" or item.get("type") in _RESULTS or in_parts


def directive(body: dict[str, Any]) -> dict[str, Any]:
    """The controls in what was said last, empty if there are none; those of a tool's result don't count."""
    item = last_said(body)
    if is_tool_result(item):
        return {}
    for text in _texts(item):
        if found := _DIRECTIVE.search(text):
            controls: dict[str, Any] = json.loads(found[1])
            return controls
    return {}


def _texts(item: Any) -> list[str]:
    if isinstance(item, str):
        return [item]
    if isinstance(item, list):
        return [text for each in item for text in _texts(each)]
    if isinstance(item, dict):
        return [text for name in ("content", "text") for text in _texts(item.get(name))]
    return []
