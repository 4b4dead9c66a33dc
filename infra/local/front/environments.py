"""Execution environments: processes that serve one invocation at a time, started as they are needed."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from infra.local.front.invocation_api import RuntimeApi
from infra.local.front.invocations import FunctionError, FunctionTimeoutError, Invocation

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Awaitable, Callable, Mapping, Sequence

INIT_SECONDS = 60


class Environment:
    """A process and the Runtime API that it talks to."""

    def __init__(self, api: RuntimeApi, process: Process) -> None:
        self._api = api
        self._process = process
        self._why = FunctionError("The function's process ended")
        self._watching = asyncio.create_task(self._watch())

    @classmethod
    async def start(
        cls, command: Sequence[str | os.PathLike[str]], variables: Mapping[str, str], function_arn: str
    ) -> Environment:
        """Starts a process that can serve. Raises FunctionError if it ends before, or takes too long.

        Whatever else becomes of the start, a process that nobody gets doesn't go on.
        """
        api = RuntimeApi(function_arn)
        address = await api.listen()
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                env={**os.environ, **variables, "AWS_LAMBDA_RUNTIME_API": address},
                stdin=asyncio.subprocess.DEVNULL,
            )
        except OSError as error:
            api.close(FunctionError("The function could not be started"))
            raise FunctionError(f"The function could not be started: {error}") from error
        except BaseException:
            api.close(FunctionError("The start was given up"))
            raise
        environment = cls(api, process)
        try:
            await environment._become_ready()
        except BaseException:
            environment.kill()
            raise
        return environment

    async def _become_ready(self) -> None:
        # Not by `timeout`, which cancels what it waits for: others are still to be told.
        done, _ = await asyncio.wait([self._api.ready], timeout=INIT_SECONDS)
        if not done:
            self._why = FunctionError(f"The function was not ready within {INIT_SECONDS} s")
            raise self._why
        self._api.ready.result()

    @property
    def alive(self) -> bool:
        return not self._watching.done()

    async def serve(self, invocation: Invocation) -> None:
        """Returns when the process has done with the invocation, or was ended at its deadline."""
        self._api.invoke(invocation)
        try:
            async with asyncio.timeout(invocation.seconds):
                await invocation.finished.wait()
        except TimeoutError:
            self._why = FunctionTimeoutError(f"Task timed out after {invocation.seconds:.2f} seconds")
            self.kill()
            await invocation.finished.wait()

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            self._process.kill()

    async def _watch(self) -> None:
        await self._process.wait()
        self._api.close(self._why)


class Pool:
    """Environments for as many invocations at once; what is more waits for its turn."""

    def __init__(self, start: Callable[[], Awaitable[Environment]], max_environments: int) -> None:
        self._start = start
        self._free = asyncio.Semaphore(max_environments)
        self._idle: list[Environment] = []
        self._busy: set[asyncio.Task[None]] = set()

    async def invoke(self, event: bytes, seconds: float) -> Invocation:
        """Has the event served; `seconds` begin once there is an environment. Raises FunctionError."""
        await self._free.acquire()
        try:
            environment = await self._idle_or_new()
        except BaseException:
            self._free.release()
            raise
        invocation = Invocation(event, seconds)
        serving = asyncio.create_task(self._serve(environment, invocation))
        self._busy.add(serving)
        serving.add_done_callback(self._busy.discard)
        return invocation

    async def _idle_or_new(self) -> Environment:
        while self._idle:
            environment = self._idle.pop()
            if environment.alive:
                return environment
        return await self._start()

    async def _serve(self, environment: Environment, invocation: Invocation) -> None:
        await environment.serve(invocation)
        self._idle.append(environment)
        self._free.release()
