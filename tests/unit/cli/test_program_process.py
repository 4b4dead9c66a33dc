"""A program that `tollgate run` starts has the terminal, the signals and the last word."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import subprocess
import sys
import termios
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tollgate_cli.programs.program_process import NotStartedError, Signals, found_program

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
# What `run` does around a program: what comes after its end must be reached, whatever ended it.
AROUND = """
import os, sys
from tollgate_cli.programs.program_process import Signals, found_program
with Signals() as signals:
    code = signals.run(found_program(sys.argv[1], os.environ), sys.argv[1:], os.environ)
    print("after", code, flush=True)
sys.exit(code)
"""
# Says which signals it gets, and ends after SIGTERM, or after as many of the others as it is told.
PROGRAM = """
import signal, sys
left = int(sys.argv[1])
def heard(number, frame):
    global left
    left -= 1
    print("heard", signal.Signals(number).name, flush=True)
for name in ("SIGINT", "SIGQUIT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2"):
    signal.signal(getattr(signal, name), heard)
print("ready", flush=True)
while left:
    signal.pause()
sys.exit(7)
"""


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": f"{ROOT / 'cli'}:{ROOT / 'shared'}"}


def command(program: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", AROUND, sys.executable, "-c", program, *arguments]


@pytest.fixture
def around() -> Iterator[subprocess.Popen[str]]:
    """A run, without a terminal, of a program that has said that it is ready."""
    with subprocess.Popen(
        command(PROGRAM, "1"),
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        env=environment(),
        text=True,
        start_new_session=True,
    ) as process:
        try:
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"])
def test_a_signal_reaches_the_program_and_what_follows_its_end_is_done(around, name):
    around.send_signal(getattr(signal, name))
    assert around.stdout.read() == f"heard {name}\nafter 7\n"
    assert around.wait() == 7


def test_ctrl_c_at_a_terminal_reaches_the_program_once():
    ours, theirs = pty.openpty()

    def take_terminal() -> None:
        fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)

    with subprocess.Popen(
        command(PROGRAM, "2"),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment(),
        start_new_session=True,
        preexec_fn=take_terminal,  # noqa: PLW1509 - this process has no threads
    ) as process:
        os.close(theirs)
        seen = read_until(ours, b"ready\r\n")
        os.write(ours, b"\x03")
        seen = read_until(ours, b"heard SIGINT\r\n")
        # Had it got the first one twice, it would have ended by now, and not by the second.
        os.write(ours, b"\x1c")
        seen = read_until(ours, b"after 7\r\n")
        assert b"heard SIGQUIT" in seen
        assert b"SIGINT" not in seen
        assert process.wait() == 7
    os.close(ours)


def read_until(terminal: int, text: bytes) -> bytes:
    seen = b""
    while text not in seen:
        seen += os.read(terminal, 1000)
    return seen


@pytest.mark.parametrize(
    ("program", "code"),
    [
        ("raise SystemExit(0)", 0),
        ("raise SystemExit(3)", 3),
        ("import os; os.kill(os.getpid(), 9)", 137),
        ("import os; os.kill(os.getpid(), 15)", 143),
    ],
)
def test_the_exit_code_is_the_programs(program, code):
    ran = subprocess.run(
        command(program), env=environment(), capture_output=True, text=True, check=False, timeout=60
    )
    assert (ran.returncode, ran.stdout) == (code, f"after {code}\n")


def test_the_program_gets_its_input_and_files_that_were_handed_on(tmp_path):
    kept, printed = tmp_path / "kept", tmp_path / "printed"
    with kept.open("wb") as handed_on, printed.open("wb") as stdout:
        number = handed_on.fileno()
        program = f"import os, sys; os.write({number}, sys.stdin.buffer.read()); print(sys.argv[1:])"
        subprocess.run(
            command(program, "--json", "a b", ""),
            env=environment(),
            input=b"what was typed",
            pass_fds=[number],
            check=True,
            timeout=60,
            stdout=stdout,
        )
    assert kept.read_text() == "what was typed"
    assert printed.read_text() == "['--json', 'a b', '']\nafter 0\n"


def test_a_signal_that_was_ignored_before_stays_ignored():
    """As with nohup: the program goes on when the terminal is closed."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Signals():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_signal_that_comes_first_keeps_the_program_from_starting(tmp_path):
    with Signals() as signals:
        signal.raise_signal(signal.SIGTERM)
        code = signals.run("/bin/touch", ["touch", str(tmp_path / "started")], {})
    assert code == 128 + signal.SIGTERM
    assert not (tmp_path / "started").exists()


def test_a_wait_ends_by_a_signal_but_not_by_one_that_was_the_programs():
    with Signals() as signals:
        assert signals.run("/bin/sh", ["sh", "-c", f"kill -USR1 {os.getpid()}; kill -USR1 $$"], {}) == 138
        assert signals.pause(0.01)
        signal.raise_signal(signal.SIGINT)
        assert not signals.pause(60)


def test_a_program_that_isnt_there_is_told_from_one_that_isnt_executable(tmp_path):
    (tmp_path / "text").write_text("no program")
    with pytest.raises(NotStartedError, match="There is no program missing-program") as caught:
        found_program("missing-program", {"PATH": str(tmp_path)})
    assert caught.value.code == 127
    with pytest.raises(NotStartedError, match="can't be executed") as caught:
        found_program(str(tmp_path / "text"), {"PATH": ""})
    assert caught.value.code == 126
    (tmp_path / "text").chmod(0o755)
    with Signals() as signals, pytest.raises(NotStartedError, match="text can't be executed: ") as caught:
        signals.run(found_program("text", {"PATH": str(tmp_path)}), ["text"], {})
    assert caught.value.code == 126
