"""Which targets are left out for a while, as this execution environment has met them."""

from __future__ import annotations

import time
from dataclasses import field
from typing import TYPE_CHECKING

from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

# After that many failures in a row a target is left out, first for the shortest time, then for twice
# as long after each further failure.
_FAILURES = 3
_MIN_SECONDS = 10.0
_MAX_SECONDS = 300.0


@dataclass(slots=True)
class _TargetRecord:
    failures: int = 0
    out_until: float = 0.0


@dataclass(frozen=True, slots=True)
class CircuitBreaker:
    """Takes note of failures that another target might not have had.

    A target is a provider, its name of the model, and the API. One that asks for a pause (`Retry-After`) gets
    it at once. None is shut out for good: when its time is over it is asked again, and one success clears it.
    """

    monotonic: Callable[[], float] = time.monotonic
    _records: dict[tuple[str, ...], _TargetRecord] = field(default_factory=dict)

    def seconds_out(self, target: tuple[str, ...]) -> float:
        """For how long a target is still left out, 0 if it isn't."""
        record = self._records.get(target)
        return 0.0 if record is None else max(record.out_until - self.monotonic(), 0.0)

    def failed(self, target: tuple[str, ...], retry_after: float | None = None) -> None:
        """`retry_after` is in seconds."""
        record = self._records.setdefault(target, _TargetRecord())
        record.failures += 1
        seconds = retry_after or 0.0
        if record.failures >= _FAILURES:
            seconds = max(seconds, _MIN_SECONDS * 2 ** min(record.failures - _FAILURES, 10))
        record.out_until = max(record.out_until, self.monotonic() + min(seconds, _MAX_SECONDS))

    def succeeded(self, target: tuple[str, ...]) -> None:
        self._records.pop(target, None)
