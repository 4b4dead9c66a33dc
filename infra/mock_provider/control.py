"""What a test asks of the mock: the `mock` object of a request's body, or a queued fault."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, NamedTuple, Self


class ControlError(ValueError):
    """A `mock` object that cannot be followed; `param` names the control at fault."""

    def __init__(self, message: str, param: str) -> None:
        super().__init__(message)
        self.param = param


class Expectation(NamedTuple):
    what: str
    accepts: Callable[[object], bool]


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_seconds(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


EXPECTED: dict[Any, Expectation] = {
    bool: Expectation("a boolean", lambda value: isinstance(value, bool)),
    int: Expectation("a non-negative integer", _is_count),
    int | None: Expectation("a non-negative integer", _is_count),
    float | None: Expectation("a non-negative number", _is_seconds),
    str | None: Expectation("a string", lambda value: isinstance(value, str)),
    dict[str, Any] | None: Expectation("an object", lambda value: isinstance(value, dict)),
}
ERROR_STATUSES = range(400, 600)


@dataclass(frozen=True, kw_only=True)
class Control:
    """How one request is to be answered.

    Tokens: `completion_tokens` is the whole completion of one choice, reasoning and audio included (default:
    16 visible tokens and whatever `reasoning_tokens` and `completion_audio_tokens` add); the request's own
    limit still cuts it. `prompt_tokens` is reported as it is, in Anthropic's shape as the uncached
    `input_tokens`. Without it OpenAI's total is at least the sum of its parts. `cache_creation_1h_tokens` is
    a part of `cache_creation_tokens`.

    Tools: with `tool_call` the first of the request's tools is called, with `tool_calls` so many of them at
    once; `arguments` are the calls' own, `tool` is the one that is called instead of the first. Nothing is
    called in answer to a tool's result.

    Failures: `status` answers with that error (with `error_code` and, in seconds, `retry_after`).
    `cut_after_chunks` and `error_after_chunks` count server-sent events; a cut answer that is no stream loses
    the second half of its body. `malformed_json` spoils the body, or a stream's second event. `endless` never
    finishes, and for a response in the background means that it is in progress until it is cancelled.
    `gate` names a gate at which a stream waits after its first event, until POST /__mock/gates/{name} opens
    it. `endless` (but for the background), `error_after_chunks` and `gate` are for streams only. A call of a
    batch with `batch_waits` keeps it in progress until it is cancelled.
    """

    completion_tokens: int | None = None
    prompt_tokens: int | None = None
    cached_tokens: int = 0
    cache_creation_tokens: int = 0
    cache_creation_1h_tokens: int = 0
    reasoning_tokens: int = 0
    prompt_audio_tokens: int = 0
    prompt_image_tokens: int = 0
    completion_audio_tokens: int = 0
    tool_call: bool = False
    tool_calls: int = 0
    tool: str | None = None
    arguments: dict[str, Any] | None = None

    status: int | None = None
    error_code: str | None = None
    retry_after: float | None = None
    delay_headers_ms: int = 0
    delay_chunk_ms: int = 0
    cut_after_chunks: int | None = None
    error_after_chunks: int | None = None
    no_usage: bool = False
    malformed_json: bool = False
    endless: bool = False
    gate: str | None = None
    batch_waits: bool = False

    @classmethod
    def parse(cls, mock: object) -> Self:
        """Raises ControlError for an unknown control or a value of the wrong kind."""
        if not isinstance(mock, Mapping):
            raise ControlError("mock: expected an object", "mock")
        expected = {field.name: EXPECTED[field.type] for field in fields(cls)}
        for name, value in mock.items():
            if name not in expected:
                raise ControlError(f"mock.{name}: unknown control", f"mock.{name}")
            if not expected[name].accepts(value):
                raise ControlError(f"mock.{name}: expected {expected[name].what}", f"mock.{name}")
        control = cls(**mock)
        if control.status is not None and control.status not in ERROR_STATUSES:
            raise ControlError("mock.status: expected an error status, 400 to 599", "mock.status")
        return control


class FaultQueue:
    """Controls for requests to come, one each, in the order they were queued."""

    def __init__(self) -> None:
        self._queued: deque[Mapping[str, Any]] = deque()

    def extend(self, faults: list[Any]) -> None:
        """Queues all of `faults`, or none: raises ControlError if one of them is not a control."""
        for fault in faults:
            Control.parse(fault)
        self._queued.extend(faults)

    def take(self) -> Mapping[str, Any]:
        """The next queued fault; an empty one if there is none."""
        return self._queued.popleft() if self._queued else {}

    def clear(self) -> None:
        self._queued.clear()
