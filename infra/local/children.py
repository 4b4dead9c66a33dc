"""Programs run under supervision: each leads a group of its own, so that its children end with it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

from infra.local.errors import LocalError
from infra.local.interrupts import held_back

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
    def __init__(self, name: str, popen: subprocess.Popen[bytes], log: Path) -> None:
        self.name = name
        self.log = log
        self._popen = popen

    @property
    def pid(self) -> int:
        return self._popen.pid

    def exited(self) -> bool:
        return self._popen.poll() is not None

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


class Children:
    """Starts programs in `environment`, each logging to a file in `logs`, and stops them all on exit."""

    def __init__(self, logs: Path, environment: Mapping[str, str]) -> None:
        self._logs = logs
        self._environment = environment
        self._started: list[Child] = []

    def __enter__(self) -> Children:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with held_back():
            self.stop()

    def start(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        cwd: Path,
        environment: Mapping[str, str] | None = None,
    ) -> Child:
        self._logs.mkdir(parents=True, exist_ok=True)
        path = self._logs / f"{name.replace(' ', '-')}.log"
        with path.open("wb") as log, held_back():
            child = Child(
                name,
                subprocess.Popen(
                    command,
                    cwd=cwd,
                    env={**self._environment, **(environment or {})},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                ),
                path,
            )
            self._started.append(child)
        return child

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
            with held_back():
                # What it left behind ends here; its group's number may be another's tomorrow.
                self._stop([child])
                self._started.remove(child)

    def stop(self) -> None:
        # What was started last depends on what was started first.
        self._stop(self._started[::-1])
        self._started.clear()

    @staticmethod
    def _stop(groups: list[Child]) -> None:
        """End every group: ask, wait, then kill."""
        for number, patience in ((signal.SIGTERM, GRACE_SECONDS), (signal.SIGKILL, KILL_SECONDS)):
            groups = [child for child in groups if child.signal_group(number)]
            deadline = time.monotonic() + patience
            while groups and time.monotonic() < deadline:
                time.sleep(TICK_SECONDS)
                groups = [child for child in groups if child.signal_group(0)]


def log_tail(log: Path, lines: int = 25) -> str:
    with suppress(FileNotFoundError), log.open(errors="replace") as text:
        tail = "".join(f"  | {line.rstrip()}\n" for line in deque(text, maxlen=lines))
        return f"The end of {log}:\n{tail}"
    return f"There is no {log}."
