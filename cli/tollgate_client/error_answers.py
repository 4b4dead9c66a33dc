"""Errors out of answers: problem details, OpenAI's shape, API Gateway's own, and a proxy's HTML."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from tollgate_client import answer_bodies
from tollgate_client.api_errors import BY_STATUS, ApiError, FieldError

if TYPE_CHECKING:
    import httpx

_REQUEST_IDS: Final = ("x-request-id", "x-amzn-requestid")
_MAX_DETAIL: Final = 2000
_SHORTEST_SECRET: Final = 8
# What is between Tollgate and its client says these, without a word that would help.
_SENTENCES: Final = {
    HTTPStatus.FORBIDDEN: "Something before Tollgate refuses the request; is the URL right?",
    HTTPStatus.NOT_FOUND: "There is no Tollgate at this URL.",
    HTTPStatus.PROXY_AUTHENTICATION_REQUIRED: "The proxy wants to know who you are.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The request is too large.",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many requests at once; try again in a moment.",
    HTTPStatus.BAD_GATEWAY: "Tollgate failed to answer.",
    HTTPStatus.SERVICE_UNAVAILABLE: "Tollgate is busy or can't be reached; try again in a moment.",
    HTTPStatus.GATEWAY_TIMEOUT: "Tollgate did not answer in time.",
}


def error_of(answer: httpx.Response, token: str) -> ApiError:
    """The error that an answer is, whose body has been read; `token` is cut out wherever it was repeated."""
    # API Gateway repeats an Authorization header that it can't read.
    body = _json(without_token(answer.content.decode(errors="replace"), token))
    detail, code, fields = _told(body)
    detail = detail or _sentence(answer)
    kind = BY_STATUS.get(answer.status_code, ApiError)
    return kind(
        answer.status_code,
        detail[:_MAX_DETAIL],
        request_id=_request_id(answer, body),
        fields=fields,
        code=code,
        retry_after=retry_after(answer),
    )


def unexpected(answer: httpx.Response, expected: str) -> ApiError:
    """An answer of a good status that is something else: a proxy's sign-in page, another program's answer."""
    detail = (
        f"The answer is {media_type(answer) or 'without a type'}, not {expected}; is this Tollgate's URL?"
    )
    return ApiError(answer.status_code, detail, request_id=_request_id(answer))


def media_type(answer: httpx.Response) -> str:
    """Without its parameters, empty if there is none."""
    said: str = answer.headers.get("content-type", "")
    return said.partition(";")[0].strip().lower()


def without_token(text: str, token: str) -> str:
    # Shorter ones are no secrets, and parts of words.
    return text.replace(token, "...") if len(token) >= _SHORTEST_SECRET else text


def retry_after(answer: httpx.Response) -> float | None:
    """Seconds until the next try, if the answer says so: as a number or a date (RFC 9110, 10.2.3)."""
    said = answer.headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", said):
        return float(said)
    try:
        moment = parsedate_to_datetime(said)
    except (TypeError, ValueError):
        return None
    now = datetime.now(UTC) if moment.tzinfo else datetime.now(UTC).replace(tzinfo=None)
    return max(0.0, (moment - now).total_seconds())


def _told(body: Any) -> tuple[str | None, str | None, list[FieldError]]:
    """The sentence, the code and the fields that a body has."""
    if not isinstance(body, dict):
        return None, None, []
    if isinstance(error := body.get("error"), dict):
        message, param = _text(error.get("message")), _text(error.get("param"))
        fields = [FieldError(param, message)] if param and message else []
        return message, _text(error.get("code")), fields
    errors = body.get("errors")
    fields = [
        FieldError(str(each.get("field", "")), str(each.get("message", "")))
        for each in (errors if isinstance(errors, list) else [])
        if isinstance(each, dict)
    ]
    # API Gateway says `message`, some of its answers `Message`.
    detail = next(
        (said for name in ("detail", "message", "Message") if (said := _text(body.get(name)))), None
    )
    return detail, None, fields


def _sentence(answer: httpx.Response) -> str:
    status = answer.status_code
    if 300 <= status < 400:
        return "The answer is a redirect, along which the token is not sent; is the URL right?"
    try:
        known = HTTPStatus(status)
    except ValueError:
        return f"The answer has the status {status}."
    return _SENTENCES.get(known, f"The answer is {status} {known.phrase}.")


def _request_id(answer: httpx.Response, body: Any = None) -> str | None:
    named = next((answer.headers[name] for name in _REQUEST_IDS if name in answer.headers), None)
    return named or (_text(body.get("request_id")) if isinstance(body, dict) else None)


def _json(text: str) -> Any:
    try:
        return answer_bodies.value(text)
    except ValueError:
        return None


def _text(found: Any) -> str | None:
    return found if isinstance(found, str) and found else None
