"""Rate limits: requests and tokens a minute, by the clock's minutes.

What is left of a minute is stored under a name of its own, so that a new minute needs no reset.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

MINUTE_SECONDS = 60
_REQUESTS, _TOKENS = "r", "t"
_LIMITS = {_REQUESTS: "rpm_limit", _TOKENS: "tpm_limit"}


def requests_name(at: datetime) -> str:
    return f"{_REQUESTS}{_minute(at)}"


def tokens_name(at: datetime) -> str:
    return f"{_TOKENS}{_minute(at)}"


def stale(names: Iterable[str], now: datetime) -> list[str]:
    """The names of minutes that are over. The last one counts as open, for clocks that are behind."""
    return sorted(name for name in names if int(name[1:]) < _minute(now) - 1)


def limit_of(name: str) -> str:
    """Which of a scope's limits a name of a minute counts against."""
    return _LIMITS[name[0]]


def is_open(at: datetime, now: datetime) -> bool:
    """Whether the minute of `at` is still the present one."""
    return _minute(at) == _minute(now)


def seconds_left(at: datetime) -> float:
    """Until the next minute begins."""
    return MINUTE_SECONDS - at.timestamp() % MINUTE_SECONDS


def _minute(at: datetime) -> int:
    return int(at.timestamp() // MINUTE_SECONDS)
