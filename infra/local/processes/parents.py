"""Who has started this program, and whether that goes on: what runs for somebody ends with him."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path

_WATCH_SECONDS = 0.25


class Parent:
    """The process that has started this one, as it was at the beginning.

    make passes SIGTERM on, but other signals that come to it alone it only notes: it then waits for what it
    runs, and would wait for ever. That it no longer catches them, which Linux tells, is the sign to end.
    """

    def __init__(self) -> None:
        self._pid = os.getppid()
        self._caught = _caught(self._pid)

    def has_ended(self) -> bool:
        """Whether it is gone, or waits for this program to end."""
        if os.getppid() != self._pid:
            return True
        return bool(self._caught & ~_caught(self._pid))

    def end_with_it(self) -> None:
        """From now on, this process is told to stop when its parent has ended."""
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while not self.has_ended():
            time.sleep(_WATCH_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)


def _caught(pid: int) -> int:
    """The stopping signals that a process catches, as bits; none where that can't be told."""
    with suppress(OSError, ValueError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            name, _, value = line.partition(":")
            if name == "SigCgt":
                return int(value, 16) & _STOPPING
    return 0


_STOPPING = sum(1 << number - 1 for number in (1, 2, 3, 15))  # HUP, INT, QUIT, TERM
