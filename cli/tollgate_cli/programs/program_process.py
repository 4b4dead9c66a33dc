"""Running a program as if it had been started by the shell: its terminal, its signals, its exit code."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any, Final, Self

from tollgate_cli.output.failures import CommandError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import FrameType

# As env, nohup and shells have it.
NOT_EXECUTABLE: Final = 126
NOT_FOUND: Final = 127
BY_SIGNAL: Final = 128

_WATCHED: Final = ("SIGINT", "SIGQUIT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2")
# A terminal sends these to all programs in its foreground: one that runs there has them already.
_FROM_TERMINAL: Final = frozenset({"SIGINT", "SIGQUIT"})
_SLICE_SECONDS: Final = 0.1


class NotStartedError(CommandError):
    """The program couldn't be started; `code` is the exit code that says so."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


def found_program(name: str, environment: Mapping[str, str]) -> str:
    """The program's path, by PATH. Raises `NotStartedError`."""
    found = shutil.which(name, path=environment.get("PATH"))
    if found is not None:
        return found
    if os.path.exists(name) and os.sep in name:  # noqa: PTH110 - a name, as the shell takes it
        raise NotStartedError(f"{name} can't be executed.", NOT_EXECUTABLE)
    raise NotStartedError(f"There is no program {name}.", NOT_FOUND)


class Signals:
    """While it is entered, signals that would end this process reach the program instead, and are noted.

    So whatever follows the program's end is done, however the program was ended. Those that this process was
    started to ignore, as by nohup, are left alone.
    """

    def __init__(self) -> None:
        self.received: list[int] = []
        self._program: subprocess.Popen[bytes] | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        for name in _WATCHED:
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._take)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def run(self, program: str, command: Sequence[str], environment: Mapping[str, str]) -> int:
        """Runs a program, which `command` names as the user did, to its end.

        Answers its exit code, 128 and the signal's number if one ended it. A signal that came before it is
        started keeps it from that. Raises `NotStartedError`.
        """
        if self.received:
            return BY_SIGNAL + self.received[0]
        try:
            # In this process group, with this terminal, and with whatever files were handed on.
            self._program = subprocess.Popen(
                command, executable=program, env=dict(environment), close_fds=False
            )
        except OSError as error:
            raise NotStartedError(
                f"{command[0]} can't be executed: {error.strerror}.", NOT_EXECUTABLE
            ) from error
        for number in tuple(self.received):
            self._pass_on(number)
        code = self._program.wait()
        self._program = None
        self.received.clear()
        return code if code >= 0 else BY_SIGNAL - code

    def pause(self, seconds: float) -> bool:
        """Waits; answers False at once when a signal comes, or if one has come since the program's end."""
        until = time.monotonic() + seconds
        while not self.received:
            left = until - time.monotonic()
            if left <= 0:
                return True
            time.sleep(min(left, _SLICE_SECONDS))
        return False

    def _take(self, number: int, _frame: FrameType | None) -> None:
        self.received.append(number)
        self._pass_on(number)

    def _pass_on(self, number: int) -> None:
        if self._program is None or (signal.Signals(number).name in _FROM_TERMINAL and _in_foreground()):
            return
        # One that has ended since has no need of it.
        self._program.send_signal(number)


def _in_foreground() -> bool:
    """Whether a terminal's Ctrl-C reaches this process, and all of its group."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
