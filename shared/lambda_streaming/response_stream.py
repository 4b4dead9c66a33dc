"""A response on its way to Lambda."""

from __future__ import annotations

import base64
import json
import logging
from typing import TYPE_CHECKING

from lambda_streaming.api_connection import request

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lambda_streaming.api_connection import ApiConnection
    from lambda_streaming.lambda_messages import Answer, Failure

logger = logging.getLogger(__name__)

# Lambda looks for the prelude's end within so many bytes.
MAX_PRELUDE_BYTES = 16_384
PRELUDE_END = b"\0" * 8

_CONTENT_TYPE = "application/vnd.awslambda.http-integration-response"
_ERROR_TYPE = "Lambda-Runtime-Function-Error-Type"
_ERROR_BODY = "Lambda-Runtime-Function-Error-Body"
_HEADERS = {
    "Content-Type": _CONTENT_TYPE,
    "Lambda-Runtime-Function-Response-Mode": "streaming",
    "Transfer-Encoding": "chunked",
    "Trailer": f"{_ERROR_TYPE}, {_ERROR_BODY}",
}
_ACCEPTED = 202
# Seconds of an invocation that a client who doesn't read may not take: the function ends within them.
_KEPT_BACK = 3.0


def prelude(answer: Answer) -> bytes:
    """What precedes the body: status and headers. Raises ValueError if Lambda would not find its end."""
    head = json.dumps({"statusCode": answer.status, "headers": dict(answer.headers)}).encode() + PRELUDE_END
    if len(head) > MAX_PRELUDE_BYTES:
        raise ValueError(f"Status and headers take {len(head)} bytes, more than {MAX_PRELUDE_BYTES}")
    return head


class ResponseStream:
    """An open response, on which each write is a chunk of its own.

    A chunk leaves at once, unless whoever makes them says that more is there already. When Lambda stops
    listening that is logged, and what is written from then on is dropped: whoever makes the chunks has more
    to do than to send them.
    """

    def __init__(
        self,
        connection: ApiConnection,
        path: str,
        headers: Mapping[str, str],
        remaining: Callable[[], float],
    ) -> None:
        self._connection = connection
        self._remaining = remaining
        self._lost = False
        self._waiting = [request("POST", path, {**headers, **_HEADERS})]

    def write(self, content: bytes, *, more: bool = False) -> None:
        """Sends a chunk, together with the next one if there is `more` already."""
        if not content:  # an empty chunk would be the last
            return
        self._waiting.append(b"%x\r\n%b\r\n" % (len(content), content))
        if not more:
            self._flush()

    def end(self, failure: Failure | None = None) -> None:
        """Ends the body, with what went wrong while it was made, if anything did."""
        trailers = b""
        if failure is not None:
            body = base64.b64encode(failure.to_json()).decode()
            trailers = f"{_ERROR_TYPE}: {failure.type}\r\n{_ERROR_BODY}: {body}\r\n".encode()
        self._waiting.append(b"0\r\n" + trailers + b"\r\n")
        self._flush()
        if not self._lost:
            try:
                status = self._connection.read().status
            except OSError as error:
                self._lose(repr(error))
            else:
                if status != _ACCEPTED:
                    logger.error("Lambda did not accept the response: it answered %s", status)

    def _flush(self) -> None:
        content = b"".join(self._waiting)
        self._waiting.clear()
        if self._lost:
            return
        try:
            if self._connection.has_news:
                self._lose(f"it answered {self._connection.read().status} before the end")
            else:
                self._connection.send(content, self._patience)
        except OSError as error:
            self._lose(repr(error))

    def _patience(self) -> float:
        return self._remaining() - _KEPT_BACK

    def _lose(self, why: str) -> None:
        self._lost = True
        self._connection.close()
        logger.error("Lambda takes no more of the response: %s", why)
