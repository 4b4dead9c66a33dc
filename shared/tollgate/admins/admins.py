"""Admin identities: who administers, in which role, and the tokens that they send."""

from __future__ import annotations

import hmac
from dataclasses import field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from tollgate import secret_tokens
from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from datetime import datetime

PREFIX = "tg-admin-"
_ID_PREFIX = "adm_"


class Role(StrEnum):
    """In ascending order: each role may do all that the ones before it may."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    OWNER = "owner"

    def covers(self, needed: Role) -> bool:
        order = list(Role)
        return order.index(self) >= order.index(needed)


class AdminStatus(StrEnum):
    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class AdminToken:
    """What an admin sends. Its `repr` shows the id alone, so that a log can't leak the secret."""

    admin_id: str
    secret: str = field(repr=False)

    def reveal(self) -> str:
        """The whole token, as it is shown to its holder once."""
        return secret_tokens.format_token(PREFIX, self.admin_id.removeprefix(_ID_PREFIX), self.secret)


@dataclass(frozen=True, slots=True)
class Admin:
    """An identity. It has one token at a time; the one issued last is the one that counts."""

    id: str
    name: str
    role: Role
    secret_hash: str = field(repr=False)
    token_issued_at: datetime
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    revision: int = 1

    def status_at(self, now: datetime) -> AdminStatus:
        if self.revoked_at is not None:
            return AdminStatus.REVOKED
        expired = self.expires_at is not None and self.expires_at <= now
        return AdminStatus.EXPIRED if expired else AdminStatus.ACTIVE

    def owns(self, token: AdminToken) -> bool:
        """Whether a token is this identity's; by how long that takes, nothing is told of the hash."""
        return hmac.compare_digest(secret_tokens.hash_of(token.secret), self.secret_hash)

    def rotated(self, now: datetime) -> tuple[Self, AdminToken]:
        """With another token, which it accepts from then on instead of the one before."""
        token = AdminToken(self.id, secret_tokens.new_secret())
        hashed = secret_tokens.hash_of(token.secret)
        return replace(self, secret_hash=hashed, token_issued_at=now, updated_at=now), token


def new(name: str, role: Role, expires_at: datetime | None, now: datetime) -> tuple[Admin, AdminToken]:
    token = AdminToken(f"{_ID_PREFIX}{secret_tokens.new_id()}", secret_tokens.new_secret())
    admin = Admin(
        id=token.admin_id,
        name=name,
        role=role,
        secret_hash=secret_tokens.hash_of(token.secret),
        token_issued_at=now,
        created_at=now,
        updated_at=now,
        expires_at=expires_at,
    )
    return admin, token


def parse(text: str) -> AdminToken | None:
    """The token in `text`, or None if it can't be one."""
    found = secret_tokens.parse_token(PREFIX, text)
    return AdminToken(f"{_ID_PREFIX}{found[0]}", found[1]) if found else None
