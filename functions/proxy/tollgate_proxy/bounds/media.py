"""What of a prompt isn't text: images, audio, files, and what the provider has stored.

Sources: OpenAI's API reference and its guide "Images and vision", Anthropic's "Tool use", Google's "Audio
understanding".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tollgate.pricing.vendors import Vendor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

# The dearest image. By tiles: gpt-4o-mini's 2,833 + 5,667 for each of the 2 x 4 tiles of 768 x 2,048
# pixels, 48,169 in all. By patches: the 30,000 beyond which an image is refused, at the 1.62 tokens
# of the mini models. Anthropic's (4,784) and Google's (2,240) are far below.
_IMAGE_TOKENS = 48_600
# Google counts 32 tokens a second, the most, and MP3 needs 1,000 bytes for one (8 kbit/s, its lowest bit
# rate; WAV needs more): that is 41 characters of base64 for each token.
_AUDIO_FORMATS = ("mp3", "wav")
_AUDIO_CHARACTERS_PER_TOKEN = 40
# However short it is, so that a bound is never below the estimate that is charged where figures fail.
_MIN_AUDIO_TOKENS = 1_024


# Anthropic scales larger ones down to that (Opus 4.7, whose resolution is the highest).
_ANTHROPICS_IMAGE_TOKENS = 4_784
# gpt-4o-mini's 2,833, rounded up. By patches it is 512 x 512 pixels: 256 of them.
_LOW_DETAIL_TOKENS = 2_900


class Medium(NamedTuple):
    """A part that isn't text: `inline` is what of it is in the body, at most `tokens`, None if unknown."""

    inline: str
    tokens: int | None
    is_image: bool = False
    is_low: bool = False


_UNSEEN = Medium("", None)
# Members that hold a medium, and those of which a message or a part has one.
_MEDIA = (
    *("image_url", "image", "images", "image_embeds", "input_audio", "audio_url", "video_url", "video"),
    *("file", "file_data", "file_id", "file_url", "document", "source", "inline_data"),
)
_MEDIA_NAMES = frozenset(_MEDIA)
_SAID = frozenset({"role", "content", "text", "output"})


def image_tokens(medium: Medium, vendors: frozenset[Vendor]) -> int:
    """The most that an image is, whichever of the vendors reads it."""
    return max((_image_tokens(medium, vendor) for vendor in vendors), default=_IMAGE_TOKENS)


def _image_tokens(medium: Medium, vendor: Vendor) -> int:
    if vendor is Vendor.ANTHROPIC:
        return _ANTHROPICS_IMAGE_TOKENS
    if medium.is_low and vendor in (Vendor.OPENAI, Vendor.AZURE):
        return _LOW_DETAIL_TOKENS
    return _IMAGE_TOKENS


def within(members: Mapping[str, Any]) -> Iterator[Medium]:
    """The media among the parts of the prompt, without recursion, which deep nesting could exhaust.

    Looks only where a provider does: what resembles a medium in a tool's schema or arguments is text.
    """
    pending = [members.get(name) for name in ("messages", "input", "system", "instructions")]
    while pending:
        part = pending.pop()
        if isinstance(part, list):
            pending.extend(part)
        elif isinstance(part, dict):
            medium = _medium(part)
            if medium is None:
                pending += (part.get("content"), part.get("output"))
            else:
                yield medium


def _medium(part: Mapping[str, Any]) -> Medium | None:
    """What a message, an item or a part of one is; None for text. What isn't known is unseen."""
    kind = part.get("type")
    if kind is None:
        return _untyped(part)
    read = _KINDS.get(kind) if isinstance(kind, str) else None
    return read(part) if read else _UNSEEN


def _untyped(part: Mapping[str, Any]) -> Medium | None:
    """What has no type is known by its members: an item that is but an id refers to what is stored.

    vLLM takes parts without types, OpenAI references, embeddings' inputs have none.
    """
    found = [] if _MEDIA_NAMES.isdisjoint(part) else [name for name in _MEDIA if part.get(name)]
    if found in (["image_url"], ["image"]):
        return _image({"image_url": part[found[0]]})
    if found or (part and _SAID.isdisjoint(part)):
        return _UNSEEN
    return _message(part)


def _text(_: Mapping[str, Any]) -> None:
    return None


def _message(part: Mapping[str, Any]) -> Medium | None:
    """A message is its content, unless it stands for audio that the model has generated before."""
    return _UNSEEN if part.get("audio") else None


def _reasoning(part: Mapping[str, Any]) -> Medium | None:
    """Reasoning comes along encrypted; otherwise the provider has stored it."""
    return None if isinstance(part.get("encrypted_content"), str) else _UNSEEN


def _image(part: Mapping[str, Any]) -> Medium:
    """An image by URL, by the id of a file, or inline: a data URL, or Anthropic's bare base64."""
    image = part.get("image_url", part.get("source"))
    is_low = (image if isinstance(image, dict) else part).get("detail") == "low"
    if isinstance(image, dict):
        if isinstance(image.get("data"), str):
            return Medium(image["data"], _IMAGE_TOKENS, is_image=True, is_low=is_low)
        image = image.get("url")
    if not isinstance(image, str) or not image.startswith("data:"):
        return Medium("", _IMAGE_TOKENS, is_image=True, is_low=is_low)
    # Some providers take documents and video as well.
    is_image = image.startswith("data:image/")
    return Medium(image, _IMAGE_TOKENS if is_image else None, is_image=is_image, is_low=is_low)


def _audio(part: Mapping[str, Any]) -> Medium:
    audio = part.get("input_audio")
    if not isinstance(audio, dict) or not isinstance(data := audio.get("data"), str):
        return _UNSEEN
    # Other formats store silence in almost no bytes. A colon is in no base64: some providers take URLs.
    if audio.get("format") not in _AUDIO_FORMATS or ":" in data:
        return Medium(data, None)
    return Medium(data, max(_MIN_AUDIO_TOKENS, -(-len(data) // _AUDIO_CHARACTERS_PER_TOKEN)))


def _file(part: Mapping[str, Any]) -> Medium:
    """A file, whose text may be compressed and each of its pages be an image as well."""
    file = part.get("file", part)
    data = file.get("file_data") if isinstance(file, dict) else None
    return Medium(data if isinstance(data, str) else "", None)


def _document(part: Mapping[str, Any]) -> Medium | None:
    """A document is a file, or else text."""
    source = part.get("source")
    if not isinstance(source, dict):
        return _UNSEEN
    if source.get("type") == "text":
        return _citable(part)
    data = source.get("data")
    return Medium(data if isinstance(data, str) else "", None)


def _citable(part: Mapping[str, Any]) -> Medium | None:
    """Text, in which each sentence gets a mark of its own if it is to be cited."""
    return _UNSEEN if part.get("citations") else None


_KINDS: Mapping[str, Callable[[Mapping[str, Any]], Medium | None]] = {
    **dict.fromkeys(
        (
            # chat completions
            "text",
            "refusal",
            # responses
            "input_text",
            "output_text",
            "function_call",
            "function_call_output",
            "custom_tool_call",
            "custom_tool_call_output",
            "computer_call",
            "computer_call_output",
            # messages
            "thinking",
            "redacted_thinking",
            "tool_use",
            "tool_result",
        ),
        _text,
    ),
    **dict.fromkeys(("image_url", "input_image", "image", "computer_screenshot"), _image),
    "message": _message,
    "reasoning": _reasoning,
    "input_audio": _audio,
    "file": _file,
    "input_file": _file,
    "document": _document,
    "search_result": _citable,
}
