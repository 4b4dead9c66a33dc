"""Revisions as entity tags (RFC 9110): what answers show, and what edits may require."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler.api_gateway import BaseRouter

from tollgate_admin.web.problems import ProblemError

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler import ApiGatewayResolver, Response
    from aws_lambda_powertools.event_handler.middlewares import NextMiddleware

_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\U0010ffff]*)"')
_ANY_TAG = '""'


def require(revision: int, named: int | None = None) -> None:
    """Raises `ProblemError` 412 unless the request's If-Match, if it has one, names this revision.

    `revision` is that of the version which an edit has read, and on which the condition of its write is.
    `named` is what the body requires, where it can.
    """
    if named not in {None, revision} or not _is_matched(revision):
        message = f"It is at revision {revision}, and not at one that the request requires."
        raise ProblemError(HTTPStatus.PRECONDITION_FAILED, message)


def tagged(app: ApiGatewayResolver, following: NextMiddleware) -> Response[Any]:
    """Middleware: an answer that shows a revision has it as its ETag."""
    answer: Response[Any] = following(app)
    if isinstance(answer.body, dict) and "revision" in answer.body:
        answer.headers["ETag"] = f'"{answer.body["revision"]}"'
    return answer


def _is_matched(revision: int) -> bool:
    given = _if_match()
    if given is None or given == "*":
        return True
    if {each.strip() for each in _TAG.sub(_ANY_TAG, given).split(",")} - {""} != {_ANY_TAG}:
        message = "If-Match must be `*`, or a list of entity tags in double quotes."
        raise ProblemError(HTTPStatus.BAD_REQUEST, message)
    # A weak tag doesn't say that nothing differs, so it never matches.
    return ("", str(revision)) in _TAG.findall(given)


def _if_match() -> str | None:
    """All the tags that are given, be it in several headers."""
    found: str | list[str] | None = BaseRouter.current_event.resolved_headers_field.get("if-match")
    given = ", ".join(found) if isinstance(found, list) else found
    return None if given is None else given.strip()
