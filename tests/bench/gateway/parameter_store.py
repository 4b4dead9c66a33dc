"""Parameter Store as far as a proxy asks it: every parameter has the same value."""

from __future__ import annotations

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from infra.local.free_ports import LOOPBACK
from tests.support.served_in_thread import served

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Parameters(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        parameter = {"Name": asked["Name"], "Type": "SecureString", "Value": "sk-provider", "Version": 1}
        body = json.dumps({"Parameter": parameter}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nobody reads of it."""


@contextmanager
def running() -> Iterator[str]:
    """Yields its URL."""
    server = ThreadingHTTPServer((LOOPBACK, 0), _Parameters)
    server.daemon_threads = True
    with served(server):
        yield f"http://{LOOPBACK}:{server.server_address[1]}"
