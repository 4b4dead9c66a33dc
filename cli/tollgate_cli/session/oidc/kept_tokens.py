"""The ID token of a profile, renewed when it has expired."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Final

from tollgate_cli.output.failures import NotSignedInError
from tollgate_cli.session import config_folder, profiles
from tollgate_cli.session.secret_stores import Kind

if TYPE_CHECKING:
    from tollgate_cli.session.oidc.issuer_client import Tokens
    from tollgate_cli.session.profiles import Profile

# A token that is about to expire might not outlive the request.
_LEEWAY_SECONDS: Final = 60


def as_secret(tokens: Tokens) -> str:
    """What is kept of them."""
    return json.dumps(
        {"idToken": tokens.id_token, "expiresAt": tokens.expires_at, "refreshToken": tokens.refresh_token}
    )


def token_in(secret: str) -> str:
    """The ID token in what `as_secret` has made."""
    found: str = json.loads(secret)["idToken"]
    return found


def id_token(profile: Profile) -> str | None:
    """One that is valid, None if the profile has none. Raises `NotSignedInError` if it can't be renewed."""
    kept = _read(profile)
    if kept is None or _is_valid(kept):
        return None if kept is None else str(kept["idToken"])
    # One command renews it: an issuer may take a token that was used twice for a stolen one.
    with config_folder.locked():
        kept = _read(profile)
        if kept is None or _is_valid(kept):
            return None if kept is None else str(kept["idToken"])
        return _renewed(profile, kept)


def forget(profile: Profile) -> None:
    """Asks the issuer to forget what renews the ID token; its store is not touched."""
    kept = _read(profile)
    if kept and kept.get("refreshToken") and profile.issuer:
        from tollgate_cli.session.oidc import issuer_client  # noqa: PLC0415 - brings httpx along

        endpoints = issuer_client.discover(profile.issuer.url)
        issuer_client.revoke(endpoints, profile.issuer.client_id, kept["refreshToken"])


def _renewed(profile: Profile, kept: dict[str, Any]) -> str:
    from tollgate_cli.session.oidc import issuer_client  # noqa: PLC0415 - brings httpx along

    if not kept.get("refreshToken") or profile.issuer is None:
        raise _expired(profile)
    endpoints = issuer_client.discover(profile.issuer.url)
    try:
        tokens = issuer_client.renew(endpoints, profile.issuer.client_id, kept["refreshToken"])
    except NotSignedInError as error:
        raise _expired(profile, error.message) from error
    secret = json.loads(as_secret(tokens))
    # Not every issuer gives another one each time.
    secret["refreshToken"] = secret["refreshToken"] or kept["refreshToken"]
    stored = profile.keep(Kind.SSO, json.dumps(secret), profile.kept[Kind.SSO])
    profiles.write(profiles.read().with_profile(stored, current=False))
    return tokens.id_token


def _read(profile: Profile) -> dict[str, Any] | None:
    secret = profile.secret(Kind.SSO)
    if secret is None:
        return None
    try:
        found: dict[str, Any] = json.loads(secret)
        float(found["expiresAt"])
        str(found["idToken"])
    except (ValueError, KeyError, TypeError):
        raise _expired(profile) from None
    return found


def _is_valid(kept: dict[str, Any]) -> bool:
    return float(kept["expiresAt"]) > time.time() + _LEEWAY_SECONDS


def _expired(profile: Profile, why: str | None = None) -> NotSignedInError:
    details = [why] if why else []
    again = f'Sign in again by "tollgate login --sso --profile {profile.name}".'
    return NotSignedInError("You were signed in at the issuer, and no longer are.", [*details, again])
