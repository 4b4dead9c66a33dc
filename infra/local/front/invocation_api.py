"""Lambda's side of its Runtime API, for one execution environment.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import TYPE_CHECKING

import h11

from infra.local.free_ports import LOOPBACK
from infra.local.front.invocations import FunctionError

if TYPE_CHECKING:
    from infra.local.front.invocations import Invocation

_ROOT = "/2018-06-01/runtime"
_ERROR_TYPE = b"lambda-runtime-function-error-type"
_READ_BYTES = 65_536
_OK, _ACCEPTED, _NOT_FOUND = 200, 202, 404


class RuntimeApi:
    def __init__(self, function_arn: str) -> None:
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        # Who waited for it may have given up: then it is nobody's error.
        self.ready.add_done_callback(lambda ready: ready.cancelled() or ready.exception())
        """Done when the runtime asks for its first invocation; raises FunctionError if it can't."""
        self._function_arn = function_arn
        self._waiting: asyncio.Queue[Invocation] = asyncio.Queue()
        self._current: Invocation | None = None
        self._serving: set[asyncio.Task[None]] = set()

    async def listen(self) -> str:
        """Listens on a free port, and returns its address: what AWS_LAMBDA_RUNTIME_API is to hold."""
        self._server = await asyncio.start_server(self._serve, LOOPBACK, 0)
        return f"{LOOPBACK}:{self._server.sockets[0].getsockname()[1]}"

    def invoke(self, invocation: Invocation) -> None:
        self._waiting.put_nowait(invocation)

    def close(self, why: FunctionError) -> None:
        """The environment is gone, and with it what it was to do."""
        self._server.close()
        for connection in self._serving:
            connection.cancel()
        if not self.ready.done():
            self.ready.set_exception(why)
        while not self._waiting.empty():
            self._abandon(self._waiting.get_nowait(), why)
        if self._current is not None:
            self._abandon(self._current, why)

    @staticmethod
    def _abandon(invocation: Invocation, why: FunctionError) -> None:
        invocation.fail(why)
        invocation.finished.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._serving.add(task := _current_task())
        connection = _Connection(reader, writer)
        try:
            with suppress(OSError, h11.RemoteProtocolError):
                while isinstance(request := await connection.receive(), h11.Request):
                    await self._answer(connection, request)
                    connection.next_cycle()
        finally:
            self._serving.discard(task)
            writer.close()

    async def _answer(self, connection: _Connection, request: h11.Request) -> None:
        path = request.target.decode().removeprefix(_ROOT)
        if path == "/invocation/next":
            await connection.read_body()
            invocation = await self._next()
            await connection.send(
                _OK,
                {
                    "content-type": "application/json",
                    "lambda-runtime-aws-request-id": invocation.request_id,
                    "lambda-runtime-deadline-ms": str(invocation.deadline_ms),
                    "lambda-runtime-invoked-function-arn": self._function_arn,
                },
                invocation.event,
            )
        elif path == "/init/error":
            self._fail_init(await connection.read_body())
            await connection.send(_ACCEPTED)
        elif self._current is not None and path == f"/invocation/{self._current.request_id}/response":
            await self._take_response(connection, self._current)
            await connection.send(_ACCEPTED)
        elif self._current is not None and path == f"/invocation/{self._current.request_id}/error":
            self._current.fail(FunctionError(_message(await connection.read_body())))
            await connection.send(_ACCEPTED)
        else:
            await connection.read_body()
            await connection.send(_NOT_FOUND)

    async def _next(self) -> Invocation:
        """An invocation lasts until the next one is asked for."""
        if not self.ready.done():
            self.ready.set_result(None)
        if self._current is not None:
            self._current.finished.set()
            self._current = None
        self._current = await self._waiting.get()
        return self._current

    def _fail_init(self, error: bytes) -> None:
        if not self.ready.done():
            self.ready.set_exception(FunctionError(_message(error)))

    @staticmethod
    async def _take_response(connection: _Connection, invocation: Invocation) -> None:
        while isinstance(event := await connection.receive(), h11.Data):
            invocation.feed(bytes(event.data))
        if isinstance(event, h11.EndOfMessage):
            error = dict(event.headers).get(_ERROR_TYPE)
            if error is None:
                invocation.end()
            else:
                invocation.fail(FunctionError(f"The function failed with {error.decode()}"))


class _Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._http = h11.Connection(h11.SERVER)

    async def receive(self) -> h11.Event:
        while True:
            event = self._http.next_event()
            if isinstance(event, h11.Event):
                return event
            if event is h11.PAUSED:
                raise h11.RemoteProtocolError("A runtime asks for one thing after the other")
            self._http.receive_data(await self._reader.read(_READ_BYTES))

    async def read_body(self) -> bytes:
        body = b""
        while isinstance(event := await self.receive(), h11.Data):
            body += event.data
        return body

    async def send(self, status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> None:
        told = [(name, value) for name, value in (headers or {}).items()]
        response = h11.Response(status_code=status, headers=[*told, ("content-length", str(len(body)))])
        for event in (response, h11.Data(data=body), h11.EndOfMessage()):
            self._writer.write(self._http.send(event) or b"")
        await self._writer.drain()

    def next_cycle(self) -> None:
        self._http.start_next_cycle()


def _current_task() -> asyncio.Task[None]:
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - a connection is served by one
    return task


def _message(error: bytes) -> str:
    with suppress(ValueError, KeyError, TypeError):
        told = json.loads(error)
        return f"{told['errorType']}: {told['errorMessage']}"
    return error.decode(errors="replace")
