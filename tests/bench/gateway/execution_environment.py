"""The proxy's process as Lambda runs it, and Lambda's side of its Runtime API.

One invocation at a time and one thread, so that what is measured of the process is the process's own, and
what is measured of time has as little of this side in it as a blocking socket can have.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from infra.local.environment import ROOT
from infra.local.free_ports import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from io import BufferedReader
    from pathlib import Path

    from infra.local.processes.children import Child, Children

SOURCES = ("shared", "functions/proxy", ".")
STREAM = "tollgate_proxy.handler.stream"
# What one waits for of a process that may be stuck.
_PATIENCE_SECONDS = 60.0
_INVOCATION_SECONDS = 60
_FUNCTION_ARN = "arn:aws:lambda:us-east-1:123456789012:function:proxy:live"
_PRELUDE_END = b"\0" * 8


@dataclass(frozen=True, slots=True)
class InvocationReply:
    """What came of an invocation. Seconds from the moment at which the process was given it."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    first_byte: float
    whole: float

    def require_success(self) -> InvocationReply:
        if self.status != HTTPStatus.OK:
            raise RuntimeError(f"{self.status}: {self.body[:500]!r}")
        return self


class ExecutionEnvironment:
    """A process that `handler` (package.module.function) is served by, from a checkout in `folder`."""

    def __init__(
        self,
        children: Children,
        name: str,
        variables: Mapping[str, str],
        *,
        handler: str = STREAM,
        folder: Path = ROOT,
        python: Sequence[str] = (),
    ) -> None:
        self._listener = socket.create_server((LOOPBACK, 0))
        self._listener.settimeout(_PATIENCE_SECONDS)
        self._connection: socket.socket | None = None
        self._lines: BufferedReader | None = None
        self._numbered = 0
        self.child: Child = children.start(
            name,
            [sys.executable, *python, "-m", "lambda_streaming", handler],
            cwd=folder,
            environment={
                **variables,
                "PYTHONPATH": ":".join(str(folder / source) for source in SOURCES),
                "AWS_LAMBDA_RUNTIME_API": f"{LOOPBACK}:{self._listener.getsockname()[1]}",
                "AWS_LAMBDA_LOG_FORMAT": "JSON",
                "AWS_LAMBDA_LOG_LEVEL": "INFO",
            },
        )

    @property
    def pid(self) -> int:
        return self.child.pid

    def await_ready(self) -> None:
        """Returns when the process asks for its next invocation: it has loaded its function, or is done."""
        while True:
            line, _ = self._request()
            if line.startswith(b"GET ") and b"/invocation/next" in line:
                return
            raise self.child.error(f"asked for {line.decode()}")

    def invoke(self, event: bytes) -> InvocationReply:
        """Has the process that is ready serve an event, and waits until it is ready for the next one."""
        self._numbered += 1
        connection = self._connection
        assert connection is not None
        begun = time.perf_counter()
        connection.sendall(_invocation(self._numbered, event))
        line, headers = self._request()
        if b"/response" not in line:
            raise self.child.error(f"answered with {line.decode()}")
        reply = self._read_reply(headers, begun)
        connection.sendall(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
        self.await_ready()
        return reply

    def close(self) -> None:
        for each in (self._lines, self._connection, self._listener):
            if each is not None:
                each.close()

    def _request(self) -> tuple[bytes, dict[bytes, bytes]]:
        """The next request's first line and headers, on a new connection where the process has made one."""
        line = self._lines.readline() if self._lines is not None else b""
        if not line:
            if self._connection is not None:
                self._connection.close()
            try:
                self._connection, _ = self._listener.accept()
            except TimeoutError:
                raise self.child.error("asked for nothing") from None
            self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._connection.settimeout(_PATIENCE_SECONDS)
            self._lines = self._connection.makefile("rb")
            line = self._lines.readline()
        return line, self._read_headers()

    def _read_headers(self) -> dict[bytes, bytes]:
        assert self._lines is not None
        headers = {}
        while (line := self._lines.readline()) not in (b"\r\n", b"\n", b""):
            name, _, value = line.partition(b":")
            headers[name.lower()] = value.strip()
        return headers

    def _read_reply(self, headers: Mapping[bytes, bytes], begun: float) -> InvocationReply:
        assert self._lines is not None
        if headers.get(b"transfer-encoding") != b"chunked":
            raise self.child.error("answered without chunks")
        received, first_byte = bytearray(), 0.0
        while size := int(self._lines.readline(), 16):
            received += self._lines.read(size + 2)[:size]
            if not first_byte and len(received) > received.find(_PRELUDE_END) + len(_PRELUDE_END) >= 0:
                first_byte = time.perf_counter() - begun
        self._read_headers()
        whole = time.perf_counter() - begun
        prelude, _, body = bytes(received).partition(_PRELUDE_END)
        told = json.loads(prelude)
        return InvocationReply(told["statusCode"], told["headers"], body, first_byte, whole)


def _invocation(number: int, event: bytes) -> bytes:
    deadline = int((time.time() + _INVOCATION_SECONDS) * 1000)
    return (
        b"HTTP/1.1 200 OK\r\n"
        b"Content-Type: application/json\r\n"
        b"Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-%012d\r\n"
        b"Lambda-Runtime-Deadline-Ms: %d\r\n"
        b"Lambda-Runtime-Invoked-Function-Arn: %b\r\n"
        b"Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0\r\n"
        b"Date: Sun, 29 Nov 2026 10:00:00 GMT\r\n"
        b"Content-Length: %d\r\n\r\n%b" % (number, deadline, _FUNCTION_ARN.encode(), len(event), event)
    )
