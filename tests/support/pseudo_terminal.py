"""Programs run at a terminal of a chosen width: in colour, and with somebody there to answer."""

from __future__ import annotations

import errno
import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_ROWS, _CHUNK = 50, 65_536
# For a command that starts on a busy machine, and then waits for the costs of its calls.
_PATIENCE = 180.0


def run(
    command: Sequence[str],
    columns: int,
    folder: Path,
    environment: Mapping[str, str],
    answers: Sequence[tuple[str, str]] = (),
) -> tuple[str, int]:
    """All that a person would have seen, with what they typed, as the terminal gets it; and the exit code.

    Each of `answers` is typed, with Return, when the output since the last one has the text before it.
    Raises TimeoutError if the program doesn't end within three minutes.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", _ROWS, columns, 0, 0))
    with subprocess.Popen(
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=folder,
        env=dict(environment),
        start_new_session=True,
    ) as process:
        os.close(theirs)
        try:
            output = _conversation(ours, list(answers))
            return output, process.wait(timeout=_PATIENCE)
        except BaseException:
            process.kill()
            raise
        finally:
            os.close(ours)


def _conversation(terminal: int, answers: list[tuple[str, str]]) -> str:
    """What comes until nobody has the other side open any more."""
    deadline = time.monotonic() + _PATIENCE
    output, since = b"", 0
    while True:
        if not select.select([terminal], [], [], max(0.0, deadline - time.monotonic()))[0]:
            raise TimeoutError(f"The program still runs. Until now: {output[-1000:]!r}")
        try:
            chunk = os.read(terminal, _CHUNK)
        except OSError as error:  # so Linux says that it is over
            if error.errno != errno.EIO:
                raise
            chunk = b""
        if not chunk:
            return output.decode(errors="replace")
        output += chunk
        if answers and answers[0][0].encode() in output[since:]:
            since = len(output)
            os.write(terminal, answers.pop(0)[1].encode() + b"\n")
