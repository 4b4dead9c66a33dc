"""Images and files, whose content may be in their URL."""

from __future__ import annotations

from tollgate_proxy.translation.conversation import Media


def split_data_url(url: str) -> Media:
    """An image's or a file's content, which may be in its URL (RFC 2397)."""
    head, comma, data = url.partition(",")
    if comma and head.startswith("data:") and head.endswith(";base64"):
        return Media(head.removeprefix("data:").partition(";")[0] or None, data)
    return Media(url=url)


def data_url(media: Media, default_type: str) -> str:
    """The URL of an image's or a file's content, which is in it if need be."""
    return media.url or f"data:{media.media_type or default_type};base64,{media.data or ''}"
