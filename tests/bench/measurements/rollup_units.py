"""What the rollup writes, and whether it keeps up: write units a record, and how long a batch takes.

Units are worked out by DynamoDB's rules from the items that the project's own code makes of simulated
traffic: Poisson arrivals, and a batch for each shard that has had a record, when its window is over.
Processor time is this machine's, measured over DynamoDB Local.
"""

from __future__ import annotations

import json
import random
import time
import uuid
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

from infra.local.environment import ROOT
from infra.local.tables import create_tables, read_template, table_schemas
from tests.bench.local_client import connected
from tests.bench.report import dollars
from tests.support import item_sizes
from tests.support.builders import NOW, record
from tests.support.cost_model import stream_record
from tests.support.fake_costs import FakeCosts
from tollgate.costs.aggregates import Latency, Tally
from tollgate.costs.cost_entry import CostEntry
from tollgate.costs.day_ends import closes_at
from tollgate.costs.store.closed_days import ClosedDays
from tollgate.costs.store.day_closing import DayClosing
from tollgate.costs.store.shard_sums import Numbered, ShardSums
from tollgate.money import ONE
from tollgate.pricing.usage import TokenClass

if TYPE_CHECKING:
    from collections.abc import Iterator

DAY_SECONDS = 86_400
# What an invocation takes, and how many updates of a batch are under way at once.
PAYLOAD, AT_ONCE = 6_000_000, 10
# Of one UpdateItem, as a client in the same region sees it.
LATENCY_SECONDS = 0.005
# Of keys so deep, how many tags they have.
ALONE = {1: 0, 2: 2, 4: 5, 10: 20}
# Records a second, seconds of a batch's window, and shards that they come through.
TRAFFIC = ((0.38, 30, 1), (1.6, 30, 1), (1.6, 60, 1), (1.6, 30, 4), (16.0, 30, 1), (16.0, 30, 4))
RATE, SHARDS, WINDOW = 10_000, 64, 30
# Keys and models that such a deployment has.
POPULATIONS = ((100, 5), (1000, 20), (10_000, 20))
MEMORIES = (512, dollars.WHOLE_PROCESSOR_MB)


