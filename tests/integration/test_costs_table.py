"""Aggregates count each record once, whatever the stream delivers."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, timedelta
from decimal import Decimal

import pytest

from tests.builders import KEY, record
from tests.faults import KilledError, LossyClient, MortalClient
from tollgate.adapters import dynamodb as wire
from tollgate.adapters import usage_items
from tollgate.adapters.cost_entries import entry_of
from tollgate.adapters.costs import CostsTable, chunks
from tollgate.costs import Cover, Dimension, Entry, Tally
from tollgate_rollup.handler import take

DAY = date(2026, 3, 14)
ROOT = "key_root"


@pytest.fixture
def costs(dynamodb, tables) -> CostsTable:
    return CostsTable(dynamodb, tables["CostsTable"])


def entry(number: int, *, day: date = DAY) -> Entry:
    tally = Tally(requests=1, prompt_tokens=number, completion_tokens=1, cost=Decimal(number).scaleb(-6))
    key_id = f"key_{number % 3}"
    return Entry(f"req_{number:05}", key_id, f"model-{number % 2}", day, tally, (key_id, ROOT))


def stream_record(number: int) -> dict:
    made = record(f"req_{number:05}", cost="0.01", scopes=(KEY.key_id, ROOT))
    item = usage_items.to_item(made, timedelta(days=400))
    return {"eventName": "INSERT", "dynamodb": {"NewImage": wire.item(item), "SequenceNumber": str(number)}}


def totals(costs: CostsTable) -> Tally:
    (total,) = costs.by_value(Dimension.TOTAL, Cover((DAY.isoformat(),))).values()
    for dimension in (Dimension.TOTAL, Dimension.KEY, Dimension.MODEL):
        for period in (DAY.isoformat(), "2026-03"):
            assert sum(costs.by_value(dimension, Cover((period,))).values(), Tally()) == total
    assert costs.by_value(Dimension.SCOPE, Cover((DAY.isoformat(),)))[ROOT] == total
    models = costs.by_value(Dimension.SCOPE_MODEL, Cover((DAY.isoformat(),)), within=ROOT)
    assert sum(models.values(), Tally()) == total
    return total


def test_every_dimension_and_period_adds_up_to_the_same(costs):
    entries = [entry(number) for number in range(1, 201)]
    for chunk in chunks(entries):
        costs.add(chunk)
    assert totals(costs) == sum((each.tally for each in entries), Tally())


def test_redelivery_in_other_batches_counts_nothing_twice(costs):
    entries = [entry(number) for number in range(1, 101)]
    shuffled = random.Random(7)
    for _ in range(3):
        for chunk in chunks(entries):
            costs.add(chunk)
        shuffled.shuffle(entries)
    assert totals(costs).requests == 100
    assert totals(costs).cost == sum(each.tally.cost for each in entries)


@pytest.mark.parametrize("applies", [False, True], ids=["before", "after"])
def test_a_worker_that_dies_in_the_write_leaves_all_or_nothing_to_the_next(costs, applies):
    chunk = [entry(number) for number in range(1, 11)]
    with pytest.raises(KilledError):
        replace(costs, client=MortalClient(costs.client, 1, applies=applies)).add(chunk)
    costs.add(chunk)
    assert totals(costs).requests == 10


def test_two_workers_with_overlapping_batches_count_each_record_once(costs):
    entries = [entry(number) for number in range(1, 61)]

    def work(seed: int) -> None:
        mine = random.Random(seed).sample(entries, 40)
        for chunk in chunks(mine):
            costs.add(chunk)

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(work, seed) for seed in range(4)]:
            done.result()
    for chunk in chunks(entries):
        costs.add(chunk)
    assert totals(costs).requests == 60


def test_a_batch_with_the_same_record_twice_counts_it_once(costs):
    answer = take([stream_record(1), stream_record(2), stream_record(1)], costs, UTC)
    assert answer == {"batchItemFailures": []}
    assert totals(costs) == Tally(2, 0, 0, 2000, 400, Decimal("0.02"))


def test_a_batch_that_fails_half_way_names_where_to_go_on(costs):
    batch = [stream_record(number) for number in range(1, 151)]
    first_chunk = next(
        iter(chunks(entry_of(wire.plain(each["dynamodb"]["NewImage"]), UTC) for each in batch))
    )
    second_write_fails = replace(costs, client=LossyClient(costs.client, {2}, applies=False))

    (failure,) = take(batch, second_write_fails, UTC)["batchItemFailures"]
    assert failure["itemIdentifier"] == str(len(first_chunk) + 1)

    remaining = [
        each for each in batch if int(each["dynamodb"]["SequenceNumber"]) >= int(failure["itemIdentifier"])
    ]
    assert take(remaining, costs, UTC) == {"batchItemFailures": []}
    assert totals(costs).requests == 150


def test_a_late_record_goes_to_its_own_day(costs):
    costs.add([entry(1), entry(2, day=DAY - timedelta(days=20))])
    days = costs.by_period(
        Dimension.TOTAL, "all", ["2026-03-14", "2026-02-22", "2026-03", "2026-02", "2026-01"]
    )
    assert {period: tally.requests for period, tally in days.items()} == {
        "2026-03-14": 1,
        "2026-02-22": 1,
        "2026-03": 1,
        "2026-02": 1,
    }


def test_a_span_of_years_is_read_in_batches(costs):
    first = date(2025, 1, 1)
    costs.add([entry(1, day=first), entry(2, day=first + timedelta(days=300))])
    days = [(first + timedelta(days=offset)).isoformat() for offset in range(365)]
    assert len(costs.by_period(Dimension.TOTAL, "all", days)) == 2


def test_each_scope_has_its_own_sum_and_models(costs):
    costs.add([entry(number) for number in range(1, 7)])
    day = [DAY.isoformat()]
    sums = costs.by_value(Dimension.SCOPE, Cover(tuple(day)))
    assert {scope: tally.requests for scope, tally in sums.items()} == {
        "key_0": 2,
        "key_1": 2,
        "key_2": 2,
        ROOT: 6,
    }
    assert costs.by_period(Dimension.SCOPE, "key_1", day) == {day[0]: sums["key_1"]}
    models = costs.by_value(Dimension.SCOPE_MODEL, Cover(tuple(day)), within="key_1")
    assert {model: tally.requests for model, tally in models.items()} == {"model-0": 1, "model-1": 1}
    assert costs.by_value(Dimension.SCOPE_MODEL, Cover(tuple(day)), within="key_9") == {}


def test_records_of_the_deepest_tree_there_may_be_fit_into_one_write(costs):
    deepest = tuple(f"key_{level}" for level in range(10))
    entries = [replace(entry(number), scopes=deepest) for number in range(1, 4)]
    for chunk in chunks(entries):
        costs.add(chunk)
    assert costs.by_period(Dimension.SCOPE, "key_9", [DAY.isoformat()])[DAY.isoformat()].requests == 3
