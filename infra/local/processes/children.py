"""Programs run under supervision: each leads a group of its own, so that its children end with it.

Should this process be killed, a keeper ends them: a process that waits for nothing else.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import deque
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING

from infra.local.local_errors import LocalError
from infra.local.processes import keeper
from infra.local.processes.interrupts import held_back

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

TICK_SECONDS = 0.05
GRACE_SECONDS = 5.0
KILL_SECONDS = 5.0


class ChildError(LocalError):
    """A program that failed, with the end of what it had to say."""


class Child:
    """A program; without a `log` it writes where this one does."""

    def __init__(self, name: str, popen: subprocess.Popen[bytes], log: Path | None) -> None:
        self.name = name
        self.log = log
        self._popen = popen

    @property
    def pid(self) -> int:
        return self._popen.pid

    def exited(self) -> bool:
        return self._popen.poll() is not None

    @property
    def exit_code(self) -> int:
        """As shells tell it; of a program that has exited."""
        code = self._popen.returncode
        return 128 - code if code < 0 else code

    def require_success(self, timeout: float) -> None:
        """Wait for the end. Raises ChildError when it fails, or takes longer than `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while not self.exited():
            if time.monotonic() > deadline:
                raise self.error(f"did not end within {timeout:.0f} s")
            time.sleep(TICK_SECONDS)
        if self._popen.returncode != 0:
            raise self.error(f"failed with exit code {self._popen.returncode}")

    def require_running(self) -> None:
        if self.exited():
            raise self.error(f"ended unexpectedly with exit code {self._popen.returncode}")

    def require_ready(self, ready: Callable[[], bool], timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while not ready():
            self.require_running()
            if time.monotonic() > deadline:
                raise self.error(f"was not ready within {timeout:.0f} s")
            time.sleep(TICK_SECONDS)

    def error(self, what: str) -> ChildError:
        return ChildError(f"{self.name} {what}. {log_tail(self.log)}")

    def signal_group(self, number: int) -> bool:
        """Whether there was anybody left in the group to signal."""
        self._popen.poll()
        try:
            os.killpg(self.pid, number)
        except (ProcessLookupError, PermissionError):  # macOS says PermissionError of a group of zombies
            return False
        return True


class _Keeper:
    """Knows what runs, and ends it when this process is gone."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", keeper.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def tell(self, sign: str, child: Child) -> None:
        with suppress(OSError):
            pipe = self._process.stdin
            if pipe is not None:
                pipe.write(f"{sign}{child.pid}\n".encode())
                pipe.flush()

    def dismiss(self) -> None:
        """To be called when nothing is left to be ended."""
        with suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(KILL_SECONDS)


class Children:
    """Starts programs in `environment`, each logging to a file in `logs`, and stops them all on exit.

    Without `logs` they write where this program does.
    """

    def __init__(self, logs: Path | None, environment: Mapping[str, str]) -> None:
        self._logs = logs
        self._environment = environment
        self._started: list[Child] = []
        self._keeper: _Keeper | None = None

    def __enter__(self) -> Children:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with held_back():
            self.stop()
            if self._keeper is not None:
                self._keeper.dismiss()
                self._keeper = None

    def start(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        cwd: Path | None,
        environment: Mapping[str, str] | None = None,
    ) -> Child:
        path = self._log_of(name)
        with path.open("wb") if path else nullcontext() as log, held_back():
            if self._keeper is None:
                self._keeper = _Keeper()
            popen = subprocess.Popen(
                command,
                cwd=cwd,
                env={**self._environment, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT if log else None,
                start_new_session=True,
            )
            child = Child(name, popen, path)
            self._started.append(child)
            self._keeper.tell("+", child)
        return child

    def _log_of(self, name: str) -> Path | None:
        if self._logs is None:
            return None
        self._logs.mkdir(parents=True, exist_ok=True)
        return self._logs / f"{name.replace(' ', '-')}.log"

    def run(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        cwd: Path,
        timeout: float,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Run a program to its end. Raises ChildError when it fails or takes more than `timeout` seconds."""
        child = self.start(name, command, cwd=cwd, environment=environment)
        try:
            child.require_success(timeout)
        finally:
            # What it left behind ends here; its group's number may be another's tomorrow.
            self.end(child)

    def end(self, child: Child) -> None:
        """Stop one of them."""
        with held_back():
            self._stop([child])
            self._started.remove(child)

    def stop(self) -> None:
        # What was started last depends on what was started first.
        self._stop(self._started[::-1])
        self._started.clear()

    def _stop(self, children: list[Child]) -> None:
        """End every group: ask, wait, then kill."""
        groups = children
        for number, patience in ((signal.SIGTERM, GRACE_SECONDS), (signal.SIGKILL, KILL_SECONDS)):
            groups = [child for child in groups if child.signal_group(number)]
            deadline = time.monotonic() + patience
            while groups and time.monotonic() < deadline:
                time.sleep(TICK_SECONDS)
                groups = [child for child in groups if child.signal_group(0)]
        for child in children:
            if self._keeper is not None:
                self._keeper.tell("-", child)


def log_tail(log: Path | None, lines: int = 25) -> str:
    if log is None:
        return "Its output is above."
    with suppress(FileNotFoundError), log.open(errors="replace") as text:
        tail = "".join(f"  | {line.rstrip()}\n" for line in deque(text, maxlen=lines))
        return f"The end of {log}:\n{tail}"
    return f"There is no {log}."
