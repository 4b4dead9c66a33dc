"""Who may call which route: the one place that says so."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from tollgate.admins.admins import Role
from tollgate_admin.web import actors, authentication
from tollgate_admin.web.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_lambda_powertools.event_handler import Response
    from aws_lambda_powertools.event_handler.api_gateway import Route
    from aws_lambda_powertools.event_handler.middlewares import NextMiddleware

    from tollgate_admin.web.authentication import Caller
    from tollgate_admin.web.resolver import Resolver

# What everybody may read: it holds nothing of the deployment.
PUBLIC: Final = frozenset({"GET /openapi.json", "GET /docs"})

# The least role that may call a route. A route that is not here is refused to all.
NEEDED: Final[Mapping[str, Role]] = {
    "GET /admins/me": Role.VIEWER,
    "GET /apiKey": Role.VIEWER,
    "GET /apiKey/{key_id}": Role.VIEWER,
    "GET /apiKey/{key_id}/children": Role.VIEWER,
    "GET /providers": Role.VIEWER,
    "GET /providers/{provider_id}": Role.VIEWER,
    "GET /models": Role.VIEWER,
    "GET /models/{model_id}": Role.VIEWER,
    "GET /models/{model_id}/prices": Role.VIEWER,
    "GET /costs/overview": Role.VIEWER,
    "GET /costs/by-key": Role.VIEWER,
    "GET /costs/by-model": Role.VIEWER,
    "GET /costs/by-owner": Role.VIEWER,
    "GET /costs/by-provider": Role.VIEWER,
    "GET /costs/by-tag": Role.VIEWER,
    "GET /costs/by-day": Role.VIEWER,
    "GET /costs/by-month": Role.VIEWER,
    "GET /apiKey/{key_id}/bill": Role.VIEWER,
    "POST /costs/what-if": Role.VIEWER,
    "GET /requests": Role.VIEWER,
    "GET /requests/{request_id}": Role.VIEWER,
    "GET /requests/export": Role.VIEWER,
    "GET /requests/{request_id}/bodies": Role.OPERATOR,
    "GET /costs/budget-health": Role.VIEWER,
    "GET /settings": Role.VIEWER,
    "GET /providers/{provider_id}/remote-models": Role.VIEWER,
    "GET /alerts": Role.VIEWER,
    "GET /alerts/defaults": Role.VIEWER,
    "GET /audit": Role.VIEWER,
    "POST /apiKey": Role.OPERATOR,
    "PATCH /apiKey/{key_id}": Role.OPERATOR,
    "DELETE /apiKey/{key_id}": Role.OPERATOR,
    "PUT /apiKey/{key_id}/budget": Role.OPERATOR,
    "POST /apiKey/{key_id}/budget/reset": Role.OPERATOR,
    "POST /apiKey/{key_id}/rotate": Role.OPERATOR,
    "POST /apiKey/{key_id}/revoke": Role.OPERATOR,
    "POST /apiKey/{key_id}/reinstate": Role.OPERATOR,
    "POST /providers": Role.OPERATOR,
    "PATCH /providers/{provider_id}": Role.OPERATOR,
    "DELETE /providers/{provider_id}": Role.OPERATOR,
    "POST /providers/{provider_id}/test": Role.OPERATOR,
    "POST /models": Role.OPERATOR,
    "PATCH /models/{model_id}": Role.OPERATOR,
    "DELETE /models/{model_id}": Role.OPERATOR,
    "PATCH /settings": Role.OPERATOR,
    "PUT /alerts/defaults": Role.OPERATOR,
    "POST /alerts/test": Role.OPERATOR,
    "GET /admins": Role.OWNER,
    "POST /admins": Role.OWNER,
    "GET /admins/{admin_id}": Role.OWNER,
    "PATCH /admins/{admin_id}": Role.OWNER,
    "POST /admins/{admin_id}/revoke": Role.OWNER,
    "POST /admins/{admin_id}/rotate": Role.OWNER,
}


def name_of(route: Route) -> str:
    """`PATCH /apiKey/{key_id}`."""
    return f"{route.method} {route.openapi_path}"


def admit(app: Resolver, following: NextMiddleware) -> Response[Any]:
    """Middleware: authenticates, and refuses what the sender's role may not do, before anything is read."""
    route: Route = app.context["_route"]
    is_route = route in app.routes
    if is_route and name_of(route) in PUBLIC:
        return following(app)
    caller = authentication.caller_of(app.current_event.headers.get("authorization") or "")
    if caller is None:
        raise ProblemError(HTTPStatus.UNAUTHORIZED, "Send an admin's token as `Authorization: Bearer`.")
    if is_route:
        _require(NEEDED.get(name_of(route)), caller.role)
    actors.acting(caller.actor)
    app.append_context(caller=caller)
    return following(app)


def caller(context: Mapping[str, Any]) -> Caller:
    """Who sends the request that a route is called for."""
    found: Caller = context["caller"]
    return found


def _require(needed: Role | None, role: Role) -> None:
    if needed is None:
        raise ProblemError(HTTPStatus.FORBIDDEN, "No role may call this route.")
    if not role.covers(needed):
        message = f"This needs the role {needed.value}, and the token's is {role.value}."
        raise ProblemError(HTTPStatus.FORBIDDEN, message)
