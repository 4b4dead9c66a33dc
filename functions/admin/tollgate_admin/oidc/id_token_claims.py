"""What an ID token must say to be taken, once its signature is known to be the issuer's.

The rules: https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tollgate_admin.oidc.oidc_settings import OidcSettings
from tollgate_admin.oidc.refused_tokens import IdTokenError

# By so much the issuer's clock and this one may differ.
_LEEWAY = timedelta(seconds=60)
# https://openid.net/specs/openid-connect-core-1_0.html#IDToken
_MAX_SUBJECT = 255
_MAX_NAME = 100
# How issuers tell their other tokens from ID tokens, which may be for the same client and have the same
# header: Cognito, Keycloak.
_KINDS = (("token_use", "id"), ("typ", "ID"))
# What only access tokens (Entra, Okta) and logout tokens have:
# https://openid.net/specs/openid-connect-backchannel-1_0.html#LogoutToken
_FOREIGN = frozenset({"scp", "events"})


def require_valid(claims: Mapping[str, Any], settings: OidcSettings, now: datetime) -> None:
    """Raises `IdTokenError`."""
    if claims.get("iss") != settings.issuer:
        raise IdTokenError("The ID token is from another issuer.")
    _require_audience(claims, settings.client_id)
    if any(claims.get(claim, kind) != kind for claim, kind in _KINDS) or not _FOREIGN.isdisjoint(claims):
        raise IdTokenError("The token is no ID token.")
    # Leeway is given to the present: near the calendar's ends there is none to add to a claim.
    if now - _LEEWAY >= expiry_of(claims):
        raise IdTokenError("The ID token has expired. Sign in again.")
    if (begins := _moment(claims, "nbf")) is not None and now + _LEEWAY < begins:
        raise IdTokenError("The ID token isn't valid yet.")
    issued = _moment(claims, "iat")
    if issued is None:
        raise IdTokenError("The ID token doesn't say when it was issued.")
    if now + _LEEWAY < issued:
        raise IdTokenError("The ID token was issued in the future.")
    subject_of(claims)


def expiry_of(claims: Mapping[str, Any]) -> datetime:
    """Raises `IdTokenError` for a token that would never expire."""
    found = _moment(claims, "exp")
    if found is None:
        raise IdTokenError("The ID token doesn't say when it expires.")
    return found


def subject_of(claims: Mapping[str, Any]) -> str:
    """Who it is for the issuer, for good; raises `IdTokenError`."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= _MAX_SUBJECT or not subject.isprintable():
        raise IdTokenError("The ID token doesn't say who it is for.")
    return subject


def name_of(claims: Mapping[str, Any]) -> str:
    """What people call the subject. An address that the issuer knows not to be theirs isn't used."""
    # Of any type: it is what the issuer makes of it, and may be what can't be hashed.
    is_verified = claims.get("email_verified", True) in (True, "true")
    names = ("email", "name", "preferred_username") if is_verified else ("name", "preferred_username")
    for claim in names:
        found = claims.get(claim)
        if isinstance(found, str) and (shown := "".join(filter(str.isprintable, found)).strip()):
            return shown[:_MAX_NAME]
    return subject_of(claims)


def _require_audience(claims: Mapping[str, Any], client_id: str) -> None:
    audience = claims.get("aud")
    several = audience if isinstance(audience, list) else [audience]
    party = claims.get("azp")
    is_for_client = client_id in several and (party is None or party == client_id)
    if not is_for_client or (len(several) > 1 and party is None):
        raise IdTokenError("The ID token is for another client.")


def _moment(claims: Mapping[str, Any], claim: str) -> datetime | None:
    """A claim's seconds since the epoch, which may have a fraction; raises `IdTokenError`."""
    seconds = claims.get(claim)
    if seconds is None:
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise IdTokenError(f"The ID token's {claim} is no time.")
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise IdTokenError(f"The ID token's {claim} is no time.") from error
