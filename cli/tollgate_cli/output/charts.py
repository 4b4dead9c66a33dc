"""Gauges, bars and sparklines of text. Digits are for geometry alone: exact figures stand beside them."""

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
# Lines that don't touch those of the rows above and below: the half, the whole, and what is left of a gauge.
_HALF, _WHOLE, _REST = "╸━┄"
_ASCII_HEIGHTS: Final = "_.-=*#"
_ASCII_GAUGE: Final = ".#"


def share_of(used: str, limit: str) -> Decimal:
    """What part of the limit is used; a limit of 0 is used up."""
    whole = Decimal(limit)
    return Decimal(used) / whole if whole > 0 else Decimal(1)


def gauge(share: Decimal, width: int = 10) -> str:
    """How much of a limit is used, and is left: `width` columns, filled by a share of 0 to 1.

    It looks empty only for 0, and full only from 1 on.
    """
    filled = min(max(int(share * width), 1), width - 1) if 0 < share < 1 else width * (share >= 1)
    empty, full = (_REST, _WHOLE) if _encodes(_REST + _WHOLE) else _ASCII_GAUGE
    return full * filled + empty * (width - filled)


def bar(part: str | int, whole: str | int, width: int) -> str:
    """As much of `width` as `part` is of `whole`, at most all of it; at least a sliver of what isn't 0."""
    share = Decimal(part) / Decimal(whole) if Decimal(whole) > 0 else Decimal(0)
    share = min(max(share, Decimal(0)), Decimal(1))
    if not _encodes(_HALF + _WHOLE):
        return _ASCII_GAUGE[1] * math.ceil(share * width)
    full, half = divmod(math.ceil(share * width * 2), 2)
    return _WHOLE * full + _HALF * half


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


def _narrowed(numbers: list[Decimal], width: int | None) -> list[Decimal]:
    if width is None or len(numbers) <= width:
        return numbers
    size = -(-len(numbers) // max(width, 1))
    return [sum(numbers[start : start + size], Decimal(0)) for start in range(0, len(numbers), size)]


def _encodes(text: str) -> bool:
    """Whether stdout's encoding has all of its characters."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True
