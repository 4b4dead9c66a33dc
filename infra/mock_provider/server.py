"""Serves the mock provider on a loopback address."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from infra.mock_provider.provider_app import create_app

LOOPBACK = "127.0.0.1"

# How long an answer that is still being delayed may hold up a shutdown.
SHUTDOWN_SECONDS = 1


class Server(uvicorn.Server):
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # An endless stream ends with its connection and not before.
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await super().shutdown(sockets)


def make_server(*, logs: bool) -> Server:
    config = uvicorn.Config(
        create_app(),
        http="h11",
        ws="none",
        lifespan="off",
        access_log=logs,
        log_level="info" if logs else "critical",
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    return Server(config)


def listen(host: str, port: int) -> tuple[socket.socket, str]:
    """A listening socket and its base URL; port 0 takes a free port."""
    listener = socket.create_server((host, port))
    # Inherited by what it accepts. asyncio sets it only where a socket names its protocol; without it, an
    # answer's body waits for its head to be acknowledged, 40 ms later.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener, f"http://{host}:{listener.getsockname()[1]}"


@contextmanager
def running(port: int = 0) -> Iterator[str]:
    """A mock provider in a background thread; yields its base URL."""
    listener, base_url = listen(LOOPBACK, port)
    server = make_server(logs=False)
    # The socket listens already, so clients need not wait for the thread to serve it.
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        yield base_url
    finally:
        server.should_exit = True
        thread.join(2 * SHUTDOWN_SECONDS)
        # A connection that neither ends nor can be cancelled must not keep who has started it for ever.
        server.force_exit = True
        thread.join(SHUTDOWN_SECONDS)
