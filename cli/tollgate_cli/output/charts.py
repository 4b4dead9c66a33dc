"""Bars and sparklines of text. Digits are for geometry alone: exact figures stand beside them."""

from __future__ import annotations

import math
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

# Of bars in tables, in characters.
BAR_WIDTH: Final = 20
_HEIGHTS: Final = "▁▂▃▄▅▆▇█"
_EIGHTHS: Final = " ▏▎▍▌▋▊▉█"
_ASCII_HEIGHTS: Final = "_.-=*#"


def sparkline(values: Sequence[str | int], width: int | None = None) -> str:
    """A character for each value, as high as it is beside the largest; nothing for none.

    With a `width`, neighbours are added up until they fit. Values below 0 are shown as 0.
    """
    numbers = _narrowed([max(Decimal(value), Decimal(0)) for value in values], width)
    heights = _HEIGHTS if _encodes(_HEIGHTS) else _ASCII_HEIGHTS
    most = max(numbers, default=Decimal(0))
    if not most:
        return heights[0] * len(numbers)
    # Only what is nothing is the lowest.
    steps = [math.ceil(number / most * (len(heights) - 1)) for number in numbers]
    return "".join(heights[step] for step in steps)


def bar(part: str | int, whole: str | int, width: int) -> str:
    """As much of `width` as `part` is of `whole`, at most all of it; at least a sliver of what isn't 0."""
    share = Decimal(part) / Decimal(whole) if Decimal(whole) > 0 else Decimal(0)
    share = min(max(share, Decimal(0)), Decimal(1))
    if not _encodes(_EIGHTHS):
        return "#" * math.ceil(share * width)
    eighths = math.ceil(share * width * 8)
    full, rest = divmod(eighths, 8)
    return (_EIGHTHS[8] * full + _EIGHTHS[rest]).rstrip()


def _narrowed(numbers: list[Decimal], width: int | None) -> list[Decimal]:
    if width is None or len(numbers) <= width:
        return numbers
    size = -(-len(numbers) // max(width, 1))
    return [sum(numbers[start : start + size], Decimal(0)) for start in range(0, len(numbers), size)]


def _encodes(text: str) -> bool:
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True
