"""A server on loopback that answers requests of AWS's clients as a test has written down, to the byte."""

from __future__ import annotations

import json
import socket
import struct
import threading
import zlib
from collections import deque
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.support.bare_server import PATIENCE, request_on

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

    # Answers a request, and says whether the connection stays open.
    Action = Callable[["Incoming"], bool]


@dataclass(frozen=True)
class Incoming:
    """A request, and where its answer goes."""

    server: CannedAws
    connection: socket.socket
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class CannedAws:
    """Each request takes the next of `script`, or else `otherwise`; whichever connection it comes over."""

    otherwise: Action
    script: deque[Action] = field(default_factory=deque)
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    accepted: list[socket.socket] = field(default_factory=list)
    go_on: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(body) for _, _, body in self.requests]

    def serve(self, listener: socket.socket) -> None:
        while not self.ended.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                continue
            self.accepted.append(connection)
            threading.Thread(target=self._answer_all, args=(connection,), daemon=True).start()

    def _answer_all(self, connection: socket.socket) -> None:
        connection.settimeout(PATIENCE)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection, suppress(OSError):
            while received := request_on(connection):
                self.requests.append(received)
                try:
                    action = self.script.popleft()
                except IndexError:
                    action = self.otherwise
                if not action(Incoming(self, connection, received[2])):
                    return


@contextmanager
def canned_aws(otherwise: Action | None = None, tls: ssl.SSLContext | None = None) -> Iterator[CannedAws]:
    with (
        socket.create_server(("127.0.0.1", 0), backlog=256) as plain,
        tls.wrap_socket(plain, server_side=True) if tls else nullcontext(plain) as listener,
    ):
        server = CannedAws(otherwise or answers({}), port=listener.getsockname()[1])
        thread = threading.Thread(target=server.serve, args=(listener,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.ended.set()
            server.go_on.set()
            for waiting in (listener, *server.accepted):
                with suppress(OSError):
                    waiting.shutdown(socket.SHUT_RDWR)
    thread.join(PATIENCE)


def http(body: Any = b"", *, status: str = "200 OK", crc: int | None = None, **headers: str) -> bytes:
    """A whole answer with the checksum that DynamoDB sends; headers' names have _ for -."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    told = {
        "content_type": "application/x-amz-json-1.0",
        "content_length": str(len(raw)),
        "x_amzn_requestid": "REQUEST",
        "x_amz_crc32": str(zlib.crc32(raw) if crc is None else crc),
        **headers,
    }
    lines = [f"HTTP/1.1 {status}", *(f"{name.replace('_', '-')}: {value}" for name, value in told.items())]
    return "\r\n".join([*lines, "", ""]).encode() + raw


def answers(body: Any, **options: Any) -> Action:
    return sends(http(body, **options))


def refuses(code: str, message: str = "no", status: int = 400, headers: Any = None, **members: Any) -> Action:
    said = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": message, **members}
    return sends(http(said, status=f"{status} No", **(headers or {})))


def sends(*pieces: bytes, close: bool = False) -> Action:
    def action(incoming: Incoming) -> bool:
        for piece in pieces:
            incoming.connection.sendall(piece)
        return not close

    return action


def resets(incoming: Incoming) -> bool:
    """Ends the connection by a reset, the request having been received."""
    incoming.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


def hangs_up(_incoming: Incoming) -> bool:
    return False


def is_silent(incoming: Incoming) -> bool:
    """Until the test is over."""
    incoming.server.go_on.wait(PATIENCE)
    return False


def echoes(incoming: Incoming) -> bool:
    """Answers with the key that was asked for."""
    return sends(http({"Attributes": incoming.json()["Key"]}))(incoming)


def environment(url: str, **more: str) -> dict[str, str]:
    return {
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "a-very-secret-key",
        "AWS_SESSION_TOKEN": "a-very-secret-token",
        "AWS_ENDPOINT_URL": url,
        **more,
    }


@dataclass
class Clock:
    """Seconds since the epoch, which pass as somebody sleeps."""

    now: float = 1_800_000_000.0
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
