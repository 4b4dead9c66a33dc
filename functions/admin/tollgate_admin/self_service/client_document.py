"""The OpenAPI document of what a key's holder may ask for: self-service, and estimates of calls.

The admin API serves it beside its own, and `python -m tollgate_admin client` prints it. It isn't served below
/v1: whoever has only that base URL wants calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from tollgate_admin.documents import openapi
from tollgate_admin.documents.described_api import DescribedApi
from tollgate_admin.self_service import estimate_schemas
from tollgate_admin.self_service.error_views import ErrorView

if TYPE_CHECKING:
    from tollgate_admin.web.resolver import Endpoint

_DESCRIPTION: Final = """\
What the holder of an API key may ask for with it: how its budgets stand, what was spent, what a call would
cost, the keys below it, and higher limits.

Amounts of money are exact: in responses they are decimal strings in USD, in requests strings or numbers.
Times are in RFC 3339, UTC. A list's `nextCursor` is the `cursor` of the next page, null on the last one.
Whatever can be edited has a `revision`, also sent as its `ETag`; an edit can require it with `If-Match`.
Unknown fields and query parameters are rejected. Each response has an `x-request-id`, under which logs and
the audit have the request. API Gateway itself may reject a request with 413, 429 or 504, in a different
format."""
_PROBLEMS: Final = {
    HTTPStatus.BAD_REQUEST: "The body, a field or a parameter is not valid; `param` names it.",
    HTTPStatus.UNAUTHORIZED: "The key is missing or unknown, has expired or was revoked, or one above it.",
    HTTPStatus.FORBIDDEN: "The key may not do this.",
    HTTPStatus.NOT_FOUND: "There is nothing of that id that the key may see.",
    HTTPStatus.CONFLICT: "The state forbids the change, or there were concurrent edits.",
    HTTPStatus.PRECONDITION_FAILED: "The resource is not at a revision that the request requires.",
    HTTPStatus.TOO_MANY_REQUESTS: "A limit on requests leaves the key no room at this moment.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Tollgate failed to serve the request.",
}
_AFTER: Final = {"description": "Seconds until it may be tried again.", "schema": {"type": "integer"}}
_BEARER: Final = {"type": "http", "scheme": "bearer", "description": "The key."}
_HEADER: Final = {
    "type": "apiKey",
    "in": "header",
    "name": "x-api-key",
    "description": "The key, as Anthropic's SDKs send it.",
}


# Where /v1 is from where the admin API serves the document, so that it holds behind any host and stage.
BESIDE_ADMIN: Final = "../../v1"


def document(routes: Sequence[Endpoint], server: str = "/v1") -> dict[str, Any]:
    """The document; raises `ValueError` for a route that doesn't say what it answers with.

    `server` is where the API is.
    """
    return openapi.document(routes, replace(_API, server=server))


def _faults(route: Endpoint, is_edit: bool) -> list[HTTPStatus]:
    """What may be wrong with a request, from what there is of it."""
    is_write = route.method != "GET"
    possible = {
        # A parameter that a route doesn't know is one, so that every route has it.
        HTTPStatus.BAD_REQUEST: True,
        HTTPStatus.UNAUTHORIZED: True,
        HTTPStatus.FORBIDDEN: is_write,
        # Each route may be asked of a key below: by its path, a parameter or the body.
        HTTPStatus.NOT_FOUND: True,
        HTTPStatus.CONFLICT: is_write,
        HTTPStatus.PRECONDITION_FAILED: is_edit,
        HTTPStatus.INTERNAL_SERVER_ERROR: True,
    }
    return [status for status, is_possible in possible.items() if is_possible]


_API: Final = DescribedApi(
    title="Tollgate self-service API",
    description=_DESCRIPTION,
    server="/v1",
    security_schemes={"key": _BEARER, "keyHeader": _HEADER},
    error=ErrorView,
    error_type="application/json",
    problems=_PROBLEMS,
    faults=_faults,
    headers={HTTPStatus.TOO_MANY_REQUESTS: {"retry-after": _AFTER}},
    further=estimate_schemas.operations,
)
