"""Routes of API keys and their budgets."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from tollgate import api_keys, money
from tollgate.clock import utc_now
from tollgate.scopes import KeyStatus, Scope
from tollgate.thresholds import DEFAULT_THRESHOLDS
from tollgate_admin import edits, problems, services
from tollgate_admin.schemas import BudgetEdit, IssuedKeyView, KeyCreation, KeyEdit, KeyView, Page, key_fields

if TYPE_CHECKING:
    from collections.abc import Callable

router = APIGatewayRouter()

KeyId = Annotated[str, Path(pattern=r"^key_[0-9A-Za-z]{16}$")]


@router.post("/apiKey")
def create_key(body: KeyCreation) -> tuple[IssuedKeyView, int]:
    key = api_keys.issue()
    now = utc_now()
    limit = body.budget_limit
    chosen = body.budget_alert_thresholds
    debounce = body.alert_debounce_seconds
    scope = Scope(
        key_id=key.key_id,
        name=body.name,
        secret_hash=key.secret_hash,
        status=KeyStatus.ACTIVE,
        enforcement=body.enforcement,
        budget_limit=limit,
        budget_used=money.ZERO,
        budget_available=limit or money.ZERO,
        holds={},
        created_at=now,
        updated_at=now,
        expires_at=body.expires_at,
        allowed_models=frozenset(body.allowed_models) if body.allowed_models else None,
        owner_email=body.owner_email,
        external_id=body.external_id,
        tags=body.tags,
        price_factor=body.price_factor,
        thresholds=DEFAULT_THRESHOLDS if chosen is None else tuple(each.to_threshold() for each in chosen),
        alert_debounce_seconds=services.get().settings.alert_debounce_seconds
        if debounce is None
        else debounce,
    )
    services.get().keys.add(scope)
    return IssuedKeyView(key=key.reveal(), **key_fields(scope)), HTTPStatus.CREATED


@router.get("/apiKey")
def list_keys(
    limit: Annotated[int, Query(ge=1, le=100)] = 50, cursor: Annotated[str | None, Query()] = None
) -> Page[KeyView]:
    scopes, following = services.get().keys.page(limit, cursor)
    return Page[KeyView](data=[KeyView.of(scope) for scope in scopes], next_cursor=following)


@router.get("/apiKey/<key_id>")
def get_key(key_id: KeyId) -> KeyView:
    return KeyView.of(_existing(key_id))


@router.patch("/apiKey/<key_id>")
def update_key(key_id: KeyId, body: KeyEdit) -> KeyView:
    changes = body.changes()
    if changes.get("allowed_models"):
        changes["allowed_models"] = frozenset(changes["allowed_models"])
    return _edit(key_id, lambda scope: replace(scope, **changes))


@router.put("/apiKey/<key_id>/budget")
def set_budget(key_id: KeyId, body: BudgetEdit) -> KeyView:
    """What is used stays used: only the limit moves."""
    changes = body.changes()
    if "budget_alert_thresholds" in changes:
        changes["thresholds"] = tuple(each.to_threshold() for each in changes.pop("budget_alert_thresholds"))
    return _edit(key_id, lambda scope: replace(scope, **changes))


@router.post("/apiKey/<key_id>/revoke")
def revoke_key(key_id: KeyId) -> KeyView:
    return _edit(key_id, lambda scope: replace(scope, status=KeyStatus.REVOKED))


@router.post("/apiKey/<key_id>/reinstate")
def reinstate_key(key_id: KeyId) -> KeyView:
    return _edit(key_id, lambda scope: replace(scope, status=KeyStatus.ACTIVE))


def _existing(key_id: str) -> Scope:
    scope = services.get().keys.get(key_id)
    if scope is None:
        raise problems.not_found("API key", key_id)
    return scope


def _edit(key_id: str, change: Callable[[Scope], Scope]) -> KeyView:
    def edit() -> Scope:
        before = _existing(key_id)
        return services.get().keys.edit(before, replace(change(before), updated_at=utc_now()))

    return KeyView.of(edits.repeat(edit))
