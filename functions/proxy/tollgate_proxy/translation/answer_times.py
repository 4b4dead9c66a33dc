"""When an answer was made, as its provider says it."""

from __future__ import annotations

from typing import Any

# The last second that there are dates for in most languages, 9999-12-31.
_LAST = 253_402_300_799


def seconds_of(value: Any) -> int | None:
    """Whole seconds since 1970; None for what is no time."""
    sound = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= _LAST
    return int(value) if sound else None
