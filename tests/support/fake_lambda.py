"""Lambda's side of its Runtime API, over plain sockets: every byte of a response is kept as it came."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from io import BufferedReader

PATIENCE_SECONDS = 20
REQUEST_ID = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"
FUNCTION_ARN = "arn:aws:lambda:us-east-1:123456789012:function:proxy"


@dataclass
class ReceivedRequest:
    """What came over one connection's wire as one request."""

    connection: int
    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""
    """As it was sent, its chunks' framing included."""
    chunks: list[bytes] = field(default_factory=list)
    trailers: dict[str, str] = field(default_factory=dict)


class HangUpError(Exception):
    """The connection is over: the runtime has closed it, or the fake has, as its test wants it."""


class FakeLambda:
    """Serves the invocations that were queued, each connection in a thread of its own.

    `early` answers a response with that status once so many chunks came, `hang_up` closes the connection
    then. `statuses` are for other answers, by the end of their path.
    """

    def __init__(self) -> None:
        self.received: list[ReceivedRequest] = []
        self.statuses: dict[str, int] = {}
        self.early: tuple[int, int] | None = None
        self.hang_up: int | None = None
        self.unanswered = 0
        self.closes_after: str | None = None
        self.on_chunk: Callable[[bytes], None] = lambda _chunk: None
        self.turned_away = threading.Event()
        self._invocations: deque[tuple[dict[str, str], bytes]] = deque()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._connections: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    @property
    def responses(self) -> list[ReceivedRequest]:
        return [each for each in self.received if each.path.endswith("/response")]

    def invoke(self, event: Any, *, seconds: float = 60, **headers: str) -> None:
        """Queues an invocation. Headers are named as keywords: trace_id is Lambda-Runtime-Trace-Id."""
        told = {
            "Lambda-Runtime-Aws-Request-Id": REQUEST_ID,
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + seconds) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": FUNCTION_ARN,
            **{f"Lambda-Runtime-{name.replace('_', '-').title()}": value for name, value in headers.items()},
        }
        self._invocations.append((told, json.dumps(event).encode()))

    def close(self) -> None:
        for each in (self._listener, *self._connections):
            with suppress(OSError):  # it may be over already
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join(PATIENCE_SECONDS)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._connections.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection, len(self._connections)))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        with connection, connection.makefile("rb") as stream, suppress(OSError, HangUpError):
            while self._exchange(connection, stream, number):
                pass

    def _exchange(self, connection: socket.socket, stream: BufferedReader, number: int) -> bool:
        line = stream.readline().decode()
        if not line:
            return False
        method, path, _ = line.split()
        received = ReceivedRequest(number, method, path, _headers(stream))
        self.received.append(received)
        if self.unanswered:
            self.unanswered -= 1
            return False
        if received.headers.get("transfer-encoding") == "chunked":
            self._read_chunks(connection, stream, received)
        else:
            received.body = stream.read(int(received.headers.get("content-length", 0)))
        connection.sendall(self._answer(received))
        if self.closes_after and path.endswith(self.closes_after):
            self.closes_after = None
            connection.shutdown(socket.SHUT_RDWR)
            self.turned_away.set()
            return False
        return True

    def _read_chunks(
        self, connection: socket.socket, stream: BufferedReader, received: ReceivedRequest
    ) -> None:
        while True:
            size = stream.readline()
            received.body += size
            if not size:
                raise HangUpError
            if int(size, 16) == 0:
                break
            content = stream.read(int(size, 16) + 2)
            received.body += content
            received.chunks.append(content[:-2])
            self.on_chunk(content[:-2])
            self._turn_away(connection, len(received.chunks))
        received.trailers = _headers(stream)

    def _turn_away(self, connection: socket.socket, chunks: int) -> None:
        if self.early and chunks == self.early[1]:
            connection.sendall(_message(self.early[0]))
        elif self.hang_up != chunks:
            return
        else:
            connection.shutdown(socket.SHUT_RDWR)
        self.turned_away.set()
        raise HangUpError

    def _answer(self, received: ReceivedRequest) -> bytes:
        for end, status in self.statuses.items():
            if received.path.endswith(end):
                return _message(status)
        if received.path.endswith("/invocation/next"):
            if not self._invocations:
                return _message(500)
            return _message(200, *self._invocations.popleft())
        return _message(202 if received.method == "POST" else 200)


def _headers(stream: BufferedReader) -> dict[str, str]:
    found = {}
    while line := stream.readline().decode().strip():
        name, _, value = line.partition(":")
        found[name.lower()] = value.strip()
    return found


def _message(status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> bytes:
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode() + body
