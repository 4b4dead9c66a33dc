"""Who sends a request, and who may call which route: the one place that says so."""

from __future__ import annotations

import hmac
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from tollgate.admins import admins
from tollgate.admins.admins import AdminStatus, Role
from tollgate.keys import api_keys
from tollgate.lean_dataclass import dataclass
from tollgate_admin.oidc.refused_tokens import IdTokenError, IssuerUnavailableError, NoRoleError
from tollgate_admin.web import problems
from tollgate_admin.web.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from aws_lambda_powertools.event_handler import Request, Response
    from aws_lambda_powertools.event_handler.middlewares import NextMiddleware

    from tollgate.admins.store.admins_table import AdminTable
    from tollgate.clock import Clock
    from tollgate_admin.oidc.id_tokens import IdTokens
    from tollgate_admin.web.resolver import Endpoint, Resolver

# What everybody may read: it holds nothing of the deployment.
PUBLIC: Final = frozenset({"GET /openapi.json", "GET /docs"})

# The least role that may call a route. A route that is not here is refused to all.
NEEDED: Final[Mapping[str, Role]] = {
    "GET /admins/me": Role.VIEWER,
    "GET /apiKey": Role.VIEWER,
    "GET /apiKey/{key_id}": Role.VIEWER,
    "GET /apiKey/{key_id}/admission": Role.VIEWER,
    "GET /apiKey/{key_id}/children": Role.VIEWER,
    "GET /apiKey/{key_id}/standing": Role.VIEWER,
    "GET /apiKey/{key_id}/packs": Role.VIEWER,
    "GET /apiKey/{key_id}/packs/{pack_id}": Role.VIEWER,
    "GET /providers": Role.VIEWER,
    "GET /providers/{provider_id}": Role.VIEWER,
    "GET /models": Role.VIEWER,
    "GET /models/{model_id}": Role.VIEWER,
    "GET /models/{model_id}/prices": Role.VIEWER,
    "GET /costs/overview": Role.VIEWER,
    "GET /costs/outlook": Role.VIEWER,
    "GET /costs/series": Role.VIEWER,
    "GET /costs/export": Role.VIEWER,
    "GET /costs/by-key": Role.VIEWER,
    "GET /costs/by-model": Role.VIEWER,
    "GET /costs/by-owner": Role.VIEWER,
    "GET /costs/by-cost-centre": Role.VIEWER,
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
    "GET /providers/{provider_id}/catalog": Role.VIEWER,
    "GET /alerts": Role.VIEWER,
    "GET /alerts/defaults": Role.VIEWER,
    "GET /audit": Role.VIEWER,
    "GET /budget-requests": Role.VIEWER,
    "GET /budget-requests/{request_id}": Role.VIEWER,
    "POST /apiKey": Role.OPERATOR,
    "PATCH /apiKey/{key_id}": Role.OPERATOR,
    "DELETE /apiKey/{key_id}": Role.OPERATOR,
    "PUT /apiKey/{key_id}/budget": Role.OPERATOR,
    "POST /apiKey/{key_id}/budget/raise": Role.OPERATOR,
    "POST /apiKey/{key_id}/budget/reset": Role.OPERATOR,
    "POST /apiKey/{key_id}/rotate": Role.OPERATOR,
    "POST /apiKey/{key_id}/revoke": Role.OPERATOR,
    "POST /apiKey/{key_id}/reinstate": Role.OPERATOR,
    "POST /budget-requests/{request_id}/approve": Role.OPERATOR,
    "POST /budget-requests/{request_id}/deny": Role.OPERATOR,
    "POST /apiKey/{key_id}/packs": Role.OPERATOR,
    "POST /apiKey/{key_id}/packs/{pack_id}/void": Role.OPERATOR,
    "POST /providers": Role.OPERATOR,
    "PATCH /providers/{provider_id}": Role.OPERATOR,
    "DELETE /providers/{provider_id}": Role.OPERATOR,
    "POST /providers/{provider_id}/test": Role.OPERATOR,
    "POST /providers/{provider_id}/api-key/check": Role.OPERATOR,
    "POST /providers/{provider_id}/catalog/import": Role.OPERATOR,
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


@dataclass(frozen=True, slots=True)
class Actor:
    """`id` is `admin` for the stack's own token, `adm_…` for a named one, or a key's own.

    `oidc:…` is who has signed in at an issuer, by what the issuer calls them.
    """

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Caller:
    """`expires_at` is when the token ends that is sent, None for one that doesn't."""

    actor: Actor
    role: Role
    expires_at: datetime | None = None


_ENDED: Final = {
    AdminStatus.EXPIRED: "This admin token has expired.",
    AdminStatus.REVOKED: "This admin token has been revoked.",
}
_STACK = Caller(Actor("admin", "admin"), Role.OWNER)
_SIGNED_IN = "oidc:"
# Three parts in base64url, of which the first is a JSON object: https://www.rfc-editor.org/rfc/rfc7515#section-7.1
_ID_TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]*\.[\w-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Authentication:
    """Knows the holder of the stack's own token, and named admins. Each is looked up when it is needed.

    So is who signs in at an issuer; `id_tokens` is None where there is none. By its form a token is of one
    kind alone, and is tried as no other.
    """

    stack_token: Callable[[], str]
    admins: Callable[[], AdminTable]
    clock: Clock
    id_tokens: Callable[[], IdTokens | None]

    def caller_of(self, authorization: str) -> Caller | None:
        """Who sends an Authorization header, None if nobody that is known.

        A named admin is read anew for each request, so that one who was revoked is out at once. Raises
        `ProblemError` for a token that isn't taken any more, or an ID token that isn't, which says why.
        """
        scheme, _, sent = authorization.partition(" ")
        sent = sent.strip()
        if scheme.lower() != "bearer":
            return None
        if _ID_TOKEN.fullmatch(sent):
            return self._signed_in(sent)
        token = admins.parse(sent)
        if token is None:
            is_stacks = hmac.compare_digest(sent.encode(), self.stack_token().encode())
            return _STACK if is_stacks else None
        admin = self.admins().get(token.admin_id)
        if admin is None or not admin.owns(token):
            return None
        if (status := admin.status_at(self.clock())) is not AdminStatus.ACTIVE:
            # Only who has the token itself learns what has become of it.
            raise ProblemError(HTTPStatus.UNAUTHORIZED, _ENDED[status])
        return Caller(Actor(admin.id, admin.name), admin.role, admin.expires_at)

    def _signed_in(self, token: str) -> Caller | None:
        id_tokens = self.id_tokens()
        if id_tokens is None:
            return None
        try:
            found = id_tokens.signed_in(token)
        except IdTokenError as error:
            raise ProblemError(HTTPStatus.UNAUTHORIZED, str(error)) from error
        except NoRoleError as error:
            raise ProblemError(HTTPStatus.FORBIDDEN, str(error)) from error
        except IssuerUnavailableError as error:
            raise ProblemError(
                HTTPStatus.SERVICE_UNAVAILABLE, str(error), retry_after=error.retry_after
            ) from error
        return Caller(Actor(f"{_SIGNED_IN}{found.subject}", found.name), found.role, found.expires_at)


def name_of(route: Endpoint) -> str:
    """`PATCH /apiKey/{key_id}`."""
    return f"{route.method} {route.path}"


def admit(app: Resolver, following: NextMiddleware) -> Response[Any]:
    """Middleware: authenticates, and refuses what the sender's role may not do, before anything is read."""
    route = app.present
    if route is not None and name_of(route) in PUBLIC:
        return following(app)
    authentication: Authentication = app.context["authentication"]
    caller = authentication.caller_of(app.request.headers.get("authorization") or "")
    if caller is None:
        raise _unknown_sender(app.request.resolved_event.path, app.request.headers)
    if route is not None:
        _require(NEEDED.get(name_of(route)), caller.role)
    app.append_context(caller=caller, actor=caller.actor)
    return following(app)


def _unknown_sender(path: str, headers: Mapping[str, str]) -> ProblemError:
    sent = (headers.get(name) or "" for name in ("authorization", "x-api-key", "api-key"))
    is_stray = problems.is_call(path) or any(api_keys.PREFIX in each for each in sent)
    hint = f"{problems.ELSEWHERE} " if is_stray else ""
    detail = f"{hint}Send an admin's token as `Authorization: Bearer`."
    return ProblemError(HTTPStatus.UNAUTHORIZED, detail, is_stray=is_stray)


def caller_of(request: Request) -> Caller:
    """The admin who sends a request."""
    found: Caller = request.context["caller"]
    return found


def actor_of(request: Request) -> Actor:
    """The admin, or the key, that sends a request; raises `LookupError` if nobody has authenticated."""
    found: Actor = request.context["actor"]
    return found


def _require(needed: Role | None, role: Role) -> None:
    if needed is None:
        raise ProblemError(HTTPStatus.FORBIDDEN, "No role may call this route.")
    if not role.covers(needed):
        message = f"This route requires the role {needed.value}; the token has the role {role.value}."
        raise ProblemError(HTTPStatus.FORBIDDEN, message)
