"""Revisions as entity tags (RFC 9110): what answers show, and what edits may require.

And edits that meet others: they read, edit and store again, until no one else has come between.
"""

from __future__ import annotations

import random
import re
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

from tollgate.conflicts import EditConflictError
from tollgate_admin.web import problems
from tollgate_admin.web.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_lambda_powertools.event_handler import ApiGatewayResolver, Request, Response
    from aws_lambda_powertools.event_handler.middlewares import NextMiddleware

T = TypeVar("T")

# Many who create children of one parent at once wait for each other: six seconds at the longest.
_TRIES = 30
_MAX_WAIT_SECONDS = 0.2
_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\U0010ffff]*)"')
_ANY_TAG = '""'


def require(revision: int, if_match: str | None, named: int | None = None) -> None:
    """Raises `ProblemError` 412 unless a request's If-Match, if it has one, names this revision.

    `revision` is that of the version which an edit has read, and on which the condition of its write is.
    `named` is what the body requires, where it can.
    """
    if named not in {None, revision} or not _is_matched(revision, if_match):
        message = f"The resource is at revision {revision}, not at one that the request requires."
        raise ProblemError(HTTPStatus.PRECONDITION_FAILED, message)


def if_match_of(request: Request) -> str | None:
    """All the tags that a request's If-Match gives, be it in several headers."""
    found: str | list[str] | None = request.resolved_event.resolved_headers_field.get("if-match")
    given = ", ".join(found) if isinstance(found, list) else found
    return None if given is None else given.strip()


def retry_on_conflict(edit: Callable[[], T]) -> T:
    """Runs a read-edit-store cycle again while it meets `EditConflictError`."""
    for number in range(_TRIES):
        try:
            return edit()
        except EditConflictError:
            time.sleep(random.uniform(0, min(0.01 * 2**number, _MAX_WAIT_SECONDS)))  # noqa: S311
    raise problems.conflict("Too many concurrent edits; please retry.")


def tagged(app: ApiGatewayResolver, following: NextMiddleware) -> Response[Any]:
    """Middleware: an answer that shows a revision has it as its ETag."""
    answer: Response[Any] = following(app)
    if isinstance(answer.body, dict) and "revision" in answer.body:
        answer.headers["ETag"] = f'"{answer.body["revision"]}"'
    return answer


def _is_matched(revision: int, given: str | None) -> bool:
    if given is None or given == "*":
        return True
    if {each.strip() for each in _TAG.sub(_ANY_TAG, given).split(",")} - {""} != {_ANY_TAG}:
        message = "If-Match must be `*`, or a list of entity tags in double quotes."
        raise ProblemError(HTTPStatus.BAD_REQUEST, message)
    # A weak tag doesn't say that nothing differs, so it never matches.
    return ("", str(revision)) in _TAG.findall(given)
