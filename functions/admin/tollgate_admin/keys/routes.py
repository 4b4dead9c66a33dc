"""Routes of API keys and their budgets."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Literal

from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from tollgate_admin import composition
from tollgate_admin.keys import commands
from tollgate_admin.keys.key_queries import ChildrenQuery, KeysQuery
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
from tollgate_admin.web import field_errors, problems
from tollgate_admin.web.wire_types import Page

if TYPE_CHECKING:
    from tollgate.alerts.decisions import AlertPolicy
    from tollgate.keys.api_keys import ApiKey
    from tollgate.ledger.scopes import Scope

router = APIGatewayRouter()

KeyId = Annotated[str, Path(pattern=field_errors.pattern(r"^key_[0-9A-Za-z]{16}$", "is not the id of a key"))]


@router.post("/apiKey")
def create_key(body: KeyCreation) -> tuple[IssuedKeyView, Literal[HTTPStatus.CREATED, HTTPStatus.OK]]:
    """A key that has the external id already is not created again: 200, and `key` is null."""
    key, scope = commands.create(body)
    return _issued(key, scope), HTTPStatus.CREATED if key else HTTPStatus.OK


@router.get("/apiKey")
def list_keys(query: Annotated[KeysQuery, Query()]) -> Page[KeyView]:
    """Keys in no particular order. A page may have few of them, or none, and a next one all the same."""
    return _page(*query.keys())


@router.get("/apiKey/<key_id>")
def get_key(key_id: KeyId) -> KeyView:
    return _view(commands.existing(key_id))


@router.get("/apiKey/<key_id>/children")
def list_children(key_id: KeyId, query: Annotated[ChildrenQuery, Query()]) -> Page[KeyView]:
    """The keys right below a key."""
    commands.existing(key_id)
    return _page(*query.children(key_id))


@router.patch("/apiKey/<key_id>")
def update_key(key_id: KeyId, body: KeyEdit) -> KeyView:
    """A move is an operation of its own: what the key may be given depends on where it is."""
    if "parent_id" in body.model_fields_set and body.parent_id != commands.existing(key_id).parent_id:
        if len(body.model_fields_set) > 1:
            raise problems.invalid("parentId", "can't be changed along with other fields; send it alone")
        return _view(commands.move(key_id, body.parent_id))
    return _view(commands.edit(key_id, body))


@router.delete("/apiKey/<key_id>")
def delete_key(key_id: KeyId) -> KeyView:
    """Only one that has never been used, and has no children: others can be revoked. Answers what it was."""
    return _view(commands.delete(key_id))


@router.put("/apiKey/<key_id>/budget")
def set_budget(key_id: KeyId, body: BudgetEdit) -> KeyView:
    """What is used stays used: only limits move."""
    return _view(commands.edit(key_id, body))


@router.post("/apiKey/<key_id>/budget/reset")
def reset_budget(key_id: KeyId, body: BudgetReset | None = None) -> KeyView:
    """Sets back what was used until now; requests in flight count from here on."""
    return _view(commands.reset(key_id, body or BudgetReset()))


@router.post("/apiKey/<key_id>/rotate")
def rotate_key(key_id: KeyId, body: Rotation | None = None) -> IssuedKeyView:
    """A new secret, shown this once; with the old ones the key can be used until their grace is over."""
    return _issued(*commands.rotate(key_id, body or Rotation()))


@router.post("/apiKey/<key_id>/revoke")
def revoke_key(key_id: KeyId) -> KeyView:
    return _view(commands.revoke(key_id))


@router.post("/apiKey/<key_id>/reinstate")
def reinstate_key(key_id: KeyId) -> KeyView:
    return _view(commands.reinstate(key_id))


def _path(scope: Scope) -> list[str]:
    return composition.get().keys.paths([scope])[scope.key_id]


def _policy() -> AlertPolicy:
    return composition.get().alert_policy.alert_policy()


def _view(scope: Scope) -> KeyView:
    return KeyView.of(scope, _path(scope), _policy())


def _issued(key: ApiKey | None, scope: Scope) -> IssuedKeyView:
    return IssuedKeyView(key=key.reveal() if key else None, **key_fields(scope, _path(scope), _policy()))


def _page(scopes: list[Scope], following: str | None) -> Page[KeyView]:
    paths, policy = composition.get().keys.paths(scopes), _policy()
    return Page[KeyView](
        data=[KeyView.of(scope, paths[scope.key_id], policy) for scope in scopes], next_cursor=following
    )
