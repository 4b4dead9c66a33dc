"""Who sends a request: the holder of the stack's own token, or a named admin."""

from __future__ import annotations

import hmac
import time
from dataclasses import dataclass
from functools import lru_cache

from tollgate.admins import admins
from tollgate.admins.admins import Role
from tollgate.admins.store import stack_token
from tollgate.clock import utc_now
from tollgate_admin import composition, settings
from tollgate_admin.web.actors import Actor

# A rotated stack's token is in force, and the old one no longer, after this time.
_TOKEN_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Caller:
    actor: Actor
    role: Role


_STACK = Caller(Actor("admin", "admin"), Role.OWNER)


def caller_of(authorization: str) -> Caller | None:
    """Who sends an Authorization header, None if nobody that is known.

    A named admin is read anew for each request, so that one who was revoked is out at once.
    """
    scheme, _, sent = authorization.partition(" ")
    if scheme.lower() != "bearer":
        return None
    token = admins.parse(sent.strip())
    if token is None:
        return _STACK if hmac.compare_digest(sent.strip().encode(), _token().encode()) else None
    admin = composition.get().admins.get(token.admin_id)
    if admin is None or not admin.accepts(token, utc_now()):
        return None
    return Caller(Actor(admin.id, admin.name), admin.role)


def _token() -> str:
    return _token_during(int(time.monotonic() // _TOKEN_SECONDS))


@lru_cache(maxsize=1)
def _token_during(_period: int) -> str:
    return stack_token.read(settings.from_environment().admin_token_secret)
