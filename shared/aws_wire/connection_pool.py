"""Connections that are kept for the next request."""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING

from aws_wire import connection

if TYPE_CHECKING:
    from aws_wire.connection import Connection
    from aws_wire.endpoints import Origin


class ConnectionPool:
    """Keeps at most `max_idle` connections that nobody uses. Whoever needs one more gets it at once: requests
    that are sent together would else wait for each other's.
    """

    def __init__(
        self,
        origin: Origin,
        connect_timeout: float,
        read_timeout: float,
        max_idle: int,
        ca_bundle: str | None = None,
    ) -> None:
        self._origin = origin
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._ca_bundle = ca_bundle
        self._max_idle = max_idle
        self._idle: list[Connection] = []
        # Unlike __del__, also before the garbage collector takes the connections' sockets.
        weakref.finalize(self, _close_all, self._idle)
        self._epoch = 0
        self._lock = threading.Lock()

    def take(self) -> Connection:
        """One that was open a moment ago. Raises ConnectionFailedError."""
        while True:
            with self._lock:
                epoch = self._epoch
                kept = self._idle.pop() if self._idle else None
            if kept is None:
                break
            if kept.is_quiet():
                return kept
            kept.close()
        made = connection.connect(self._origin, self._connect_timeout, self._read_timeout, self._ca_bundle)
        made.epoch = epoch
        return made

    def give(self, used: Connection) -> None:
        """Takes back one whose answer was read to its end."""
        with self._lock:
            if used.epoch == self._epoch and len(self._idle) < self._max_idle:
                self._idle.append(used)
                return
        used.close()

    def clear(self) -> None:
        """Closes what is idle, and what is in use once it comes back."""
        with self._lock:
            self._epoch += 1
            _close_all(self._idle)


def _close_all(idle: list[Connection]) -> None:
    while idle:
        idle.pop().close()
