"""A ledger record as an item of the usage table, and back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tollgate import money
from tollgate.aws.dynamodb import integer
from tollgate.catalog import catalog
from tollgate.clock import from_rfc3339, rfc3339
from tollgate.ledger.billing.billing_modes import BillingMode
from tollgate.ledger.records import BillingParts, FailedAttempt, LedgerRecord, Outcome, PackDraw, RecordKind
from tollgate.ledger.store import day_shards
from tollgate.pricing.bill import Breakdown, BreakdownLine
from tollgate.pricing.usage import ModelUsage, TokenClass, Usage, UsageFlag, UsageSource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate.aws.dynamodb import Item

_MILLISECOND = timedelta(milliseconds=1)
_LINE = ("item", "quantity", "unit_price", "cost")


def to_item(record: LedgerRecord, retention: timedelta) -> Item:
    """The record's attributes, None where it has no such attribute.

    `expires_at` is the TTL in whole seconds since 1970. A write costs by the item's size, so that what most
    records have, or what follows from something else, is not stored.
    """
    return {
        "key_id": record.key_id,
        "request_id": record.request_id,
        "day_shard": day_shards.of_request(record.request_id),
        "kind": record.kind.value,
        "outcome": record.outcome.value,
        "model": record.model,
        "model_id": record.model_id if record.model_id != catalog.model_id(record.model) else None,
        "provider_id": record.provider_id,
        "remote_model": record.remote_model,
        "prompt_tokens": record.usage.prompt_tokens,
        "completion_tokens": record.usage.completion_tokens,
        **_from_usage(record.usage),
        "price_version": record.price_version,
        "price_factor": record.price_factor if record.price_factor != money.ONE else None,
        "minimum_fee": record.minimum_fee or None,
        "breakdown": [
            [line.item, line.quantity, line.unit_price, line.cost] for line in record.breakdown.lines
        ],
        "calculated_cost": record.calculated_cost,
        "created_at": rfc3339(record.created_at),
        "completed_at": rfc3339(record.completed_at),
        "http_status": record.http_status,
        "streamed": record.streamed,
        "scopes": list(record.scopes),
        "exceeds_hold": record.exceeds_hold or None,
        "provider_request_id": record.provider_request_id,
        "owner_email": record.owner_email,
        "tags": dict(record.tags),
        "session_id": record.session_id,
        "trace": record.trace,
        "attempts": [_from_attempt(attempt) for attempt in record.attempts] or None,
        **_from_parts(record),
        "expires_at": int((record.created_at + retention).timestamp()),
    }


def to_record(item: Mapping[str, Any]) -> LedgerRecord:
    return LedgerRecord(
        request_id=item["request_id"],
        key_id=item["key_id"],
        kind=RecordKind(item["kind"]),
        outcome=Outcome(item["outcome"]),
        model=item["model"],
        model_id=item.get("model_id") or catalog.model_id(item["model"]),
        provider_id=item.get("provider_id"),
        remote_model=item.get("remote_model"),
        usage=_to_usage(item),
        price_version=item["price_version"],
        price_factor=item.get("price_factor", money.ONE),
        minimum_fee=item.get("minimum_fee", money.ZERO),
        breakdown=Breakdown(tuple(map(_to_line, item["breakdown"]))),
        created_at=from_rfc3339(item["created_at"]),
        completed_at=from_rfc3339(item["completed_at"]),
        http_status=integer(item.get("http_status")),
        streamed=item["streamed"],
        scopes=tuple(item["scopes"]),
        exceeds_hold=item.get("exceeds_hold", False),
        provider_request_id=item.get("provider_request_id"),
        owner_email=item.get("owner_email"),
        tags=item["tags"],
        session_id=item.get("session_id"),
        trace=item.get("trace"),
        attempts=tuple(_to_attempt(attempt) for attempt in item.get("attempts", ())),
        **_to_parts(item),
    )


def _from_parts(record: LedgerRecord) -> Item:
    """Who pays for it, where anything is known of that. A scope's place among all stands for it."""
    billing = record.billing
    return {
        "pack_draws": [
            [record.scopes.index(draw.scope_id), draw.pack_id, draw.amount] for draw in record.pack_draws
        ]
        or None,
        "billing": [record.scopes.index(billing.scope_id), billing.included, billing.metered]
        if billing
        else None,
        "billing_mode": record.billing_mode.value if record.billing_mode else None,
        "cost_centre": record.cost_centre,
        "provider_cost": record.provider_cost if record.provider_cost != record.calculated_cost else None,
        "downgraded_from": record.downgraded_from,
        "fallback_from": record.fallback_from,
        "fallback_reason": record.fallback_reason,
    }


