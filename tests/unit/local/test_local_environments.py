"""Starts of execution environments that don't go well: no process is left, and the reason is told."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from infra.local.front import environments
from infra.local.front.environments import Environment, Pool
from infra.local.front.invocations import FunctionError

needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads Linux's /proc")
# Tells its id, and never asks for an invocation.
SLOW = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(600)"


def slow(tmp_path) -> list[str]:
    return [sys.executable, "-c", SLOW, str(tmp_path / "pid")]


def runs(tmp_path) -> bool:
    pid = (tmp_path / "pid").read_text()
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


async def eventually(holds) -> None:
    for _ in range(600):
        if holds():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not happen")


async def rest() -> None:
    """Waits until nothing goes on any more, as the watching of processes that were killed."""
    async with asyncio.timeout(30):
        await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()}, return_exceptions=True)


def begun(tmp_path) -> bool:
    with suppress(FileNotFoundError):
        return bool((tmp_path / "pid").read_text())
    return False


@needs_proc
def test_a_start_that_takes_too_long_is_told_and_leaves_no_process(tmp_path, monkeypatch):
    monkeypatch.setattr(environments, "INIT_SECONDS", 1)

    async def check():
        with pytest.raises(FunctionError, match="was not ready within 1 s"):
            await Environment.start(slow(tmp_path), {}, "arn")
        await rest()
        assert not begun(tmp_path) or not runs(tmp_path)

    asyncio.run(check())


@needs_proc
def test_a_start_that_is_given_up_leaves_no_process(tmp_path):
    async def check():
        starting = asyncio.create_task(Environment.start(slow(tmp_path), {}, "arn"))
        await eventually(lambda: begun(tmp_path))
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting
        await rest()
        assert not runs(tmp_path)

    asyncio.run(check())


@pytest.mark.parametrize("command", [["/no/such/program"], [sys.executable, "-c", "raise SystemExit(3)"]])
def test_what_can_not_be_started_is_told(command):
    async def check():
        with pytest.raises(FunctionError):
            await Environment.start(command, {}, "arn")
        await rest()

    asyncio.run(check())


def test_a_start_that_failed_takes_nobodys_place(tmp_path, monkeypatch):
    """Each of many calls is told, and a pool that serves one at once goes on."""
    monkeypatch.setattr(environments, "INIT_SECONDS", 0.2)

    async def check():
        pool = Pool(lambda: Environment.start(slow(tmp_path), {}, "arn"), 1)
        calls = [asyncio.create_task(pool.invoke(b"{}", 1)) for _ in range(3)]
        assert [type(each) for each in await asyncio.gather(*calls, return_exceptions=True)] == [
            FunctionError
        ] * 3
        await rest()

    asyncio.run(check())
