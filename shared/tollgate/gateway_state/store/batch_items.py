"""Files, batches and their calls as items of the batches table, and back."""

from __future__ import annotations

import json
import zlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tollgate import money
from tollgate.aws.dynamodb import epoch, integer, moment
from tollgate.catalog.store import price_items
from tollgate.clock import from_rfc3339, rfc3339
from tollgate.gateway_state.stored_batches import (
    BatchCall,
    BatchCalls,
    BatchStage,
    CallLimits,
    StoredBatch,
    StoredFile,
    ThingKind,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tollgate.aws.dynamodb import Item

# Longer than providers keep files and results for.
KEPT = timedelta(days=60)
# Of a hash of a call's name: enough that no two of a batch are alike by chance.
NAME_BYTES = 8
_DUE = "due"


def owner(key_id: str, kind: ThingKind) -> str:
    """What the index lists a key's things of a kind by."""
    return f"{key_id}#{kind}"


def beginning(request_id: str) -> str:
    """The name of a batch that its provider hasn't named yet."""
    return f"begun#{request_id}"


def calls_of(name: str) -> str:
    """The name of a batch's, or file's, calls."""
    return f"calls#{name}"


def as_text(seen: Mapping[str, Any]) -> str:
    """What a provider has said, as it is stored: its numbers are none that a table should look at."""
    return json.dumps(dict(seen), separators=(",", ":"))


def from_text(stored: str) -> dict[str, Any]:
    seen: dict[str, Any] = json.loads(stored)
    return seen


def _listed(created_at: datetime, thing_id: str) -> str:
    return f"{rfc3339(created_at)}#{thing_id}"


def _expires(created_at: datetime) -> int:
    return int((created_at + KEPT).timestamp())


def file_to_item(file: StoredFile) -> Item:
    return {
        "name": file.file_id,
        "owner": owner(file.key_id, ThingKind.FILE),
        "listed": _listed(file.created_at, file.file_id),
        "kind": ThingKind.FILE.value,
        "key_id": file.key_id,
        "provider_id": file.provider_id,
        "created_at": rfc3339(file.created_at),
        "seen": as_text(file.seen),
        "api": file.api,
        "model": file.model,
        "remote_id": file.remote_id,
        "limits_output": file.limits_output or None,
        "batch_id": file.batch_id,
        "expires_at": _expires(file.created_at),
    }


def to_file(item: Mapping[str, Any]) -> StoredFile:
    return StoredFile(
        file_id=item["name"],
        key_id=item["key_id"],
        provider_id=item["provider_id"],
        created_at=from_rfc3339(item["created_at"]),
        seen=from_text(item["seen"]),
        api=item.get("api"),
        model=item.get("model"),
        remote_id=item.get("remote_id"),
        limits_output=item.get("limits_output", False),
        batch_id=item.get("batch_id"),
    )


def batch_to_item(batch: StoredBatch) -> Item:
    """Without an id of the provider's, lists don't have it."""
    batch_id, is_open = batch.batch_id, batch.stage is not BatchStage.SETTLED
    return {
        "name": batch_id or beginning(batch.request_id),
        "owner": owner(batch.key_id, batch.kind) if batch_id else None,
        "listed": _listed(batch.admitted_at, batch_id) if batch_id else None,
        "kind": batch.kind.value,
        "key_id": batch.key_id,
        "provider_id": batch.provider_id,
        "request_id": batch.request_id,
        "api": batch.api,
        "model": batch.model,
        "remote_id": batch.remote_id,
        "price": price_items.to_item(batch.price),
        "price_factor": batch.price_factor if batch.price_factor != money.ONE else None,
        "minimum_fee": batch.minimum_fee or None,
        "billing_mode": batch.billing_mode,
        "cost_centre": batch.cost_centre,
        "calls": batch.calls,
        "created_at": rfc3339(batch.admitted_at),
        "held_until": rfc3339(batch.held_until),
        "stage": batch.stage.value,
        "scopes": list(batch.scopes) or None,
        "context_limit": batch.context_limit,
        "output_limit": batch.output_limit,
        "tagged": batch.tagged or None,
        "seen": as_text(batch.seen),
        "due": _DUE if is_open else None,
        "due_at": epoch(batch.due_at) if is_open else None,
        "expires_at": _expires(batch.admitted_at),
    }


def to_batch(item: Mapping[str, Any]) -> StoredBatch:
    is_named = item["name"] != beginning(item["request_id"])
    held_until = from_rfc3339(item["held_until"])
    return StoredBatch(
        kind=ThingKind(item["kind"]),
        request_id=item["request_id"],
        key_id=item["key_id"],
        provider_id=item["provider_id"],
        api=item["api"],
        model=item["model"],
        remote_id=item["remote_id"],
        price=price_items.to_version(item["price"]),
        calls=int(item["calls"]),
        admitted_at=from_rfc3339(item["created_at"]),
        held_until=held_until,
        stage=BatchStage(item["stage"]),
        due_at=moment(item["due_at"]) if "due_at" in item else held_until,
        batch_id=item["name"] if is_named else None,
        scopes=tuple(item.get("scopes", ())),
        price_factor=item.get("price_factor", money.ONE),
        minimum_fee=item.get("minimum_fee", money.ZERO),
        billing_mode=item.get("billing_mode"),
        cost_centre=item.get("cost_centre"),
        context_limit=integer(item.get("context_limit")),
        output_limit=integer(item.get("output_limit")),
        tagged=item.get("tagged", False),
        seen=from_text(item["seen"]),
    )


def calls_to_item(name: str, calls: BatchCalls, created_at: datetime) -> Item:
    """Columns of numbers, which compress well, beside the hashes, which don't."""
    told = {
        "prompt": [each.prompt_tokens for each in calls.calls],
        "output": [each.output_tokens for each in calls.calls],
        "limits": [each.limits for each in calls.calls],
        "kinds": [
            {
                "choices": each.choices,
                "other": each.other_output_tokens,
                "tools": dict(each.tool_calls),
                "limited": each.limits_output,
                "options": dict(each.options),
            }
            for each in calls.limits
        ],
    }
    return {
        "name": calls_of(name),
        "call_names": b"".join(each.name for each in calls.calls),
        "call_limits": zlib.compress(json.dumps(told, separators=(",", ":")).encode()),
        "expires_at": _expires(created_at),
    }


def to_calls(item: Mapping[str, Any]) -> BatchCalls:
    names, told = bytes(item["call_names"]), json.loads(zlib.decompress(bytes(item["call_limits"])))
    columns = zip(told["prompt"], told["output"], told["limits"], strict=True)
    return BatchCalls(
        tuple(
            BatchCall(names[place * NAME_BYTES : (place + 1) * NAME_BYTES], prompt, output, limits)
            for place, (prompt, output, limits) in enumerate(columns)
        ),
        tuple(
            CallLimits(each["choices"], each["other"], each["tools"], each["limited"], each["options"])
            for each in told["kinds"]
        ),
    )
