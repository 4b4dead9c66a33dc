"""Automatic increases: how far a limit may be raised by itself, for a time, when it is nearly used.

What is here is the policy. When a step of it is due is `tollgate.keys.automatic_increases`' to say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate import money
from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

AT_PERCENT = 100
TIMES = 1
TTL_SECONDS = 86_400
COOLDOWN_SECONDS = 3_600
_HUNDREDTHS = -2


@dataclass(frozen=True, slots=True)
class AutomaticIncrease:
    """By how much a limit is raised when `at_percent` of it is used: either `usd`, or `percent` of the limit.

    In a window that is at most `times`, each at least `cooldown_seconds` after the one before, and at most
    `max_total` USD together. A raise ends after `ttl_seconds`, or with the quota's window.
    """

    usd: Decimal | None
    percent: int | None
    max_total: Decimal
    at_percent: int = AT_PERCENT
    times: int = TIMES
    ttl_seconds: int = TTL_SECONDS
    cooldown_seconds: int = COOLDOWN_SECONDS

    def step(self, base: Decimal) -> Decimal:
        """One step, USD, of a limit that is `base` while it is not raised."""
        if self.usd is not None:
            return self.usd
        with money.exact():
            return (base * (self.percent or 0)).scaleb(_HUNDREDTHS)


@dataclass(frozen=True, slots=True)
class StepsTaken:
    """The steps of a window so far, and when the last was; `since` is the beginning of a quota's window."""

    steps: int
    last_at: datetime
    since: datetime | None = None
