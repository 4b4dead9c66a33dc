"""Aggregates count each record once, whatever the stream delivers."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from aws_wire import attribute_values
from aws_wire.errors import ServiceError
from tests.support.builders import KEY, record
from tests.support.cost_model import stream_record
from tests.support.faults import CountingClient, KilledError, LossyClient, MortalClient
from tollgate.costs.aggregates import Aggregate, CostEntry, Dimension, Latency, Tally
from tollgate.costs.cover import Cover, cover
from tollgate.costs.store.cost_entries import entry_of
from tollgate.costs.store.costs_table import CostsTable, chunks
from tollgate.pricing.usage import TokenClass
from tollgate_rollup.handler import take

DAY = date(2026, 3, 14)
ROOT = "key_root"


class CrowdedClient(CountingClient):
    """Cancels transactions for the reasons given, one list a call, or each one for a conflict."""

    def __init__(self, client, cancelled: list[list[str]] | None = None, error: str = "") -> None:
        super().__init__(client)
        self._cancelled, self._error = cancelled, error

    def _call(self, operation, call, request):
        if self._cancelled == []:
            return super()._call(operation, call, request)
        self.operations.append(operation)
        codes = self._cancelled.pop(0) if self._cancelled else ["None", "TransactionConflict"]
        raise ServiceError(
            operation,
            {
                "Error": {"Code": self._error or "TransactionCanceledException", "Message": ""},
                "CancellationReasons": [{"Code": code} for code in codes],
            },
        )


@pytest.fixture
def costs(dynamodb, tables) -> CostsTable:
    return CostsTable(dynamodb, tables["CostsTable"])


def entry(number: int, *, day: date = DAY, **changes: Any) -> CostEntry:
    tally = Tally(
        requests=1,
        prompt_tokens=number,
        completion_tokens=1,
        cost=Decimal(number).scaleb(-6),
        tokens={TokenClass.CACHED_INPUT: number, TokenClass.OUTPUT: 1},
        latency=Latency.of(number),
    )
    key_id = f"key_{number % 3}"
    made = CostEntry(f"req_{number:05}", key_id, f"model-{number % 2}", day, tally, (key_id, ROOT))
    return replace(made, **changes)


def delivered(number: int, **changes: Any) -> dict[str, Any]:
    made = record(f"req_{number:05}", cost="0.01", scopes=(KEY.key_id, ROOT))
    return stream_record(replace(made, **changes), number)


def totals(costs: CostsTable) -> Tally:
    def by_value(dimension: Dimension, period: str, within: str = "") -> dict[str, Tally]:
        return costs.by_value(dimension, Cover((period,)), within, detail=True)

    (total,) = by_value(Dimension.TOTAL, DAY.isoformat()).values()
    for period in (DAY.isoformat(), "2026-03"):
        for dimension in (Dimension.TOTAL, Dimension.KEY, Dimension.MODEL):
            assert sum(by_value(dimension, period).values(), Tally()) == total
        assert by_value(Dimension.SCOPE, period)[ROOT] == total
        assert sum(by_value(Dimension.SCOPE_MODEL, period, ROOT).values(), Tally()) == total
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
    answer = take([delivered(1), delivered(2), delivered(1)], costs, UTC)
    assert answer == {"batchItemFailures": []}
    total = totals(costs)
    assert (total.requests, total.prompt_tokens, total.cost) == (2, 2000, Decimal("0.02"))


def test_a_record_that_the_table_does_not_take_keeps_no_other_of_its_batch_waiting(costs):
    """A sort key has 1,024 bytes; a tag that is longer can't be one."""
    batch = [delivered(number) for number in range(1, 6)]
    batch[2] = delivered(3, tags={"team": "x" * 1024})
    failed = [{"itemIdentifier": "3"}]

    assert take(batch, costs, UTC) == {"batchItemFailures": failed}
    assert totals(costs).requests == 4
    assert take(batch[2:], costs, UTC) == {"batchItemFailures": failed}
    assert totals(costs).requests == 4


def test_a_record_that_cannot_be_read_keeps_no_other_of_its_batch_waiting(costs):
    batch = [delivered(number) for number in range(1, 4)]
    del batch[1]["dynamodb"]["NewImage"]["outcome"]

    assert take(batch, costs, UTC) == {"batchItemFailures": [{"itemIdentifier": "2"}]}
    assert totals(costs).requests == 2


def test_conflicts_without_end_are_given_up_for_the_stream_to_try_again(costs):
    crowded = replace(costs, client=CrowdedClient(costs.client), pause=lambda _: None)
    assert take([delivered(1)], crowded, UTC) == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert crowded.client.operations == ["transact_write_items"] * 8


