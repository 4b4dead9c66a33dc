"""Connections to providers that are kept for the next request, and answers that are read as they come."""

from __future__ import annotations

import select
import time
import weakref
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlsplit

from tollgate_proxy.upstream.connections import BrokenOffError, ProviderConnection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from tollgate_proxy.upstream.connections import ProviderHeaders, ProviderResponse

_MAX_IDLE = 8
_PIECE_BYTES = 65_536
_MIN_SECONDS = 0.001
# What a path and a query may have in them as it is (RFC 3986, 3.3 and 3.4).
_SOUND = "%/?:@!$&'()*+,;=~"
# The content codings that zlib reads (RFC 9110, 8.4.1), and how it does.
_GZIP, _GZIP_WINDOW = ("gzip", "x-gzip"), 16 + zlib.MAX_WBITS
_DEFLATE = "deflate"


class Waits(NamedTuple):
    """Seconds: to connect, for an answer to begin, and for both together."""

    connect: float
    read: float
    total: float


class _Origin(NamedTuple):
    scheme: str
    host: str
    port: int | None


class ProviderPool:
    """Keeps some connections that nobody uses; whoever needs one more gets it."""

    def __init__(self, *, loopback_allowed: bool = False) -> None:
        """`loopback_allowed` is for names of a local stack's own machine."""
        self._loopback_allowed = loopback_allowed
        self._idle: list[tuple[_Origin, ProviderConnection]] = []
        # Unlike __del__, also before the garbage collector takes the connections' sockets.
        weakref.finalize(self, _close_all, self._idle)

    def ask(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], waits: Waits
    ) -> OpenAnswer:
        """The answer, when its head has come. Raises ProviderConnectionError."""
        parts = urlsplit(url)
        origin = _Origin(parts.scheme, parts.hostname or "", parts.port)
        target = quote(f"{parts.path}?{parts.query}" if parts.query else parts.path or "/", safe=_SOUND)
        begun = time.monotonic()
        used = self._take(origin) or self._opened(origin, min(waits.connect, waits.total))
        left = min(waits.read, waits.total - (time.monotonic() - begun))
        try:
            response = used.ask(method, target, body, headers, max(left, _MIN_SECONDS))
        except BaseException:
            used.close()
            raise
        return OpenAnswer(response, used, lambda: self._give(origin, used))

    def clear(self) -> None:
        """Closes what is idle."""
        _close_all(self._idle)

    def _opened(self, origin: _Origin, seconds: float) -> ProviderConnection:
        made = ProviderConnection(*origin, loopback_allowed=self._loopback_allowed)
        made.open(seconds)
        return made

    def _take(self, origin: _Origin) -> ProviderConnection | None:
        """One that was open a moment ago: if anything has come since its last answer, it is its end."""
        for each in reversed(self._idle):
            if each[0] == origin:
                self._idle.remove(each)
                if _is_quiet(each[1]):
                    return each[1]
                each[1].close()
        return None

    def _give(self, origin: _Origin, used: ProviderConnection) -> None:
        """Takes back one whose answer was read to its end, unless that was the connection's, too."""
        if used.sock is None:
            return
        self._idle.append((origin, used))
        if len(self._idle) > _MAX_IDLE:
            self._idle.pop(0)[1].close()


class OpenAnswer:
    """An answer whose body is still to be read."""

    def __init__(
        self, response: ProviderResponse, connection: ProviderConnection, give_back: Callable[[], None]
    ) -> None:
        self._response = response
        self._give_back = give_back
        self._waits: float | None = None
        # Also of an answer that nobody wants any more.
        self._forget = weakref.finalize(self, _close_both, response, connection)

    @property
    def status(self) -> int:
        return self._response.status

    @property
    def headers(self) -> ProviderHeaders:
        headers: ProviderHeaders = self._response.headers
        return headers

    def wait_at_most(self, seconds: float) -> None:
        """How long each piece may take from now on."""
        # As soon as the body is whole, the connection may be another request's.
        if self._is_open and seconds != self._waits:
            self._response.connected.settimeout(seconds)
            self._waits = seconds

    def comes_within(self, seconds: float) -> bool:
        """Whether more of the body, or its end, has begun to come before that time is over.

        Of what is compressed nobody knows: some of it may be there, and not be text yet.
        """
        if not self._is_open or self.headers.get("content-encoding"):
            return True
        return self._response.comes_within(seconds)

    def pieces(self) -> Iterator[bytes]:
        """The body as it comes, decompressed. Raises ProviderConnectionError."""
        pieces = self._received()
        codings = self.headers.get("content-encoding") or ""
        for coding in reversed(codings.lower().split(",")):
            if coding.strip() in _GZIP:
                pieces = _Inflater(_GZIP_WINDOW).inflated(pieces)
            elif coding.strip() == _DEFLATE:
                pieces = _Inflater(zlib.MAX_WBITS).inflated(pieces)
            else:
                break
        return pieces

    def close(self) -> None:
        """Gives up what hasn't been read, and the connection with it."""
        self._forget()

    @property
    def _is_open(self) -> bool:
        return self._forget.alive

    def _received(self) -> Iterator[bytes]:
        while piece := self._read():
            yield piece

    def _read(self) -> bytes:
        """The next piece, empty at the end."""
        response = self._response
        piece = response.piece(_PIECE_BYTES)
        if self._is_open and (not piece or response.length == 0):
            self._forget.detach()
            response.close()
            self._give_back()
        return piece


def _close_both(response: ProviderResponse, connection: ProviderConnection) -> None:
    response.close()
    connection.close()


def _close_all(idle: list[tuple[_Origin, ProviderConnection]]) -> None:
    while idle:
        idle.pop()[1].close()


def _is_quiet(connection: ProviderConnection) -> bool:
    readable = select.poll()
    readable.register(connection.sock, select.POLLIN)
    return not readable.poll(0)


class _Inflater:
    """Decompresses what comes, in pieces of a bounded length. What follows it and isn't compressed is none of
    the answer.
    """

    def __init__(self, window: int) -> None:
        self._window = window
        self._stream: Any = None
        self._members = 0

    def inflated(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            rest = piece
            while rest:
                made, rest = self._step(rest)
                if made:
                    yield made
        if self._stream is not None and (made := self._stream.flush()):
            yield made

    def _step(self, compressed: bytes) -> tuple[bytes, bytes]:
        """A piece, and what is still to be decompressed."""
        begins = self._stream is None
        stream = self._stream = self._stream or zlib.decompressobj(self._window)
        try:
            made = stream.decompress(compressed, _PIECE_BYTES)
        except zlib.error as error:
            if not begins:
                raise BrokenOffError(str(error)) from error
            return b"", self._begin_otherwise(compressed, error)
        if stream.eof:
            self._stream = None
            self._members += 1
            return made, stream.unused_data
        return made, stream.unconsumed_tail

    def _begin_otherwise(self, compressed: bytes, error: zlib.error) -> bytes:
        self._stream = None
        if self._members:
            return b""
        if self._window != zlib.MAX_WBITS:
            raise BrokenOffError(str(error)) from error
        self._window = -zlib.MAX_WBITS  # deflate without zlib's head, as many have sent it
        return compressed
