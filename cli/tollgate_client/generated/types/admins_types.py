"""Types of admins. Made by `python -m infra.client`: not to be edited."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

AdminStatus = Literal["active", "expired", "revoked"]
Role = Literal["viewer", "operator", "owner"]


class AdminCreation(TypedDict):
    """A null `expiresAt` means that the admin never expires."""

    name: str
    role: Role
    expiresAt: NotRequired[str | None]


class AdminEdit(TypedDict, total=False):
    """Omitted fields keep their values. A null `expiresAt` means that the admin never expires."""

    name: str
    role: Role
    expiresAt: str | None


class AdminView(TypedDict):
    """A named admin."""

    name: str
    role: Role
    expiresAt: str | None
    revokedAt: str | None
    tokenIssuedAt: str
    id: str
    status: AdminStatus
    revision: int
    createdAt: str
    updatedAt: str


class MeView(TypedDict):
    """The admin that sends the request. The stack's own token belongs to the owner `admin`.

    The id of who has signed in at an OpenID Connect issuer is `oidc:` and what the issuer calls them. A
    null `expiresAt` means that the token never expires.
    """

    id: str
    name: str
    role: Role
    expiresAt: str | None


class IssuedAdminView(AdminView):
    """An admin with its newly issued token, which is shown only in this response."""

    token: str
