"""Errors as problem details (RFC 9457), with the fields that are wrong."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler import Response

from tollgate_admin.web import field_errors, shown_paths

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

CONTENT_TYPE = "application/problem+json"
# What an id in a path is of, where its parameter has another name for it.
_NAMES = {"key": "API key"}
ELSEWHERE = "This is the admin API: models are called below /v1, by another base URL."
# How paths end that clients of models ask for.
_CALLS = re.compile(r".*/(chat/completions|completions|responses|messages|embeddings)")


class ProblemError(Exception):
    """A request that the admin API refuses. `errors` pairs a field's name with what is wrong with it.

    `is_stray`: it seems to come from a client of models with a wrong base URL, whose SDK shows of an error
    what OpenAI's and Anthropic's have there, and else a bare status. `retry_after` is when to ask again, in
    seconds.
    """

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        errors: Iterable[tuple[str, str]] = (),
        *,
        is_stray: bool = False,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = tuple(errors)
        self.is_stray = is_stray
        self.retry_after = retry_after

    def to_response(self, instance: str) -> Response[str]:
        """`instance` is the path that was requested."""
        headers = {"WWW-Authenticate": "Bearer"} if self.status is HTTPStatus.UNAUTHORIZED else {}
        if self.retry_after is not None:
            headers["Retry-After"] = str(self.retry_after)
        body = json.dumps(self.to_body(instance))
        return Response(self.status.value, CONTENT_TYPE, body, headers={**headers})

    def to_body(self, instance: str) -> dict[str, Any]:
        told: dict[str, Any] = {
            "type": "about:blank",
            "title": self.status.phrase,
            "status": self.status.value,
            "detail": self.detail,
            "instance": instance,
            "errors": [{"field": field, "message": message} for field, message in self.errors],
        }
        if self.is_stray:
            code = "invalid_api_key" if self.status is HTTPStatus.UNAUTHORIZED else "unknown_route"
            told["error"] = {"message": self.detail, "type": "invalid_request_error", "code": code}
        return told


def not_found(what: str, item_id: str) -> ProblemError:
    return ProblemError(HTTPStatus.NOT_FOUND, f"There is no {what} {item_id}.")


def no_route(method: str, path: str) -> ProblemError:
    """`path` is as it may be shown."""
    is_stray = is_call(path)
    hint = f" {ELSEWHERE}" if is_stray else ""
    return ProblemError(HTTPStatus.NOT_FOUND, f"There is no route {method} {path}.{hint}", is_stray=is_stray)


def is_call(path: str) -> bool:
    """Whether a client of models asks for such a path, to which it has a wrong base URL."""
    return _CALLS.fullmatch(path) is not None


def conflict(detail: str, *errors: tuple[str, str]) -> ProblemError:
    return ProblemError(HTTPStatus.CONFLICT, detail, errors)


def invalid(field: str, message: str) -> ProblemError:
    """A field whose value is of the right form, yet can't be taken."""
    return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "The request is not valid.", [(field, message)])


def from_validation(
    error: RequestValidationError, elsewhere: Mapping[str, str] | None = None
) -> ProblemError:
    """`elsewhere` says of fields, where a request doesn't have them, what changes them."""
    faults: Sequence[Mapping[str, Any]] = error.errors()
    if any(fault["loc"][0] == "path" for fault in faults):
        # Nothing was ever given an id of another form, so there is nothing that it names.
        return _unknown(next(fault for fault in faults if fault["loc"][0] == "path"))
    if any(fault["type"] == "json_invalid" for fault in faults):
        return ProblemError(HTTPStatus.BAD_REQUEST, "The request body is not valid JSON.")
    errors = []
    for fault in faults:
        field = _field(fault["loc"])
        hint = (elsewhere or {}).get(field) if fault["type"] == "extra_forbidden" else None
        message = field_errors.sentence_for(fault, field)
        errors.append((field, f"{message}. {hint}" if hint else message))
    return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "The request is not valid.", errors)


def _unknown(fault: Mapping[str, Any]) -> ProblemError:
    what, given = str(fault["loc"][1]).removesuffix("_id"), str(fault["input"])
    what = _NAMES.get(what, what)
    # What else is given for an id may be a secret, which no answer repeats.
    if shown_paths.is_id(given):
        return not_found(what, given)
    return ProblemError(HTTPStatus.NOT_FOUND, f"There is no {what} with that id.")


def _field(location: Sequence[str | int]) -> str:
    """The field's path without the part of the request it stands in: `budgetAlertThresholds.0.percent`.

    Before a field of a query model Powertools puts the parameter's name, which here is `query`, too.
    """
    within = location[2:] if tuple(location[:2]) == ("query", "query") else location[1:]
    return ".".join(str(step) for step in within) or str(location[0])
