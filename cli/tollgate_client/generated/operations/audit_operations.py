"""Operations of audit. Made by `python -m infra.client`: not to be edited."""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate_client.api_client import ApiClient

if TYPE_CHECKING:
    from tollgate_client.generated.types.audit_types import ChangeView
    from tollgate_client.paging import Page


class AuditOperations(ApiClient):
    def list_changes(
        self,
        *,
        entity: str | None = None,
        from_: str | None = None,
        to: str | None = None,
        actor: str | None = None,
        action: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[ChangeView]:
        """List changes, newest first. Needs the role `viewer`."""
        return self._json(
            "GET",
            "/audit",
            query={
                "entity": entity,
                "from": from_,
                "to": to,
                "actor": actor,
                "action": action,
                "limit": limit,
                "cursor": cursor,
            },
        )
