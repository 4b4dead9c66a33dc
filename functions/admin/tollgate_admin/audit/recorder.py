"""What the audit is told of a request's changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate.audit.entry import Change

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate_admin.web.change_requests import ChangeRequest


def audit_change(
    request: ChangeRequest,
    entity: str,
    actions: tuple[str, ...],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> Change:
    """A change that a request makes."""
    return Change.of(
        entity,
        actions,
        before,
        after,
        actor=request.actor.id,
        actor_name=request.actor.name,
        at=request.now(),
        request_id=request.request_id,
    )
