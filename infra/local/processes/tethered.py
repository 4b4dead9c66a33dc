"""python -m infra.local.processes.tethered COMMAND...: a command that ends, with all that it has started.

Tests run under it. make and shells don't pass on every signal, and none that kills them: the command is a
group of its own here, which is interrupted by whatever stops this program or its parent.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

from infra.local.processes.children import TICK_SECONDS, Children
from infra.local.processes.interrupts import INTERRUPTED, interrupt_once
from infra.local.processes.parents import Parent

# For tests to be over in, and what they have started to be stopped.
GRACE_SECONDS = 20.0


def main(command: list[str]) -> int:
    parent = Parent()
    interrupt_once()
    with Children(None, dict(os.environ)) as children:
        child = children.start("command", command, cwd=None)
        try:
            while not child.exited():
                if parent.has_ended():
                    raise KeyboardInterrupt
                time.sleep(TICK_SECONDS)
        except KeyboardInterrupt:
            child.signal_group(signal.SIGINT)
            deadline = time.monotonic() + GRACE_SECONDS
            while not child.exited() and time.monotonic() < deadline:
                time.sleep(TICK_SECONDS)
            return INTERRUPTED
        return child.exit_code


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (KeyboardInterrupt, subprocess.SubprocessError):
        sys.exit(INTERRUPTED)
