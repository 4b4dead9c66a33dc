"""A provider that repeats what it was sent, key and prompt, wherever an answer has room for text."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tests.support.answering_provider import answer
from tests.support.bare_server import serving

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from tests.support.bare_server import Server

_JSON = {"content-type": "application/json"}
_EVENTS = {"content-type": "text/event-stream"}
# What the answers of each model are: by a model's remote id, which says the place of the echo.
ECHOES = (
    "refused", "failed", "unauthorised", "no-json", "half-json", "odd-shape", "odd-usage", "odd-stream",
    "error-event", "cut-stream", "no-http", "redirect", "bad-header",
)  # fmt: skip


def _answer(echo: str, said: str) -> bytes:
    error = json.dumps({"error": {"message": said, "type": said, "code": said, "param": said}}).encode()
    odd: dict[str, Any] = {"id": said, "model": said, "object": said, "choices": said, "output": said}
    event = f"data: {json.dumps({'choices': [{'delta': {'content': said}, 'index': 0}]})}\n\n".encode()
    answers = {
        "refused": answer(error, _JSON, "400 Bad Request"),
        "failed": answer(error, _JSON, "500 Internal Server Error"),
        "unauthorised": answer(error, _JSON, "401 Unauthorized"),
        "no-json": answer(said.encode(), _JSON),
        "half-json": answer(json.dumps({"choices": [{"message": {"content": said}}]}).encode()[:-9], _JSON),
        "odd-shape": answer(json.dumps(odd).encode(), _JSON),
        "odd-usage": answer(json.dumps({**odd, "usage": {"prompt_tokens": said}}).encode(), _JSON),
        "odd-stream": answer(event + f"event: {said}\ndata: {said}\n\n".encode(), _EVENTS),
        "error-event": answer(event + b"event: error\ndata: " + error + b"\n\n", _EVENTS),
        "cut-stream": answer(event, _EVENTS | {"x-more": "to come"}).replace(
            b"content-length: ", b"content-length: 9"
        ),
        "no-http": f"{said}\r\n\r\n".encode(),
        "redirect": answer(b"", {"location": f"http://127.0.0.1/{said.replace(' ', '')}"}, "302 Found"),
        "bad-header": answer(b"{}", {f"x {said}": said}),
    }
    return answers[echo]


def _echo(server: Server, connection: socket.socket) -> bool:
    _, headers, body = server.requests[-1]
    said = f"{headers.get('authorization', '')} {headers.get('x-api-key', '')} {body.decode()}"
    asked = json.loads(body) if body.startswith(b"{") else {}
    connection.sendall(_answer(asked.get("model", "refused"), said[:2000].replace("\n", " ")))
    return False


@contextmanager
def echoing() -> Iterator[str]:
    """The base URL of such a provider."""
    with serving(_echo) as server:
        yield f"http://127.0.0.1:{server.port}/v1"
