"""The address on this machine to which the issuer sends the browser back."""

from __future__ import annotations

import secrets
import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

from tollgate_cli.output.failures import CommandError, UsageError

if TYPE_CHECKING:
    from types import TracebackType

_HOSTS: Final = {"127.0.0.1", "localhost"}
_PAGE: Final = """<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Tollgate</title>
<style>body{font:16px system-ui;margin:4em auto;max-width:32em;padding:0 1em}</style><p>%s</p></html>"""
_THANKS: Final = "Tollgate has what it needs. You can close this page and go back to the terminal."
_NOT_ASKED: Final = "Tollgate didn't ask for this sign-in. Start again in the terminal."


@dataclass
class _Answer:
    """The query that the browser came back with."""

    state: str
    path: str
    came: threading.Event = field(default_factory=threading.Event)
    query: dict[str, str] = field(default_factory=dict)

    def taken(self, query: dict[str, str]) -> bool:
        """Whether it is the answer to our question, by its state; the first one counts."""
        if not secrets.compare_digest(query.get("state", "").encode(), self.state.encode()):
            return False
        if not self.came.is_set():
            self.query = query
            self.came.set()
        return True


class Loopback:
    """Listens within the block. `redirect_uri` is where; port 0 of the wanted one is any that is free.

    Raises `UsageError` for an address that isn't this machine's, `CommandError` for a port that is taken.
    """

    def __init__(self, wanted: str, state: str) -> None:
        try:
            parts = urlsplit(wanted)
            port = parts.port
        except ValueError:
            parts, port = urlsplit(""), None
        if parts.scheme != "http" or parts.hostname not in _HOSTS or port is None:
            example = "http://127.0.0.1:18455/callback"
            raise UsageError(f"{wanted!r} isn't an address of this machine with a port, such as {example}.")
        self._answer = _Answer(state, parts.path or "/")
        handler = type("Handler", (_Handler,), {"answer": self._answer})
        try:
            self._server = _Server(("127.0.0.1", port), handler)
        except OSError as error:
            text = f"The port {port} of this machine can't be used: {error.strerror}."
            raise CommandError(
                text, details=["Is another sign-in going on? --redirect-uri takes another."]
            ) from error
        self.redirect_uri = f"http://{parts.hostname}:{self._server.server_address[1]}{parts.path}"

    def __enter__(self) -> Loopback:
        threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def query(self, seconds: float) -> dict[str, str]:
        """What came back. Raises `CommandError` if nothing does in time."""
        if not self._answer.came.wait(seconds):
            raise CommandError(f"Nobody signed in within {seconds:.0f} seconds.")
        return self._answer.query


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # A page that is kept open must not keep the command.
    block_on_close = False
    # Else the port of the last sign-in is taken for a minute. On Windows others could listen there, too.
    allow_reuse_address = sys.platform != "win32"


class _Handler(BaseHTTPRequestHandler):
    answer: _Answer
    timeout = 10

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path != self.answer.path:
            self._send(404, "There is nothing here.")
            return
        query = {name: values[0] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
        if self.answer.taken(query):
            self._send(200, _THANKS)
        else:
            self._send(400, _NOT_ASKED)

    def _send(self, status: int, text: str) -> None:
        content = (_PAGE % text).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: Any) -> None:
        """Nothing: stderr is for the command."""
