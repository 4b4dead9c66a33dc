"""A scope as an item of the keys table, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate.aws.dynamodb import epoch, integer, moment
from tollgate.clock import from_rfc3339, rfc3339
from tollgate.ledger.holds import HeldCall, Hold
from tollgate.ledger.quotas import PastWindow, Quota
from tollgate.ledger.records import RecordKind
from tollgate.ledger.scopes import MOST_HOLDS, Enforcement, KeyStatus, Priority, Scope
from tollgate.ledger.thresholds import Level, Threshold
from tollgate.ledger.windows import Period, Schedule

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    from tollgate.aws.dynamodb import Item

# How a rate without a limit is stored: conditions and counters then need no second form.
_UNLIMITED = 10**12
# What changes when a quota's window does.
WINDOW_ATTRIBUTES = (
    "quota_starts_at",
    "quota_resets_at",
    "quota_allowance",
    "quota_used",
    "quota_available",
    "quota_reset",
    "quota_past",
)


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
        "budget_alert_thresholds": None if scope.thresholds is None else thresholds_to_item(scope.thresholds),
        "alert_debounce_seconds": scope.alert_debounce_seconds,
        "budget_reset": scope.budget_reset,
        **quota_to_item(scope.quota),
        "rpm_limit": _UNLIMITED if scope.rpm_limit is None else scope.rpm_limit,
        "tpm_limit": _UNLIMITED if scope.tpm_limit is None else scope.tpm_limit,
        "max_parallel": MOST_HOLDS if scope.max_parallel is None else scope.max_parallel,
        "rates": dict(scope.rates),
        "holds": {request_id: hold_to_item(hold) for request_id, hold in scope.holds.items()},
        "closed": {request_id: epoch(until) for request_id, until in scope.closed.items()},
        "parent_id": scope.parent_id,
        "moved_at": epoch(scope.moved_at) if scope.moved_at else None,
        "overcommit": scope.overcommit,
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
        "old_secrets": {old: epoch(until) for old, until in scope.old_secrets.items()} or None,
        "safety_level": scope.safety_level,
        "priority": scope.priority.value,
        "keep_bodies": scope.keep_bodies,
        "budget_refusal_status": scope.budget_refusal_status,
        "manage_children": scope.manage_children,
        "self_named": scope.self_named or None,
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
        thresholds=to_thresholds(item["budget_alert_thresholds"])
        if "budget_alert_thresholds" in item
        else None,
        alert_debounce_seconds=integer(item.get("alert_debounce_seconds")),
        budget_reset=item["budget_reset"],
        quota=_to_quota(item),
        rpm_limit=_limit(item["rpm_limit"], _UNLIMITED),
        tpm_limit=_limit(item["tpm_limit"], _UNLIMITED),
        max_parallel=_limit(item["max_parallel"], MOST_HOLDS),
        rates={name: int(left) for name, left in item["rates"].items()},
        holds={request_id: _to_hold(hold) for request_id, hold in item["holds"].items()},
        closed={request_id: moment(until) for request_id, until in item["closed"].items()},
        parent_id=item.get("parent_id"),
        moved_at=moment(item["moved_at"]) if "moved_at" in item else None,
        overcommit=item["overcommit"],
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
        old_secrets={old: moment(until) for old, until in item.get("old_secrets", {}).items()},
        safety_level=integer(item.get("safety_level")),
        priority=Priority(item.get("priority", Priority.NORMAL)),
        keep_bodies=item.get("keep_bodies", False),
        budget_refusal_status=integer(item.get("budget_refusal_status")),
        # Keys older than the setting could.
        manage_children=item.get("manage_children", True),
        self_named=item.get("self_named", False),
    )


def hold_to_item(hold: Hold) -> Item:
    item: Item = {
        "amount": hold.amount,
        "tokens": hold.tokens,
        "at": epoch(hold.at),
        "until": epoch(hold.expires_at),
    }
    if hold.key_id is not None:
        item["key"] = hold.key_id
    if hold.call is not None:
        item["call"] = {
            "model": hold.call.model,
            "kind": hold.call.kind.value,
            "price": hold.call.price_version,
            "prompt": hold.call.prompt_tokens,
            "input": hold.call.input_cost,
            "streamed": hold.call.streamed,
        }
    return item


def quota_to_item(quota: Quota) -> Item:
    schedule, past = quota.schedule, quota.past
    return {
        "quota_limit": quota.limit,
        "quota_period": schedule.period.value if schedule else None,
        "quota_zone": schedule.zone if schedule else None,
        "quota_start_day": schedule.start_day if schedule else None,
        "quota_carries_unused": quota.carries_unused,
        "quota_carries_overspend": quota.carries_overspend,
        "quota_starts_at": epoch(quota.starts_at),
        "quota_resets_at": epoch(quota.resets_at),
        "quota_allowance": quota.allowance,
        "quota_used": quota.used,
        "quota_available": quota.available,
        "quota_reset": quota.reset,
        "quota_past": {
            "starts_at": epoch(past.starts_at),
            "allowance": past.allowance,
            "used": past.used,
            "held": past.held,
            "idle": past.idle,
        }
        if past
        else None,
    }


def thresholds_to_item(thresholds: tuple[Threshold, ...]) -> list[Item]:
    return [
        {"percent": each.percent, "level": each.level.value, "notify": [str(who) for who in each.notify]}
        for each in thresholds
    ]


def to_thresholds(items: Iterable[Mapping[str, Any]]) -> tuple[Threshold, ...]:
    return tuple(
        Threshold(int(each["percent"]), Level(each["level"]), tuple(each["notify"])) for each in items
    )


def _to_hold(item: Mapping[str, Any]) -> Hold:
    call = item.get("call")
    return Hold(
        amount=item["amount"],
        tokens=int(item["tokens"]),
        at=moment(item["at"]),
        expires_at=moment(item["until"]),
        key_id=item.get("key"),
        call=HeldCall(
            model=call["model"],
            kind=RecordKind(call["kind"]),
            price_version=call["price"],
            prompt_tokens=int(call["prompt"]),
            input_cost=call["input"],
            streamed=call["streamed"],
        )
        if call
        else None,
    )


def _to_quota(item: Mapping[str, Any]) -> Quota:
    past = item.get("quota_past")
    return Quota(
        starts_at=moment(item["quota_starts_at"]),
        resets_at=moment(item["quota_resets_at"]),
        limit=item.get("quota_limit"),
        schedule=Schedule(Period(item["quota_period"]), item["quota_zone"], int(item["quota_start_day"]))
        if "quota_period" in item
        else None,
        carries_unused=item["quota_carries_unused"],
        carries_overspend=item["quota_carries_overspend"],
        allowance=item["quota_allowance"],
        used=item["quota_used"],
        available=item["quota_available"],
        reset=item["quota_reset"],
        past=PastWindow(
            moment(past["starts_at"]), past["allowance"], past["used"], past["held"], int(past["idle"])
        )
        if past
        else None,
    )


def _limit(stored: Decimal, unlimited: int) -> int | None:
    return None if stored == unlimited else int(stored)
