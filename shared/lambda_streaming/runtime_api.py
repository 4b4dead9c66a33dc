"""Lambda's Runtime API: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html

One connection is kept for everything; it is made anew where Lambda has closed it.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from lambda_streaming.api_connection import ApiConnection, request
from lambda_streaming.lambda_messages import Invocation
from lambda_streaming.response_stream import ResponseStream

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lambda_streaming.api_connection import ApiAnswer
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
        self._connection = ApiConnection(address)

    def next(self) -> Invocation:
        """Waits for an invocation; this ends the one before it. Raises RuntimeApiError and OSError."""
        answer = self._ask("GET", f"{_ROOT}/invocation/next")
        if answer.status != _OK:
            raise RuntimeApiError(f"Lambda answered {answer.status} when asked for the next invocation")
        headers = answer.headers
        return Invocation(
            request_id=headers["lambda-runtime-aws-request-id"],
            deadline=int(headers["lambda-runtime-deadline-ms"]) / 1000,
            function_arn=headers.get("lambda-runtime-invoked-function-arn", ""),
            trace_id=headers.get("lambda-runtime-trace-id"),
            invocation_id=headers.get("lambda-runtime-invocation-id"),
            event=answer.body,
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
            answer = self._ask("POST", path, failure, _echo(invocation))
        except OSError as error:
            logger.error("Lambda could not be told of a failure: %r", error)  # noqa: TRY400 - ours is no news
        else:
            if answer.status != _ACCEPTED:
                logger.error("Lambda answered %s when told of a failure", answer.status)

    def fail_init(self, failure: Failure) -> None:
        self._ask("POST", f"{_ROOT}/init/error", failure)

    def await_restore(self) -> None:
        """Lets Lambda take its snapshot; returns in what was restored from it."""
        answer = self._ask("GET", f"{_ROOT}/restore/next")
        if answer.status != _OK:
            raise RuntimeApiError(f"Lambda answered {answer.status} when asked for the restore")

    def fail_restore(self, failure: Failure) -> None:
        self._ask("POST", f"{_ROOT}/restore/error", failure)

    def close(self) -> None:
        self._connection.close()

    def _ask(
        self, method: str, path: str, failure: Failure | None = None, headers: Mapping[str, str] | None = None
    ) -> ApiAnswer:
        told: dict[str, str] = {}
        if failure is not None:
            told = {"Content-Type": "application/vnd.aws.lambda.error+json", _ERROR_TYPE: failure.type}
        asked = request(method, path, {**(headers or {}), **told}, failure.to_json() if failure else None)
        self._drop_a_closed_connection()
        try:
            return self._ask_once(asked)
        except ConnectionError:
            return self._ask_once(asked)

    def _ask_once(self, asked: bytes) -> ApiAnswer:
        self._connection.send(asked)
        return self._connection.read()

    def _drop_a_closed_connection(self) -> None:
        """A connection that has something to say between two requests says that it is over."""
        if self._connection.has_news:
            self._connection.close()


def _echo(invocation: Invocation) -> dict[str, str]:
    if invocation.invocation_id is None:
        return {}
    return {"Lambda-Runtime-Invocation-Id": invocation.invocation_id}