class Metered(FakeCosts):
    """Counts writes and their units: an item's KB, rounded up."""

    def __init__(self) -> None:
        super().__init__(page=2000)
        self.writes = self.units = 0

    def _update(self, update: Any) -> None:
        super()._update(update)
        self.writes += 1
        self.units += -(-item_sizes.size(self._find(update["Key"]) or {}) // item_sizes.UNIT_BYTES)


def measure() -> dict[str, Any]:
    """Units a record `alone` by depth, and in `traffic`; how busy the `shards` of a large deployment are."""
    return {"alone": _alone(), "traffic": _traffic(), "shards": _many_shards()}


def entry(chance: random.Random, keys: int, models: int, depth: int = 2, tags: int = 2) -> CostEntry:
    key = chance.randrange(keys)
    return CostEntry(
        request_id=f"req_{uuid.uuid4().hex[:26]}",
        key_id=f"key_{key:016}",
        model=f"model-{chance.randrange(models):014}",
        day=NOW.date(),
        tally=Tally(
            requests=1,
            prompt_tokens=1500,
            completion_tokens=200,
            cost=ONE.scaleb(-4) * chance.randrange(1, 999),
            tokens={TokenClass.INPUT: 1000, TokenClass.CACHED_INPUT: 500, TokenClass.OUTPUT: 200},
            latency=Latency.of(int(chance.lognormvariate(8, 1))),
        ),
        scopes=(f"key_{key:016}", *(f"key_{key // 10:06}_above_{level:03}" for level in range(depth - 1))),
        provider=f"prv_{chance.randrange(3):016}",
        owner=f"owner-{key % max(keys // 5, 1):04}@company.example.com",
        tags=frozenset(f"tag-{number}=value-{key % 5}" for number in range(tags)),
    )


def shard_name(shard: int) -> str:
    return f"shardId-{shard:020}-f55eea83"


def _alone() -> dict[str, dict[str, float]]:
    """By depth: how many tags the key has, and what its record is then."""
    found = {}
    for depth, tags in ALONE.items():
        table: Any = Metered()
        _add(table, 0, [entry(random.Random(1), 1, 1, depth, tags)], 0)
        found[str(depth)] = {"tags": tags, "items": table.writes, "units": table.units}
    return found


def _traffic() -> list[dict[str, float]]:
    return [_of_traffic(*each) for each in TRAFFIC]


def _of_traffic(rate: float, window: int, shards: int) -> dict[str, float]:
    """Units a record of an hour: as it is added, and as its share of closing the day."""
    table: Any = Metered()
    sizes = [
        _add(table, shard, batch, number)
        for shard in range(shards)
        for number, batch in _batches(rate / shards, window, seed=shard)
    ]
    count = sum(sizes)
    added = table.units / count
    table.writes = table.units = 0
    ClosedDays(table, "costs").done((NOW.date() - timedelta(days=1)).isoformat())
    DayClosing(table, "costs", UTC, lambda: closes_at(NOW.date(), UTC), at_once=1).run()
    return {
        "rate": rate,
        "window": window,
        "shards": shards,
        "records a batch": count / len(sizes),
        "added": added,
        "closed": table.units / (rate * DAY_SECONDS),
        "largest item": max(item_sizes.size(item) for part in table.items.values() for item in part.values()),
    }


def _batches(rate: float, window: int, seed: int) -> Iterator[tuple[int, list[CostEntry]]]:
    """An hour of a shard: a window begins with a record, and takes what comes within it."""
    chance = random.Random(seed)
    now, number = chance.expovariate(rate), 0
    while now < 3600:
        batch, ends = [], now + window
        while now < ends:
            batch.append(entry(chance, 50, 5))
            now += chance.expovariate(rate)
        yield number, batch
        number += len(batch)


def _add(client: Any, shard: int, batch: list[CostEntry], first: int) -> int:
    sums = ShardSums(client, "costs", UTC, at_once=1)
    numbered = [Numbered(str(10**20 + number), each) for number, each in enumerate(batch, first)]
    assert sums.add(shard_name(shard), numbered) == set()
    return len(batch)


def _many_shards() -> dict[str, Any]:
    """A batch of each shard, and of the time until the next one the share that it takes, by memory."""
    made = stream_record(record("req_01kkq8jf4700000000000000aa", tags={"a": "b", "c": "d"}), 1)
    size = min(RATE * WINDOW // SHARDS, PAYLOAD // len(json.dumps(made)))
    apart = size * SHARDS / RATE
    per_write, per_record = _processor_time()
    rows = []
    for keys, models in POPULATIONS:
        table: Any = Metered()
        chance = random.Random(keys)
        _add(table, 0, [entry(chance, keys, models) for _ in range(size)], 0)
        work = table.writes * per_write + size * per_record
        latency = table.writes * LATENCY_SECONDS / AT_ONCE
        busy = {str(memory): max(work / dollars.share(memory), latency) / apart for memory in MEMORIES}
        rows.append({"keys": keys, "models": models, "writes": table.writes / size, "busy": busy})
    return {
        "rate": RATE,
        "shards": SHARDS,
        "records a batch": size,
        "seconds apart": apart,
        "ms a write": per_write * 1000,
        "ms to fold a record": per_record * 1000,
        "populations": rows,
    }


def _processor_time() -> tuple[float, float]:
    """Of a write, by way of boto3, and of folding a record's sums into those of its batch."""
    batch = [entry(random.Random(3), 100, 5) for _ in range(3000)]
    begun = time.process_time()
    folding: Any = _Nothing()
    _add(folding, 0, batch, 0)
    folded = time.process_time() - begun
    with connected() as client:
        schemas = {"CostsTable": table_schemas(read_template(ROOT / "template.yaml"))["CostsTable"]}
        name = create_tables(client, schemas, f"bench-{uuid.uuid4().hex[:8]}")["CostsTable"]
        sums = ShardSums(client, name, UTC)
        numbered = [
            Numbered(str(10**20 + number), entry(random.Random(number), 50, 5)) for number in range(300)
        ]
        assert sums.add(shard_name(1), numbered) == set()
        live = {live for each in numbered for live in each.entry.live_sums()}
        begun = time.process_time()
        assert sums.add(shard_name(2), numbered) == set()
        written = time.process_time() - begun
    return written / len(live), folded / len(batch)


class _Nothing:
    def update_item(self, **_request: Any) -> None:
        pass
