"""The token endpoints of Google and Entra ID, which give tokens to those alone who are known."""

import hmac
from collections.abc import Callable
from datetime import UTC
from typing import Any
from urllib.parse import parse_qsl

import jwt
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.mock_provider.identity.aws_requests import WrongProofError
from infra.mock_provider.identity.identities import Identities

Granted = dict[str, Any]

_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"


class _RefusedError(Exception):
    """A refusal (RFC 6749, 5.2)."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.content = {"error": error, "error_description": description}
        self.status = status


def token_routes(identities: Identities) -> list[Route]:
    async def google(request: Request) -> Response:
        form = await _form(request)
        return _answer(lambda: _of_service_account(identities, form, str(request.url)))

    async def exchange(request: Request) -> Response:
        form = await _form(request)
        return _answer(lambda: _of_workload(identities, form))

    async def impersonate(request: Request) -> Response:
        asked, token = await request.json(), request.headers.get("authorization", "").removeprefix("Bearer ")
        return _answer(lambda: _of_impersonated(identities, asked, token))

    async def entra(request: Request) -> Response:
        form = await _form(request)
        return _answer(lambda: _of_application(identities, form, request.path_params["tenant"]))

    return [
        Route("/google", google, methods=["POST"]),
        Route("/exchange", exchange, methods=["POST"]),
        Route("/impersonate/{account}", impersonate, methods=["POST"]),
        Route("/entra/{tenant}/oauth2/v2.0/token", entra, methods=["POST"]),
    ]


def _answer(grant: Callable[[], Granted]) -> Response:
    try:
        return JSONResponse(grant())
    except _RefusedError as error:
        return JSONResponse(error.content, error.status)


async def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode()))


def _of_service_account(identities: Identities, form: dict[str, str], url: str) -> Granted:
    account = identities.google
    if account is None or form.get("grant_type") != _JWT_BEARER:
        raise _RefusedError("unsupported_grant_type", "Invalid grant_type")
    assertion = form.get("assertion", "")
    try:
        claims = jwt.decode(
            assertion,
            account.public_key,
            algorithms=["RS256"],
            audience=url,
            issuer=account.email,
            options={"require": ["exp", "iat", "iss", "aud"]},
        )
        key_id = jwt.get_unverified_header(assertion).get("kid")
    except jwt.InvalidTokenError as error:
        raise _RefusedError("invalid_grant", f"Invalid JWT: {error}") from error
    if key_id != account.key_id or claims["exp"] - claims["iat"] > 3600:
        raise _RefusedError("invalid_grant", "Invalid JWT: its key is unknown, or it holds for too long")
    if claims.get("scope") != _SCOPE:
        raise _RefusedError("invalid_scope", "Invalid OAuth scope")
    return identities.tokens.granted(identities.token_seconds)


def _of_workload(identities: Identities, form: dict[str, str]) -> Granted:
    if identities.aws is None or form.get("grant_type") != _EXCHANGE or form.get("scope") != _SCOPE:
        raise _RefusedError("invalid_request", "Invalid grant_type or scope")
    try:
        identities.aws.check_caller(form.get("subject_token", ""), form.get("audience", ""))
    except WrongProofError as error:
        raise _RefusedError("invalid_grant", str(error)) from error
    return identities.tokens.granted(identities.token_seconds)


def _of_impersonated(identities: Identities, asked: dict[str, object], token: str) -> Granted:
    if not identities.tokens.holds(token):
        raise _RefusedError("unauthenticated", "The federated token is unknown", 401)
    if asked.get("scope") != [_SCOPE]:
        raise _RefusedError("invalid_scope", "Invalid OAuth scope")
    issued = identities.tokens.issue(identities.token_seconds)
    ends = identities.tokens.end(issued).astimezone(UTC).replace(microsecond=0, tzinfo=None)
    return {"accessToken": issued, "expireTime": f"{ends.isoformat()}Z"}


def _of_application(identities: Identities, form: dict[str, str], tenant: str) -> Granted:
    known = identities.entra
    if known is None or tenant != known.tenant_id or form.get("client_id") != known.client_id:
        raise _RefusedError("unauthorized_client", "AADSTS700016: The application was not found")
    if not hmac.compare_digest(form.get("client_secret", ""), known.client_secret):
        raise _RefusedError("invalid_client", "AADSTS7000215: Invalid client secret provided", 401)
    if (form.get("grant_type"), form.get("scope")) != ("client_credentials", known.scope):
        raise _RefusedError("invalid_scope", "AADSTS70011: The scope is not valid")
    return identities.tokens.granted(identities.token_seconds)
