"""Ends what its parent has started, should the parent end without doing so: killed, or crashed.

Run by itself, with nothing but the standard library. Its input tells of groups of processes, by `+` and the
group's number when one has started, by `-` when it is gone; the end of the input is the end of the parent.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress

GRACE_SECONDS = 5.0
TICK_SECONDS = 0.05


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    groups: list[int] = []
    for line in sys.stdin.buffer:
        group = int(line[1:])
        if line.startswith(b"+"):
            groups.append(group)
        else:
            with suppress(ValueError):
                groups.remove(group)
    end(groups)


def end(groups: list[int]) -> None:
    """Asks, waits, then kills."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        groups = [group for group in groups if _signalled(group, number)]
        deadline = time.monotonic() + GRACE_SECONDS
        while groups and time.monotonic() < deadline:
            time.sleep(TICK_SECONDS)
            groups = [group for group in groups if _signalled(group, 0)]


def _signalled(group: int, number: int) -> bool:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    main()