def test_a_conflict_beside_a_known_record_leaves_the_others_to_be_added(costs):
    """DynamoDB may say both at once: that a marker is there, and that another write holds an item."""
    costs.add([entry(1)])
    told = CrowdedClient(costs.client, [["ConditionalCheckFailed", "None", "TransactionConflict"]])
    added = replace(costs, client=told, pause=lambda _: None).add([entry(1), entry(2)])

    assert [each.request_id for each in added] == ["req_00002"]
    assert totals(costs).requests == 2


def test_a_transaction_refused_for_one_of_its_items_is_sent_record_by_record(costs):
    told = CrowdedClient(costs.client, [["None", "ValidationError"]])
    assert take([delivered(1), delivered(2)], replace(costs, client=told), UTC) == {"batchItemFailures": []}
    assert told.operations == ["transact_write_items"] * 3
    assert totals(costs).requests == 2


@pytest.mark.parametrize("code", ["AccessDeniedException", "ResourceNotFoundException"])
def test_a_table_out_of_reach_is_no_fault_of_the_records(costs, code):
    """Nothing is tried record by record, and the whole batch comes again."""
    client = CrowdedClient(costs.client, error=code)
    answer = take([delivered(1), delivered(2)], replace(costs, client=client), UTC)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert client.operations == ["transact_write_items"]


def test_a_batch_that_fails_half_way_names_where_to_go_on(costs):
    batch = [delivered(number) for number in range(1, 151)]
    first_chunk = next(
        iter(chunks(entry_of(attribute_values.plain(each["dynamodb"]["NewImage"]), UTC) for each in batch))
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


def test_a_span_is_months_and_days_less_others(costs):
    costs.add([entry(1), entry(2), entry(4, day=DAY + timedelta(days=1)), entry(3, day=date(2026, 2, 28))])
    covering = cover(date(2026, 2, 28), date(2026, 3, 14), date(2026, 6, 1))
    without_first = Cover(("2026-03",), (DAY.isoformat(),))

    assert sum(costs.by_value(Dimension.TOTAL, covering).values(), Tally()).requests == 3
    assert costs.by_value(Dimension.KEY, without_first, detail=True) == {"key_1": entry(4).tally}
    assert costs.by_value(Dimension.SCOPE, without_first, detail=True) == {
        "key_1": entry(4).tally,
        ROOT: entry(4).tally,
    }


def test_a_key_has_a_sum_of_its_own_only_if_it_was_used_itself(costs):
    costs.add([entry(1)])
    period = DAY.isoformat()
    assert costs.by_value(Dimension.KEY, Cover((period,))).keys() == {"key_1"}
    assert costs.by_period(Dimension.KEY, ROOT, [period]) == {}
    assert costs.by_period(Dimension.SCOPE, ROOT, [period])[period].requests == 1
    assert costs.by_value(Dimension.KEY_MODEL, Cover((period,)), within=ROOT) == {}
    assert costs.tallies_of(
        [Aggregate(Dimension.KEY, period, ROOT), Aggregate(Dimension.SCOPE, period, ROOT)]
    ) == {Aggregate(Dimension.SCOPE, period, ROOT): entry(1).tally}


def test_tokens_by_class_and_latency_are_read_where_they_are_asked_for(costs):
    costs.add([entry(1)])
    whole = entry(1).tally
    brief = replace(whole, tokens={}, latency=Latency())
    period = DAY.isoformat()
    for detail, expected in ((False, brief), (True, whole)):
        for dimension, within in ((Dimension.SCOPE_MODEL, ROOT), (Dimension.KEY_MODEL, "key_1")):
            by_value = costs.by_value(dimension, Cover((period,)), within, detail=detail)
            by_period = costs.by_period(dimension, "model-1", [period], within, detail=detail)
            assert (by_value, by_period) == ({"model-1": expected}, {period: expected})


@pytest.mark.parametrize("model", ["a#b", "a@b", "a#2026-03", "räume"])
def test_a_name_may_hold_what_partitions_are_put_together_with(costs, model):
    costs.add([entry(1, model=model), entry(2)])
    period = DAY.isoformat()
    assert costs.by_period(Dimension.MODEL_KEY, "key_1", [period, "2026-03"], model).keys() == {
        period,
        "2026-03",
    }
    assert costs.by_value(Dimension.MODEL_KEY, Cover((period,)), model).keys() == {"key_1"}


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
