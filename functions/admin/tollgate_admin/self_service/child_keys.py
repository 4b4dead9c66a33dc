"""Routes of keys below the acting one: /v1/keys."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Literal

from aws_lambda_powertools.event_handler import Request
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from tollgate_admin.composition import Services, services_of
from tollgate_admin.keys import commands
from tollgate_admin.keys.schemas import BudgetEdit, KeyCreation, KeyEdit, Rotation
from tollgate_admin.self_service import child_limits, mail_limits
from tollgate_admin.self_service.acting_key import Lineage, acting_key_of
from tollgate_admin.self_service.schemas import (
    ChildCreation,
    ChildEdit,
    IssuedOwnKeyView,
    OwnKeyView,
    own_key_fields,
)
from tollgate_admin.web.change_requests import ChangeRequest
from tollgate_admin.web.wire_types import Page

if TYPE_CHECKING:
    from datetime import datetime

    from tollgate.keys.api_keys import ApiKey
    from tollgate.keys.key_defaults import KeyDefaults
    from tollgate.ledger.scopes import Scope

router = APIGatewayRouter()

Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str | None, Query(max_length=256)]
ParentId = Annotated[str | None, Query(alias="parentId", max_length=64)]


@router.get("/keys")
def list_keys(
    request: Request, parent_id: ParentId = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[OwnKeyView]:
    """List the children of the acting key, or of one of its descendants."""
    services, acting = services_of(request), acting_key_of(request)
    parent = acting.lineage if parent_id is None else acting.find(parent_id)
    children, following = services.hierarchy.children(parent.scope.key_id, limit, cursor)
    now = services.clock()
    return Page[OwnKeyView](
        data=[OwnKeyView.of(_below(parent, child), now) for child in children], next_cursor=following
    )


@router.post("/keys")
def create_key(request: Request, body: ChildCreation) -> tuple[IssuedOwnKeyView, Literal[HTTPStatus.CREATED]]:
    """Create a key below the acting one. Its secret is shown only in this response."""
    acting = acting_key_of(request)
    services = services_of(request)
    acting.require_manager()
    parent = acting.lineage if body.parent_id is None else acting.find(body.parent_id)
    child_limits.require_within(parent, body)
    mail_limits.require_known(_defaults(services), acting.scope, body)
    given = {**child_limits.initial_fields(parent, body), "parent_id": parent.scope.key_id}
    key, scope = commands.create(services, ChangeRequest.of(request), KeyCreation(**given), by_holder=True)
    if key is None:
        message = f"{scope.key_id} was found by an external id, which nobody has named."
        raise RuntimeError(message)
    return _issued(key, _below(parent, scope), services.clock()), HTTPStatus.CREATED


@router.get("/keys/<key_id>")
def get_key(request: Request, key_id: str) -> OwnKeyView:
    """Get the acting key, or one below it."""
    return OwnKeyView.of(acting_key_of(request).find(key_id), services_of(request).clock())


@router.patch("/keys/<key_id>")
def update_key(request: Request, key_id: str, body: ChildEdit) -> OwnKeyView:
    """Change settings of a key below the acting one."""
    services, acting = services_of(request), acting_key_of(request)
    lineage = acting.adjustable(key_id)
    parent = _parent(lineage)
    child_limits.require_within(parent, body)
    mail_limits.require_known(_defaults(services), acting.scope, body, lineage.scope)
    edit = KeyEdit(**child_limits.given(parent, body))
    scope = commands.edit(services.hierarchy, ChangeRequest.of(request), key_id, edit, by_holder=True)
    return _shown(lineage, scope, services.clock())


@router.delete("/keys/<key_id>")
def delete_key(request: Request, key_id: str) -> OwnKeyView:
    """Delete a key that was never used and has no children, and return it. Revoke any other key."""
    services, lineage = services_of(request), acting_key_of(request).adjustable(key_id)
    scope = commands.delete(services.hierarchy, ChangeRequest.of(request), key_id)
    return _shown(lineage, scope, services.clock())


@router.put("/keys/<key_id>/budget")
def set_budget(request: Request, key_id: str, body: BudgetEdit) -> OwnKeyView:
    """Change a key's limits. What was used still counts."""
    services, acting = services_of(request), acting_key_of(request)
    lineage = acting.adjustable(key_id)
    mail_limits.require_known(_defaults(services), acting.scope, body, lineage.scope)
    scope = commands.edit(services.hierarchy, ChangeRequest.of(request), key_id, body, by_holder=True)
    return _shown(lineage, scope, services.clock())


@router.post("/keys/<key_id>/rotate")
def rotate_key(request: Request, key_id: str, body: Rotation | None = None) -> IssuedOwnKeyView:
    """Replace a key's secret. The new one is shown only now; old ones work until their grace ends."""
    lineage = acting_key_of(request).adjustable(key_id)
    services, chosen = services_of(request), body or Rotation()
    key, scope = commands.rotate(services, ChangeRequest.of(request), key_id, chosen)
    return _issued(key, _as_changed(lineage, scope), services.clock())


@router.post("/keys/<key_id>/revoke")
def revoke_key(request: Request, key_id: str) -> OwnKeyView:
    """Refuse a key from now on."""
    services, lineage = services_of(request), acting_key_of(request).adjustable(key_id)
    scope = commands.revoke(services.hierarchy, ChangeRequest.of(request), key_id)
    return _shown(lineage, scope, services.clock())


@router.post("/keys/<key_id>/reinstate")
def reinstate_key(request: Request, key_id: str) -> OwnKeyView:
    """Let a revoked key in again."""
    services, lineage = services_of(request), acting_key_of(request).adjustable(key_id)
    scope = commands.reinstate(services.hierarchy, ChangeRequest.of(request), key_id)
    return _shown(lineage, scope, services.clock())


def _defaults(services: Services) -> KeyDefaults:
    return services.key_defaults.read().in_force


def _parent(lineage: Lineage) -> Lineage:
    return Lineage(lineage.chain[1:], lineage.visible[1:])


def _below(parent: Lineage, child: Scope) -> Lineage:
    return Lineage((child, *parent.chain), (child, *parent.visible))


def _as_changed(lineage: Lineage, scope: Scope) -> Lineage:
    return _below(_parent(lineage), scope)


def _shown(lineage: Lineage, scope: Scope, now: datetime) -> OwnKeyView:
    return OwnKeyView.of(_as_changed(lineage, scope), now)


def _issued(key: ApiKey, lineage: Lineage, now: datetime) -> IssuedOwnKeyView:
    return IssuedOwnKeyView(key=key.reveal(), **own_key_fields(lineage, now))
