"""However a run of tests ends, what its tests have started ends with it."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys

import pytest

from infra.local.environment import ROOT
from tests.support.processes import eventually, needs_proc, runs

pytestmark = needs_proc

# Each test of a run has a server of its own, as DynamoDB Local is one; whose it is, is told by a file.
CONFTEST = """
import os, sys
from pathlib import Path
import pytest
from infra.local.processes.children import Children
from tests.support.processes import end_in_order

def pytest_configure():
    end_in_order()

@pytest.fixture
def server(tmp_path):
    with Children(tmp_path, dict(os.environ)) as children:
        child = children.start("server", [sys.executable, "-c", "import time; time.sleep(600)"], cwd=None)
        told = Path(__file__).with_name(f"pids-{os.getpid()}")
        told.with_suffix(".new").write_text(f"{os.getpid()} {child.pid}")
        told.with_suffix(".new").rename(told)
        yield child
"""
TESTS = """
import time
import pytest

@pytest.mark.parametrize("number", [1, 2])
def test_waits(server, number):
    time.sleep(600)
"""


@pytest.fixture
def begin(tmp_path):
    """Begins a run in so many processes; returns it, and the ids of those with tests and of their servers."""
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_waiting.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]")
    begun = []

    def begin(*, processes: int, tethered: bool):
        plugins = ["-p", "no:cacheprovider", *(("-p", "xdist", "-n", str(processes)) if processes else ())]
        command = [sys.executable, "-m", "pytest", "-q", *plugins, str(tmp_path)]
        if tethered:
            shell = f"{shlex.join(command)}; true"
            command = [sys.executable, "-m", "infra.local.processes.tethered", "sh", "-c", shell]
        run = subprocess.Popen(
            command,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        begun.append(run)

        def told():
            return [tuple(map(int, each.read_text().split())) for each in tmp_path.glob("pids-*[0-9]")]

        assert eventually(lambda: len(told()) == max(processes, 1))
        return run, told()

    yield begin
    for run in begun:
        if run.poll() is None:
            run.kill()
        run.wait(30)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_run_in_one_process_leaves_nothing(begin, number):
    run, running = begin(processes=0, tethered=False)
    run.send_signal(number)
    run.wait(60)
    assert eventually(lambda: not any(runs(pid) for pids in running for pid in pids))


def test_a_run_in_several_processes_that_is_killed_leaves_nothing(begin):
    """Within seconds they notice that nobody is left to give them tests."""
    run, running = begin(processes=2, tethered=False)
    run.kill()
    run.wait(60)
    assert eventually(lambda: not any(runs(pid) for pids in running for pid in pids), 60)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_tethered_run_in_several_processes_leaves_nothing(begin, number):
    run, running = begin(processes=2, tethered=True)
    run.send_signal(number)
    run.wait(60)
    assert eventually(lambda: not any(runs(pid) for pids in running for pid in pids))


def test_a_process_of_several_that_is_killed_leaves_nothing(begin):
    _, ((pid, server), _other) = begin(processes=2, tethered=True)
    os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: not runs(pid) and not runs(server))
