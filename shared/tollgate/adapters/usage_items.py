"""A ledger record as an item of the usage table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate.clock import rfc3339

if TYPE_CHECKING:
    from datetime import timedelta

    from tollgate.adapters.dynamodb import Item
    from tollgate.records import LedgerRecord


def to_item(record: LedgerRecord, retention: timedelta) -> Item:
    """The record's attributes; `expires_at` is the TTL in whole seconds since 1970."""
    return {
        "key_id": record.key_id,
        "request_id": record.request_id,
        "kind": record.kind.value,
        "outcome": record.outcome.value,
        "model": record.model,
        "model_id": record.model_id,
        "provider_id": record.provider_id,
        "remote_model": record.remote_model,
        "prompt_tokens": record.usage.prompt_tokens,
        "completion_tokens": record.usage.completion_tokens,
        "usage_source": record.usage.source.value,
        "price_version": record.price_version,
        "calculated_cost": record.calculated_cost,
        "created_at": rfc3339(record.created_at),
        "completed_at": rfc3339(record.completed_at),
        "http_status": record.http_status,
        "streamed": record.streamed,
        "provider_request_id": record.provider_request_id,
        "owner_email": record.owner_email,
        "tags": dict(record.tags),
        "expires_at": int((record.created_at + retention).timestamp()),
    }
