"""Whatever ends a program, by whatever signal: nothing that it has started goes on."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys

import pytest

from infra.local import trust
from infra.local.environment import ROOT
from tests.support.processes import eventually, needs_proc, runs

pytestmark = needs_proc

STOPPING = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT]
# A test run, or a stack: has a child in a group of its own, which has a child, and tells their ids.
PROGRAM = f"""
import os, subprocess, sys, time
from pathlib import Path
from infra.local.processes.children import Children
from infra.local.processes.interrupts import interrupt_once
interrupt_once()
CHILD = '''
import os, subprocess, sys, time
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(os.getpid(), grandchild.pid, flush=True)
time.sleep(600)
'''
with Children(Path(sys.argv[1]), dict(os.environ)) as children:
    child = children.start("child", [sys.executable, "-c", CHILD], cwd=Path({str(ROOT)!r}))
    child.require_ready(lambda: child.log.read_text().endswith("\\n"), 20)
    (Path(sys.argv[1]) / "pids").write_text(child.log.read_text() + f" {{os.getpid()}}")
    try:
        time.sleep(600)
    except KeyboardInterrupt:
        pass
"""


@pytest.fixture
def start(tmp_path):
    """Starts a command in a session of its own; returns it, and the ids of all that runs by then."""
    started = []

    def start(*command):
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            start_new_session=True,
            stdin=subprocess.DEVNULL,
        )
        started.append(process)
        told = tmp_path / "pids"
        assert eventually(lambda: told.exists() and len(told.read_text().split()) == 3)
        return process, [int(pid) for pid in told.read_text().split()]

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait(30)


def program(tmp_path) -> list[str]:
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    return [sys.executable, str(path), str(tmp_path)]


@pytest.mark.parametrize("number", [*STOPPING, signal.SIGKILL])
def test_a_program_that_ends_leaves_nothing_running(start, tmp_path, number):
    process, running = start(*program(tmp_path))
    process.send_signal(number)
    process.wait(30)
    assert eventually(lambda: not any(map(runs, running)))


@pytest.mark.parametrize("number", [*STOPPING, signal.SIGKILL])
def test_a_tethered_command_ends_with_what_tethers_it(start, tmp_path, number):
    """With a shell in between, which passes nothing on."""
    command = f"{' '.join(program(tmp_path))}; true"
    process, running = start(sys.executable, "-m", "infra.local.processes.tethered", "sh", "-c", command)
    process.send_signal(number)
    process.wait(60)
    assert eventually(lambda: not any(map(runs, running)))


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")
@pytest.mark.parametrize("number", [*STOPPING, signal.SIGKILL])
def test_what_make_runs_ends_with_make(start, tmp_path, number):
    """To make alone: it passes on SIGTERM, and waits after others. A terminal's signals come to all."""
    makefile = tmp_path / "Makefile"
    inner = f"{' '.join(program(tmp_path))}; true"
    makefile.write_text(
        f"all:\n\t@{sys.executable} -m infra.local.processes.tethered $(MAKE) -f {makefile} inner\n\n"
        f"inner:\n\t@{inner}\n"
    )
    process, running = start("make", "-f", str(makefile))
    process.send_signal(number)
    process.wait(60)
    assert eventually(lambda: not any(map(runs, running)))


@pytest.mark.parametrize("status", [0, 3])
def test_a_tethered_command_ends_as_it_likes(status):
    command = [
        sys.executable,
        "-m",
        "infra.local.processes.tethered",
        "sh",
        "-c",
        f"echo said; exit {status}",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (status, "said\n")


@pytest.mark.parametrize(
    ("version", "chosen", "named"),
    [
        ((23, 0), {}, {"PIP_CERT": "/etc/store.pem"}),
        ((23, 3), {}, {"PIP_USE_FEATURE": "truststore"}),
        ((24, 1), {}, {"PIP_USE_FEATURE": "truststore"}),
        ((24, 2), {}, {}),
        ((26, 0), {}, {}),
        ((23, 0), {"PIP_CERT": "/mine.pem"}, {}),
    ],
)
def test_pip_trusts_what_the_machine_trusts(monkeypatch, version, chosen, named):
    store = type("Paths", (), {"cafile": "/etc/store.pem", "capath": None})()
    monkeypatch.setattr("ssl.get_default_verify_paths", lambda: store)
    for name in ("PIP_CERT", "PIP_USE_FEATURE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in chosen.items():
        monkeypatch.setenv(name, value)
    assert trust.of_pip(version) == named
    assert trust.of_uv()["UV_SYSTEM_CERTS"] == "1"


def test_without_a_store_installers_own_lists_count(monkeypatch):
    nothing = type("Paths", (), {"cafile": None, "capath": None})()
    monkeypatch.setattr("ssl.get_default_verify_paths", lambda: nothing)
    monkeypatch.setattr("platform.system", lambda: "Linux")
    assert (trust.of_uv(), trust.of_pip((23, 0))) == ({}, {})
