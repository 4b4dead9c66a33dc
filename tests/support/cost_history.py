"""A year's aggregates of 2,000,000 usage records over 5,000 keys, without the records.

They are as the rollup would have left them. Each key has one model, owner, provider and tag; of ten keys, the
first is the parent of the others. Of single days, those are there that are read of a span which begins two
days into the year and ends a day before its end.
"""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING, Any

from tollgate.costs.aggregates import ALL, Aggregate, Dimension, Latency, Tally
from tollgate.costs.store import cost_items
from tollgate.pricing.usage import TokenClass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

RECORDS = 2_000_000
KEYS, MODELS, OWNERS, PROVIDERS, TEAMS, FAMILY = 5000, 20, 500, 3, 10, 10
YEAR = 2025
MONTHS = [f"{YEAR}-{month:02}" for month in range(1, 13)]
FIRST, LAST = date(YEAR, 1, 3), date(YEAR, 12, 30)
CUT_OFF = [f"{YEAR}-01-01", f"{YEAR}-01-02", f"{YEAR}-12-31"]
# On these days, one key in so many was used.
_ACTIVE = 4
# The day that holds, in total, what a month has beside the days that are cut off.
_REST = "15"
_BATCH, _THREADS = 25, 4

Sums = dict[Aggregate, Tally]
# Requests, those of them that failed, and their cost in millionths of a dollar.
Counts = tuple[int, int, int]


def key_id(number: int) -> str:
    return f"key_{number:016}"


def model(number: int) -> str:
    return f"model-{number % MODELS}"


def owner(number: int) -> str:
    return f"owner-{number % OWNERS}@b.example"


def aggregates(*, every: int = 1, detail: bool = False) -> Sums:
    """Each key is used every so many months, and one in four on the days that are cut off, if in that month.

    With `detail`, tokens by class and latency, items take as much room as real ones.
    """
    sums: dict[Aggregate, Counts] = defaultdict(lambda: (0, 0, 0))
    for number, month in product(range(KEYS), MONTHS):
        if (number + int(month[-2:])) % every:
            continue
        requests = RECORDS * every // (KEYS * len(MONTHS)) + 1
        _add(sums, _of_key(number, month), (requests, number % 2, requests * (1 + number % 97)))
        for day in CUT_OFF if number % _ACTIVE == 0 else ():
            if day.startswith(month):
                _add(sums, _of_key(number, day), (1, 0, 1 + number % 97))
    for month in MONTHS:
        rest = [Aggregate(Dimension.TOTAL, f"{month}-{_REST}", ALL)]
        _add(sums, rest, sums[Aggregate(Dimension.TOTAL, month, ALL)])
        for day in CUT_OFF:
            requests, failed, cost = sums[Aggregate(Dimension.TOTAL, day, ALL)]
            if day.startswith(month):
                _add(sums, rest, (-requests, -failed, -cost))
    return {aggregate: _tally(*counts, detail=detail) for aggregate, counts in sums.items()}


def _add(sums: dict[Aggregate, Counts], aggregates: Iterable[Aggregate], counts: Counts) -> None:
    for aggregate in aggregates:
        requests, failed, cost = sums[aggregate]
        sums[aggregate] = (requests + counts[0], failed + counts[1], cost + counts[2])


def load(client: Any, table: str, sums: Sums) -> dict[str, int]:
    """Writes them; returns the bytes of each partition, by its name."""
    items: dict[tuple[str, str], dict[str, Any]] = {}
    for aggregate, tally in sums.items():
        address = cost_items.address(aggregate)
        item = items.setdefault(address, cost_items.key(*address))
        item |= {name: {"N": number} for name, number in cost_items.additions(aggregate, tally)}
    sizes: dict[str, int] = defaultdict(int)
    for (partition, _), item in items.items():
        sizes[partition] += _size(item)

    def write(batch: list[Any]) -> None:
        requests: Any = {table: [{"PutRequest": {"Item": item}} for item in batch]}
        while requests:
            requests = client.batch_write_item(RequestItems=requests)["UnprocessedItems"]

    stored = list(items.values())
    with ThreadPoolExecutor(_THREADS) as pool:
        batches = (stored[start : start + _BATCH] for start in range(0, len(stored), _BATCH))
        list(pool.map(write, batches))
    return sizes


def _of_key(number: int, period: str) -> Iterator[Aggregate]:
    """What a request of a key counts in, but for dimensions within one that no query here asks for."""
    own, root = key_id(number), key_id(number - number % FAMILY)
    yield Aggregate(Dimension.TOTAL, period, ALL)
    yield Aggregate(Dimension.KEY, period, own)
    for scope in {own, root}:
        yield Aggregate(Dimension.SCOPE, period, scope)
    yield Aggregate(Dimension.MODEL, period, model(number))
    yield Aggregate(Dimension.OWNER, period, owner(number))
    yield Aggregate(Dimension.PROVIDER, period, f"prv_{number % PROVIDERS}")
    yield Aggregate(Dimension.TAG, period, f"team={number % TEAMS}")
    if number < FAMILY:
        yield Aggregate(Dimension.KEY_MODEL, period, model(number), within=own)
        yield Aggregate(Dimension.SCOPE_MODEL, period, model(number), within=root)
    if model(number) == model(0):
        yield Aggregate(Dimension.MODEL_KEY, period, own, within=model(0))
        yield Aggregate(Dimension.OWNER_MODEL, period, model(0), within=owner(number))
    if owner(number) == owner(0):
        yield Aggregate(Dimension.OWNER_KEY, period, own, within=owner(0))


def _tally(requests: int, failed: int, cost: int, *, detail: bool) -> Tally:
    tokens = {TokenClass.INPUT: 1000 * requests, TokenClass.OUTPUT: 200 * requests}
    buckets = dict.fromkeys((400, 600, 800, 1000, 1500, 2000), requests // 10 + 1)
    return Tally(
        requests=requests,
        failed=failed,
        prompt_tokens=1000 * requests,
        completion_tokens=200 * requests,
        cost=Decimal(cost).scaleb(-6),
        tokens=tokens if detail else {},
        latency=Latency(900 * requests, buckets) if detail else Latency(),
    )


def _size(item: dict[str, Any]) -> int:
    """No less than DynamoDB counts: it packs numbers."""
    return sum(len(name) + len(next(iter(value.values()))) + 1 for name, value in item.items())
