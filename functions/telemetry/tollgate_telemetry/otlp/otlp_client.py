"""Requests to OTLP's receivers: packed, tried again where that may help, bounded in time and size.

Which answers are tried again, and that partial successes aren't: https://opentelemetry.io/docs/specs/otlp/#otlphttp-response
"""

from __future__ import annotations

import gzip
import json
import random
import re
import time
from typing import TYPE_CHECKING, Any, Final

import urllib3
from urllib3.exceptions import HTTPError

import tollgate
from tollgate.lean_dataclass import dataclass
from tollgate_telemetry.otlp.bounded_pool import bounded_pool

if TYPE_CHECKING:
    from collections.abc import Callable

    from tollgate_telemetry.otlp.otlp_settings import Destination

_READ_SECONDS = 20.0
_TIMEOUT = urllib3.Timeout(connect=5, read=_READ_SECONDS)
_TRIED_AGAIN: Final = frozenset({429, 502, 503, 504})
# Who is refused for these is the sender or its address, and not what it sends: that waits until it is mended.
_SENDERS_OWN: Final = frozenset({401, 402, 403, 404, 405, 407, 410, 421, 426})
_FIRST_SUCCESS, _FIRST_REDIRECT, _FIRST_ERROR = 200, 300, 400
# In seconds. A receiver may ask for a longer pause than the longest of our own, within bounds.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0
_RETRY = urllib3.Retry(retry_after_max=300)
_MAX_ANSWER_BYTES, _PIECE_BYTES = 65_536, 8_192
_MAX_CHARACTERS = 200
_SHORTEST_SECRET = 6
_SEPARATORS = re.compile(r"[\s,;:=]+")
_HEADERS = {
    "content-type": "application/json",
    "content-encoding": "gzip",
    "user-agent": f"tollgate/{tollgate.__version__}",
}
_REJECTED = ("rejectedSpans", "rejectedDataPoints")


class UnavailableError(Exception):
    """What was sent may be taken later; `is_senders_own` if by other settings than those it was sent by."""

    def __init__(self, message: str, *, is_senders_own: bool = False) -> None:
        super().__init__(message)
        self.is_senders_own = is_senders_own


class RefusedError(Exception):
    """What was sent will never be taken."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a receiver says of what it took: how many spans or points it did not take, and why."""

    rejected: int
    message: str


class OtlpClient:
    """Connections to receivers, which outlive an event. `clock` is monotonic, in seconds."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._pool = bounded_pool()
        self._clock, self._sleep, self._jitter = clock, sleep, jitter
        self._not_before: dict[str, float] = {}

    def send(self, to: Destination, request: dict[str, Any], give_up_at: float) -> Taken:
        """Raises `UnavailableError`, and `RefusedError`. Nothing is begun after `give_up_at` on the clock."""
        body = gzip.compress(json.dumps(request, separators=(",", ":")).encode(), mtime=0)
        pause = _FIRST_PAUSE
        self._wait(self._not_before.get(to.url, 0.0), give_up_at, f"{to.url} has asked for a pause")
        while True:
            failure, asked_for = "", None
            try:
                status, retry_after, answer = self._post(to, body)
            except HTTPError as error:
                failure = f"{to.url} gave no answer ({type(error).__name__})"
            else:
                if _FIRST_SUCCESS <= status < _FIRST_REDIRECT:
                    return _taken(answer, to)
                failure = f"{to.url} answered with status {status}{_told(answer, to)}"
                if status not in _TRIED_AGAIN:
                    raise _final(status, failure)
                asked_for = _seconds(retry_after)
            until = self._clock() + (pause * (0.5 + self._jitter()) if asked_for is None else asked_for)
            if asked_for is not None:
                self._not_before[to.url] = until
            self._wait(until, give_up_at, failure)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _wait(self, until: float, give_up_at: float, why: str) -> None:
        now = self._clock()
        if max(until, now) >= give_up_at:
            raise UnavailableError(why)
        if until > now:
            self._sleep(until - now)

    def _post(self, to: Destination, body: bytes) -> tuple[int, str | None, bytes]:
        """Status, Retry-After, and the answer's beginning. What cuts that short changes nothing."""
        response = self._pool.request(
            "POST",
            to.url,
            body=body,
            headers={**{name.lower(): value for name, value in to.headers.items()}, **_HEADERS},
            timeout=_TIMEOUT,
            retries=False,
            redirect=False,
            preload_content=False,
            decode_content=False,
        )
        answer = b""
        until = self._clock() + _READ_SECONDS
        try:
            while len(answer) < _MAX_ANSWER_BYTES and self._clock() < until:
                piece = response.read1(_PIECE_BYTES, decode_content=False)
                if not piece:
                    break
                answer += piece
        except HTTPError:
            pass
        finally:
            response.close()  # not the connection, if the answer was read to its end
        return response.status, response.headers.get("retry-after"), answer


def _final(status: int, failure: str) -> UnavailableError | RefusedError:
    """Redirects aren't followed: they would lead headers, which are secrets, elsewhere."""
    if status < _FIRST_ERROR or status in _SENDERS_OWN:
        return UnavailableError(failure, is_senders_own=True)
    return RefusedError(failure)


def _seconds(retry_after: str | None) -> float | None:
    """A number of seconds, or those until a date."""
    if retry_after is None:
        return None
    try:
        return _RETRY.parse_retry_after(retry_after)
    except (HTTPError, ValueError, OverflowError):
        return None


def _taken(answer: bytes, by: Destination) -> Taken:
    """Of whatever a receiver says that isn't OTLP's answer, its success counts."""
    partial = _json(answer).get("partialSuccess")
    if not isinstance(partial, dict):
        return Taken(0, "")
    counts = [_whole(partial.get(name)) for name in _REJECTED]
    return Taken(sum(counts), _plain(partial.get("errorMessage"), by))


def _told(answer: bytes, by: Destination) -> str:
    told = _plain(_json(answer).get("message"), by)
    return f": {told}" if told else ""


def _secrets(by: Destination) -> list[str]:
    """The headers' values, and what they are made of, such as a token behind its scheme; the longest first.

    What is shorter than any secret is left: it would be found in every other word.
    """
    parts = {
        part for value in by.headers.values() for part in (value, *value.split(), *_SEPARATORS.split(value))
    }
    return sorted((part for part in parts if len(part) >= _SHORTEST_SECRET), key=len, reverse=True)


def _json(answer: bytes) -> dict[str, Any]:
    try:
        told = json.loads(answer)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _whole(value: Any) -> int:
    """64-bit integers may be text."""
    try:
        return max(int(value), 0)
    except (TypeError, ValueError, OverflowError):
        return 0


def _plain(text: Any, by: Destination) -> str:
    """A line of printable text, without what it repeats of the headers: these are secrets."""
    if not isinstance(text, str):
        return ""
    for secret in _secrets(by):
        text = text.replace(secret, "***")
    line = "".join(each if each.isprintable() else " " for each in text[: _MAX_CHARACTERS + 1])
    return line if len(line) <= _MAX_CHARACTERS else f"{line[:_MAX_CHARACTERS]}…"
