"""A conversation's turns as the messages of a chat, for any provider that has such an API.

Written is what the many compatible servers understand, not only OpenAI: no role but system for instructions,
one string where only users' content may be a list, and each call's result right after the calls.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tollgate_proxy.translation import custom_tools
from tollgate_proxy.translation.chat import chat_reasoning
from tollgate_proxy.translation.chat.requests import chat_content
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
    from collections.abc import Iterable, Iterator

    from tollgate_proxy.translation.conversation import Part


_FAILED = "Error: "
# Nothing, but not empty, which would count as missing.
_UNKNOWN_THOUGHT = " "


def written(turns: Iterable[Turn], *, wants_thoughts: bool = False) -> list[dict[str, Any]]:
    """The messages of those turns; raises `RefusedError` for what can't be in them.

    With `wants_thoughts`, calls come with something thought also where nothing of that is known.
    """
    messages: list[dict[str, Any]] = []
    for turn in _merged(turns):
        match turn.role:
            case Role.SYSTEM | Role.DEVELOPER:
                messages += _instructions(turn)
            case Role.USER:
                messages += _user_messages(turn)
            case Role.ASSISTANT:
                messages += _assistant_messages(turn, wants_thoughts=wants_thoughts)
    return messages


def _merged(turns: Iterable[Turn]) -> list[Turn]:
    """Turns of an assistant, and of results, that follow each other as one: calls that were made at once must
    be in one message, and all their results after it.
    """
    merged: list[Turn] = []
    for turn in turns:
        last = merged[-1] if merged else None
        if (
            last is not None
            and last.role is turn.role
            and last.name == turn.name
            and _go_together(last, turn)
        ):
            merged[-1] = Turn(turn.role, last.parts + turn.parts, turn.name)
        else:
            merged.append(turn)
    return merged


def _go_together(first: Turn, second: Turn) -> bool:
    if first.role is Role.ASSISTANT:
        return True
    return first.role is Role.USER and any(
        isinstance(part, ToolResult) for part in first.parts + second.parts
    )


def _named(message: dict[str, Any], turn: Turn) -> dict[str, Any]:
    return message if turn.name is None else {**message, "name": turn.name}


def _instructions(turn: Turn) -> Iterator[dict[str, Any]]:
    texts = [part for part in turn.parts if isinstance(part, Text) and part.text]
    if texts:
        yield _named({"role": "system", "content": chat_content.joined(texts)}, turn)


def _user_messages(turn: Turn) -> Iterator[dict[str, Any]]:
    beside: list[Text | Image | Document] = []
    for part in turn.parts:
        if isinstance(part, ToolResult):
            yield _result(part, beside)
    beside += [part for part in turn.parts if isinstance(part, Text | Image | Document)]
    if beside:
        yield _named({"role": "user", "content": _content(beside)}, turn)


def _result(result: ToolResult, beside: list[Text | Image | Document]) -> dict[str, Any]:
    """A result's text; what else it has comes after all results, from the user: no other role may have it."""
    texts = [part for part in result.parts if isinstance(part, Text)]
    media = [part for part in result.parts if not isinstance(part, Text)]
    content = chat_content.joined(texts)
    if media:
        beside += [Text(f"What the tool call {result.call_id} returned:"), *media]
        content = content or "The result follows in a message of the user's."
    if result.is_error and not content.lower().startswith("error"):
        content = f"{_FAILED}{content}"
    return {"role": "tool", "tool_call_id": result.call_id, "content": content}


def _content(parts: list[Text | Image | Document]) -> Any:
    texts = [part for part in parts if isinstance(part, Text)]
    if len(texts) == len(parts):
        return chat_content.joined(texts)
    return [chat_content.written(part) for part in parts if not (isinstance(part, Text) and not part.text)]


def _assistant_messages(turn: Turn, *, wants_thoughts: bool) -> Iterator[dict[str, Any]]:
    parts: tuple[Part, ...] = turn.parts
    reasoning, extras = chat_reasoning.members_for_provider(
        part for part in parts if isinstance(part, Reasoning)
    )
    texts = [part for part in parts if isinstance(part, Text)]
    refusals = [Text(part.text) for part in parts if isinstance(part, Refusal)]
    calls = [_call(part, extras.get(part.id)) for part in parts if isinstance(part, ToolCall)]
    if not (texts or refusals or calls):
        return
    if wants_thoughts and calls and not reasoning:
        reasoning = {chat_reasoning.PLAIN_MEMBERS[0]: _UNKNOWN_THOUGHT}
    # Texts go on within a sentence where another API's have citations between them.
    content = chat_content.joined(texts, gap="") or chat_content.joined(refusals) or None
    message = {"role": "assistant", "content": content, **reasoning}
    yield _named(message | ({"tool_calls": calls} if calls else {}), turn)


def _call(call: ToolCall, extra: Any) -> dict[str, Any]:
    arguments = json.dumps(custom_tools.arguments_of(call.arguments)) if call.is_custom else call.arguments
    function = {"name": call.name, "arguments": arguments or "{}"}
    written = {"id": call.id, "type": "function", "function": function}
    return written if extra is None else {**written, chat_reasoning.EXTRA: extra}
