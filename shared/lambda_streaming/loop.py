"""One invocation after the other."""

from __future__ import annotations

import json
import logging
import os
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from lambda_streaming.lambda_messages import Context, Failure
from lambda_streaming.response_stream import prelude

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lambda_streaming.lambda_messages import Answer, Function, Invocation
    from lambda_streaming.logs import LogFormatter
    from lambda_streaming.runtime_api import RuntimeApi

logger = logging.getLogger(__name__)

_TRACE_ID = "_X_AMZN_TRACE_ID"
# A client hangs on a streamed response without a body.
_NO_BODY = b"\n"


def run(api: RuntimeApi, function: Function, log: LogFormatter) -> NoReturn:
    while True:
        invocation = api.next()
        log.request_id = invocation.request_id
        _trace(invocation)
        serve(api, function, invocation)


def serve(api: RuntimeApi, function: Function, invocation: Invocation) -> None:
    """Calls the function, and sends what it makes as it is made."""
    try:
        answer = function(json.loads(invocation.event), Context(invocation))
    except Exception as error:
        logger.exception("The function failed")
        api.fail(invocation, Failure.of(error, "Function"))
        return
    try:
        head = prelude(answer)
    except ValueError as error:
        logger.exception("The response can't be begun")
        _pass_on(answer.chunks, _nowhere)
        _finish(answer)
        api.fail(invocation, Failure.of(error, "Runtime"))
        return
    response = api.respond(invocation)
    # What is there as a whole goes out as a whole; of what is still to be made, the head goes first.
    write = partial(response.write, more=isinstance(answer.chunks, list))
    write(head)
    response.end(_pass_on(answer.chunks, write))
    _finish(answer)


def _pass_on(chunks: Iterable[bytes], write: Callable[[bytes], None]) -> Failure | None:
    """Reads all the chunks, wherever they go: the function does its accounts when they are read."""
    failure, empty = None, True
    try:
        iterator = iter(chunks)
        try:
            for chunk in iterator:
                write(chunk)
                empty = empty and not chunk
        finally:
            if hasattr(iterator, "close"):
                iterator.close()
    except Exception as error:
        # Lambda counts this invocation as a success: whoever watches the log must find it there.
        logger.exception("The response failed after its beginning")
        failure = Failure.of(error, "Function")
    if empty:
        write(_NO_BODY)
    return failure


def _finish(answer: Answer) -> None:
    try:
        answer.after()
    except Exception:
        logger.exception("What follows the response failed")


def _nowhere(_chunk: bytes) -> None:
    """Takes a chunk that can't be sent."""


def _trace(invocation: Invocation) -> None:
    """X-Ray finds an invocation's trace in the environment."""
    if invocation.trace_id is None:
        os.environ.pop(_TRACE_ID, None)
    else:
        os.environ[_TRACE_ID] = invocation.trace_id
