"""What the costs table must hold, worked out record by record without the code under test."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tollgate.aws import dynamodb
from tollgate.costs.aggregates import LATENCY_BOUNDS
from tollgate.ledger.records import Outcome
from tollgate.ledger.store import record_items

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import tzinfo

    from tollgate.ledger.records import LedgerRecord

# Partition key, sort key and attribute -> number.
Sums = dict[tuple[str, str, str], Decimal]


def stream_record(record: LedgerRecord, number: int) -> dict[str, Any]:
    """As the usage table's stream brings it."""
    image = dynamodb.item(record_items.to_item(record, timedelta(days=400)))
    return {"eventName": "INSERT", "dynamodb": {"NewImage": image, "SequenceNumber": str(number)}}


def sums_of(records: Iterable[LedgerRecord], zone: tzinfo) -> Sums:
    """The figures of every item that there must be, zeros left out."""
    sums: Sums = defaultdict(Decimal)
    for record in records:
        day = record.created_at.astimezone(zone).strftime("%Y-%m-%d")
        for period in (day, day[:7]):
            for dimension, value, prefix in _places(record):
                for name, number in _figures(record):
                    sums[f"{dimension}#{period}", value, prefix + name] += number
    return {place: number for place, number in sums.items() if number}


def stored_sums(client: Any, table: str) -> tuple[Sums, set[str]]:
    """The figures of every item that there is, and the requests that have a marker."""
    sums: Sums = {}
    marked: set[str] = set()
    for page in client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        for item in page["Items"]:
            partition = item.pop("dimension_period")["S"]
            value = item.pop("dimension_value")["S"]
            if partition.startswith("rolled#"):
                marked.add(partition.removeprefix("rolled#"))
                continue
            sums |= {(partition, value, name): Decimal(number["N"]) for name, number in item.items()}
    return sums, marked


def _places(record: LedgerRecord) -> Iterator[tuple[str, str, str]]:
    """Of a period: partition without it, sort key, and what the attributes begin with."""
    key, model = record.key_id, record.model
    owner, provider = record.owner_email or "-", record.provider_id or "-"
    yield "total", "all", ""
    yield "key", key, ""
    yield f"key_model@{key}", model, ""
    yield "model", model, ""
    yield f"model_key@{model}", key, ""
    yield "provider", provider, ""
    yield "owner", owner, ""
    yield f"owner_key@{owner}", key, ""
    yield f"owner_model@{owner}", model, ""
    for name, value in record.tags.items():
        yield "tag", f"{name}={value}", ""
    for scope in record.scopes:
        yield "key", scope, "tree_"
        yield f"key_model@{scope}", model, "tree_"


def _figures(record: LedgerRecord) -> Iterator[tuple[str, Decimal]]:
    yield "requests", Decimal(1)
    yield "failed", Decimal(record.outcome is Outcome.FAILED)
    yield "abandoned", Decimal(record.outcome is Outcome.ABANDONED)
    yield "prompt_tokens", Decimal(record.usage.prompt_tokens)
    yield "completion_tokens", Decimal(record.usage.completion_tokens)
    yield "cost", record.calculated_cost
    for token_class, count in record.usage.tokens.items():
        yield f"tokens_{token_class.value}", Decimal(count)
    if record.outcome is not Outcome.ABANDONED:
        took = (record.completed_at - record.created_at) // timedelta(milliseconds=1)
        yield "latency_ms", Decimal(took)
        yield f"ms_{next(bound for bound in LATENCY_BOUNDS if took <= bound)}", Decimal(1)
