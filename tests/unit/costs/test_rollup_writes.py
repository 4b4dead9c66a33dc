"""What a record costs to add: items, and their bytes. docs/costs.md says the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date
from typing import Any

import pytest

from tests.support.item_sizes import size
from tollgate.costs.aggregates import LATENCY_BOUNDS, Latency, Tally
from tollgate.costs.charge_parts import ChargeParts
from tollgate.costs.cost_entry import CostEntry
from tollgate.costs.store.shard_sums import Numbered, ShardSums
from tollgate.money import ONE
from tollgate.pricing.usage import TokenClass

# As long as DynamoDB's: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Shard.html
SHARD = "shardId-00000001414576573621-f55eea83"
NUMBER = "4" * 30
UNIT = 1024
TOLD = "docs/costs.md (What it costs) and docs/benchmarks.md (make bench ARGS=rollup_units) say otherwise"


class Table:
    """Notes what each update makes of an item that isn't there yet."""

    def __init__(self) -> None:
        self.items: list[dict[str, Any]] = []

    def update_item(self, **update: Any) -> None:
        values = update["ExpressionAttributeValues"]
        parts = update["UpdateExpression"].replace("ADD ", "").replace(" SET ", ", ").split(", ")
        pairs = (part.replace(" = ", " ").split() for part in parts)
        self.items.append(update["Key"] | {name: values[placeholder] for name, placeholder in pairs})


def entry(depth: int, tags: int, tally: Tally | None = None) -> CostEntry:
    return CostEntry(
        request_id="req_1",
        key_id="key_0123456789abcdef",
        model="claude-sonnet-4-5-20250929",
        day=date(2026, 11, 23),
        tally=tally or Tally(requests=1),
        scopes=("key_0123456789abcdef", *(f"key_above_{level:06}" for level in range(depth - 1))),
        provider="prv_0123456789abcdef",
        owner="somebody.with-a-name@company.example.com",
        tags=frozenset(f"cost-center-{number}=research-and-development" for number in range(tags)),
    )


def written(made: CostEntry) -> list[dict[str, Any]]:
    table: Any = Table()
    assert ShardSums(table, "costs", UTC, at_once=1).add(SHARD, [Numbered(NUMBER, made)]) == set()
    items: list[dict[str, Any]] = table.items
    return items


@pytest.mark.parametrize(("depth", "tags", "items"), [(1, 0, 2), (2, 2, 5), (4, 5, 10), (10, 20, 31)])
def test_a_record_alone_is_so_many_items(depth, tags, items):
    assert len(written(entry(depth, tags))) == items == 1 + depth + tags, TOLD


def test_a_cost_centre_a_hybrid_scope_and_each_pack_are_an_item_more():
    usual = entry(2, 2)
    drawn = {("key_above_000000", "pck_0123456789ab"): ONE, ("key_above_000000", "pck_ba9876543210"): ONE}
    made = replace(usual, cost_centre="4711", billed_at="key_above_000000", drawn=drawn)
    assert len(written(made)) == len(written(usual)) + 4, TOLD


def test_the_sum_of_a_busy_day_is_a_single_write_unit():
    """Of a million requests, of five token classes, as slow as there is a bucket for."""
    many = 10**6
    busy = Tally(
        requests=many,
        failed=many // 10,
        abandoned=many // 100,
        prompt_tokens=5000 * many,
        completion_tokens=500 * many,
        cost=ONE.scaleb(-9) * 123_456_789_123_456,
        tokens=dict.fromkeys(list(TokenClass)[:5], 1234 * many),
        latency=Latency(7654 * many, dict.fromkeys(LATENCY_BOUNDS, 34_567)),
    )
    charged = replace(busy, parts=ChargeParts(*[ONE.scaleb(-9) * 123_456_789_123_456] * 6))
    assert max(size(item) for item in written(entry(2, 2, charged))) <= UNIT, TOLD
    sizes = [size(item) for item in written(entry(2, 2, busy))]
    assert len(sizes) == 5, TOLD
    assert max(sizes) <= UNIT, (TOLD, sizes)
