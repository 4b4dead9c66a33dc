"""HTTP/1.1 with the Runtime API, as far as it goes there: one connection to one peer, which Lambda is.

http.client would read each answer's headers as an e-mail's, send a response's parts one by one and ask the
kernel for a time limit before each, which took 0.2 ms of a call's processor time and a third of a chunk's.
"""

from __future__ import annotations

import select
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_READ_BYTES = 65_536
_HEAD_END = b"\r\n\r\n"
_LINE_END = b"\r\n"
# 1xx: something that precedes the answer. 204 and 304 have no body (RFC 9112, 6.3).
_FINAL, _NO_BODY = 200, (204, 304)


class BrokenAnswerError(OSError):
    """What came is no HTTP, or not all of it."""


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class ApiConnection:
    """Connects when something is to be sent. Whatever fails with an OSError leaves it closed."""

    def __init__(self, address: str) -> None:
        """`address` is host:port."""
        host, _, port = address.rpartition(":")
        self._peer = host.strip("[]"), int(port)
        self._socket: socket.socket | None = None
        self._readable = select.poll()
        self._received = bytearray()

    def send(self, content: bytes, patience: Callable[[], float] | None = None) -> None:
        """Sends all of it. Raises TimeoutError if the peer takes none of it for `patience` seconds; without
        that, one waits as long as it takes.
        """
        try:
            connected = self._connected()
            if patience is None:
                connected.sendall(content)
            else:
                _send_within(connected, content, patience)
        except OSError:
            self.close()
            raise

    def read(self) -> ApiAnswer:
        """The answer, however long it takes to come."""
        try:
            return self._read()
        except OSError:
            self.close()
            raise

    @property
    def has_news(self) -> bool:
        """Whether something has come that nobody has read yet: an answer, or the connection's end."""
        return self._socket is not None and (bool(self._received) or bool(self._readable.poll(0)))

    def close(self) -> None:
        self._received.clear()
        if self._socket is not None:
            self._readable.unregister(self._socket)
            self._socket.close()
            self._socket = None

    def _connected(self) -> socket.socket:
        if self._socket is None:
            made = socket.create_connection(self._peer)
            made.settimeout(None)
            # A chunk doesn't wait until what went before it is acknowledged.
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._readable.register(made, select.POLLIN)
            self._socket = made
        return self._socket

    def _read(self) -> ApiAnswer:
        while True:
            status_line, *lines = self._until(_HEAD_END).split(_LINE_END)
            status = _status(status_line)
            if status >= _FINAL:
                break
        headers = dict(map(_header, lines))
        body = b"" if status in _NO_BODY else self._body(headers)
        if headers.get("connection", "").lower() == "close" or status_line.startswith(b"HTTP/1.0"):
            self.close()
        return ApiAnswer(status, headers, body)

    def _body(self, headers: Mapping[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return self._chunks()
        length = headers.get("content-length")
        if length is None:
            raise BrokenAnswerError("The answer doesn't say how long it is")
        return self._take(_number(length, 10))

    def _chunks(self) -> bytes:
        body = bytearray()
        while size := _number(self._until(_LINE_END).partition(b";")[0], 16):
            body += self._take(size)
            self._until(_LINE_END)
        while self._until(_LINE_END):
            pass  # trailers, of which Lambda sends none
        return bytes(body)

    def _until(self, end: bytes) -> bytes:
        searched = 0
        while (found := self._received.find(end, searched)) < 0:
            searched = max(0, len(self._received) - len(end) + 1)
            self._receive()
        return self._take(found + len(end))[:found]

    def _take(self, length: int) -> bytes:
        while len(self._received) < length:
            self._receive()
        taken = bytes(self._received[:length])
        del self._received[:length]
        return taken

    def _receive(self) -> None:
        piece = self._connected().recv(_READ_BYTES)
        if not piece:
            raise ConnectionResetError("Lambda has closed the connection")
        self._received += piece


def request(method: str, path: str, headers: Mapping[str, str], body: bytes | None = None) -> bytes:
    """A request's head, and its body if it is there already; without one, it is what follows."""
    lines = [f"{method} {path} HTTP/1.1", "Host: lambda"]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join((*lines, "", "")).encode("latin-1") + (body or b"")


def _send_within(connected: socket.socket, content: bytes, patience: Callable[[], float]) -> None:
    """Asks for time only where the peer's buffers are full, which they hardly ever are."""
    rest = memoryview(content)
    while rest:
        try:
            rest = rest[connected.send(rest, socket.MSG_DONTWAIT) :]
        except BlockingIOError:
            writable = select.poll()
            writable.register(connected, select.POLLOUT)
            if not writable.poll(max(patience(), 0) * 1000):
                raise TimeoutError("Lambda doesn't read on") from None


def _status(line: bytes) -> int:
    version, _, rest = line.partition(b" ")
    if not version.startswith(b"HTTP/1."):
        raise BrokenAnswerError(f"The answer begins with {line[:80]!r}")
    return _number(rest[:3], 10)


def _header(line: bytes) -> tuple[str, str]:
    name, _, value = line.decode("latin-1").partition(":")
    return name.strip().lower(), value.strip()


def _number(text: str | bytes, base: int) -> int:
    try:
        return int(text, base)
    except ValueError:
        raise BrokenAnswerError(f"The answer has {text[:80]!r} for a number") from None
