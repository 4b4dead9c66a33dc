"""What a message, or a tool's result, consists of: texts, images and files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate_proxy.translation.conversation import CachePoint, Document, Image, Media, Refusal, Text
from tollgate_proxy.translation.responses.media_urls import split_data_url
from tollgate_proxy.translation.responses.reading.typed_members import (
    mapping,
    optional_mapping,
    optional_text,
    refuse,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate_proxy.translation.losses import Losses

Content = Text | Image | Document | Refusal

_TEXTS = ("input_text", "output_text", "text")
_LONG_TTL = "12h"
# How file names end, where a file doesn't say itself what it is. OpenAI takes it for a PDF.
_TEXT_ENDINGS = (".txt", ".md", ".csv", ".json", ".log", ".xml", ".yaml", ".yml")
_PDF = "application/pdf"


def parts_of(content: Any, place: str, losses: Losses) -> tuple[Content, ...]:
    """A string or a list of parts; raises `RefusedError` for what is neither."""
    if isinstance(content, str):
        return (Text(content),) if content else ()
    if not isinstance(content, list):
        refuse(f"`{place}` must be a string or an array.", place)
    found = (_part(mapping(each, f"{place}[{n}]"), f"{place}[{n}]", losses) for n, each in enumerate(content))
    return tuple(part for part in found if part is not None)


def _part(part: Mapping[str, Any], place: str, losses: Losses) -> Content | None:
    kind = text(part.get("type"), f"{place}.type")
    if kind in _TEXTS:
        if part.get("annotations"):
            losses.lose("input[].content[].annotations")
        told = text(part.get("text"), f"{place}.text")
        return Text(told, _cache(part, place)) if told else None
    if kind == "refusal":
        return Refusal(text(part.get("refusal"), f"{place}.refusal"))
    if kind == "input_image":
        return _image(part, place, losses)
    if kind == "input_file":
        return _file(part, place, losses)
    losses.lose(f"input[].content[{kind}]", place)
    return None


def _image(part: Mapping[str, Any], place: str, losses: Losses) -> Image | None:
    url = _content_of(part, "image_url", place, losses)
    if url is None:
        return None
    detail = optional_text(part.get("detail"), f"{place}.detail")
    return Image(split_data_url(url), None if detail == "auto" else detail, _cache(part, place))


def _file(part: Mapping[str, Any], place: str, losses: Losses) -> Document | None:
    if part.get("detail") not in (None, "auto"):
        losses.lose("input[].content[].detail")
    name = optional_text(part.get("filename"), f"{place}.filename")
    data = optional_text(part.get("file_data"), f"{place}.file_data")
    if data is None:
        url = _content_of(part, "file_url", place, losses)
        return None if url is None else Document(Media(url=url), name, _cache(part, place))
    media = split_data_url(data)
    if media.data is None:  # the base64 alone
        media = Media(_type_by(name), data)
    return Document(media, name, _cache(part, place))


def _content_of(part: Mapping[str, Any], name: str, place: str, losses: Losses) -> str | None:
    """A URL. A file that is stored with OpenAI is refused: no other provider can read it."""
    url = optional_text(part.get(name), f"{place}.{name}")
    if url is None:
        if part.get("file_id") is None:
            refuse(f"`{place}` must have `{name}`.", f"{place}.{name}")
        losses.lose("input[].content[].file_id", f"{place}.file_id")
    return url


def _type_by(name: str | None) -> str:
    return "text/plain" if name is not None and name.lower().endswith(_TEXT_ENDINGS) else _PDF


def _cache(part: Mapping[str, Any], place: str) -> CachePoint | None:
    """OpenAI keeps a prompt's beginning for at least 30 minutes, or 12 hours; nobody else has these times."""
    given = part.get("prompt_cache_breakpoint")
    if given is None:
        return None
    point = optional_mapping(given, f"{place}.prompt_cache_breakpoint")
    return CachePoint("1h" if point.get("ttl") == _LONG_TTL else None)
