"""For how long a provider doesn't want to be asked again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds from `now`, which is in seconds since 1970; None if there is no sound pause ahead.

    By `retry-after-ms`, which OpenAI's API and SDKs have for the exact figure, or by `retry-after` in seconds
    or as a date (RFC 9110, 10.2.3).
    """
    exact = _positive(headers.get("retry-after-ms", ""))
    if exact is not None:
        return exact / 1000
    text = headers.get("retry-after", "")
    return _positive(text) or _until(text, now)


def _positive(text: str) -> float | None:
    try:
        figure = float(text)
    except ValueError:
        return None
    return figure if figure > 0 else None


def _until(text: str, now: float) -> float | None:
    """The seconds until an HTTP date, in any of the three forms that there are."""
    if not text[:1].isalpha():
        return None
    # Few answers have a date: none of the others is the slower for it.
    from datetime import UTC  # noqa: PLC0415
    from email.utils import parsedate_to_datetime  # noqa: PLC0415

    try:
        at = parsedate_to_datetime(text)
        seconds = (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - now
    except (ValueError, OverflowError, IndexError, TypeError):
        return None
    return seconds if seconds > 0 else None
