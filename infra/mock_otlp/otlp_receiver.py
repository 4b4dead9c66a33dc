"""An OTLP receiver on a loopback address, which keeps all that it is sent."""

from __future__ import annotations

import gzip
import json
import threading
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from infra.mock_otlp.otlp_messages import NoOtlpError, points_in, spans_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from infra.mock_otlp.otlp_messages import ReceivedPoint, ReceivedSpan

LOOPBACK = "127.0.0.1"

Answer = tuple[int, dict[str, str], bytes]

_TAKEN: Answer = (200, {}, b"{}")


@dataclass
class Receiver:
    """What has come: spans, points, and of each request its path and headers (in lower case).

    `answer` may say something else than success to a request, by its path and message: a status, headers and
    a body. Nothing is kept of what isn't a success. `take` hears of each span and point that is.
    """

    url: str = ""
    spans: list[ReceivedSpan] = field(default_factory=list)
    points: list[ReceivedPoint] = field(default_factory=list)
    requests: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    answer: Callable[[str, Any], Answer | None] = lambda _path, _message: None
    take: Callable[[ReceivedSpan | ReceivedPoint], object] = lambda _: None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def received(self, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        try:
            message = _message(headers, body)
            spans = list(spans_in(message)) if path.endswith("/v1/traces") else []
            points = list(points_in(message)) if path.endswith("/v1/metrics") else []
            if not (spans or points):
                return 404, {}, b'{"message": "Nothing that is known here"}'
        except NoOtlpError as error:
            return 400, {}, json.dumps({"message": str(error)}).encode()
        with self.lock:
            self.requests.append((path, headers))
            answer = self.answer(path, message) or _TAKEN
            if answer[0] == 200:
                self.spans += spans
                self.points += points
                received: list[ReceivedSpan | ReceivedPoint] = [*spans, *points]
                for each in received:
                    self.take(each)
        return answer


def _message(headers: Mapping[str, str], body: bytes) -> Any:
    if headers.get("content-type") != "application/json":
        raise NoOtlpError("The content type is not application/json")
    try:
        if headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        return json.loads(body)
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise NoOtlpError(str(error)) from error


def make_server(receiver: Receiver, port: int = 0) -> ThreadingHTTPServer:
    """Listens already; port 0 takes a free one."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Or an answer's body waits for its head to be acknowledged.
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", 0)))
            status, more, answer = receiver.received(self.path, headers, body)
            self.send_response(status)
            for name, value in {"content-type": "application/json", **more}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_arguments: Any) -> None:
            """What is received is told otherwise."""

    server = ThreadingHTTPServer((LOOPBACK, port), Handler)
    server.daemon_threads = True
    receiver.url = f"http://{LOOPBACK}:{server.server_address[1]}"
    return server


@contextmanager
def running(port: int = 0) -> Iterator[Receiver]:
    """A receiver in a background thread."""
    receiver = Receiver()
    with make_server(receiver, port) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join(5)
