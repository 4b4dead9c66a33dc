"""Routes of API keys and their budgets."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Literal

from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from tollgate import api_keys, key_edits, money
from tollgate.clock import utc_now
from tollgate.scopes import KeyStatus, Scope
from tollgate_admin import changes, edits, problems, quota_edits, services
from tollgate_admin.key_schemas import (
    BudgetEdit,
    BudgetReset,
    IssuedKeyView,
    KeyCreation,
    KeyEdit,
    KeyView,
    QuotaBody,
    key_fields,
)
from tollgate_admin.schemas import Page
from tollgate_admin.threshold_schemas import from_bodies

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tollgate.alert_decisions import AlertPolicy

router = APIGatewayRouter()

KeyId = Annotated[str, Path(pattern=r"^key_[0-9A-Za-z]{16}$")]
Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str | None, Query(max_length=256)]


@router.post("/apiKey")
def create_key(body: KeyCreation) -> tuple[IssuedKeyView, Literal[HTTPStatus.CREATED]]:
    key = api_keys.issue()
    scope = _new_scope(key, body, utc_now())
    edits.repeat(lambda: services.get().hierarchy.add(scope, changes.of_creation(scope)))
    shown = key_fields(scope, _path(scope), _policy())
    return IssuedKeyView(key=key.reveal(), **shown), HTTPStatus.CREATED


@router.get("/apiKey")
def list_keys(limit: Limit = 50, cursor: Cursor = None) -> Page[KeyView]:
    return _page(*services.get().keys.page(limit, cursor))


@router.get("/apiKey/<key_id>")
def get_key(key_id: KeyId) -> KeyView:
    return _view(_existing(key_id))


@router.get("/apiKey/<key_id>/children")
def list_children(key_id: KeyId, limit: Limit = 50, cursor: Cursor = None) -> Page[KeyView]:
    """The keys right below a key."""
    _existing(key_id)
    return _page(*services.get().hierarchy.children(key_id, limit, cursor))


@router.patch("/apiKey/<key_id>")
def update_key(key_id: KeyId, body: KeyEdit) -> KeyView:
    """A move is an operation of its own: what the key may be given depends on where it is."""
    if "parent_id" in body.model_fields_set and body.parent_id != _existing(key_id).parent_id:
        if len(body.model_fields_set) > 1:
            raise problems.invalid("parentId", "can't be changed along with other fields; send it alone")
        return _move(key_id, body.parent_id)
    return _edit(key_id, body)


@router.put("/apiKey/<key_id>/budget")
def set_budget(key_id: KeyId, body: BudgetEdit) -> KeyView:
    """What is used stays used: only limits move."""
    return _edit(key_id, body)


@router.post("/apiKey/<key_id>/budget/reset")
def reset_budget(key_id: KeyId, body: BudgetReset | None = None) -> KeyView:
    """Sets back what was used until now; requests in flight count from here on."""
    chosen = body or BudgetReset()

    def reset() -> Scope:
        before, now = _existing(key_id), utc_now()
        wanted = key_edits.reset(before, now, budget=chosen.budget, quota=chosen.quota)
        return services.get().keys.reset_used(
            before, now, changes.of_reset(wanted), budget=chosen.budget, quota=chosen.quota
        )

    return _view(edits.repeat(reset))


@router.post("/apiKey/<key_id>/revoke")
def revoke_key(key_id: KeyId) -> KeyView:
    return _change(key_id, lambda scope: replace(scope, status=KeyStatus.REVOKED))


@router.post("/apiKey/<key_id>/reinstate")
def reinstate_key(key_id: KeyId) -> KeyView:
    return _change(key_id, lambda scope: replace(scope, status=KeyStatus.ACTIVE))


def _new_scope(key: api_keys.ApiKey, body: KeyCreation, now: datetime) -> Scope:
    settings = services.get().settings
    default = settings.default_monthly_quota if body.parent_id is None else None
    quota = quota_edits.created(body, default, now)
    return replace(
        Scope(
            key_id=key.key_id,
            name=body.name,
            secret_hash=key.secret_hash,
            status=KeyStatus.ACTIVE,
            enforcement=body.enforcement,
            budget_limit=body.budget_limit,
            budget_used=money.ZERO,
            budget_available=body.budget_limit or money.ZERO,
            quota=quota,
            holds={},
            created_at=now,
            updated_at=now,
        ),
        **_settings(body),
    )


def _edit(key_id: str, body: KeyEdit | BudgetEdit) -> KeyView:
    given = _settings(body)
    given.pop("parent_id", None)
    return _change(key_id, lambda scope: replace(scope, quota=quota_edits.edited(scope.quota, body), **given))


def _settings(body: KeyCreation | KeyEdit | BudgetEdit) -> dict[str, Any]:
    """The settings that a body names, as a scope has them; the quota apart."""
    given = {name: value for name, value in body.changes().items() if name not in QuotaBody.model_fields}
    if given.get("allowed_models"):
        given["allowed_models"] = frozenset(given["allowed_models"])
    if "budget_alert_thresholds" in given:
        chosen = given.pop("budget_alert_thresholds")
        given["thresholds"] = None if chosen is None else from_bodies(chosen)
    return given


def _change(key_id: str, change: Callable[[Scope], Scope]) -> KeyView:
    def edit() -> Scope:
        before = _existing(key_id)
        after = replace(change(before), updated_at=utc_now())
        return services.get().hierarchy.edit(before, after, changes.of_edit(before, after))

    return _view(edits.repeat(edit))


def _move(key_id: str, parent_id: str | None) -> KeyView:
    def move() -> Scope:
        before = _existing(key_id)
        change = changes.of_edit(before, replace(before, parent_id=parent_id))
        return services.get().hierarchy.move(before, parent_id, change)

    return _view(edits.repeat(move))


def _existing(key_id: str) -> Scope:
    scope = services.get().keys.get(key_id)
    if scope is None:
        raise problems.not_found("API key", key_id)
    return scope


def _path(scope: Scope) -> list[str]:
    return services.get().keys.paths([scope])[scope.key_id]


def _policy() -> AlertPolicy:
    return services.get().alert_policy.alert_policy()


def _view(scope: Scope) -> KeyView:
    return KeyView.of(scope, _path(scope), _policy())


def _page(scopes: list[Scope], following: str | None) -> Page[KeyView]:
    paths, policy = services.get().keys.paths(scopes), _policy()
    return Page[KeyView](
        data=[KeyView.of(scope, paths[scope.key_id], policy) for scope in scopes], next_cursor=following
    )
