"""The route of the audit: what was changed, by whom, from what to what."""

from __future__ import annotations

from typing import Annotated, Any, Self

from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayRouter
from pydantic import Field, StringConstraints

from tollgate.audit import Change
from tollgate_admin import services
from tollgate_admin.schemas import Body, Moment, Page, View

router = APIGatewayRouter()

Entity = Annotated[
    str, StringConstraints(pattern=r"^(key_[0-9A-Za-z]{16}|prv_[0-9a-f]{20}|mdl_[0-9a-f]{20}|alerts)$")
]
Cursor = Annotated[str, StringConstraints(pattern=r"^[0-9TZ:.-]{20,32}#chg_[0-9a-f]{20}$")]


class ChangeView(View):
    """One change. `before` and `after` hold the fields that differ, as they are shown elsewhere."""

    id: str
    entity: str
    actions: list[str]
    actor: str
    actor_name: str
    at: Moment
    request_id: str | None
    before: dict[str, Any]
    after: dict[str, Any]

    @classmethod
    def of(cls, change: Change) -> Self:
        return cls(
            id=change.id,
            entity=change.entity,
            actions=list(change.actions),
            actor=change.actor,
            actor_name=change.actor_name,
            at=change.at,
            request_id=change.request_id,
            before=dict(change.before),
            after=dict(change.after),
        )


class AuditQuery(Body):
    """Whose changes: a key's, provider's or model's, or those of the alerts' defaults (`alerts`)."""

    entity: Entity
    limit: int = Field(default=50, ge=1, le=200)
    cursor: Cursor | None = None


@router.get("/audit")
def list_changes(query: Annotated[AuditQuery, Query()]) -> Page[ChangeView]:
    """Changes, newest first. What a crash has kept out of the audit table is appended first."""
    installed = services.get()
    if query.entity.startswith("key_"):
        installed.keys.append_audit(query.entity)
    found, following = installed.audit.page(query.entity, size=query.limit, after=query.cursor)
    return Page[ChangeView](data=[ChangeView.of(change) for change in found], next_cursor=following)
