"""A scope as an item of the keys table, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate.adapters.dynamodb import epoch, integer, moment
from tollgate.clock import from_rfc3339, rfc3339
from tollgate.scopes import Enforcement, Hold, KeyStatus, Scope
from tollgate.thresholds import Level, Recipient, Threshold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate.adapters.dynamodb import Item


def to_item(scope: Scope) -> Item:
    """The attributes of a scope; None where it has no such attribute."""
    return {
        "key_id": scope.key_id,
        "name": scope.name,
        "secret_hash": scope.secret_hash,
        "status": scope.status.value,
        "enforcement": scope.enforcement.value,
        "budget_limit": scope.budget_limit,
        "budget_used": scope.budget_used,
        "budget_available": scope.budget_available,
        "budget_alert_thresholds": thresholds_to_item(scope.thresholds),
        "alert_debounce_seconds": scope.alert_debounce_seconds,
        "holds": {request_id: hold_to_item(hold) for request_id, hold in scope.holds.items()},
        "created_at": rfc3339(scope.created_at),
        "updated_at": rfc3339(scope.updated_at),
        "revision": scope.revision,
        "last_used_at": rfc3339(scope.last_used_at) if scope.last_used_at else None,
        "expires_at": epoch(scope.expires_at) if scope.expires_at else None,
        "allowed_models": set(scope.allowed_models) if scope.allowed_models is not None else None,
        "owner_email": scope.owner_email,
        "external_id": scope.external_id,
        "tags": dict(scope.tags),
        "price_factor": scope.price_factor,
    }


def to_scope(item: Mapping[str, Any]) -> Scope:
    return Scope(
        key_id=item["key_id"],
        name=item["name"],
        secret_hash=item["secret_hash"],
        status=KeyStatus(item["status"]),
        enforcement=Enforcement(item["enforcement"]),
        budget_limit=item.get("budget_limit"),
        budget_used=item["budget_used"],
        budget_available=item["budget_available"],
        thresholds=tuple(_to_threshold(each) for each in item["budget_alert_thresholds"]),
        alert_debounce_seconds=integer(item.get("alert_debounce_seconds")),
        holds={request_id: _to_hold(hold) for request_id, hold in item["holds"].items()},
        created_at=from_rfc3339(item["created_at"]),
        updated_at=from_rfc3339(item["updated_at"]),
        revision=int(item["revision"]),
        last_used_at=from_rfc3339(item["last_used_at"]) if "last_used_at" in item else None,
        expires_at=moment(item["expires_at"]) if "expires_at" in item else None,
        allowed_models=frozenset(item["allowed_models"]) if "allowed_models" in item else None,
        owner_email=item.get("owner_email"),
        external_id=item.get("external_id"),
        tags=item["tags"],
        price_factor=item["price_factor"],
    )


def hold_to_item(hold: Hold) -> Item:
    return {"amount": hold.amount, "expires_at": epoch(hold.expires_at)}


def thresholds_to_item(thresholds: tuple[Threshold, ...]) -> list[Item]:
    return [
        {"percent": each.percent, "level": each.level.value, "notify": [who.value for who in each.notify]}
        for each in thresholds
    ]


def _to_hold(item: Mapping[str, Any]) -> Hold:
    return Hold(amount=item["amount"], expires_at=moment(item["expires_at"]))


def _to_threshold(item: Mapping[str, Any]) -> Threshold:
    return Threshold(
        int(item["percent"]), Level(item["level"]), tuple(Recipient(who) for who in item["notify"])
    )
