"""Content blocks of Anthropic's messages, read as parts of a conversation."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import TYPE_CHECKING, Any

from tollgate.catalog.catalog import ProviderApi
from tollgate_proxy.translation import seals
from tollgate_proxy.translation.conversation import (
    Document,
    Image,
    Media,
    Reasoning,
    Role,
    Text,
    ToolCall,
    ToolResult,
)
from tollgate_proxy.translation.messages.reading import messages_shapes as shapes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tollgate_proxy.translation.conversation import Part
    from tollgate_proxy.translation.losses import Losses

Readable = Text | Image | Document

# Where blocks are, as losses name them.
_BLOCKS = "messages[].content[]"
# Where a turn went on with another model; it is no part of the prompt.
_BOUNDARY = "fallback"
# What Claude Code says to Anthropic's billing in the first block of its system prompt. It is no text for a
# model, and changes with each request, so that no other provider's cache would know the prompt again.
_BILLING = "x-anthropic-billing-header:"


def content(value: Any, param: str, losses: Losses) -> tuple[Part, ...]:
    """The parts of a message's content: a text, or a list of blocks."""
    if isinstance(value, str):
        return (Text(value),) if value else ()
    if value is None:
        raise shapes.refused(param, "Field required")
    parts: list[Part] = []
    for place, block in shapes.listed(value, param):
        parts += _read(block, place, losses)
    return tuple(parts)


def system(value: Any, losses: Losses) -> tuple[Part, ...]:
    return tuple(
        part
        for part in content(value, "system", losses)
        if not (isinstance(part, Text) and part.text.startswith(_BILLING))
    )


def check_role(parts: tuple[Part, ...], role: Role, param: str) -> None:
    """Raises `RefusedError` for parts that only others may say."""
    for part in parts:
        if isinstance(part, Reasoning | ToolCall) and role is not Role.ASSISTANT:
            raise shapes.refused(
                param, "`tool_use` and `thinking` blocks may only be in `assistant` messages"
            )
        if isinstance(part, ToolResult) and role is not Role.USER:
            raise shapes.refused(param, "only `user` messages may have `tool_result` blocks")


def _read(block: Mapping[str, Any], param: str, losses: Losses) -> list[Part]:
    kind = shapes.text(block.get("type"), f"{param}.type")
    reader = _READERS.get(kind)
    if reader is not None:
        return list(reader(block, param, losses))
    if kind != _BOUNDARY:
        losses.lose(f"{_BLOCKS}.{kind}", param)
    return []


def _text(block: Mapping[str, Any], param: str, losses: Losses) -> list[Part]:
    if block.get("citations"):
        losses.lose(f"{_BLOCKS}.citations", f"{param}.citations")
    text = shapes.text(block.get("text"), f"{param}.text")
    return [Text(text, shapes.cache_point(block, param))]


def _image(block: Mapping[str, Any], param: str, losses: Losses) -> list[Part]:
    source = shapes.members(block.get("source"), f"{param}.source")
    if block.get("transformations"):
        losses.lose(f"{_BLOCKS}.transformations", f"{param}.transformations")
    media = _media(source, f"{param}.source", losses)
    return [] if media is None else [Image(media, cache=shapes.cache_point(block, param))]


def _document(block: Mapping[str, Any], param: str, losses: Losses) -> list[Part]:
    _refuse_citations(block, param, losses)
    source = shapes.members(block.get("source"), f"{param}.source")
    name = shapes.text_or_none(block.get("title"), f"{param}.title")
    context = shapes.text_or_none(block.get("context"), f"{param}.context")
    parts: list[Part] = [Text(context)] if context else []
    cache = shapes.cache_point(block, param)
    if source.get("type") == "content":
        parts += [Text(name)] if name else []
        return _marked([*parts, *content(source.get("content"), f"{param}.source.content", losses)], cache)
    media = _media(source, f"{param}.source", losses)
    return parts if media is None else [*parts, Document(media, name, cache)]


def _media(source: Mapping[str, Any], param: str, losses: Losses) -> Media | None:
    match source.get("type"):
        case "base64":
            return Media(
                shapes.text(source.get("media_type"), f"{param}.media_type"),
                shapes.text(source.get("data"), f"{param}.data"),
            )
        case "text":
            plain = shapes.text(source.get("data"), f"{param}.data")
            return Media("text/plain", b64encode(plain.encode(errors="surrogatepass")).decode())
        case "url":
            return Media(url=shapes.text(source.get("url"), f"{param}.url"))
        case "file":
            losses.lose(f"{_BLOCKS}.source.file_id", f"{param}.file_id")
            return None
        case _:
            raise shapes.refused(
                f"{param}.type", "Input should be 'base64', 'url', 'file', 'text' or 'content'"
            )


