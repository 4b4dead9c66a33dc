"""Operations of admins. Made by `python -m infra.client`: not to be edited."""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate_client.api_client import ApiClient

if TYPE_CHECKING:
    from tollgate_client.generated.types.admins_types import (
        AdminCreation,
        AdminEdit,
        AdminView,
        IssuedAdminView,
        MeView,
    )
    from tollgate_client.paging import Page


class AdminsOperations(ApiClient):
    def list_admins(self, *, limit: int | None = None, cursor: str | None = None) -> Page[AdminView]:
        """List all admins, including revoked ones. Needs the role `owner`."""
        return self._json("GET", "/admins", query={"limit": limit, "cursor": cursor})

    def create_admin(self, body: AdminCreation) -> IssuedAdminView:
        """Create an admin. Needs the role `owner`."""
        return self._json("POST", "/admins", body=body)

    def get_me(self) -> MeView:
        """Show the admin that sends the request, its role, and when its token expires. Needs the role
        `viewer`.
        """

        return self._json("GET", "/admins/me")

    def get_admin(self, admin_id: str) -> AdminView:
        """Get an admin. Needs the role `owner`."""
        return self._json("GET", "/admins/{}", admin_id)

    def update_admin(self, admin_id: str, body: AdminEdit, *, if_match: int | None = None) -> AdminView:
        """Change an admin's name, role or expiry. Needs the role `owner`."""
        return self._json("PATCH", "/admins/{}", admin_id, body=body, if_match=if_match)

    def revoke_admin(self, admin_id: str, *, if_match: int | None = None) -> AdminView:
        """Revoke an admin for good. Needs the role `owner`."""
        return self._json("POST", "/admins/{}/revoke", admin_id, if_match=if_match)

    def rotate_token(self, admin_id: str, *, if_match: int | None = None) -> IssuedAdminView:
        """Replace an admin's token. Needs the role `owner`."""
        return self._json("POST", "/admins/{}/rotate", admin_id, if_match=if_match)
