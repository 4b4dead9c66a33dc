"""One connection to a provider, that bears what providers send.

Over the standard library's http.client: urllib3 on top of it takes a quarter of the cold start, and 0.2 ms of
each call.
"""

from __future__ import annotations

import http.client
import re
import select
import socket
import ssl
from contextlib import suppress
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from tollgate import network_addresses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
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


_CHUNK_END = b"\r\n"
_USER_AGENT = "tollgate"
_DEFAULT_PORTS = {"http": 80, "https": 443}


class ProviderConnectionError(Exception):
    """A connection that gave no (whole) answer."""


class NotConnectedError(ProviderConnectionError):
    """There was none, so that nothing has been sent."""


class ForbiddenAddressError(NotConnectedError):
    """A name that leads to the gateway's own machine or network, where no provider may be called by name."""


class SilentError(ProviderConnectionError):
    """Nothing has come for too long."""


class BrokenOffError(ProviderConnectionError):
    """It ended too early, or what came is no HTTP."""


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


class ProviderHeaders:
    """Headers that are known to be well-formed, for which http.client would have an e-mail's parser."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._headers: list[tuple[str, str]] = [_header(line) for line in lines]
        # By their names in lower case; of one that comes again the first, as `get` has it.
        self._by_name = {name.lower(): value for name, value in reversed(self._headers)}

    def get(self, name: str, default: str | None = None) -> str | None:
        return self._by_name.get(name.lower(), default)

    def items(self) -> list[tuple[str, str]]:
        return list(self._headers)


def _header(line: bytes) -> tuple[str, str]:
    name, _, value = line.decode("latin-1").partition(":")
    return name, value.lstrip(" \t").rstrip("\r\n")


class ProviderResponse(http.client.HTTPResponse):
    """An answer that is not lost for the sake of its headers."""

    connected: socket.socket
    """What it is read from."""
    fp: Any
    headers: Any
    msg: Any
    code: int
    status: int
    version: int
    length: int | None
    chunk_left: int | None
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
        self.headers = self.msg = ProviderHeaders(head.headers())
        self.chunked = (self.headers.get("transfer-encoding") or "").lower() == "chunked"
        self.chunk_left = None
        self.length = None if self.chunked else _length(self.headers.get("content-length"))
        bodiless = status < _OK or status in (_NO_CONTENT, _NOT_MODIFIED)
        if bodiless or self._method == "HEAD":
            self.length = 0
        ends_by_closing = not self.chunked and self.length is None
        self.will_close = bodiless or ends_by_closing or self._check_close()

    def comes_within(self, seconds: float) -> bool:
        """Whether the next piece, or the end, has begun to come before that time is over.

        Nothing is read for it: from a read that is given up, what it had of a frame would be lost.
        """
        if self.fp is None or self.length == 0:
            return True
        if len(self._buffered()) > self._frame_bytes or _is_decrypted(self.connected):
            return True
        return bool(self._readable.poll(seconds * 1000))

    @property
    def _frame_bytes(self) -> int:
        """What there may be before the next chunk, and says nothing of it: the end of the last one."""
        return len(_CHUNK_END) if self.chunked and self.chunk_left == 0 else 0

    def _buffered(self) -> bytes:
        """What has been read ahead."""
        raw = self.fp.raw
        raw.readinto = _nothing
        try:
            buffered: bytes = self.fp.peek(1)
        finally:
            del raw.readinto
        return buffered

    @cached_property
    def _readable(self) -> select.poll:
        readable = select.poll()
        readable.register(self.connected, select.POLLIN)
        return readable

    def piece(self, most: int) -> bytes:
        """What comes next of the body, so many bytes at most; none at its end. Raises SilentError and
        BrokenOffError.
        """
        try:
            piece = self.read1(most)
        except TimeoutError as error:
            raise SilentError(str(error)) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise BrokenOffError(str(error)) from error
        if not piece and self.length:
            raise BrokenOffError(f"{self.length} bytes are missing")
        return piece

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


def _nothing(_buffer: object) -> None:
    """In place of a read: nothing has come that could be had without waiting."""


def _is_decrypted(connected: socket.socket) -> bool:
    """Whether there is text that TLS has decrypted, and nobody has read."""
    return isinstance(connected, ssl.SSLSocket) and connected.pending() > 0


class ProviderConnection(http.client.HTTPConnection):
    """For one request at a time."""

    response_class = ProviderResponse
    sock: Any
    host: str

    def __init__(self, scheme: str, host: str, port: int | None, *, loopback_allowed: bool = False) -> None:
        """`loopback_allowed` is for names of a local stack's own machine."""
        self.default_port = _DEFAULT_PORTS[scheme]  # which the header Host leaves out
        super().__init__(host, port or self.default_port)
        self._tls = _tls() if scheme == "https" else None
        self._loopback_allowed = loopback_allowed
        self._held: list[bytes] | None = None

    def open(self, seconds: float) -> None:
        """Raises NotConnectedError: nothing has been sent then."""
        self.timeout = seconds
        try:
            self.connect()
        except (OSError, UnicodeError) as error:
            self.close()
            raise NotConnectedError(str(error)) from error

    def connect(self) -> None:
        """Nothing is sent, nor any TLS begun, where a host's name has led to no place for a provider."""
        self.sock = made = socket.create_connection((self.host, self.port), self.timeout)
        peer = network_addresses.address_of(made.getpeername()[0])
        if not network_addresses.may_lead_to(self.host, peer, loopback_allowed=self._loopback_allowed):
            self.close()
            raise ForbiddenAddressError("the name means an address of the gateway's own machine or network")
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._tls is not None:
            self.sock = self._tls.wrap_socket(made, server_hostname=self.host.rstrip("."))

    def ask(
        self, method: str, target: str, body: bytes | None, headers: Mapping[str, str], seconds: float
    ) -> ProviderResponse:
        """Sends a request, and waits for the answer's head for no longer than so many seconds. Raises
        SilentError and BrokenOffError.
        """
        # The response has it, when http.client has let go of it: an answer that ends with its connection.
        connected = self.sock
        content = self._written(method, target, body, headers)
        try:
            connected.settimeout(seconds)
            # Who refuses a request may answer before all of it is there.
            with suppress(BrokenPipeError, ConnectionResetError):
                self.send(content)
            answer: Any = self.getresponse()
        except TimeoutError as error:
            raise SilentError(str(error)) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise BrokenOffError(str(error)) from error
        answer.connected = connected
        asked: ProviderResponse = answer
        return asked

    def send(self, data: Any) -> None:
        if self._held is None:
            super().send(data)
        else:
            self._held.append(data)

    def _written(self, method: str, target: str, body: bytes | None, headers: Mapping[str, str]) -> bytes:
        """Head and body, to leave together: each piece that is sent by itself costs as much as the whole."""
        held: list[bytes] = []
        self._held = held
        try:
            self.request(method, target, body, {"user-agent": _USER_AGENT, **headers})
        finally:
            self._held = None
        return b"".join(held)


@cache
def _tls() -> ssl.SSLContext:
    """Verifies names and certificates, by the machine's authorities."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context
