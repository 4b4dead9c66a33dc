"""A server of the standard library that runs beside a test."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from socketserver import BaseServer

_POLL_SECONDS = 0.05
_PATIENCE = 10


@contextmanager
def served(server: BaseServer) -> Iterator[None]:
    """Serves within the block, in a thread, and closes the server at its end."""
    thread = threading.Thread(target=server.serve_forever, args=(_POLL_SECONDS,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join(_PATIENCE)
