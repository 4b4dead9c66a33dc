"""A door to DynamoDB Local that is out of order now and then, as real HTTP answers, silences and resets."""

from __future__ import annotations

import http.client
import json
import socket
import struct
import threading
import time
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from infra.local.free_ports import LOOPBACK
from tests.support.served_in_thread import served

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Sequence

# Nobody waits longer than this, so that no run hangs.
_PATIENCE = 10
_LINGER = struct.pack("ii", 1, 0)
_DRAIN_STEP = 0.01
# How often a fault begins a series, and of how many.
_SERIES, _SERIES_LENGTH = 0.2, (3, 8)
# How much later than its client has given it up a request may arrive, seconds.
_LATENESS = 0.2


class StoreFault(StrEnum):
    """What becomes of a request; of those `before`, DynamoDB has done nothing."""

    EXCEEDED = "ProvisionedThroughputExceededException"
    THROTTLED = "ThrottlingException"
    FAILING = "InternalServerError"
    UNAVAILABLE = "503 without a body"
    SILENT_BEFORE = "no answer, nothing done"
    SILENT_AFTER = "no answer, done"
    LATE = "no answer, done after its client gave up"
    RESET_BEFORE = "connection reset, nothing done"
    RESET_AFTER = "connection reset, done"
    CUT = "connection reset in the midst of the answer, done"
    GARBLED = "answer that isn't what its checksum says, done"


# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
_REFUSALS = {
    StoreFault.EXCEEDED: (400, "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"),
    StoreFault.THROTTLED: (400, "com.amazon.coral.availability#ThrottlingException"),
    StoreFault.FAILING: (500, "com.amazonaws.dynamodb.v20120810#InternalServerError"),
}
_DONE = frozenset({StoreFault.SILENT_AFTER, StoreFault.RESET_AFTER, StoreFault.CUT, StoreFault.GARBLED})
_SILENT = frozenset({StoreFault.SILENT_BEFORE, StoreFault.SILENT_AFTER, StoreFault.LATE})


@dataclass
class FaultyStore:
    """One client's way to the store at `endpoint_url`. Of its requests, `share` meet one of `faults`; now and
    then so do those that follow it, more than a client has tries.
    """

    endpoint_url: str
    drawn: random.Random
    url: str = ""
    share: float = 0
    faults: Sequence[StoreFault] = ()
    met: Counter[StoreFault] = field(default_factory=Counter)
    _late: int = 0
    _following: int = 0
    _last: StoreFault | None = None
    _noting: threading.Lock = field(default_factory=threading.Lock)

    def be_fair(self) -> None:
        self.share, self.faults, self._following = 0, (), 0

    def draw(self) -> StoreFault | None:
        with self._noting:
            fault = self._fault()
            if fault is None:
                return None
            self.met[fault] += 1
            self._late += fault is StoreFault.LATE
            return fault

    def _fault(self) -> StoreFault | None:
        if self._following:
            self._following -= 1
            return self._last
        if not self.faults or self.drawn.random() >= self.share:
            return None
        self._last = self.drawn.choice(self.faults)
        if self._last not in _SILENT and self.drawn.random() < _SERIES:
            self._following = self.drawn.randrange(*_SERIES_LENGTH)
        return self._last

    def arrived(self) -> None:
        with self._noting:
            self._late -= 1

    def drain(self) -> None:
        """Waits until all has arrived that is late: nothing does so after minutes."""
        until = time.monotonic() + 2 * _PATIENCE
        while self._late:
            if time.monotonic() > until:
                raise TimeoutError
            time.sleep(_DRAIN_STEP)

    @contextmanager
    def serving(self) -> Iterator[FaultyStore]:
        server = _Server((LOOPBACK, 0), _Exchange)
        server.store, server.origin = self, urlsplit(self.endpoint_url).netloc
        self.url = f"http://{LOOPBACK}:{server.server_address[1]}"
        with served(server):
            yield self


class _Server(ThreadingHTTPServer):
    store: FaultyStore
    origin: str
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_: Any) -> None:
        """Clients go away in the midst of it: that is what this is for."""


class _Exchange(BaseHTTPRequestHandler):
    """A client's connection, and the one to the store that goes with it."""

    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 6 * _PATIENCE

    def setup(self) -> None:
        super().setup()
        self._onward = http.client.HTTPConnection(self.server.origin, timeout=_PATIENCE)

    def finish(self) -> None:
        self._onward.close()
        with suppress(OSError):
            super().finish()

    def log_message(self, *_: Any) -> None:
        """Silent."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        fault = self.server.store.draw()
        if fault in _REFUSALS:
            status, code = _REFUSALS[fault]
            said = json.dumps({"__type": code, "message": "As drawn."}).encode()
            self._answer(status, {"content-type": "application/x-amz-json-1.0"}, said)
        elif fault is StoreFault.UNAVAILABLE:
            self._answer(503, {}, b"")
        elif fault is StoreFault.LATE:
            try:
                self._wait_for_its_end()
                time.sleep(self.server.store.drawn.random() * _LATENESS)
                self._pass_on(body)
            finally:
                self.server.store.arrived()
        elif fault is None or fault in _DONE:
            self._end(fault, *self._pass_on(body))
        else:
            self._end(fault, 0, {}, b"")

    def _end(self, fault: StoreFault | None, status: int, headers: dict[str, str], body: bytes) -> None:
        if fault is None:
            self._answer(status, headers, body)
        elif fault is StoreFault.GARBLED:
            self._answer(status, headers, body[: len(body) // 2])
        elif fault in _SILENT:
            self._wait_for_its_end()
        else:
            if fault is StoreFault.CUT:
                self._answer(status, headers, body, of_it=len(body) // 2)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
            self.close_connection = True

    def _pass_on(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
        self._onward.request("POST", self.path, body, headers)
        answer = self._onward.getresponse()
        kept = ("content-type", "x-amz-crc32", "x-amzn-requestid")
        told = {name: value for name in kept if (value := answer.headers.get(name))}
        return answer.status, told, answer.read()

    def _answer(self, status: int, headers: dict[str, str], body: bytes, of_it: int | None = None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:of_it])

    def _wait_for_its_end(self) -> None:
        """Until the client has hung up."""
        self.close_connection = True
        self.connection.settimeout(_PATIENCE)
        with suppress(OSError):
            self.connection.recv(1)
