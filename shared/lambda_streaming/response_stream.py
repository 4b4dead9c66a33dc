"""A response on its way to Lambda."""

from __future__ import annotations

import base64
import json
import logging
import select
from http.client import HTTPException
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from http.client import HTTPConnection

    from lambda_streaming.lambda_messages import Answer, Failure

logger = logging.getLogger(__name__)

# Lambda looks for the prelude's end within so many bytes.
MAX_PRELUDE_BYTES = 16_384
PRELUDE_END = b"\0" * 8

_CONTENT_TYPE = "application/vnd.awslambda.http-integration-response"
_ERROR_TYPE = "Lambda-Runtime-Function-Error-Type"
_ERROR_BODY = "Lambda-Runtime-Function-Error-Body"
_ACCEPTED = 202
# Seconds of an invocation that a client who doesn't read may not take: the function ends within them.
_KEPT_BACK = 3.0
_MIN_PATIENCE = 0.001


def prelude(answer: Answer) -> bytes:
    """What precedes the body: status and headers. Raises ValueError if Lambda would not find its end."""
    head = json.dumps({"statusCode": answer.status, "headers": dict(answer.headers)}).encode() + PRELUDE_END
    if len(head) > MAX_PRELUDE_BYTES:
        raise ValueError(f"Status and headers take {len(head)} bytes, more than {MAX_PRELUDE_BYTES}")
    return head


class ResponseStream:
    """An open response, on which each write is a chunk of its own that leaves at once.

    When Lambda stops listening that is logged, and what is written from then on is dropped: whoever makes
    the chunks has more to do than to send them.
    """

    def __init__(
        self,
        connection: HTTPConnection,
        path: str,
        headers: Mapping[str, str],
        remaining: Callable[[], float],
    ) -> None:
        self._connection = connection
        self._remaining = remaining
        self._lost = False
        try:
            connection.putrequest("POST", path)
            for name, value in {
                **headers,
                "Content-Type": _CONTENT_TYPE,
                "Lambda-Runtime-Function-Response-Mode": "streaming",
                "Transfer-Encoding": "chunked",
                "Trailer": f"{_ERROR_TYPE}, {_ERROR_BODY}",
            }.items():
                connection.putheader(name, value)
            connection.endheaders()
        except (OSError, HTTPException) as error:
            self._lose(repr(error))

    def write(self, content: bytes) -> None:
        if content:  # an empty chunk would be the last
            self._send(b"%x\r\n%b\r\n" % (len(content), content))

    def end(self, failure: Failure | None = None) -> None:
        """Ends the body, with what went wrong while it was made, if anything did."""
        trailers = b""
        if failure is not None:
            body = base64.b64encode(failure.to_json()).decode()
            trailers = f"{_ERROR_TYPE}: {failure.type}\r\n{_ERROR_BODY}: {body}\r\n".encode()
        self._send(b"0\r\n" + trailers + b"\r\n")
        if not self._lost:
            try:
                self._read_answer()
            except (OSError, HTTPException) as error:
                self._lose(repr(error))

    def _send(self, content: bytes) -> None:
        if self._lost:
            return
        try:
            if select.select([self._connection.sock], [], [], 0)[0]:
                self._lose(f"it answered {self._connection.getresponse().status} before the end")
                return
            self._connection.sock.settimeout(max(self._remaining() - _KEPT_BACK, _MIN_PATIENCE))
            self._connection.send(content)
        except (OSError, HTTPException) as error:
            self._lose(repr(error))

    def _read_answer(self) -> None:
        response = self._connection.getresponse()
        response.read()
        if response.status != _ACCEPTED:
            logger.error("Lambda did not accept the response: it answered %s", response.status)
        if self._connection.sock is not None:  # it may have said that it closes the connection
            self._connection.sock.settimeout(None)

    def _lose(self, why: str) -> None:
        self._lost = True
        self._connection.close()
        logger.error("Lambda takes no more of the response: %s", why)
