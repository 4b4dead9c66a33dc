"""For how long a provider doesn't want to be asked again."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Where errors say it, and how many seconds their unit is.
_MEMBERS = {
    "retryDelay": 1.0,
    "retry_delay": 1.0,
    "retry_after": 1.0,
    "retry_after_seconds": 1.0,
    "retry_after_ms": 0.001,
    "retryAfter": 1.0,
    "retryAfterSeconds": 1.0,
    "retryAfterMs": 0.001,
    "Retry-After": 1.0,
    "retry-after": 1.0,
    "retry-after-ms": 0.001,
    "resets_in_seconds": 1.0,
}
_DURATION = re.compile(r"\s*([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*(ms|s)?\s*", re.ASCII)
_MAX_CHARACTERS = 8192
_MAX_PARTS = 256
# No provider is away for longer; what says so has another unit, or no sense.
_MAX_SECONDS = 86_400.0
_MAX_NUMBER = 1e9


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


def seconds_in_body(body: bytes) -> float | None:
    """Seconds that an error's body asks to wait; None if it doesn't. Of several, the longest.

    Google's answers have no header for it, but a `google.rpc.RetryInfo` among their details:
    https://cloud.google.com/apis/design/errors#error_details. Others repeat there what a header says.
    """
    if len(body) > _MAX_CHARACTERS:
        return None
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return max(_pauses(parsed), default=None)


def _pauses(parsed: Any) -> Iterator[float]:
    pending = [parsed]
    for _ in range(_MAX_PARTS):
        if not pending:
            return
        part = pending.pop()
        if isinstance(part, dict):
            for name, value in part.items():
                seconds = _seconds(value) * _MEMBERS[name] if name in _MEMBERS else 0.0
                if 0 < seconds <= _MAX_SECONDS:
                    yield seconds
            pending += [value for value in part.values() if isinstance(value, dict | list)]
        elif isinstance(part, list):
            pending += [value for value in part if isinstance(value, dict | list)]


def _seconds(told: Any) -> float:
    """A number, a duration (`34.07s`), or a message of seconds and nanos; 0 for anything else."""
    if isinstance(told, dict):
        return _number(told.get("seconds")) + _number(told.get("nanos")) / 1e9
    return _number(told)


def _number(told: Any) -> float:
    if isinstance(told, int | float) and not isinstance(told, bool):
        return float(told) if 0 < told <= _MAX_NUMBER else 0.0
    found = _DURATION.fullmatch(told) if isinstance(told, str) else None
    return float(found[1]) * (0.001 if found[2] == "ms" else 1.0) if found else 0.0


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
