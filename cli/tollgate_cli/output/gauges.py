"""Gauges of text: how much of a limit is used, and how much is left."""

from __future__ import annotations

import sys
from decimal import Decimal
from typing import Final

_FULL, _EMPTY = "█", "░"
_PLAIN: Final = str.maketrans({_FULL: "#", _EMPTY: "."})


def share_of(used: str, limit: str) -> Decimal:
    """What part of the limit is used; a limit of 0 is used up."""
    whole = Decimal(limit)
    return Decimal(used) / whole if whole > 0 else Decimal(1)


def gauge(share: Decimal, width: int = 10) -> str:
    """A bar of `width` columns, filled by a share of 0 to 1, in characters that stdout's encoding has.

    It looks empty only for 0, and full only from 1 on.
    """
    filled = min(max(int(share * width), 1), width - 1) if 0 < share < 1 else width * (share >= 1)
    return plain(_FULL * filled + _EMPTY * (width - filled))


def plain(text: str) -> str:
    """The text; its bars in ASCII if stdout's encoding has nothing else."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return text.translate(_PLAIN)
    return text
