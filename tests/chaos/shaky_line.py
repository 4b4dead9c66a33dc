"""The line to a provider: up, down, or one on which connections are reset in the midst of answers."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from infra.local.free_ports import LOOPBACK
from tests.support.served_in_thread import served

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

_PATIENCE = 10
_LINGER = struct.pack("ii", 1, 0)
_CHUNK = 65_536
# An answer of the mock provider has some 500 bytes, a stream of it 3,000.
_RESET_WITHIN_BYTES = 4_000


@dataclass
class ShakyLine:
    """Leads to the server at `target`. Resets `resets` of its connections, all of them when it `is_down`."""

    target: str
    drawn: random.Random
    url: str = ""
    is_down: bool = False
    resets: float = 0
    broken: int = 0

    def be_fair(self) -> None:
        self.is_down, self.resets = False, 0

    def bytes_until_reset(self) -> int | None:
        if self.is_down:
            return 0
        if self.drawn.random() >= self.resets:
            return None
        return self.drawn.randrange(_RESET_WITHIN_BYTES)

    @contextmanager
    def serving(self) -> Iterator[ShakyLine]:
        server = _Server((LOOPBACK, 0), _Connection)
        server.line, server.port = self, urlsplit(self.target).port or 80
        self.url = f"http://{LOOPBACK}:{server.server_address[1]}"
        with served(server):
            yield self


class _Server(ThreadingTCPServer):
    line: ShakyLine
    port: int
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_: Any) -> None:
        """Whoever hangs up, the other is told by the end of its connection."""


class _Connection(BaseRequestHandler):
    server: _Server
    request: socket.socket

    def handle(self) -> None:
        line = self.server.line
        left = line.bytes_until_reset()
        if left == 0:
            self._reset()
            return
        with socket.create_connection((LOOPBACK, self.server.port), _PATIENCE) as provider:
            provider.settimeout(6 * _PATIENCE)
            provider.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            asking = threading.Thread(target=_pump, args=(self.request, provider), daemon=True)
            asking.start()
            while part := provider.recv(_CHUNK):
                if line.is_down or (left is not None and len(part) > left):
                    with suppress(OSError):
                        self.request.sendall(part[:left])
                    self._reset()
                    break
                left = None if left is None else left - len(part)
                self.request.sendall(part)

    def _reset(self) -> None:
        self.server.line.broken += 1
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
        self.request.close()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while part := source.recv(_CHUNK):
            sink.sendall(part)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_RDWR)
