"""What the costs table must hold, worked out record by record without the code under test."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
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

    from tollgate.ledger.records import LedgerRecord, PackDraw

# Partition key, sort key and attribute -> number.
Sums = dict[tuple[str, str, str], Decimal]


def stream_record(
    record: LedgerRecord, number: int, written_after: timedelta = timedelta(0)
) -> dict[str, Any]:
    """As the usage table's stream brings it: written when the request had ended, or so long after it."""
    image = dynamodb.item(record_items.to_item(record, timedelta(days=400)))
    return {
        "eventName": "INSERT",
        "eventSource": "aws:dynamodb",
        "dynamodb": {
            "NewImage": image,
            # DynamoDB's have 21 digits or more.
            "SequenceNumber": str(10**20 + number),
            "ApproximateCreationDateTime": int((record.completed_at + written_after).timestamp()),
        },
    }


def window_event(records: list[dict[str, Any]], shard: str | None = "shardId-00000001-a") -> dict[str, Any]:
    """As Lambda brings records where the mapping has windows; without a shard as where it has none."""
    if shard is None:
        return {"Records": records}
    return {
        "Records": records,
        "shardId": shard,
        "eventSourceARN": "arn:aws:dynamodb:us-east-1:123456789012:table/usage/stream/2026-11-01T00:00:00",
        "window": {"start": "2026-11-01T00:00:00Z", "end": "2026-11-01T00:15:00Z"},
        "state": {},
        "isFinalInvokeForWindow": False,
        "isWindowTerminatedEarly": False,
    }


def sums_of(records: Iterable[LedgerRecord], zone: tzinfo) -> Sums:
    """The figures of every day's and month's item that there must be, zeros left out."""
    sums: Sums = defaultdict(Decimal)
    for record in records:
        day = day_of(record, zone)
        for period in (day, day[:7]):
            for dimension, value, prefix in _places(record):
                for name, number in _figures(record):
                    sums[f"{dimension}#{period}", value, prefix + name] += number
            for draw in record.pack_draws:
                for name, number in _pack_figures(record, draw):
                    sums[f"pack@{draw.scope_id}#{period}", draw.pack_id, name] += number
    return {place: number for place, number in sums.items() if number}


def day_of(record: LedgerRecord, zone: tzinfo) -> str:
    return record.created_at.astimezone(zone).strftime("%Y-%m-%d")


def live_sum_of(records: Iterable[LedgerRecord], partition: str, place: str, zone: tzinfo) -> Sums:
    """The figures that a shard's item, by its keys, has to have of records of the shard."""
    _, kind, day = partition.split("#")
    *names, shard = place.split("\x1f")
    kind = "below" if shard.endswith("/below") else kind
    sums: Sums = defaultdict(Decimal)
    for record in records:
        if day_of(record, zone) != day:
            continue
        if (kind, *names) in _live_places(record):
            for name, number in _figures(record):
                sums[partition, place, name] += number
        for draw in record.pack_draws:
            if ["pack", draw.scope_id, draw.pack_id] == [kind, *names]:
                for name, number in _pack_figures(record, draw):
                    sums[partition, place, name] += number
    return {each: number for each, number in sums.items() if number}


def _live_places(record: LedgerRecord) -> set[tuple[str, ...]]:
    """What a record counts in while its day goes on: a kind, and names."""
    key, model, owner = record.key_id, record.model, record.owner_email or "-"
    return {
        ("key", key, model, owner),
        ("owner", owner, model, record.provider_id or "-"),
        *(("below", scope, model) for scope in record.scopes if scope != key),
        *(("tag", f"{name}={value}") for name, value in record.tags.items()),
        *([("centre", record.cost_centre, key, model)] if record.cost_centre else []),
        *([("billed", record.billing.scope_id)] if record.billing else []),
    }


@dataclass(frozen=True)
class Stored:
    """All that the costs table has: figures of days and months and through which day they have live sums,
    figures of shards and their marks, and the requests that have a marker."""

    sums: Sums
    through: dict[tuple[str, str], str]
    live: Sums
    marks: dict[tuple[str, str], str]
    marked: set[str]

    @classmethod
    def of(cls, client: Any, table: str) -> Stored:
        stored = cls({}, {}, {}, {}, set())
        for page in client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
            for item in page["Items"]:
                stored._take(item)
        return stored

    def _take(self, item: dict[str, Any]) -> None:
        place = item.pop("dimension_period")["S"], item.pop("dimension_value")["S"]
        numbers = {(*place, name): Decimal(value["N"]) for name, value in item.items() if "N" in value}
        numbers.pop((*place, "expires_at"), None)
        if place[0].startswith("rolled#"):
            self.marked.add(place[0].removeprefix("rolled#"))
        elif place[0].startswith("live#"):
            self.live.update(numbers)
            self.marks[place] = item["mark"]["S"]
        elif place[0] != "closed":
            self.sums.update({figure: number for figure, number in numbers.items() if number})
            self.through[place] = item.get("through", {}).get("S", "")


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
    if record.cost_centre:
        yield "cost_centre", record.cost_centre, ""
        yield f"centre_key@{record.cost_centre}", key, ""
        yield f"centre_model@{record.cost_centre}", model, ""
    if record.billing:
        yield "billed", record.billing.scope_id, ""


def _figures(record: LedgerRecord) -> Iterator[tuple[str, Decimal]]:
    yield "requests", Decimal(1)
    yield "failed", Decimal(record.outcome is Outcome.FAILED)
    yield "abandoned", Decimal(record.outcome is Outcome.ABANDONED)
    yield "prompt_tokens", Decimal(record.usage.prompt_tokens)
    yield "completion_tokens", Decimal(record.usage.completion_tokens)
    yield "cost", record.calculated_cost
    if record.provider_cost is not None:
        yield "margin", record.calculated_cost - record.provider_cost
    yield "packs", sum((draw.amount for draw in _counted(record)), Decimal())
    if record.billing:
        yield "included", record.billing.included
        yield "metered", record.billing.metered
    for line in record.breakdown.lines:
        if line.item in {"overage", "minimum_fee"}:
            yield {"overage": "overage", "minimum_fee": "fees"}[line.item], line.cost
    for token_class, count in record.usage.tokens.items():
        yield f"tokens_{token_class.value}", Decimal(count)
    if record.outcome is not Outcome.ABANDONED:
        took = (record.completed_at - record.created_at) // timedelta(milliseconds=1)
        yield "latency_ms", Decimal(took)
        yield f"ms_{next(bound for bound in LATENCY_BOUNDS if took <= bound)}", Decimal(1)


def _counted(record: LedgerRecord) -> list[PackDraw]:
    """What packs paid where the request is billed, or at the highest scope whose packs paid any."""
    draws = record.pack_draws
    if record.billing:
        paying = record.billing.scope_id
    else:
        paying = max((draw.scope_id for draw in draws), key=record.scopes.index, default="")
    return [draw for draw in draws if draw.scope_id == paying]


def _pack_figures(record: LedgerRecord, draw: PackDraw) -> Iterator[tuple[str, Decimal]]:
    yield "requests", Decimal(1)
    yield "cost", draw.amount
    yield "packs", draw.amount if draw in _counted(record) else Decimal()
