"""API keys and their budgets."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Literal

from aws_lambda_powertools.event_handler import Request
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from tollgate_admin.composition import Services, services_of
from tollgate_admin.keys import commands, temporary_raises
from tollgate_admin.keys.key_queries import ChildrenQuery, KeysQuery
from tollgate_admin.keys.listed_keys import ListedKeyView
from tollgate_admin.keys.schemas import (
    BudgetEdit,
    BudgetReset,
    IssuedKeyView,
    KeyCreation,
    KeyEdit,
    KeyView,
    Rotation,
    key_fields,
)
from tollgate_admin.keys.temporary_raises import TemporaryRaise
from tollgate_admin.web import field_errors, problems
from tollgate_admin.web.change_requests import ChangeRequest
from tollgate_admin.web.wire_types import Page

if TYPE_CHECKING:
    from tollgate.keys.api_keys import ApiKey
    from tollgate.ledger.scopes import Scope

router = APIGatewayRouter()

KeyId = Annotated[str, Path(pattern=field_errors.pattern(r"^key_[0-9A-Za-z]{16}$", "is not the id of a key"))]


@router.post("/apiKey")
def create_key(
    request: Request, body: KeyCreation
) -> tuple[IssuedKeyView, Literal[HTTPStatus.CREATED, HTTPStatus.OK]]:
    """Create a key. If its external id exists already, that key is returned with 200, and `key` is null."""
    services = services_of(request)
    key, scope = commands.create(services, ChangeRequest.of(request), body)
    return _issued(services, key, scope), HTTPStatus.CREATED if key else HTTPStatus.OK


@router.get("/apiKey")
def list_keys(request: Request, query: Annotated[KeysQuery, Query()]) -> Page[ListedKeyView]:
    """List keys in no particular order. A page may be short or empty even if there is a `nextCursor`."""
    services = services_of(request)
    return _page(services, *query.keys(services.keys, services.hierarchy, services.clock()))


@router.get("/apiKey/<key_id>")
def get_key(request: Request, key_id: KeyId) -> KeyView:
    services = services_of(request)
    return _view(services, commands.existing(services.keys, key_id))


@router.get("/apiKey/<key_id>/children")
def list_children(
    request: Request, key_id: KeyId, query: Annotated[ChildrenQuery, Query()]
) -> Page[ListedKeyView]:
    """List the children of a key."""
    services = services_of(request)
    commands.existing(services.keys, key_id)
    return _page(services, *query.children(services.hierarchy, key_id, services.clock()))


@router.patch("/apiKey/<key_id>")
def update_key(request: Request, key_id: KeyId, body: KeyEdit) -> KeyView:
    """Change a key. `parentId` moves it, and must be sent alone, as a key's limits depend on its parent."""
    services, asked = services_of(request), ChangeRequest.of(request)
    if (
        "parent_id" in body.model_fields_set
        and body.parent_id != commands.existing(services.keys, key_id).parent_id
    ):
        if len(body.model_fields_set) > 1:
            raise problems.invalid("parentId", "can't be changed together with other fields; send it alone")
        return _view(services, commands.move(services.hierarchy, asked, key_id, body.parent_id))
    return _view(services, commands.edit(services.hierarchy, asked, key_id, body))


@router.delete("/apiKey/<key_id>")
def delete_key(request: Request, key_id: KeyId) -> KeyView:
    """Delete a key that was never used and has no children, and return it. Revoke any other key."""
    services = services_of(request)
    return _view(services, commands.delete(services.hierarchy, ChangeRequest.of(request), key_id))


@router.put("/apiKey/<key_id>/budget")
def set_budget(request: Request, key_id: KeyId, body: BudgetEdit) -> KeyView:
    """Change a key's limits. What was used still counts."""
    services = services_of(request)
    return _view(services, commands.edit(services.hierarchy, ChangeRequest.of(request), key_id, body))


@router.post("/apiKey/<key_id>/budget/raise")
def raise_budget(request: Request, key_id: KeyId, body: TemporaryRaise) -> KeyView:
    """Raise a limit until a moment, at which it falls back by itself to what it was."""
    services = services_of(request)
    change = ChangeRequest.of(request)
    return _view(services, temporary_raises.raise_until(services.hierarchy, change, key_id, body))


@router.post("/apiKey/<key_id>/budget/reset")
def reset_budget(request: Request, key_id: KeyId, body: BudgetReset | None = None) -> KeyView:
    """Reset what a key has used so far. Requests in progress count towards the new total."""
    services, chosen = services_of(request), body or BudgetReset()
    return _view(services, commands.reset(services.keys, ChangeRequest.of(request), key_id, chosen))


@router.post("/apiKey/<key_id>/rotate")
def rotate_key(request: Request, key_id: KeyId, body: Rotation | None = None) -> IssuedKeyView:
    """Replace a key's secret. The new one is shown only now; old ones work until their grace ends."""
    services, chosen = services_of(request), body or Rotation()
    return _issued(services, *commands.rotate(services, ChangeRequest.of(request), key_id, chosen))


@router.post("/apiKey/<key_id>/revoke")
def revoke_key(request: Request, key_id: KeyId) -> KeyView:
    services = services_of(request)
    return _view(services, commands.revoke(services.hierarchy, ChangeRequest.of(request), key_id))


@router.post("/apiKey/<key_id>/reinstate")
def reinstate_key(request: Request, key_id: KeyId) -> KeyView:
    services = services_of(request)
    return _view(services, commands.reinstate(services.hierarchy, ChangeRequest.of(request), key_id))


def _fields(services: Services, scope: Scope) -> dict[str, Any]:
    """A key as it is shown, with where it is, and the alerts' defaults."""
    chain = services.keys.chains([scope])[scope.key_id]
    return key_fields(chain, services.alert_policy.alert_policy(), services.clock())


def _view(services: Services, scope: Scope) -> KeyView:
    return KeyView(**_fields(services, scope))


def _issued(services: Services, key: ApiKey | None, scope: Scope) -> IssuedKeyView:
    return IssuedKeyView(key=key.reveal() if key else None, **_fields(services, scope))


def _page(services: Services, scopes: list[Scope], following: str | None) -> Page[ListedKeyView]:
    chains, policy = services.keys.chains(scopes), services.alert_policy.alert_policy()
    children = services.hierarchy.families.sizes([scope.key_id for scope in scopes])
    now = services.clock()
    listed = [
        ListedKeyView.of(chains[scope.key_id], children.get(scope.key_id, 0), policy, now) for scope in scopes
    ]
    return Page[ListedKeyView](data=listed, next_cursor=following)
