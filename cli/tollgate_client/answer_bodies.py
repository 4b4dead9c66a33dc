"""What answers carry, within bounds: no server may fill memory, or keep a caller for ever."""

from __future__ import annotations

import json
import math
import time
from typing import Any, Final, NoReturn

import httpx

# The largest answers that aren't streams are a Lambda's 6 MB.
MOST_BYTES: Final = 32_000_000
# `timeout` is how long an answer may pause; one that never stops to trickle has an end, too.
MOST_SECONDS: Final = 300.0
_OF_THE_WIRE: Final = frozenset({"content-encoding", "content-length", "transfer-encoding"})


class UnboundedAnswerError(httpx.TransportError):
    """An answer is longer, or takes longer, than any of Tollgate's."""


def whole(
    answer: httpx.Response, most_bytes: int = MOST_BYTES, most_seconds: float = MOST_SECONDS
) -> httpx.Response:
    """The same answer with its body read, and closed. Raises `httpx.RequestError`."""
    until = time.monotonic() + most_seconds
    parts, length = [], 0
    try:
        for part in answer.iter_bytes():
            parts.append(part)
            length += len(part)
            if length > most_bytes:
                raise UnboundedAnswerError(f"the answer is longer than {most_bytes:,} bytes")
            if time.monotonic() > until:
                raise UnboundedAnswerError(f"the answer takes longer than {most_seconds:.0f} seconds")
    finally:
        answer.close()
    headers = [(name, value) for name, value in answer.headers.multi_items() if name not in _OF_THE_WIRE]
    return httpx.Response(answer.status_code, headers=headers, content=b"".join(parts))


def value(content: bytes | str) -> Any:
    """The value of a JSON text. Raises `ValueError`, also for what Python alone reads: NaN, Infinity."""
    try:
        return json.loads(content, parse_constant=_refused, parse_float=_finite)
    except RecursionError as fault:
        raise ValueError("it is nested too deeply") from fault


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        _refused(digits)
    return number


def _refused(said: str) -> NoReturn:
    raise ValueError(f"{said[:20]} is no number")
