"""Execution environments that have remembered nothing yet."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from infra.local.stack import Stack


def end_environments(stack: Stack, *marks: str) -> None:
    """Ends the stack's processes whose command lines have one of `marks` in them.

    As AWS does from time to time: the next requests get new ones, which read their settings as they are then.
    """
    listed = subprocess.run(
        ["/bin/ps", "-A", "-ww", "-o", "pid=,ppid=,args="], capture_output=True, check=True
    )
    rows = [line.split(maxsplit=2) for line in listed.stdout.decode(errors="replace").splitlines()]
    above = {int(pid): int(parent) for pid, parent, *_ in rows}
    for pid, _, *command in rows:
        if any(mark in "".join(command) for mark in marks) and _is_below(int(pid), stack.pid, above):
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)


def _is_below(pid: int, ancestor: int, above: dict[int, int]) -> bool:
    while (parent := above.get(pid, 0)) not in {0, ancestor}:
        pid = parent
    return parent == ancestor
