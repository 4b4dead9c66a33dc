"""If-Match: an edit of the version that the client has seen, or none."""

from __future__ import annotations

from http import HTTPStatus

from aws_lambda_powertools.event_handler.api_gateway import BaseRouter

from tollgate_admin.problems import ProblemError


def require(revision: int) -> None:
    """Raises `ProblemError` 412 unless the request's If-Match, if it has one, names this revision."""
    headers = {name.lower(): value for name, value in (BaseRouter.current_event.get("headers") or {}).items()}
    wanted = headers.get("if-match")
    if wanted is None or {"*", f'"{revision}"'} & {tag.strip() for tag in wanted.split(",")}:
        return
    message = f"It is at revision {revision} by now, which If-Match does not name. Read it again."
    raise ProblemError(HTTPStatus.PRECONDITION_FAILED, message)