def _search_result(block: Mapping[str, Any], param: str, losses: Losses) -> list[Part]:
    """A piece of what somebody has found, with where; as text it is as good, but for its citations."""
    _refuse_citations(block, param, losses)
    found = content(block.get("content"), f"{param}.content", losses)
    heads = [shapes.text(block.get(name), f"{param}.{name}") for name in ("title", "source")]
    return _marked([Text("\n".join(heads)), *found], shapes.cache_point(block, param))


def _refuse_citations(block: Mapping[str, Any], param: str, losses: Losses) -> None:
    citations = shapes.members_or_none(block.get("citations"), f"{param}.citations")
    if citations.get("enabled"):
        losses.lose(f"{_BLOCKS}.citations.enabled", f"{param}.citations.enabled")


def _marked(parts: list[Part], cache: Any) -> list[Part]:
    """Parts of which the last has the mark that stood on the block that they were."""
    if cache is not None and parts and isinstance(parts[-1], Text):
        parts[-1] = Text(parts[-1].text, cache)
    return parts


def _thinking(block: Mapping[str, Any], param: str, _losses: Losses) -> list[Part]:
    shown = shapes.text(block.get("thinking"), f"{param}.thinking")
    signature = shapes.text_or_none(block.get("signature"), f"{param}.signature")
    if not signature:
        return [Reasoning(shown)] if shown else []
    seal, text = seals.native(signature, ProviderApi.MESSAGES)
    text = shown if text is None else text
    return [Reasoning(text, seal)] if text or seal is not None else []


def _redacted_thinking(block: Mapping[str, Any], param: str, _losses: Losses) -> list[Part]:
    seal, text = seals.native(shapes.text(block.get("data"), f"{param}.data"), ProviderApi.MESSAGES)
    return [] if seal is None else [Reasoning(text or "", seal, is_redacted=not text)]


def _tool_use(block: Mapping[str, Any], param: str, losses: Losses) -> list[Part]:
    caller = shapes.members_or_none(block.get("caller"), f"{param}.caller")
    if caller.get("type", "direct") != "direct":
        losses.lose(f"{_BLOCKS}.caller", f"{param}.caller")
    called = shapes.members(block.get("input"), f"{param}.input")
    return [
        ToolCall(
            shapes.text(block.get("id"), f"{param}.id"),
            shapes.text(block.get("name"), f"{param}.name"),
            json.dumps(called, ensure_ascii=False),
            cache=shapes.cache_point(block, param),
        )
    ]


def _tool_result(block: Mapping[str, Any], param: str, losses: Losses) -> list[Part]:
    called = shapes.text(block.get("tool_use_id"), f"{param}.tool_use_id")
    told = block.get("content")
    parts = content("" if told is None else told, f"{param}.content", losses)
    return [
        ToolResult(
            called,
            tuple(part for part in parts if isinstance(part, Readable)),
            shapes.flag(block.get("is_error"), f"{param}.is_error") or False,
            cache=shapes.cache_point(block, param),
        )
    ]


def _tool_reference(block: Mapping[str, Any], param: str, _losses: Losses) -> list[Part]:
    """What a client's search for tools has found: all of its tools are the model's from the start."""
    name = shapes.text(block.get("tool_name"), f"{param}.tool_name")
    return [Text(f"The tool {name} can be called now.", shapes.cache_point(block, param))]


def _compaction(block: Mapping[str, Any], param: str, losses: Losses) -> list[Part]:
    """A summary of what went before, where it can be read."""
    summary = block.get("content")
    if not isinstance(summary, str):
        losses.lose(f"{_BLOCKS}.compaction", param)
        return []
    return [Text(summary, shapes.cache_point(block, param))]


_READERS: dict[str, Callable[[Mapping[str, Any], str, Losses], list[Part]]] = {
    "text": _text,
    "image": _image,
    "document": _document,
    "search_result": _search_result,
    "thinking": _thinking,
    "redacted_thinking": _redacted_thinking,
    "tool_use": _tool_use,
    "tool_result": _tool_result,
    "tool_reference": _tool_reference,
    "compaction": _compaction,
}
