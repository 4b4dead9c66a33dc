"""What texts of particular fields stand for: thresholds of alerts, factors, lengths in seconds."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

LEVELS: Final = ("warning", "urgent", "limit")
OFF: Final = "off"
_UNITS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_LENGTH: Final = re.compile(r"(\d{1,9})([smhdw]?)")
_OWNER: Final = "owner"


def factor(text: str) -> str:
    """A number in plain digits. Raises ValueError."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or "e" in text.lower():
        raise ValueError(f"{text!r} isn't a number, such as 1.15")
    return text


def seconds(text: str) -> int:
    """How long, of 90, 90s, 15m, 8h, 7d or 2w. Raises ValueError."""
    found = _LENGTH.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} isn't a length of time, such as 15m, 8h, 7d or 0")
    return int(found[1]) * _UNITS[found[2]]


def length(number: int) -> str:
    """The seconds as an option takes them, in the largest unit of which they are a whole number: 1d, 8h."""
    if number == 0:
        return "0"
    unit = max((each for each in _UNITS if each and number % _UNITS[each] == 0), key=_UNITS.__getitem__)
    return f"{number // _UNITS[unit]}{unit}"


def thresholds(texts: Sequence[str]) -> list[dict[str, Any]]:
    """Of PERCENT[:LEVEL[:WHOM,...]], each; by default the owner is warned, at 100 told of the limit.

    `off` is no thresholds. Raises ValueError.
    """
    return [] if list(texts) == [OFF] else [_threshold(text) for text in texts]


def _threshold(text: str) -> dict[str, Any]:
    percent, _, rest = text.partition(":")
    level, _, whom = rest.partition(":")
    if not percent.removesuffix("%").isdecimal():
        raise ValueError(f"{text!r} isn't a percent, such as 80, 95:urgent or 100:limit:owner,admin")
    share = int(percent.removesuffix("%"))
    level = level or ("limit" if share >= 100 else "warning")
    if level not in LEVELS:
        raise ValueError(f"{level!r} is none of {', '.join(LEVELS)}")
    notify = [each.strip() for each in whom.split(",") if each.strip()]
    return {"percent": share, "level": level, "notify": notify or [_OWNER]}
