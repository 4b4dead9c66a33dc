from __future__ import annotations

import os
import signal
import sys
import time

import pytest

from infra.local.processes.children import ChildError, Children
from infra.local.processes.interrupts import held_back
from tests.support.processes import needs_proc, runs

# A server with a worker, as the emulator has: prints the worker's pid once it runs.
SERVER_WITH_WORKER = """
import subprocess, sys, time
worker = subprocess.Popen([sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"],
                          stdout=subprocess.PIPE)
worker.stdout.readline()
print(worker.pid, flush=True)
time.sleep(600)
"""
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"


@pytest.fixture
def children(tmp_path):
    with Children(tmp_path, dict(os.environ)) as children:
        yield children


def start(children, tmp_path, program):
    """Starts a program and waits for its first line."""
    child = children.start("program", [sys.executable, "-c", program], cwd=tmp_path)
    child.require_ready(lambda: child.log.read_text().endswith("\n"), timeout=20)
    return child, child.log.read_text()


@needs_proc
@pytest.mark.parametrize("prelude", ["", STUBBORN])
def test_a_childs_children_end_with_it(tmp_path, monkeypatch, prelude):
    monkeypatch.setattr("infra.local.processes.children.GRACE_SECONDS", 0.5)
    with Children(tmp_path, dict(os.environ)) as children:
        child, worker = start(children, tmp_path, prelude + SERVER_WITH_WORKER)
        assert runs(child.pid)
        assert runs(int(worker))
    assert not runs(child.pid)
    assert not runs(int(worker))


@needs_proc
def test_what_a_finished_program_left_running_ends(children, tmp_path):
    leaves_worker = SERVER_WITH_WORKER.replace("time.sleep(600)\n", "", 1).replace("\ntime.sleep(600)", "")
    children.run("program", [sys.executable, "-c", leaves_worker], cwd=tmp_path, timeout=20)
    assert not runs(int((tmp_path / "program.log").read_text()))


def test_a_failed_program_is_reported_with_the_end_of_its_log(children, tmp_path):
    fails = "import sys; print('one'); print('the reason'); sys.exit(3)"
    with pytest.raises(
        ChildError, match=r"(?s)^sam build failed with exit code 3\..*sam-build\.log.*the reason"
    ):
        children.run("sam build", [sys.executable, "-c", fails], cwd=tmp_path, timeout=20)


def test_a_program_that_takes_too_long_is_stopped(children, tmp_path):
    with pytest.raises(ChildError, match="did not end within 0 s"):
        children.run(
            "program", [sys.executable, "-c", "import time; time.sleep(600)"], cwd=tmp_path, timeout=0.2
        )


def test_waiting_for_a_program_that_ended_does_not_go_on(children, tmp_path):
    child = children.start("program", [sys.executable, "-c", "raise SystemExit(4)"], cwd=tmp_path)
    with pytest.raises(ChildError, match="ended unexpectedly with exit code 4"):
        child.require_ready(lambda: False, timeout=20)


def test_waiting_has_an_end(children, tmp_path):
    child = children.start("program", [sys.executable, "-c", "import time; time.sleep(600)"], cwd=tmp_path)
    with pytest.raises(ChildError, match="was not ready within 0 s"):
        child.require_ready(lambda: False, timeout=0.2)


def test_a_stopping_signal_waits_until_a_child_is_noted():
    arrived = []
    previous = signal.signal(signal.SIGTERM, lambda number, frame: arrived.append(number))
    try:
        with held_back():
            signal.raise_signal(signal.SIGTERM)
            time.sleep(0)
            assert arrived == []
        assert arrived == [signal.SIGTERM]
    finally:
        signal.signal(signal.SIGTERM, previous)
