"""What the deployment sets, read from the environment once."""

from __future__ import annotations

import os
from functools import cache

from tollgate.lean_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Oidc:
    """An issuer of identities by which one may sign in. `scopes` are separated by spaces."""

    issuer: str
    client_id: str
    scopes: str
    name: str
    """What the button that leads there calls it; empty for the issuer's host."""


@dataclass(frozen=True, slots=True)
class Settings:
    oidc: Oidc | None
    oidc_origins: tuple[str, ...] = ()
    """Where besides the issuer's own origin a page may ask for tokens and keys."""


@cache
def from_environment() -> Settings:
    issuer = os.environ.get("OIDC_ISSUER", "")
    if not issuer:
        return Settings(None)
    return Settings(
        Oidc(
            issuer,
            os.environ["OIDC_CLIENT_ID"],
            os.environ["OIDC_SCOPES"],
            os.environ["OIDC_NAME"],
        ),
        tuple(os.environ.get("OIDC_ORIGINS", "").split()),
    )
