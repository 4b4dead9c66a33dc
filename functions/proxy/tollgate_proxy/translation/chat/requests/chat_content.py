"""The parts of a message's content, as OpenAI's API reference has them (chat completions, content parts).

Marks for the prompt cache are OpenAI's `prompt_cache_breakpoint` and, as OpenRouter passes it on to
Anthropic, `cache_control` (its guide "Prompt caching").
"""

from __future__ import annotations

import base64
import mimetypes
import re
from typing import TYPE_CHECKING, Any

from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.translation.chat.requests.chat_shapes import (
    an_object,
    objects,
    optional_text,
    refused,
    text,
)
from tollgate_proxy.translation.conversation import CachePoint, Document, Image, Media, Refusal, Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tollgate_proxy.translation.losses import Losses

ContentPart = Text | Image | Document | Refusal

_DATA_URL = re.compile(r"data:([^;,]*)(?:;[^;,]+)*;base64,(.*)", re.DOTALL | re.IGNORECASE)
_PDF = "application/pdf"
_PLAIN = "text/plain"
# OpenAI's longer ones come to the longest that others have.
_LONG_TTLS = ("1h", "12h")
# Between texts that are one where an API, or a server, takes no several.
_GAP = "\n\n"


def read(content: Any, param: str, losses: Losses) -> Iterator[ContentPart]:
    """The parts of a content, which may be a string, or none at all."""
    if isinstance(content, str):
        if content:
            yield Text(content)
        return
    for at, part in enumerate(objects(content, param)):
        yield from _read_part(part, f"{param}[{at}]", losses)


def _read_part(part: Mapping[str, Any], param: str, losses: Losses) -> Iterator[ContentPart]:
    kind, cache = part.get("type"), cache_point(part, param)
    match kind:
        case "text":
            yield Text(text(part.get("text"), f"{param}.text"), cache)
        case "refusal":
            yield Refusal(text(part.get("refusal"), f"{param}.refusal"))
        case "image_url":
            image = part.get("image_url")
            image = {"url": image} if isinstance(image, str) else an_object(image, f"{param}.image_url")
            url = text(image.get("url"), f"{param}.image_url.url")
            detail = optional_text(image.get("detail"), f"{param}.image_url.detail")
            yield Image(_media(url, f"{param}.image_url.url"), detail, cache)
        case "file":
            yield from _read_file(
                an_object(part.get("file"), f"{param}.file"), f"{param}.file", cache, losses
            )
        case "input_audio" | "video_url" | "input_video":
            losses.lose(f"messages[].content[].{kind}", param)
        case _:
            raise refused(f"`{param}.type` {kind!r} is no type of a content part.", f"{param}.type")


def _read_file(
    file: Mapping[str, Any], param: str, cache: CachePoint | None, losses: Losses
) -> Iterator[Document]:
    if file.get("file_data") is None:
        if file.get("file_id") is None:
            raise refused(f"`{param}` must have `file_data`.", param)
        losses.lose("messages[].content[].file.file_id", f"{param}.file_id")
        return
    name = optional_text(file.get("filename"), f"{param}.filename")
    data = text(file["file_data"], f"{param}.file_data")
    media = _media(data, f"{param}.file_data")
    if media.url is not None and "://" not in data:
        media = Media((name and mimetypes.guess_type(name)[0]) or _PDF, data)  # base64 alone
    yield Document(media, name, cache)


def _media(url: str, param: str) -> Media:
    if url[:5].lower() != "data:":
        return Media(url=url)
    found = _DATA_URL.fullmatch(url)
    if found is None:
        raise refused(f"`{param}` must be base64 if it is a data URL.", param)
    return Media(found[1].lower() or None, found[2])


def cache_point(holder: Mapping[str, Any], param: str) -> CachePoint | None:
    """The mark for the prompt cache that a part, a tool or a request has."""
    for name in ("cache_control", "prompt_cache_breakpoint"):
        if holder.get(name) is not None:
            ttl = optional_text(an_object(holder[name], f"{param}.{name}").get("ttl"), f"{param}.{name}.ttl")
            return CachePoint("1h" if ttl in _LONG_TTLS else "5m" if ttl == "5m" else None)
    return None


def joined(parts: list[Text], gap: str = _GAP) -> str:
    """Several texts as one, because many servers take no list of them but from users."""
    return gap.join(part.text for part in parts)


def written(part: Text | Image | Document) -> dict[str, Any]:
    """A part for a provider; raises `RefusedError` for a document that only an address tells of."""
    if isinstance(part, Text):
        return {"type": "text", "text": part.text}
    if isinstance(part, Image):
        image = {"url": _url(part.media)} | ({"detail": part.detail} if part.detail else {})
        return {"type": "image_url", "image_url": image}
    if part.media.data is None:
        message = "The model's provider takes no documents by their URL. Send the document itself, in base64."
        raise RefusedError(Reason.UNTRANSLATABLE, message, param="messages")
    if part.media.media_type == _PLAIN:
        return {"type": "text", "text": _plain_text(part)}
    name = part.name or f"document{mimetypes.guess_extension(part.media.media_type or _PDF) or ''}"
    return {"type": "file", "file": {"filename": name, "file_data": _url(part.media)}}


def _url(media: Media) -> str:
    return media.url or f"data:{media.media_type or ''};base64,{media.data or ''}"


def _plain_text(document: Document) -> str:
    """A document of plain text, which is text here, headed by its name."""
    try:
        content = base64.b64decode(document.media.data or "").decode(errors="replace")
    except ValueError:
        raise refused("A document isn't valid base64.", "messages") from None
    return f"{document.name}{_GAP}{content}" if document.name else content
