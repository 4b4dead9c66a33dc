"""What of an answer's message, or of a delta in a stream, is text, reasoning and calls of tools."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True)
class CallPiece:
    """A call of a tool, or a piece of one. `index` and `id` are None, `name` empty, where it has none.

    `arguments` are JSON, of a custom tool plain text, as far as they are in this piece.
    """

    index: int | None
    id: str | None
    name: str
    arguments: str
    is_custom: bool = False
    extra: Any = None


def content_texts(content: Any) -> tuple[str, str]:
    """The text and the reasoning of a content, which Mistral has as a list of parts, one within another."""
    if isinstance(content, str):
        return content, ""
    if not isinstance(content, list):
        return "", ""
    texts: list[str] = []
    thoughts: list[str] = []
    for part in content:
        if isinstance(part, str):
            texts.append(part)
        elif isinstance(part, dict):
            thinking = part.get("thinking")
            if thinking is None:
                texts += [part["text"]] if isinstance(part.get("text"), str) else []
            else:
                thoughts.append(content_texts(thinking)[0])
    return "".join(texts), "".join(thoughts)


def calls_in(message: Mapping[str, Any]) -> Iterator[CallPiece]:
    """The calls of a message or a delta, or the one call of a function as it was of old."""
    calls = message.get("tool_calls")
    for call in calls if isinstance(calls, list) else ():
        if isinstance(call, dict):
            yield _piece(call)
    function = message.get("function_call")
    if isinstance(function, dict) and not calls:
        yield CallPiece(0, None, _text(function.get("name")), _arguments(function.get("arguments")))


def _piece(call: Mapping[str, Any]) -> CallPiece:
    index, call_id = call.get("index"), call.get("id")
    custom, function = call.get("custom"), call.get("function")
    is_custom = isinstance(custom, dict)
    held = custom if isinstance(custom, dict) else function if isinstance(function, dict) else {}
    return CallPiece(
        index if isinstance(index, int) and not isinstance(index, bool) else None,
        str(call_id) if isinstance(call_id, str | int) and call_id != "" else None,
        _text(held.get("name")),
        _arguments(held.get("input") if is_custom else held.get("arguments")),
        is_custom,
        call.get("extra_content"),
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _arguments(value: Any) -> str:
    """Arguments as JSON; some servers have the object itself."""
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value)
