from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from dataclasses import replace

import pytest

from infra.local.environment import ROOT, TOOLS
from infra.local.free_ports import LOOPBACK, Ports, answers


@pytest.fixture
def start(tmp_path):
    """Starts `python -m infra.local` with a state directory of its own."""
    started = []

    def start(ports):
        environment = os.environ | {
            "TOLLGATE_PORT": str(ports.gateway),
            "TOLLGATE_EMULATOR_PORT": str(ports.emulator),
            "TOLLGATE_PROVIDER_PORT": str(ports.provider),
            "TOLLGATE_STATE": str(tmp_path),
        }
        command = subprocess.Popen(
            [sys.executable, "-m", "infra.local"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(command)
        return command

    yield start
    for command in started:
        command.terminate()
        command.communicate(timeout=30)


def test_a_taken_port_is_one_line_and_exit_code_2(start, tmp_path):
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
        command = start(replace(Ports.free(), gateway=port))
        output, errors = command.communicate(timeout=30)
    assert command.returncode == 2
    assert output == ""
    assert errors.count("\n") == 1
    assert f"Port {port}, for the gateway, is taken" in errors
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not (TOOLS / "bin/sam").exists(), reason="`make local` has not installed the tools yet")
@pytest.mark.parametrize("stopping", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_stopping_while_it_starts_leaves_nothing_behind(start, tmp_path, stopping):
    ports = Ports.free()
    command = start(ports)
    assert "Starting" in command.stdout.readline()
    command.send_signal(stopping)
    output, errors = command.communicate(timeout=30)
    assert command.returncode == 130
    assert "nothing is left running" in output
    assert errors == ""
    assert not answers(ports.emulator)
    assert not answers(ports.provider)
    assert not (tmp_path / "stack.json").exists()
    assert not (tmp_path / "scratch").exists()
