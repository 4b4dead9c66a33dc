"""The OpenAPI document of the admin API."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from tollgate_admin.documents import openapi
from tollgate_admin.documents.described_api import DescribedApi
from tollgate_admin.web import access, problems
from tollgate_admin.web.wire_types import FieldError, View

if TYPE_CHECKING:
    from tollgate_admin.web.resolver import Endpoint

_DESCRIPTION = """\
API keys and their budgets, the model catalog, costs, alerts, the audit log and the admins.

Amounts of money are exact: in responses they are decimal strings in USD, in requests strings or numbers.
Prices are in USD per 1M tokens. Times are in RFC 3339, UTC. A list's `nextCursor` is the `cursor` of the next
page, null on the last one. Whatever can be edited has a `revision`, also sent as its `ETag`; an edit can
require it with `If-Match`. Unknown fields and query parameters are rejected. API Gateway itself may reject a
request with 413, 429 or 504, in a different format."""

# What each problem says of a request; the reasons are in its `detail` and `errors`.
_PROBLEMS: Final = {
    HTTPStatus.BAD_REQUEST: "The body is not valid JSON, or a header is malformed.",
    HTTPStatus.UNAUTHORIZED: "The token is missing or invalid.",
    HTTPStatus.FORBIDDEN: "The token's role may not do this.",
    HTTPStatus.NOT_FOUND: "Something that the path or the body names does not exist.",
    HTTPStatus.CONFLICT: "A name is taken, the state forbids the change, or there were concurrent edits.",
    HTTPStatus.PRECONDITION_FAILED: "The resource is not at a revision that the request requires.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is not sent as JSON.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "Fields or parameters are invalid; `errors` names them.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Tollgate failed to serve the request.",
    HTTPStatus.FAILED_DEPENDENCY: "A provider did not respond as expected.",
    HTTPStatus.SERVICE_UNAVAILABLE: "The issuer of the ID token can't be asked for its keys.",
}
_HEADERS: Final = {
    HTTPStatus.UNAUTHORIZED: {
        "WWW-Authenticate": {"description": "How to authenticate.", "schema": {"type": "string"}}
    },
    HTTPStatus.SERVICE_UNAVAILABLE: {
        "Retry-After": {"description": "Seconds until it may be tried again.", "schema": {"type": "integer"}}
    },
}
_TOKEN: Final = {
    "type": "http",
    "scheme": "bearer",
    "description": "The stack's own admin token, that of a named admin, or an ID token.",
}
_ASKS_PROVIDER: Final = "GET /providers/{provider_id}/remote-models"


class Problem(View):
    """An error, as in RFC 9457. `instance` is the path that was requested."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[FieldError]


def document(routes: Sequence[Endpoint]) -> dict[str, Any]:
    """The document; raises `ValueError` for a route that doesn't say what it answers with."""
    return openapi.document(routes, _API)


def _faults(route: Endpoint, is_edit: bool) -> list[HTTPStatus]:
    """The problems that a route can answer with, from what there is of it to be wrong."""
    is_public = access.name_of(route) in access.PUBLIC
    is_write = route.method not in {"GET", "HEAD"}
    body, item = route.body is not None, "{" in route.path
    possible = {
        HTTPStatus.BAD_REQUEST: body or is_edit,
        HTTPStatus.UNAUTHORIZED: not is_public,
        HTTPStatus.FORBIDDEN: not is_public,
        HTTPStatus.NOT_FOUND: item or body,
        HTTPStatus.CONFLICT: is_write,
        HTTPStatus.PRECONDITION_FAILED: is_edit,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE: body,
        # A parameter that a route doesn't know is one, so that every route has it.
        HTTPStatus.UNPROCESSABLE_ENTITY: True,
        HTTPStatus.INTERNAL_SERVER_ERROR: True,
        HTTPStatus.FAILED_DEPENDENCY: access.name_of(route) == _ASKS_PROVIDER,
        HTTPStatus.SERVICE_UNAVAILABLE: not is_public,
    }
    return [status for status, is_possible in possible.items() if is_possible]


def _note(route: Endpoint) -> str:
    needed = access.NEEDED.get(access.name_of(route))
    return "" if needed is None else f"Needs the role `{needed.value}`."


_API: Final = DescribedApi(
    title="Tollgate admin API",
    description=_DESCRIPTION,
    # From where the document is served, so that it holds behind any host and stage.
    server="../admin",
    security_schemes={"token": _TOKEN},
    error=Problem,
    error_type=problems.CONTENT_TYPE,
    problems=_PROBLEMS,
    faults=_faults,
    headers=_HEADERS,
    is_public=lambda route: access.name_of(route) in access.PUBLIC,
    note=_note,
)
