"""What the rollup writes: items and capacity units per record, records per second when shards share items.

On DynamoDB Local, whose speed is this machine's. It doesn't count what transactions consume, so that is
worked out: twice an item's size in KB, rounded up.
"""

from __future__ import annotations

import random
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from infra.local.environment import ROOT
from infra.local.tables import create_tables, read_template, table_schemas
from tests.bench.local_client import connected
from tests.support.builders import NOW
from tollgate.costs.aggregates import CostEntry, Latency, Tally
from tollgate.costs.store.costs_table import CostsTable
from tollgate.costs.store.rollup import EntryOutcome, roll_up
from tollgate.money import ONE
from tollgate.pricing.usage import TokenClass

BATCH = 100
BATCHES = 8


class Counting:
    """Counts transactions and the items in them."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.items, self.transactions = 0, 0

    def transact_write_items(self, **request: Any) -> Any:
        self.items += len(request["TransactItems"])
        self.transactions += 1
        return self._client.transact_write_items(**request)


def main() -> None:
    with connected() as client:
        schemas = {"CostsTable": table_schemas(read_template(ROOT / "template.yaml"))["CostsTable"]}
        names = create_tables(client, schemas, f"bench-{uuid.uuid4().hex[:8]}")
        by_shape(client, names["CostsTable"])
        by_batch(client, names["CostsTable"])
        by_shards(client, names["CostsTable"])


def entry(key: int, depth: int = 2, tags: int = 2, models: int = 3) -> CostEntry:
    chance = random.Random(uuid.uuid4().int)
    tokens = {TokenClass.INPUT: 1000, TokenClass.CACHED_INPUT: 500, TokenClass.OUTPUT: 200}
    return CostEntry(
        request_id=f"req_{uuid.uuid4().hex[:26]}",
        key_id=f"key_{key:016}",
        model=f"model-{chance.randrange(models)}",
        day=NOW.date(),
        tally=Tally(
            requests=1,
            prompt_tokens=1500,
            completion_tokens=200,
            cost=ONE.scaleb(-4),
            tokens=tokens,
            latency=Latency.of(chance.randrange(200, 20_000)),
        ),
        scopes=(f"key_{key:016}", *(f"key_above_{level:010}" for level in range(depth - 1))),
        provider="prv_1",
        owner=f"owner-{key % 20}@example.com",
        tags=frozenset(f"tag-{number}=value-{key % 5}" for number in range(tags)),
    )


def by_shape(client: Any, table: str) -> None:
    print("a record alone")
    for depth, tags in ((1, 0), (2, 2), (4, 5), (10, 20)):
        counting: Any = Counting(client)
        added(CostsTable(counting, table), [entry(1, depth, tags)])
        print(
            f"  depth {depth:2}, {tags:2} tags: {counting.items:3} items, {2 * counting.items:4} write units"
        )


def by_batch(client: Any, table: str) -> None:
    print("in a batch, depth 2, two tags, three models: by record")
    for size, keys in ((100, 1), (100, 10), (100, 100), (100, 1000), (500, 100), (500, 1000)):
        counting: Any = Counting(client)
        chance = random.Random(keys)
        added(CostsTable(counting, table), [entry(chance.randrange(keys)) for _ in range(size)])
        items, records = counting.items / size, size / counting.transactions
        print(
            f"  {size} of {keys:4} keys: {items:5.1f} items, {2 * items:5.1f} write units,"
            f" {records:4.1f} records per transaction"
        )
    scanned = client.get_paginator("scan").paginate(TableName=table)
    print(f"the largest item: {max(size_of(item) for page in scanned for item in page['Items'])} bytes")


def size_of(item: dict[str, dict[str, str]]) -> int:
    """By DynamoDB's rules: a number takes a byte for two digits, and one more."""
    return sum(
        len(name) + (len(value["S"].encode()) if "S" in value else len(value["N"]) // 2 + 2)
        for name, value in item.items()
    )


def by_shards(client: Any, table: str) -> None:
    print("shards at once, batches of 100 from 30 keys")
    for shards in (1, 2, 4, 8):
        batches = [[entry(number % 30) for number in range(BATCH)] for _ in range(BATCHES)]
        begun = time.perf_counter()
        with ThreadPoolExecutor(shards) as pool:
            counted = sum(pool.map(lambda batch: added(CostsTable(client, table), batch), batches))
        seconds = time.perf_counter() - begun
        print(f"  {shards}: {counted / seconds:5.0f} records/s here, {counted} of {BATCH * BATCHES} at once")


def added(costs: CostsTable, entries: list[CostEntry]) -> int:
    """How many were added before the table was too crowded; the stream would bring the rest again."""
    done = 0
    try:
        for _, fate in roll_up(costs, entries):
            done += fate is EntryOutcome.ADDED
    except RuntimeError:
        pass
    return done


if __name__ == "__main__":
    main()
