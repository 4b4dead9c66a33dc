"""Connections to providers that bear what providers send, and tell how long they may be silent."""

from __future__ import annotations

import http.client
import re
from typing import TYPE_CHECKING, Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

from tollgate import network_addresses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from socket import socket
    from typing import IO

# http.client gives up on an answer with a hundred lines of headers, or with one that is longer than this:
# the provider has done the work by then, so what is beyond that is left out instead.
_MAX_LINE_BYTES = 65_536
_MAX_LINES = 99
# A head that is longer than this is no answer any more.
_MAX_HEAD_BYTES = 4 * 1024 * 1024
# What an answer can't be read without, or not be understood: it has places of its own.
_KEPT_PLACES = 15
_NEEDED = frozenset(
    {
        b"connection",
        b"content-encoding",
        b"content-length",
        b"content-type",
        b"request-id",
        b"retry-after",
        b"retry-after-ms",
        b"transfer-encoding",
        b"x-request-id",
    }
)
_NAMED = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):")
# Statuses whose answers have no body by definition (RFC 9110, 15): if one comes all the same, it must not be
# taken for the answer to the connection's next request.
_OK, _NO_CONTENT, _NOT_MODIFIED = 200, 204, 304


class ForbiddenAddressError(NewConnectionError):
    """A name that leads to the gateway's own machine or network, where no provider may be called by name."""


class _Head:
    """An answer's head, of which only what is a header is read on, and no more than can be borne."""

    def __init__(self, lines: IO[bytes]) -> None:
        self._lines = lines
        self._kept = 0
        self._read = 0

    def headers(self) -> Iterator[bytes]:
        """The lines that follow a status line, each of them a header."""
        self._kept = 0
        while (line := self._line()) not in (b"\r\n", b"\n", b""):
            if self._is_kept(line):
                self._kept += 1
                yield line

    def _line(self) -> bytes:
        """The next line, or the beginning of one that is too long."""
        line = piece = self._lines.readline(_MAX_LINE_BYTES + 1)
        self._read += len(piece)
        while len(piece) > _MAX_LINE_BYTES and not piece.endswith(b"\n"):
            if self._read > _MAX_HEAD_BYTES:
                message = "the head of the answer has no end"
                raise http.client.HTTPException(message)
            piece = self._lines.readline(_MAX_LINE_BYTES + 1)
            self._read += len(piece)
        if self._read > _MAX_HEAD_BYTES:
            message = "the head of the answer has no end"
            raise http.client.HTTPException(message)
        return line

    def _is_kept(self, line: bytes) -> bool:
        named = _NAMED.match(line)
        if named is None or len(line) > _MAX_LINE_BYTES:
            return False
        places = _MAX_LINES if named[1].lower() in _NEEDED else _MAX_LINES - _KEPT_PLACES
        return self._kept < places


class _Headers(http.client.HTTPMessage):
    """Headers that are known to be well-formed, for which an e-mail's parser would take its time."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        super().__init__()
        self._headers: list[tuple[str, str]] = [_header(line) for line in lines]
        # By their names in lower case; of one that comes again the first, as `get` has it.
        self._by_name = {name.lower(): value for name, value in reversed(self._headers)}

    def get(self, name: str, failobj: Any = None) -> Any:
        return self._by_name.get(name.lower(), failobj)

    def items(self) -> list[tuple[str, str]]:
        return list(self._headers)


def _header(line: bytes) -> tuple[str, str]:
    name, _, value = line.decode("latin-1").partition(":")
    return name, value.lstrip(" \t").rstrip("\r\n")


class _Response(http.client.HTTPResponse):
    """An answer that is not lost for the sake of its headers."""

    fp: Any
    headers: Any
    code: int
    status: int
    version: int
    length: int | None
    _method: str
    _check_close: Callable[[], bool]
    _read_status: Callable[[], tuple[str, int, str]]

    def begin(self) -> None:
        """Like http.client's, line by line."""
        head = _Head(self.fp)
        status, version = self._final_status(head)
        self.version = 10 if version in ("HTTP/1.0", "HTTP/0.9") else 11
        if self.version != 10 and not version.startswith("HTTP/1."):
            raise http.client.UnknownProtocol(version)
        self.headers = self.msg = _Headers(head.headers())
        self.chunked = self.headers.get("transfer-encoding", "").lower() == "chunked"
        self.chunk_left = None
        self.length = None if self.chunked else _length(self.headers.get("content-length"))
        bodiless = status < _OK or status in (_NO_CONTENT, _NOT_MODIFIED)
        if bodiless or self._method == "HEAD":
            self.length = 0
        ends_by_closing = not self.chunked and self.length is None
        self.will_close = bodiless or ends_by_closing or self._check_close()

    def _final_status(self, head: _Head) -> tuple[int, str]:
        """The status that isn't 100, which only says that the answer is still to come."""
        while True:
            version, status, reason = self._read_status()
            if status != http.HTTPStatus.CONTINUE:
                break
            for _ in head.headers():
                pass
        self.code = self.status = status
        self.reason = reason.strip()
        return status, version


