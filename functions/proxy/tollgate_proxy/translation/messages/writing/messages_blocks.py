"""Parts of a conversation, written as content blocks of Anthropic's messages."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import TYPE_CHECKING, Any

from tollgate.catalog.catalog import ProviderApi
from tollgate_proxy.translation import custom_tools
from tollgate_proxy.translation.conversation import Document, Image, Reasoning, Refusal, Text
from tollgate_proxy.translation.messages.writing.cache_marks import mark

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tollgate_proxy.translation.conversation import Media, Part, ToolCall, ToolResult
    from tollgate_proxy.translation.losses import Losses

Block = dict[str, Any]

_PDF = "application/pdf"
# What is plain text whatever it is called.
_TEXTS = ("text/", "application/json", "application/xml", "application/yaml", "application/x-yaml")
# What OpenAI takes as no wish.
_ANY_DETAIL = (None, "auto")


def written(parts: Iterable[Part], losses: Losses) -> list[Block]:
    """The blocks of what is said and thought; those of tools are made apart, because they belong together."""
    blocks = (_block(part, losses) for part in parts)
    return [block for block in blocks if block is not None]


def _block(part: Part, losses: Losses) -> Block | None:
    match part:
        case Text():
            return _text(part.text, part)
        case Refusal():
            return _text(part.text)
        case Image():
            if part.detail not in _ANY_DETAIL:
                losses.lose("image.detail")
            return mark({"type": "image", "source": _source(part.media)}, part.cache)
        case Document():
            return _document(part, losses)
        case Reasoning():
            return _thinking(part)
        case _:
            return None


def tool_use(call: ToolCall, call_id: str) -> Block:
    block = {"type": "tool_use", "id": call_id, "name": call.name, "input": _input(call)}
    return mark(block, call.cache)


def tool_result(result: ToolResult, call_id: str, losses: Losses) -> Block:
    block: Block = {"type": "tool_result", "tool_use_id": call_id}
    content = written(result.parts, losses)
    if content:
        block["content"] = content
    if result.is_error:
        block["is_error"] = True
    return mark(block, result.cache)


def _text(text: str, part: Text | None = None) -> Block | None:
    """A block of text; the API refuses one in which nothing can be seen."""
    return (
        mark({"type": "text", "text": text}, None if part is None else part.cache) if text.strip() else None
    )


def _thinking(part: Reasoning) -> Block | None:
    """What was thought, if it was this API's models that did, which sign it; others' mustn't be given."""
    if part.seal is None or part.seal.api is not ProviderApi.MESSAGES:
        return None
    if part.is_redacted:
        return {"type": "redacted_thinking", "data": part.seal.value}
    return {"type": "thinking", "thinking": part.text, "signature": part.seal.value}


def _input(call: ToolCall) -> Any:
    """A call's arguments; what is no object, as models of other APIs may write it, is given as text."""
    if call.is_custom:
        return custom_tools.arguments_of(call.arguments)
    try:
        found = json.loads(call.arguments or "{}")
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, dict) else custom_tools.arguments_of(call.arguments)


def _source(media: Media) -> Block:
    if media.url is not None:
        return {"type": "url", "url": media.url}
    return {"type": "base64", "media_type": media.media_type, "data": media.data}


def _document(part: Document, losses: Losses) -> Block | None:
    media = part.media
    source = _source(media)
    if media.url is None and (media.media_type or _PDF) != _PDF:
        plain = _plain(media)
        if plain is None:
            losses.lose("document.media_type")
            return None
        source = {"type": "text", "media_type": "text/plain", "data": plain}
    block = {"type": "document", "source": source}
    if part.name:
        block["title"] = part.name
    return mark(block, part.cache)


def _plain(media: Media) -> str | None:
    """The text that a document is; None if it isn't one."""
    if not (media.media_type or "").startswith(_TEXTS):
        return None
    try:
        return b64decode(media.data or "", validate=True).decode()
    except ValueError:
        return None
