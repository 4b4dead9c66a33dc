"""One connection to a host, and the little of HTTP/1.1 that AWS speaks over it.

By hand because http.client takes ten times as long to read an answer's head.
"""

from __future__ import annotations

import select
import socket
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from aws_wire.errors import ConnectionFailedError, TimedOutError

if TYPE_CHECKING:
    import ssl

    from aws_wire.endpoints import Origin

_PIECE = 32_768
# DynamoDB's largest answer is 1 MB of items, which JSON can make several times as long.
_MAX_HEAD_BYTES = 65_536
_MAX_BODY_BYTES = 64 * 1024 * 1024
_HEAD_END = b"\r\n\r\n"
_CONTINUE, _SWITCHING, _OK, _NO_CONTENT, _NOT_MODIFIED = 100, 101, 200, 204, 304


class HttpAnswer(NamedTuple):
    """`headers` have names in lower case. `keeps` is whether the connection can carry another request."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes
    keeps: bool


def connect(
    origin: Origin, connect_timeout: float, read_timeout: float, ca_bundle: str | None = None
) -> Connection:
    """Timeouts in seconds. Raises ConnectionFailedError."""
    try:
        made = socket.create_connection((origin.host, origin.port), connect_timeout)
        try:
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            if origin.tls:
                made = _tls(ca_bundle).wrap_socket(made, server_hostname=origin.host)
            made.settimeout(read_timeout)
        except BaseException:
            made.close()
            raise
    except TimeoutError as error:
        raise TimedOutError(f"{origin.host}: not connected within {connect_timeout:g} s") from error
    except OSError as error:
        raise ConnectionFailedError(f"{origin.host}: not connected ({error})") from error
    return Connection(made, origin.host)


@cache
def _tls(ca_bundle: str | None) -> ssl.SSLContext:
    """Verifies names and certificates, by the machine's authorities or those of a bundle."""
    import ssl  # noqa: PLC0415 - a local stack needs none

    return ssl.create_default_context(cafile=ca_bundle)


class Connection:
    """For one request at a time. Every method but `close` raises ConnectionFailedError."""

    __slots__ = ("_host", "_poll", "_socket", "_unread", "epoch")

    def __init__(self, connected: socket.socket, host: str) -> None:
        self.epoch = 0
        """Of a pool, that it was opened in."""
        self._socket = connected
        self._host = host
        self._unread = b""
        self._poll = select.poll()  # unlike select, for any number of open files
        self._poll.register(connected, select.POLLIN)

    def is_quiet(self) -> bool:
        """Whether nothing has come since the last answer: if anything has, it is the connection's end."""
        return not self._poll.poll(0)

    def send(self, request: bytes) -> None:
        try:
            self._socket.sendall(request)
        except TimeoutError as error:
            raise TimedOutError(f"{self._host}: takes no more of the request") from error
        except OSError as error:
            raise ConnectionFailedError(f"{self._host}: lost while sending ({error})") from error

    def receive(self) -> HttpAnswer:
        """The answer to what was sent. After an error the connection is of no more use."""
        status = _CONTINUE
        keeps, headers = False, dict[bytes, bytes]()
        while _CONTINUE <= status < _OK:
            keeps, status, headers = self._head()
            if status == _SWITCHING:
                raise self._nonsense("switches protocols")
        if b"transfer-encoding" in headers:
            body = self._chunked(headers[b"transfer-encoding"])
        elif b"content-length" in headers:
            body = self._exactly(self._number(headers[b"content-length"], 10))
        elif status in {_NO_CONTENT, _NOT_MODIFIED}:
            body = b""
        else:
            body, keeps = self._all(), False
        return HttpAnswer(status, headers, body, keeps and not self._unread)

    def close(self) -> None:
        self._socket.close()

    def _head(self) -> tuple[bool, int, dict[bytes, bytes]]:
        """Whether the connection stays open, the status, and the headers."""
        first, *lines = self._until(_HEAD_END).split(b"\r\n")
        if not (first.startswith(b"HTTP/1.") and first[9:12].isdigit()):
            raise self._nonsense("is not HTTP/1.1")
        pairs = [line.partition(b":") for line in lines]
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        if len(headers) != len(lines):
            self._refuse_two_lengths(pairs)
        keeps = first[7:8] == b"1" and headers.get(b"connection", b"").lower() != b"close"
        return keeps, int(first[9:12]), headers

    def _refuse_two_lengths(self, pairs: list[tuple[bytes, bytes, bytes]]) -> None:
        """Which of them is right, nobody knows."""
        lengths = {value.strip() for name, _, value in pairs if name.lower() == b"content-length"}
        if len(lengths) > 1:
            raise self._nonsense("has two lengths")

    def _chunked(self, encoding: bytes) -> bytes:
        if encoding.lower() != b"chunked":
            raise self._nonsense("has an unknown transfer encoding")
        pieces, length = [], 0
        while size := self._number(self._until(b"\r\n").partition(b";")[0].strip(), 16):
            length += size
            if length > _MAX_BODY_BYTES:
                raise self._nonsense("is too long")
            pieces.append(self._exactly(size))
            if self._exactly(2) != b"\r\n":
                raise self._nonsense("has a chunk without its end")
        while self._until(b"\r\n"):
            pass  # trailers
        return b"".join(pieces)

    def _number(self, digits: bytes, base: int) -> int:
        """A length in bytes."""
        if not digits.isalnum() or len(digits) > 16:
            raise self._nonsense("has no length")
        try:
            number = int(digits, base)
        except ValueError:
            raise self._nonsense("has no length") from None
        if number > _MAX_BODY_BYTES:
            raise self._nonsense("is too long")
        return number

    def _until(self, end: bytes) -> bytes:
        """What comes before `end`."""
        unread = self._unread or self._more()
        while (found := unread.find(end)) < 0:
            if len(unread) > _MAX_HEAD_BYTES:
                raise self._nonsense("has a head that is too long")
            unread += self._more()
        self._unread = unread[found + len(end) :]
        return unread[:found]

    def _exactly(self, length: int) -> bytes:
        unread = self._unread
        if len(unread) < length:
            pieces, missing = [unread], length - len(unread)
            while missing > 0:
                piece = self._more()
                pieces.append(piece)
                missing -= len(piece)
            unread = b"".join(pieces)
        self._unread = unread[length:]
        return unread[:length]

    def _all(self) -> bytes:
        pieces, length = [self._unread], len(self._unread)
        self._unread = b""
        while piece := self._receive():
            pieces.append(piece)
            length += len(piece)
            if length > _MAX_BODY_BYTES:
                raise self._nonsense("is too long")
        return b"".join(pieces)

    def _more(self) -> bytes:
        piece = self._receive()
        if not piece:
            raise ConnectionFailedError(f"{self._host}: closed before the end of an answer")
        return piece

    def _receive(self) -> bytes:
        try:
            return self._socket.recv(_PIECE)
        except TimeoutError as error:
            raise TimedOutError(f"{self._host}: no answer in time") from error
        except OSError as error:
            raise ConnectionFailedError(f"{self._host}: lost while receiving ({error})") from error

    def _nonsense(self, what: str) -> ConnectionFailedError:
        return ConnectionFailedError(f"{self._host}: the answer {what}")
