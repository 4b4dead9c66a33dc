"""What a request for images can use at most: how many there may be, and the tokens of each.

OpenAI publishes how many tokens an image of gpt-image-1 has, by size and quality
(https://platform.openai.com/docs/guides/image-generation, "Cost and latency"): 4,160 for a square of 1,024
pixels in high quality, 6,240 for the largest, and 100 for each partial image. Others, and sizes that aren't
in that list, are reckoned by their pixels.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tollgate.pricing.image_prices import AUTO, ImageKind
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.request.request_numbers import count

if TYPE_CHECKING:
    from collections.abc import Mapping

_MAX_PARTIAL = 3
_PARTIAL_TOKENS = 100
# Tokens of a square of 1,024 pixels, by quality, with a quarter more for other shapes.
_BY_QUALITY = {"low": 272, "medium": 1_056, "standard": 1_056, "high": 4_160, "hd": 4_160}
_SHAPES = 1.25
_SQUARE = 1_024 * 1_024
# What is left to the model: the largest image that is published, in the highest quality.
_AUTO_TOKENS = 6_240
_SIZE = re.compile(r"([0-9]{1,5})x([0-9]{1,5})")


def kind_of(members: Mapping[str, Any]) -> ImageKind:
    """The size and quality that a request names; raises `RefusedError` for what is no name."""
    return ImageKind(_text(members, "size"), _text(members, "quality"))


def number_of(members: Mapping[str, Any]) -> int:
    """How many images a request asks for; raises `RefusedError` for what is no number."""
    return count(members.get("n"), "n") or 1


def tokens_of(members: Mapping[str, Any]) -> int:
    """The most tokens that one image can have, partial ones with it."""
    partial = count(members.get("partial_images"), "partial_images") or 0
    return _whole(kind_of(members)) + min(partial, _MAX_PARTIAL) * _PARTIAL_TOKENS


def _whole(kind: ImageKind) -> int:
    if kind.size in (None, AUTO) and kind.quality in (None, AUTO):
        return _AUTO_TOKENS
    square = _BY_QUALITY.get(kind.quality or AUTO, _BY_QUALITY["high"])
    sized = _SIZE.fullmatch(kind.size or "")
    if sized is None:
        return max(int(square * 1.5), 1)
    pixels = int(sized[1]) * int(sized[2])
    return max(int(square * _SHAPES * max(pixels / _SQUARE, 1)) + 1, 1)


def _text(members: Mapping[str, Any], name: str) -> str | None:
    value = members.get(name)
    if value is not None and not isinstance(value, str):
        raise RefusedError(Reason.INVALID_PARAMETER, f"`{name}` must be a string.", param=name)
    return value
