"""Moments, days and months as people type them: `8h`, `today`, `2026-11`."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

# Units of a relative moment, in seconds.
_UNITS: Final = {"m": 60, "h": 3600, "d": 86400, "w": 604800}
_RELATIVE: Final = re.compile(r"(\d{1,4})([mhdw])")
_MONTH: Final = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def moment_ahead(text: str) -> str:
    """RFC 3339, of a moment such as 2026-11-29T18:00:00Z or of what is so far ahead: 30m, 8h, 30d, 2w.

    A day alone is its end in the machine's zone. Raises ValueError.
    """
    length = _length(text)
    if length is not None:
        return _written(now() + length)
    if _is_day(text):
        return _written(datetime.combine(date.fromisoformat(text) + timedelta(days=1), time.min).astimezone())
    return _absolute(text)


def moment_back(text: str) -> str:
    """The same for what has been: 8h is eight hours ago, a day alone is its start."""
    length = _length(text)
    if length is not None:
        return _written(now() - length)
    if text in {"today", "yesterday"} or _is_day(text):
        return _written(datetime.combine(date.fromisoformat(day(text)), time.min).astimezone())
    return _absolute(text)


def day_or_moment_back(text: str) -> str:
    """A day as it is, which the API takes as one of its reporting zone; else as `moment_back`."""
    return day(text) if text in {"today", "yesterday"} or _is_day(text) else moment_back(text)


def day(text: str) -> str:
    """A day, of 2026-11-29, today, yesterday or how long ago: 30d. Raises ValueError.

    It is today where the machine is (TZ).
    """
    today = now().astimezone().date()
    back = {"today": 0, "yesterday": 1}.get(text)
    length = _length(text) if back is None else timedelta(days=back)
    if length is not None and length.seconds == 0:
        return (today - length).isoformat()
    if _is_day(text):
        return text
    raise ValueError(f"{text!r} isn't a day, such as 2026-11-29, today, yesterday or 30d")


def month(text: str) -> str:
    """A month, of 2026-11, this-month or last-month. Raises ValueError."""
    today = now().astimezone().date()
    if text == "this-month":
        return f"{today:%Y-%m}"
    if text == "last-month":
        return f"{today.replace(day=1) - timedelta(days=1):%Y-%m}"
    if _MONTH.fullmatch(text):
        return text
    raise ValueError(f"{text!r} isn't a month, such as 2026-11, this-month or last-month")


def _length(text: str) -> timedelta | None:
    found = _RELATIVE.fullmatch(text)
    return timedelta(seconds=int(found[1]) * _UNITS[found[2]]) if found else None


def _is_day(text: str) -> bool:
    if len(text) != len("2026-11-29"):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _absolute(text: str) -> str:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} isn't a moment, such as 2026-11-29T18:00:00Z, 8h or 30d") from None
    return _written(found.astimezone())


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
