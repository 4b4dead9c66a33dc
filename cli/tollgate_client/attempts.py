"""When a call is tried again, and after how long."""

from __future__ import annotations

import random
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import httpx

from tollgate_client import answer_bodies, error_answers

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST: Final = 4
# OpenSSL's name for a certificate that isn't trusted; httpx has none.
_UNTRUSTED: Final = "CERTIFICATE_VERIFY_FAILED"
_LASTING: Final = (httpx.UnsupportedProtocol, answer_bodies.UnboundedAnswerError)
_LONGEST_WAIT: Final = 30.0  # seconds; who is told to wait longer decides by themselves
_FIRST_WAIT: Final = 0.5
_PASSING: Final = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)


def wait_after_answer(method: str, body: Any, answer: httpx.Response, attempt: int) -> float | None:
    """Seconds until the next attempt, None if there is none. `attempt` counts from 1.

    A change is sent again only if it wasn't made, or does no harm twice.
    """
    if (
        attempt >= MOST
        or answer.status_code not in _PASSING
        or answer.headers.get("x-should-retry") == "false"
    ):
        return None
    if method != "GET" and not _may_be_sent_again(method, body, answer):
        return None
    said = error_answers.retry_after(answer)
    if said is None:
        return _jittered(attempt)
    return said + _jittered(1) if said <= _LONGEST_WAIT else None


def wait_after_fault(method: str, fault: httpx.RequestError, attempt: int) -> float | None:
    """As `wait_after_answer`, where there was no answer."""
    if attempt >= MOST or isinstance(fault, _LASTING) or _UNTRUSTED in str(fault):
        return None
    # What has taken too long once would again.
    is_passing = method == "GET" and not isinstance(fault, httpx.TimeoutException)
    return _jittered(attempt) if is_passing or is_unsent(fault) else None


def is_unsent(fault: httpx.RequestError) -> bool:
    """Whether Tollgate has certainly not seen the request."""
    return isinstance(fault, httpx.ConnectError | httpx.ConnectTimeout | httpx.UnsupportedProtocol)


def _may_be_sent_again(method: str, body: Any, answer: httpx.Response) -> bool:
    # One too many is let in nowhere.
    if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        return True
    # API Gateway's own: most often no function was free. It may also have lost one that was at it.
    return _code(answer) == "overloaded" and (method != "POST" or _has_external_id(body))


def _code(answer: httpx.Response) -> Any:
    try:
        return answer_bodies.value(answer.content)["error"]["code"]
    except (ValueError, LookupError, TypeError):
        return None


def _has_external_id(body: Mapping[str, Any] | None) -> bool:
    """Whether it is a creation that finds, the second time, what the first one has made."""
    return bool(body) and bool((body or {}).get("externalId"))


def _jittered(attempt: int) -> float:
    longest = _FIRST_WAIT * 2 ** (attempt - 1)
    return random.uniform(longest / 2, longest)  # noqa: S311 - spreads clients, hides nothing
