"""Which requests are new since the log was read before."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from tollgate_cli.arguments.spans import now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# A request is in the log when it has ended, at the time at which it came in: it may appear behind later
# ones. Most last no longer than the short time, none longer than the long one: a function may run so long.
_SHORT: Final = timedelta(minutes=1)
_LONG: Final = timedelta(minutes=16)
# So many readings go back by the short time until one goes back by the long one.
_READINGS_OF_SHORT: Final = 9
# How far this machine's clock may be ahead of the gateway's.
_TOLERANCE: Final = timedelta(minutes=10)


class RequestTail:
    """Reads the log again and again, and has each request once, whatever arrives in between.

    `read` answers the rows from a moment on (None: from where the log is begun), newest first, lazily.
    """

    def __init__(self, read: Callable[[str | None], Iterator[Any]]) -> None:
        self._read = read
        self._seen: dict[str, datetime] = {}
        # Where the log stood at its last reading, and at its last one by the long time.
        self._stood: datetime | None = None
        self._stood_long: datetime | None = None
        # What was there at the beginning, but for what was read of it, came in and ended before these.
        self._begun: tuple[datetime, datetime] | None = None
        self._readings = 0

    def begin(self, count: int) -> list[Any]:
        """The newest `count` requests that there are, oldest first. What is new is so from here on."""
        started = now()
        rows: list[Any] = []
        begun: datetime | None = None
        for row in self._read(None):
            at = _moment(row["createdAt"])
            begun = begun or at - _SHORT
            if at < begun and len(rows) >= count:
                break
            rows.append(row)
        if begun is not None:
            self._begun = begun, max(_moment(row["completedAt"]) for row in rows)
        self._note(rows)
        self._stood = self._stood_long = self._standing(started)
        return rows[:count][::-1]

    def more(self) -> list[Any]:
        """Those that have come since, oldest first. Raises what reading raises; nothing is lost by that."""
        readings, started = self._readings, now()
        is_long = readings >= _READINGS_OF_SHORT
        # After a fault, requests may have ended that came in long before.
        self._readings = _READINGS_OF_SHORT
        base, back = (self._stood_long, _LONG) if is_long else (self._stood, _SHORT)
        rows = [
            row for row in self._read(None if base is None else _written(base - back)) if self._is_new(row)
        ]
        self._note(rows)
        self._stood = self._standing(started)
        if is_long:
            self._stood_long = self._stood
            self._forget()
        self._readings = 0 if is_long else readings + 1
        return rows[::-1]

    def _is_new(self, row: Any) -> bool:
        if row["id"] in self._seen:
            return False
        if self._begun is None:
            return True
        came_in, ended = self._begun
        return _moment(row["createdAt"]) >= came_in or _moment(row["completedAt"]) > ended

    def _note(self, rows: list[Any]) -> None:
        for row in rows:
            self._seen[row["id"]] = _moment(row["createdAt"])

    def _standing(self, started: datetime) -> datetime:
        """The newest request's time, or this machine's where filters have let none pass for long."""
        return max(*self._seen.values(), started - _TOLERANCE, self._stood or started - _TOLERANCE)

    def _forget(self) -> None:
        """What no reading reaches any more."""
        if self._stood_long is not None:
            oldest = self._stood_long - _LONG
            self._seen = {name: at for name, at in self._seen.items() if at >= oldest}


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _written(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
