"""Lambda's Runtime API: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html

One connection is kept for everything; it is made anew where Lambda has closed it.
"""

from __future__ import annotations

import logging
import select
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING

from lambda_streaming.lambda_messages import Invocation
from lambda_streaming.response_stream import ResponseStream

if TYPE_CHECKING:
    from collections.abc import Mapping
    from http.client import HTTPMessage

    from lambda_streaming.lambda_messages import Failure

logger = logging.getLogger(__name__)

_ROOT = "/2018-06-01/runtime"
_ERROR_TYPE = "Lambda-Runtime-Function-Error-Type"
_OK, _ACCEPTED = 200, 202


class RuntimeApiError(Exception):
    """Lambda refused what every runtime may ask: this one can't go on."""


class RuntimeApi:
    def __init__(self, address: str) -> None:
        """`address` is what AWS_LAMBDA_RUNTIME_API holds, host:port."""
        # No timeout: for the next invocation one waits as long as it takes.
        self._connection = HTTPConnection(address, timeout=None)

    def next(self) -> Invocation:
        """Waits for an invocation; this ends the one before it. Raises RuntimeApiError and OSError."""
        status, headers, event = self._ask("GET", f"{_ROOT}/invocation/next")
        if status != _OK:
            raise RuntimeApiError(f"Lambda answered {status} when asked for the next invocation")
        return Invocation(
            request_id=headers["Lambda-Runtime-Aws-Request-Id"],
            deadline=int(headers["Lambda-Runtime-Deadline-Ms"]) / 1000,
            function_arn=headers["Lambda-Runtime-Invoked-Function-Arn"] or "",
            trace_id=headers["Lambda-Runtime-Trace-Id"],
            invocation_id=headers["Lambda-Runtime-Invocation-Id"],
            event=event,
        )

    def respond(self, invocation: Invocation) -> ResponseStream:
        """Begins the response; what becomes of it is logged, never raised."""
        self._drop_a_closed_connection()
        path = f"{_ROOT}/invocation/{invocation.request_id}/response"
        return ResponseStream(self._connection, path, _echo(invocation), invocation.remaining)

    def fail(self, invocation: Invocation, failure: Failure) -> None:
        """Tells of an invocation that has no response; what becomes of it is logged, never raised."""
        path = f"{_ROOT}/invocation/{invocation.request_id}/error"
        try:
            status, _, _ = self._ask("POST", path, failure, _echo(invocation))
        except (OSError, HTTPException) as error:
            logger.error("Lambda could not be told of a failure: %r", error)  # noqa: TRY400 - ours is no news
        else:
            if status != _ACCEPTED:
                logger.error("Lambda answered %s when told of a failure", status)

    def fail_init(self, failure: Failure) -> None:
        self._ask("POST", f"{_ROOT}/init/error", failure)

    def await_restore(self) -> None:
        """Lets Lambda take its snapshot; returns in what was restored from it."""
        status, _, _ = self._ask("GET", f"{_ROOT}/restore/next")
        if status != _OK:
            raise RuntimeApiError(f"Lambda answered {status} when asked for the restore")

    def fail_restore(self, failure: Failure) -> None:
        self._ask("POST", f"{_ROOT}/restore/error", failure)

    def _ask(
        self, method: str, path: str, failure: Failure | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, HTTPMessage, bytes]:
        self._drop_a_closed_connection()
        try:
            return self._ask_once(method, path, failure, headers or {})
        except ConnectionError:
            self._connection.close()
            return self._ask_once(method, path, failure, headers or {})

    def _ask_once(
        self, method: str, path: str, failure: Failure | None, headers: Mapping[str, str]
    ) -> tuple[int, HTTPMessage, bytes]:
        told: dict[str, str] = {}
        if failure is not None:
            told = {"Content-Type": "application/vnd.aws.lambda.error+json", _ERROR_TYPE: failure.type}
        try:
            self._connection.request(
                method, path, body=failure.to_json() if failure else None, headers={**headers, **told}
            )
            response = self._connection.getresponse()
            return response.status, response.headers, response.read()
        except (OSError, HTTPException):
            self._connection.close()
            raise

    def _drop_a_closed_connection(self) -> None:
        """A connection that has something to say between two requests says that it is over."""
        if self._connection.sock is not None:
            with suppress(OSError):
                if not select.select([self._connection.sock], [], [], 0)[0]:
                    return
            self._connection.close()


def _echo(invocation: Invocation) -> dict[str, str]:
    if invocation.invocation_id is None:
        return {}
    return {"Lambda-Runtime-Invocation-Id": invocation.invocation_id}
