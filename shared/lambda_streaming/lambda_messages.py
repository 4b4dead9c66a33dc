"""What passes between Lambda and a function."""

from __future__ import annotations

import json
import os
import time
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

# What is told of an error must fit the headers of a response.
_MAX_MESSAGE = 2_000
_MAX_FRAMES = 20


class Answer(Protocol):
    """What a function returns: an HTTP response whose body is made while it is read."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def chunks(self) -> Iterable[bytes]: ...
    @property
    def after(self) -> Callable[[], None]:
        """What is left to do when the client has everything; Lambda waits for it."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """A call of the function. `deadline` is in seconds since the epoch; then Lambda ends the process."""

    request_id: str
    deadline: float
    function_arn: str
    trace_id: str | None
    invocation_id: str | None
    event: bytes

    def remaining(self) -> float:
        """Seconds until the deadline; never negative."""
        return max(self.deadline - time.time(), 0.0)


def _of_environment(name: str) -> Any:
    return field(default_factory=lambda: os.environ.get(name))


@dataclass(frozen=True, slots=True)
class Context:
    """The second argument of a function, as far as Lambda's own runtime has it for an HTTP call."""

    invocation: Invocation
    function_name: str | None = _of_environment("AWS_LAMBDA_FUNCTION_NAME")
    function_version: str | None = _of_environment("AWS_LAMBDA_FUNCTION_VERSION")
    memory_limit_in_mb: str | None = _of_environment("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
    log_group_name: str | None = _of_environment("AWS_LAMBDA_LOG_GROUP_NAME")
    log_stream_name: str | None = _of_environment("AWS_LAMBDA_LOG_STREAM_NAME")

    @property
    def aws_request_id(self) -> str:
        return self.invocation.request_id

    @property
    def invoked_function_arn(self) -> str:
        return self.invocation.function_arn

    def get_remaining_time_in_millis(self) -> int:
        return int(self.invocation.remaining() * 1000)


if TYPE_CHECKING:
    Function = Callable[[Any, Context], Answer]


@dataclass(frozen=True, slots=True)
class Failure:
    """An error as Lambda wants it told. `type` is of the form Category.Reason."""

    type: str
    message: str
    stack: list[str]

    @classmethod
    def of(cls, error: BaseException, category: str) -> Failure:
        return cls(
            type=f"{category}.{type(error).__name__}",
            message=str(error)[:_MAX_MESSAGE],
            stack=traceback.format_tb(error.__traceback__, limit=-_MAX_FRAMES),
        )

    def to_json(self) -> bytes:
        told = {"errorMessage": self.message, "errorType": self.type, "stackTrace": self.stack}
        return json.dumps(told).encode()
