"""The program as a process: what it imports, and how it meets pipes, signals, encodings and shells."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from infra.local.environment import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = [sys.executable, "-m", "tollgate_cli"]
DEAR = {"boto3", "httpx", "jsonschema", "keyring", "pydantic", "rich", "tollgate_client", "yaml"}
WAIT = 60


def environment(**more: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TOLLGATE_")}
    path = os.pathsep.join(str(ROOT / folder) for folder in ("cli", "shared"))
    return {**inherited, "PYTHONPATH": path, "TOLLGATE_CONFIG": os.devnull, **more}


@contextmanager
def gateway(names: list[str]) -> Iterator[dict[str, str]]:
    """A gateway on this machine that lists keys of these names: the environment that leads there."""
    rows: list[dict[str, Any]] = [
        {"id": f"key_{number:016}", "name": name, "status": "active", "budgetUsed": "1", "budgetLimit": None}
        for number, name in enumerate(names)
    ]
    without_limit = {"budgetState": "fine", "quotaLimit": None}
    content = json.dumps({"data": [{**row, **without_limit} for row in rows], "nextCursor": None})

    class Keys(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content.encode())))
            self.end_headers()
            self.wfile.write(content.encode())

        def log_message(self, *_arguments: Any) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Keys) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield {"TOLLGATE_URL": f"http://127.0.0.1:{server.server_address[1]}", "TOLLGATE_TOKEN": "t"}
        finally:
            server.shutdown()


def test_what_needs_no_gateway_imports_nothing_dear():
    lines = ["--version", "--help", "keys --help", "keys list --help", "login --help", "help keys"]
    watched = (
        "import sys; from tollgate_cli import program; "
        "codes = [program.run(line.split()) for line in sys.argv[1:]]; "
        "print('|', *codes, *{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", watched, *lines],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=WAIT,
        check=True,
    )
    told = done.stdout.rpartition("|")[2].split()
    assert told[: len(lines)] == ["0"] * len(lines)
    assert set(told) & DEAR == set()


def test_who_reads_a_part_ends_it_quietly():
    with gateway([f"name {number}" for number in range(5000)]) as leads_there:
        program = subprocess.Popen(
            [*PROGRAM, "keys", "list"],
            env=environment(**leads_there),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert program.stdout.readline().startswith("ID ")
        program.stdout.close()
        assert program.wait(WAIT) == 0
        assert program.stderr.read() == ""
        program.stderr.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for others")
def test_ctrl_c_ends_it_with_130_and_without_a_traceback():
    """While it waits for an answer that doesn't come."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(WAIT)
        leads_there = {"TOLLGATE_URL": f"http://127.0.0.1:{silent.getsockname()[1]}", "TOLLGATE_TOKEN": "t"}
        program = subprocess.Popen(
            [*PROGRAM, "keys", "list"],
            env=environment(**leads_there),
            stderr=subprocess.PIPE,
            text=True,
        )
        connection, _ = silent.accept()
        with connection:
            connection.settimeout(WAIT)
            assert connection.recv(1)
            program.send_signal(signal.SIGINT)
            _, errors = program.communicate(timeout=WAIT)
    assert program.returncode == 130
    assert errors.strip() == "Interrupted."


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_an_encoding_that_lacks_a_character_ends_nothing(encoding):
    with gateway(["日本語 ü"]) as leads_there:
        done = subprocess.run(
            [*PROGRAM, "keys", "list"],
            env=environment(**leads_there, PYTHONIOENCODING=encoding),
            capture_output=True,
            timeout=WAIT,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert "日本語 ü".encode(encoding, "backslashreplace") in done.stdout
