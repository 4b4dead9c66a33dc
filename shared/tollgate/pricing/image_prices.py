"""What an image costs by the piece: by its size and quality, as far as a price names them.

Among a price's tools, `image` is any image, `image_1024x1024` one of that size, and `image_1024x1024_hd` one
of that size and quality; `image_hd` is one of that quality in any size. The price that says most of an image
is its price. What a request leaves to the model (`auto`) may be any, so that it is the dearest of them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tollgate.lean_dataclass import dataclass
from tollgate.pricing.price_versions import label

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

IMAGE = "image"
AUTO = "auto"
_SIZE = r"[0-9]+x[0-9]+"
_NAME = re.compile(rf"{IMAGE}(?:_({_SIZE}))?(?:_([a-z0-9]+))?")
# The tool by which a chat paints, which has a fee of its own.
_NOT_OF_IMAGES = frozenset({"image_generation"})


@dataclass(frozen=True, slots=True)
class ImageKind:
    """An image's size (`1024x1024`) and quality, each None where nobody says, or `auto`."""

    size: str | None = None
    quality: str | None = None


def is_of_image(name: str) -> bool:
    """Whether a price of that name is an image's."""
    return name not in _NOT_OF_IMAGES and _NAME.fullmatch(name) is not None


def price_name(kind: ImageKind, prices: Mapping[str, Decimal]) -> str | None:
    """The name of an image's price, None if there is none for it."""
    found = [(name, kind_of(name)) for name in prices if is_of_image(name)]
    fitting = [
        (name, priced)
        for name, priced in found
        if _fits(kind.size, priced.size) and _fits(kind.quality, priced.quality)
    ]
    if not fitting:
        return None
    if AUTO in (kind.size, kind.quality):
        return max(fitting, key=lambda each: prices[each[0]])[0]
    # Of what isn't said, the price without it is the usual one.
    exact = [each for each in fitting if not _says_more(each[1], kind)]
    if exact:
        return max(exact, key=lambda each: _said(each[1]))[0]
    return max(fitting, key=lambda each: prices[each[0]])[0]


def full_name(kind: ImageKind) -> str:
    """What the price of such images alone would be called."""
    named = (label(each) for each in (kind.size, kind.quality) if each is not None and each != AUTO)
    return "_".join((IMAGE, *named))


def kind_of(name: str) -> ImageKind:
    """The images that a price of that name is for."""
    parts = _NAME.fullmatch(name)
    return ImageKind(*parts.groups()) if parts is not None else ImageKind()


def _fits(wanted: str | None, priced: str | None) -> bool:
    return priced is None or wanted in (None, AUTO) or label(wanted) == priced


def _says_more(priced: ImageKind, wanted: ImageKind) -> bool:
    return (priced.size is not None and wanted.size is None) or (
        priced.quality is not None and wanted.quality is None
    )


def _said(priced: ImageKind) -> int:
    return 2 * (priced.size is not None) + (priced.quality is not None)
