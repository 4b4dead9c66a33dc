"""Admin identities on the wire. A token is shown once, its hash never."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from tollgate.admins.admins import Admin, AdminStatus, AdminToken, Role
from tollgate_admin.web.wire_types import Expiry, Moment, Name, RequestModel, View

if TYPE_CHECKING:
    from datetime import datetime


class AdminCreation(RequestModel):
    """A null `expiresAt` means that the admin never expires."""

    name: Name
    role: Role
    expires_at: Expiry | None = None


class AdminEdit(RequestModel):
    """Omitted fields keep their values. A null `expiresAt` means that the admin never expires."""

    name: Name = ""
    role: Role = Role.VIEWER
    expires_at: Expiry | None = None


class AdminSettings(View):
    """What owners decide of an identity, and when its token was issued; the audit shows changes of this."""

    name: str
    role: Role
    expires_at: Moment | None
    revoked_at: Moment | None
    token_issued_at: Moment

    @classmethod
    def of(cls, admin: Admin) -> Self:
        return cls(
            name=admin.name,
            role=admin.role,
            expires_at=admin.expires_at,
            revoked_at=admin.revoked_at,
            token_issued_at=admin.token_issued_at,
        )


class AdminView(AdminSettings):
    """A named admin."""

    id: str
    status: AdminStatus
    revision: int
    created_at: Moment
    updated_at: Moment

    @classmethod
    def at(cls, admin: Admin, now: datetime) -> Self:
        return cls(**_shown(admin, now))


class IssuedAdminView(AdminView):
    """An admin with its newly issued token, which is shown only in this response."""

    token: str

    @classmethod
    def issued(cls, admin: Admin, token: AdminToken, now: datetime) -> Self:
        return cls(**_shown(admin, now), token=token.reveal())


class MeView(View):
    """The admin that sends the request. The stack's own token belongs to the owner `admin`.

    The id of who has signed in at an OpenID Connect issuer is `oidc:` and what the issuer calls them. A null
    `expiresAt` means that the token never expires.
    """

    id: str
    name: str
    role: Role
    expires_at: Moment | None


def _shown(admin: Admin, now: datetime) -> dict[str, object]:
    return {
        **dict(AdminSettings.of(admin)),
        "id": admin.id,
        "status": admin.status_at(now),
        "revision": admin.revision,
        "created_at": admin.created_at,
        "updated_at": admin.updated_at,
    }
