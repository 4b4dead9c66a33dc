"""ID tokens: who sends one, if the issuer has signed it for this stack.

Only who sends a token reads this module: PyJWT with its cryptography takes 40 ms to import.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final

import jwt
from jwt.exceptions import InvalidKeyError, InvalidTokenError, PyJWKError

from tollgate.admins.admins import Role
from tollgate.clock import Clock
from tollgate.lean_dataclass import dataclass
from tollgate_admin.oidc import id_token_claims
from tollgate_admin.oidc.issuer_keys import IssuerKeys
from tollgate_admin.oidc.oidc_settings import OidcSettings
from tollgate_admin.oidc.refused_tokens import IdTokenError, NoRoleError

# Signatures by a key that only the issuer has, with the type of their keys. None by a shared secret, and not
# "none": https://www.rfc-editor.org/rfc/rfc8725#section-2.1
_ALGORITHMS: Final = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC"}
# API Gateway takes no more than 10,240 bytes of headers.
_MAX_CHARACTERS = 10_240
_INVALID = "The ID token is not valid."
# Of JSON that is nested too deeply, or keys whose numbers are none, PyJWT doesn't know.
_UNREADABLE = (InvalidTokenError, InvalidKeyError, PyJWKError, ValueError, TypeError, RecursionError)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who has signed in at the issuer, in which role, until when."""

    subject: str
    name: str
    role: Role
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class IdTokens:
    settings: OidcSettings
    keys: IssuerKeys
    clock: Clock

    def signed_in(self, token: str) -> SignedIn:
        """Whose token it is; raises `IdTokenError`, `NoRoleError` and `IssuerUnavailableError`."""
        claims = self._claims_of(token)
        id_token_claims.require_valid(claims, self.settings, self.clock())
        subject, name = id_token_claims.subject_of(claims), id_token_claims.name_of(claims)
        role = self.settings.role_of(claims)
        if role is None:
            raise NoRoleError(
                f"You are signed in as {name}, and the claim {self.settings.role_claim} of your ID token "
                "gives no role here."
            )
        return SignedIn(subject, name, role, id_token_claims.expiry_of(claims))

    def _claims_of(self, token: str) -> dict[str, Any]:
        """The claims, if the issuer has signed them."""
        if len(token) > _MAX_CHARACTERS:
            raise IdTokenError("The ID token is too long.")
        try:
            header = jwt.get_unverified_header(token)
            algorithm, key_id = _named_key(header)
            for key in self.keys.of_id(key_id):
                if _is_for(key, algorithm):
                    return _verified(token, key, algorithm)
        except _UNREADABLE as error:
            raise IdTokenError(_INVALID) from error
        raise IdTokenError("The ID token is signed with a key that the issuer doesn't publish.")


def _named_key(header: dict[str, Any]) -> tuple[str, str]:
    """The algorithm and the key's id. Raises `IdTokenError` for whatever isn't an ID token's."""
    algorithm, key_id, kind = header.get("alg"), header.get("kid"), header.get("typ", "JWT")
    if not isinstance(algorithm, str) or algorithm not in _ALGORITHMS:
        raise IdTokenError(f"The ID token must be signed by {', '.join(_ALGORITHMS)}.")
    if not isinstance(key_id, str):
        raise IdTokenError("The ID token doesn't say which key it is signed with.")
    if not isinstance(kind, str) or kind.upper() != "JWT" or "crit" in header:
        raise IdTokenError("The token is no ID token.")
    return algorithm, key_id


def _is_for(key: dict[str, Any], algorithm: str) -> bool:
    """Whether a JWK is one for such signatures."""
    return (
        key.get("kty") == _ALGORITHMS[algorithm]
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
        and (algorithm != "ES256" or key.get("crv") == "P-256")
    )


def _verified(token: str, key: dict[str, Any], algorithm: str) -> dict[str, Any]:
    # Private parts have no place here, and none is kept if the issuer should publish them.
    public: dict[str, Any] = {name: key[name] for name in ("kty", "n", "e", "crv", "x", "y") if name in key}
    usable = jwt.PyJWK(public, algorithm)
    signatures = jwt.PyJWS(options={"enforce_minimum_key_length": True})
    claims = json.loads(signatures.decode(token, usable, algorithms=[algorithm]))
    if not isinstance(claims, dict):
        raise IdTokenError(_INVALID)
    return claims
