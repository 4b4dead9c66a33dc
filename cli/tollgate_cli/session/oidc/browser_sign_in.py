"""Signing in by a browser: from the issuer's page back to this machine, then the tokens for the code."""

from __future__ import annotations

import base64
import hashlib
import secrets
import webbrowser
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from tollgate_cli.output.failures import CommandError, NotSignedInError
from tollgate_cli.session.oidc.issuer_client import discover, redeem
from tollgate_cli.session.oidc.loopback import Loopback

if TYPE_CHECKING:
    from collections.abc import Callable

    from tollgate_cli.session.oidc.issuer_client import Endpoints, Tokens
    from tollgate_cli.session.profiles import Issuer

WAIT_SECONDS = 300
# Issuers that tell it apart give a token that renews the ID token for it alone.
_OFFLINE: Final = "offline_access"


def _random() -> str:
    return secrets.token_urlsafe(32)


@dataclass(frozen=True, repr=False)
class _Once:
    """What ties an answer to this sign-in, and the code to this machine."""

    state: str = field(default_factory=_random)
    nonce: str = field(default_factory=_random)
    verifier: str = field(default_factory=_random)

    @property
    def challenge(self) -> str:
        return base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()


def sign_in(
    issuer: Issuer,
    *,
    redirect_uri: str,
    open_browser: bool,
    say: Callable[[str], None],
) -> Tokens:
    """Raises `CommandError` if the issuer can't be asked, refuses, or nobody signs in in time."""
    endpoints = discover(issuer.url)
    once = _Once()
    with Loopback(redirect_uri, once.state) as loopback:
        url = _sign_in_page(endpoints, issuer, loopback.redirect_uri, once)
        if open_browser and webbrowser.open(url):
            say(f"Sign in in the browser. If no page opens, open this one:\n{url}")
        else:
            say(f"Open this page in a browser on this machine to sign in:\n{url}")
        query = loopback.query(WAIT_SECONDS)
        form = {
            "code": _code(query, endpoints),
            "redirect_uri": loopback.redirect_uri,
            "client_id": issuer.client_id,
            "code_verifier": once.verifier,
        }
        return redeem(endpoints, form, nonce=once.nonce)


def _sign_in_page(endpoints: Endpoints, issuer: Issuer, redirect_uri: str, once: _Once) -> str:
    scopes = issuer.scopes.split()
    if _OFFLINE in endpoints.scopes and _OFFLINE not in scopes:
        scopes.append(_OFFLINE)
    query = {
        "response_type": "code",
        "client_id": issuer.client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(scopes),
        "state": once.state,
        "nonce": once.nonce,
        "code_challenge": once.challenge,
        "code_challenge_method": "S256",
    }
    return f"{endpoints.authorization}{'&' if '?' in endpoints.authorization else '?'}{urlencode(query)}"


def _code(query: dict[str, str], endpoints: Endpoints) -> str:
    if "error" in query:
        description = query.get("error_description")
        detail = f"{query['error']}: {description}" if description else query["error"]
        raise NotSignedInError(f"The issuer refuses to sign you in ({detail}).")
    # RFC 9207: an answer that says whose it is must be this issuer's.
    if query.get("iss", endpoints.issuer) != endpoints.issuer or not query.get("code"):
        raise CommandError("The issuer can't be used. Its answer has no code of this sign-in.")
    return query["code"]