def _length(stated: str | None) -> int | None:
    try:
        length = int(stated or "")
    except ValueError:
        return None
    return length if length >= 0 else None


class _WatchedConnection:
    """A connection that remembers its socket, for the time that it may be silent to change as it goes."""

    sock: Any
    host: str
    connected: socket
    response_class: Any = _Response
    loopback_allowed = False
    _held: list[bytes] | None = None

    def request(self, *arguments: Any, **named: Any) -> None:
        """Head and body leave together: each piece that is sent by itself costs as much as the whole."""
        held: list[bytes] = []
        self._held = held
        try:
            super().request(*arguments, **named)  # type: ignore[misc]  # of the class that it is mixed into
        finally:
            self._held = None
        self.send(b"".join(held))

    def send(self, data: Any) -> None:
        if self._held is None:
            super().send(data)  # type: ignore[misc]  # of the class that it is mixed into
        else:
            self._held.append(data)

    def connect(self) -> None:
        """Raises what says that nothing has been sent also where a handshake fails."""
        try:
            super().connect()  # type: ignore[misc]  # of the class that it is mixed into
        except OSError as error:
            raise NewConnectionError(self, str(error)) from error  # type: ignore[arg-type]
        self.connected = self.sock

    def _new_conn(self) -> socket:
        """Nothing is sent, nor any TLS begun, where a host's name has led to no place for a provider."""
        made: socket = super()._new_conn()  # type: ignore[misc]  # of the class that it is mixed into
        host, peer = self.host.strip("[]"), network_addresses.address_of(made.getpeername()[0])
        if not network_addresses.may_lead_to(host, peer, loopback_allowed=self.loopback_allowed):
            made.close()
            message = "the name means an address of the gateway's own machine or network"
            raise ForbiddenAddressError(self, message)  # type: ignore[arg-type]
        return made


class _HttpConnection(_WatchedConnection, HTTPConnection):
    pass


class _HttpsConnection(_WatchedConnection, HTTPSConnection):
    pass


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _HttpConnection


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _HttpsConnection


class _LocalHttpConnection(_HttpConnection):
    loopback_allowed = True


class _LocalHttpsConnection(_HttpsConnection):
    loopback_allowed = True


class _LocalHttpPool(HTTPConnectionPool):
    ConnectionCls = _LocalHttpConnection


class _LocalHttpsPool(HTTPSConnectionPool):
    ConnectionCls = _LocalHttpsConnection


_POOLS = {"http": _HttpPool, "https": _HttpsPool}
_LOCAL_POOLS = {"http": _LocalHttpPool, "https": _LocalHttpsPool}


def pool(*, loopback_allowed: bool = False) -> urllib3.PoolManager:
    """Connections to providers; `loopback_allowed` is for names of a local stack's own machine."""
    made = urllib3.PoolManager(maxsize=4)
    made.pool_classes_by_scheme = _LOCAL_POOLS if loopback_allowed else _POOLS
    return made
