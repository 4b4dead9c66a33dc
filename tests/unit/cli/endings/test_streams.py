"""A stdout that takes nothing, and streams that a process was started without."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.support.cli_runner import SIGNED_IN, Gateway, _Stream, run
from tests.unit.cli.keys.test_key_commands import KEY

FULL = Path("/dev/full")


def tollgate(*arguments: str, closed: tuple[int, ...] = (), **streams):
    """Runs the program by itself, without the streams of these numbers."""
    redirected = " ".join(f"{number}>&-" for number in closed)
    return subprocess.run(
        ["/bin/sh", "-c", f'exec "$0" -m tollgate_cli "$@" {redirected}', sys.executable, *arguments],
        env={**os.environ, "TOLLGATE_CONFIG": os.devnull, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
        text=True,
        timeout=120,
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams},
    )


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full")
def test_a_disk_that_is_full_is_told_of():
    with FULL.open("w") as full:
        ended = tollgate("schema", stdout=full)
    assert (ended.returncode, ended.stderr) == (
        1,
        "Error: The results can't be printed: No space left on device.\n",
    )


def test_without_a_stdout_results_are_an_error_in_a_sentence():
    ended = tollgate("schema", closed=(1,))
    assert ended.returncode == 1
    assert ended.stderr.startswith("Error: The results can't be printed")


def test_without_any_stream_the_exit_code_is_the_same():
    assert tollgate("keys", "list", closed=(0, 1, 2)).returncode == 3


def test_a_secret_that_cannot_be_printed_is_said_to_be_lost(monkeypatch):
    def full(_self, _text=""):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_Stream, "write", lambda self, text: full(self) if "sk-tg" in text else len(text))
    errors: list[str] = []
    monkeypatch.setattr("tollgate_cli.output.printer.Output.error", lambda _, text: errors.append(text))
    gateway = Gateway({"POST /api/admin/apiKey": {**KEY, "key": "sk-tg-new"}})
    ran = run("keys", "create", "--name", "x", gateway=gateway)
    assert ran.code == 1
    assert "lost" in errors[-1]
    assert "sk-tg-new" not in "".join(errors)


def test_an_argument_that_is_no_text_is_wrong_use():
    ran = run("keys", "show", "\udcff", environment=SIGNED_IN)
    assert (ran.code, ran.stderr) == (
        2,
        "Error: An argument isn't text in UTF-8, which is all that can be sent.\n",
    )


def test_a_traceback_does_nothing_to_a_terminal():
    gateway = Gateway({"GET /api/admin/apiKey": {"data": [{"id": "key_1", "name": 1}], "nextCursor": None}})
    ran = run(
        "keys", "show", "name:\x1b[2J", gateway=gateway, environment={**SIGNED_IN, "TOLLGATE_DEBUG": "1"}
    )
    assert "Traceback" in ran.stderr
    assert "\x1b" not in ran.stderr


@pytest.mark.parametrize("terminal", [True, False])
def test_an_export_is_exact_and_does_nothing_to_a_terminal(terminal):
    """Whoever makes calls decides what is in the log."""
    text = 'id,user\r\n1,"\x1b]0;owned\x07\x9b2J\tü\ry"\r\n'
    answer = httpx.Response(200, headers={"content-type": "text/csv"}, content=text.encode())
    gateway = Gateway({"GET /api/admin/costs/export": answer})
    ran = run("costs", "export", gateway=gateway, terminal=terminal)
    assert ran.code == 0, ran.stderr
    shown = 'id,user\n1,"\\x1b]0;owned\\x07\\x9b2J\tü\\ry"\n'
    assert ran.stdout == (shown if terminal else text)
