"""What is asked of an issuer: its discovery document, tokens for a code, renewed ones, and to forget one."""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import httpx

from tollgate_cli.output.failures import CommandError, ExitCode, NotSignedInError
from tollgate_cli.session import small_answers
from tollgate_client.network import connected

if TYPE_CHECKING:
    from collections.abc import Mapping

_LATEST: Final = 253_402_300_800  # the year 10000
_LOOPBACK: Final = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True)
class Endpoints:
    """Where an issuer does what; `revocation` is None where it can't forget tokens."""

    issuer: str
    authorization: str
    token: str
    revocation: str | None
    scopes: tuple[str, ...]


@dataclass(frozen=True, repr=False)
class Tokens:
    """What an issuer gave: an ID token with its claims, and what renews it, if anything does."""

    id_token: str
    claims: Mapping[str, Any]
    refresh_token: str | None

    @property
    def expires_at(self) -> float:
        """Seconds since 1970."""
        return float(self.claims["exp"])


def discover(issuer: str) -> Endpoints:
    """Raises `CommandError` for an issuer that can't be asked, or isn't the one that it was asked as."""
    _check_secure(issuer)
    url = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    answer = _asked("GET", url)
    found = small_answers.object_in(answer)
    if answer.status_code != httpx.codes.OK or found is None:
        raise _unusable(f"{url} answers {answer.status_code} and no document.")
    if found.get("issuer") != issuer:
        raise _unusable(f"{url} is the document of the issuer {found.get('issuer')!r}, not of {issuer!r}.")
    endpoints = [found.get(name) for name in ("authorization_endpoint", "token_endpoint")]
    for each in endpoints:
        if not isinstance(each, str):
            raise _unusable(f"{url} doesn't say where to sign in.")
        _check_secure(each)
    revocation = found.get("revocation_endpoint")
    scopes = found.get("scopes_supported")
    return Endpoints(
        issuer,
        str(endpoints[0]),
        str(endpoints[1]),
        revocation if isinstance(revocation, str) else None,
        tuple(map(str, scopes)) if isinstance(scopes, list) else (),
    )


def redeem(endpoints: Endpoints, form: Mapping[str, str], *, nonce: str) -> Tokens:
    """The tokens for an authorization code. Raises `CommandError`."""
    tokens = _tokens(endpoints, {"grant_type": "authorization_code", **form}, form["client_id"])
    if tokens.claims.get("nonce") != nonce:
        raise _unusable("Its token is for somebody else's sign-in (nonce).")
    return tokens


def renew(endpoints: Endpoints, client_id: str, refresh_token: str) -> Tokens:
    """Another ID token. Raises `NotSignedInError` if the issuer gives none any more."""
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token, "client_id": client_id}
    return _tokens(endpoints, form, client_id)


def revoke(endpoints: Endpoints, client_id: str, refresh_token: str) -> None:
    """Asks the issuer to forget a token. If that fails, the token lapses by itself."""
    if endpoints.revocation is None:
        return
    form = {"token": refresh_token, "token_type_hint": "refresh_token", "client_id": client_id}
    with suppress(CommandError):
        _check_secure(endpoints.revocation)
        _asked("POST", endpoints.revocation, form)


def claims_of(id_token: str) -> dict[str, Any]:
    """What an ID token says; the gateway is who checks its signature. Raises ValueError."""
    parts = id_token.split(".")
    if len(parts) != 3:
        raise ValueError("no JWT")
    claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    if isinstance(claims, dict) and isinstance(claims.get("exp"), int | float) and _is_moment(claims["exp"]):
        return claims
    raise ValueError("no expiry")


def _is_moment(seconds: float) -> bool:
    """Neither NaN nor Infinity, which Python reads where JSON has none."""
    return 0 <= seconds < _LATEST


def _tokens(endpoints: Endpoints, form: Mapping[str, str], client_id: str) -> Tokens:
    answer = _asked("POST", endpoints.token, form)
    found = small_answers.object_in(answer)
    if answer.status_code != httpx.codes.OK or found is None:
        raise _refused(answer, found or {})
    token = found.get("id_token")
    if not isinstance(token, str):
        raise _unusable("It answers without an ID token. Does the scope have openid?")
    try:
        claims = claims_of(token)
    except (ValueError, RecursionError) as error:
        raise _unusable("Its ID token can't be read.") from error
    audience = claims.get("aud")
    if claims.get("iss") != endpoints.issuer or client_id not in (audience, *_list(audience)):
        raise _unusable("Its ID token is of another issuer, or for another client.")
    renewed = found.get("refresh_token")
    return Tokens(token, claims, renewed if isinstance(renewed, str) else None)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _refused(answer: httpx.Response, found: Mapping[str, Any]) -> CommandError:
    """The issuer's own words: `error` and `error_description`, as RFC 6749 has them."""
    error = str(found.get("error", f"status {answer.status_code}"))
    description = found.get("error_description")
    detail = f"{error}: {description}" if description else error
    return NotSignedInError(f"The issuer refuses to sign you in ({detail}).")


def _asked(method: str, url: str, form: Mapping[str, str] | None = None) -> httpx.Response:
    """Without redirects."""
    try:
        with connected(timeout=small_answers.SECONDS) as client:
            return small_answers.asked(client, method, url, form)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        text = str(error) or type(error).__name__
        raise CommandError(f"The issuer {url} can't be reached: {text}.", ExitCode.UNREACHABLE) from error


def _check_secure(url: str) -> None:
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise _unusable(f"{url} is no https URL.")


def _unusable(text: str) -> CommandError:
    return CommandError(f"The issuer can't be used. {text}")
