"""The turns of a conversation as the items that OpenAI's responses take."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tollgate.catalog.catalog import ProviderApi
from tollgate_proxy.translation.conversation import (
    Document,
    Image,
    Reasoning,
    Refusal,
    Role,
    Text,
    ToolCall,
    ToolResult,
)
from tollgate_proxy.translation.responses.media_urls import data_url

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tollgate_proxy.translation.conversation import Conversation, Part, Turn
    from tollgate_proxy.translation.losses import Losses

_BREAK = "\n\n"


def instructions_of(conversation: Conversation) -> str | None:
    """What the system says first, if it's nothing but text."""
    first = next(iter(conversation.turns), None)
    if first is None or first.role is not Role.SYSTEM or not first.parts:
        return None
    texts = [part.text for part in first.parts if isinstance(part, Text)]
    return _BREAK.join(texts) if len(texts) == len(first.parts) else None


def items_of(conversation: Conversation, losses: Losses) -> list[dict[str, Any]]:
    """The items of all turns but for what `instructions_of` has told."""
    said = conversation.turns[0 if instructions_of(conversation) is None else 1 :]
    custom = _custom_calls(conversation)
    items: list[dict[str, Any]] = []
    for turn in said:
        if turn.name is not None:
            losses.lose("name")
        items += _items_of_turn(turn, custom)
    return items


def _custom_calls(conversation: Conversation) -> frozenset[str]:
    """The ids of calls of custom tools, whose results are items of their own type."""
    parts = (part for turn in conversation.turns for part in turn.parts)
    return frozenset(part.id for part in parts if isinstance(part, ToolCall) and part.is_custom)


def _items_of_turn(turn: Turn, custom: frozenset[str]) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    said: list[Part] = []
    for part in turn.parts:
        if isinstance(part, Text | Image | Document | Refusal):
            said.append(part)
            continue
        items += _messages(turn.role, said)
        said = []
        items += _item_of(part, custom)
    items += _messages(turn.role, said)
    # OpenAI refuses reasoning that nothing follows.
    while items and items[-1]["type"] == "reasoning":
        items.pop()
    return items


def _messages(role: Role, parts: list[Part]) -> list[dict[str, Any]]:
    """What is said, as a string where it can be: some servers know no parts, and what the assistant has said
    has parts only where it comes from the store.
    """
    texts = [part.text for part in parts if isinstance(part, Text | Refusal)]
    if role is Role.ASSISTANT or len(texts) == len(parts) == 1:
        return [_message(role, text) for text in texts]
    return [_message(role, [_content(part) for part in parts])] if parts else []


def _message(role: Role, content: str | list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "message", "role": role.value, "content": content}


def _content(part: Part) -> dict[str, Any]:
    match part:
        case Text() | Refusal():
            return {"type": "input_text", "text": part.text}
        case Image():
            url = data_url(part.media, "image/png")
            return {"type": "input_image", "image_url": url, "detail": part.detail or "auto"}
        case Document():
            return _file(part)
        case _:
            raise TypeError(part)


def _file(document: Document) -> dict[str, Any]:
    if document.media.url is not None:
        return {"type": "input_file", "file_url": document.media.url} | _named(document.name)
    media_type = document.media.media_type or "application/pdf"
    ending = {"application/pdf": ".pdf", "text/plain": ".txt"}.get(media_type, "")
    data = data_url(document.media, media_type)
    # OpenAI takes no content without a name.
    return {"type": "input_file", "file_data": data, "filename": document.name or f"document{ending}"}


def _named(name: str | None) -> dict[str, Any]:
    return {} if name is None else {"filename": name}


def _item_of(part: Part, custom: frozenset[str]) -> list[dict[str, Any]]:
    match part:
        case Reasoning():
            return _reasoning(part)
        case ToolCall() if part.is_custom:
            return [_call("custom_tool_call", part.id, name=part.name, input=part.arguments)]
        case ToolCall():
            return [_call("function_call", part.id, name=part.name, arguments=part.arguments or "{}")]
        case ToolResult():
            is_custom = part.is_custom or part.call_id in custom
            kind = "custom_tool_call_output" if is_custom else "function_call_output"
            return [_call(kind, part.call_id, output=_output(part))]
        case _:
            raise TypeError(part)


def _call(kind: str, call_id: str, **members: Any) -> dict[str, Any]:
    return {"type": kind, "call_id": call_id, **members}


def _reasoning(part: Reasoning) -> list[dict[str, Any]]:
    """Reasoning that OpenAI has sealed. It takes no other: it would look for it among what it has stored."""
    seal = part.seal
    if seal is None or seal.api is not ProviderApi.RESPONSES:
        return []
    summary = [{"type": "summary_text", "text": part.text}] if part.text else []
    name = {} if seal.item_id is None else {"id": seal.item_id}
    return [{"type": "reasoning", **name, "summary": summary, "encrypted_content": seal.value}]


def _output(result: ToolResult) -> Any:
    parts = _marked(result.parts) if result.is_error else result.parts
    if all(isinstance(part, Text) for part in parts) and len(parts) <= 1:
        return "".join(part.text for part in parts if isinstance(part, Text))
    return [_content(part) for part in parts]


def _marked(parts: Iterable[Text | Image | Document]) -> tuple[Text | Image | Document, ...]:
    """What a tool failed with. OpenAI's results can't say that it did, so that the text must."""
    first, *rest = [*parts] or [Text("")]
    if not isinstance(first, Text):
        return (Text("Error:"), first, *rest)
    if "error" in first.text.lower():
        return (first, *rest)
    return (replace(first, text=f"Error: {first.text}"), *rest)