def _to_parts(item: Mapping[str, Any]) -> dict[str, Any]:
    scopes = item["scopes"]
    billing = item.get("billing")
    return {
        "pack_draws": to_draws(item),
        "billing": BillingParts(scopes[int(billing[0])], *billing[1:]) if billing else None,
        "billing_mode": BillingMode(item["billing_mode"]) if "billing_mode" in item else None,
        "cost_centre": item.get("cost_centre"),
        "provider_cost": item.get("provider_cost"),
        "downgraded_from": item.get("downgraded_from"),
        "fallback_from": item.get("fallback_from"),
        "fallback_reason": item.get("fallback_reason"),
    }


def to_draws(item: Mapping[str, Any]) -> tuple[PackDraw, ...]:
    """What packs have paid of a record."""
    scopes = item["scopes"]
    return tuple(
        PackDraw(scopes[int(place)], pack_id, amount) for place, pack_id, amount in item.get("pack_draws", ())
    )


def _to_line(stored: Any) -> BreakdownLine:
    """Of version 0.1, its values stand under their names."""
    places = (stored[name] for name in _LINE) if isinstance(stored, dict) else stored
    item, quantity, unit_price, cost = places
    return BreakdownLine(item, int(quantity), unit_price, cost)


def _from_attempt(attempt: FailedAttempt) -> Item:
    attributes = {
        "provider_id": attempt.provider_id,
        "remote_model": attempt.remote_model,
        "fault": attempt.fault,
        "http_status": attempt.http_status,
        "duration_ms": attempt.duration // _MILLISECOND,
        **_from_usage(attempt.usage),
        "price_version": attempt.price_version,
        "cost": attempt.cost,
    }
    return {name: value for name, value in attributes.items() if value is not None}


def _to_attempt(item: Mapping[str, Any]) -> FailedAttempt:
    return FailedAttempt(
        provider_id=item["provider_id"],
        remote_model=item["remote_model"],
        fault=item["fault"],
        http_status=integer(item.get("http_status")),
        duration=int(item["duration_ms"]) * _MILLISECOND,
        usage=_to_usage(item),
        price_version=item["price_version"],
        cost=item["cost"],
    )


def _from_usage(usage: Usage) -> Item:
    return {
        "tokens": _from_tokens(usage.tokens),
        "tool_calls": dict(usage.tool_calls) or None,
        "service_tier": usage.service_tier,
        "speed": usage.speed,
        "inference_geo": usage.inference_geo,
        "other_models": [
            {"model": other.model, "tokens": _from_tokens(other.tokens)} for other in usage.others
        ]
        or None,
        "usage_flags": sorted(flag.value for flag in usage.flags) or None,
        "usage_source": usage.source.value if usage.source is not UsageSource.PROVIDER else None,
    }


def _to_usage(item: Mapping[str, Any]) -> Usage:
    return Usage(
        tokens=_to_tokens(item["tokens"]),
        source=UsageSource(item.get("usage_source", UsageSource.PROVIDER)),
        tool_calls={tool: int(calls) for tool, calls in item.get("tool_calls", {}).items()},
        service_tier=item.get("service_tier"),
        speed=item.get("speed"),
        inference_geo=item.get("inference_geo"),
        others=tuple(
            ModelUsage(other["model"], _to_tokens(other["tokens"]))
            for other in item.get("other_models") or ()
        ),
        flags=frozenset(map(UsageFlag, item.get("usage_flags") or ())),
    )


def _from_tokens(tokens: Mapping[TokenClass, int]) -> Item:
    return {token_class.value: count for token_class, count in tokens.items()}


def _to_tokens(item: Mapping[str, Any]) -> dict[TokenClass, int]:
    return {TokenClass(name): int(count) for name, count in item.items()}
