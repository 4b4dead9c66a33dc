"""A provider of bare sockets, which answers to the byte as a test wants it."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

# What a server waits for at most before it gives up on a client, so that no test hangs.
PATIENCE = 10


@dataclass
class Server:
    """Answers each request on each connection by `answer`, and keeps what it was sent."""

    answer: Callable[[Server, socket.socket], bool | None]
    port: int = 0
    connections: list[socket.socket] = field(default_factory=list)
    requests: list[Any] = field(default_factory=list)
    go_on: threading.Event = field(default_factory=threading.Event)
    """For answers that wait until the client has what was sent."""

    def serve(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self.connections.append(connection)
            connection.settimeout(PATIENCE)
            with connection, suppress(OSError):
                while received := request_on(connection):
                    self.requests.append(received)
                    if self.answer(self, connection) is False:
                        break

    def wait(self) -> None:
        assert self.go_on.wait(PATIENCE), "the client waits for what isn't there yet"


def request_on(connection: socket.socket) -> tuple[str, dict[str, str], bytes] | None:
    """The head's lines and the body of a request, None when the client has gone."""
    received = b""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(65_536)
        if not piece:
            return None
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(65_536)
    return first, headers, body


@contextmanager
def serving(
    answer: Callable[[Server, socket.socket], bool | None], tls: ssl.SSLContext | None = None
) -> Iterator[Server]:
    """A server whose `answer` writes to the connection; it closes it by returning False.

    With `tls` it ends after a handshake that fails.
    """
    with (
        socket.create_server(("127.0.0.1", 0)) as plain,
        tls.wrap_socket(plain, server_side=True) if tls else nullcontext(plain) as listener,
    ):
        server = Server(answer, listener.getsockname()[1])
        thread = threading.Thread(target=server.serve, args=(listener,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            # Closing alone would not wake a thread that accepts or reads.
            for waiting in (listener, *server.connections):
                with suppress(OSError):
                    waiting.shutdown(socket.SHUT_RDWR)
    thread.join(PATIENCE)


def sends(*pieces: bytes, close: bool = False) -> Callable[[Server, socket.socket], bool | None]:
    def answer(_server: Server, connection: socket.socket) -> bool:
        for piece in pieces:
            connection.sendall(piece)
        return not close

    return answer
