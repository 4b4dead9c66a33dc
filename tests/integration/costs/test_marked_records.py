"""Records that are added one by one, each once, in one transaction."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from aws_wire.errors import ServiceError
from tests.support.cost_model import Stored
from tests.support.faults import CountingClient, KilledError, LossyClient, MortalClient
from tollgate.costs.aggregates import Dimension, Tally
from tollgate.costs.cost_entry import CostEntry, fold
from tollgate.costs.cover import Cover
from tollgate.costs.store.costs_table import CostsTable
from tollgate.costs.store.marked_records import MarkedRecords, RecordRefusedError

DAY = date(2026, 3, 14)
ROOT = "key_root"


class CrowdedClient(CountingClient):
    """Cancels transactions for the reasons given, one list a call, or each one for a conflict."""

    def __init__(self, client: Any, cancelled: list[list[str]] | None = None, error: str = "") -> None:
        super().__init__(client)
        self._cancelled, self._error = cancelled, error

    def _call(self, operation: str, call: Any, request: dict[str, Any]) -> Any:
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
def marked(dynamodb, tables) -> MarkedRecords:
    return MarkedRecords(dynamodb, tables["CostsTable"], pause=lambda _: None)


def entry(number: int, **changes: Any) -> CostEntry:
    tally = Tally(requests=1, prompt_tokens=number, cost=Decimal(number).scaleb(-6))
    key_id = f"key_{number % 3}"
    made = CostEntry(f"req_{number:05}", key_id, f"model-{number % 2}", DAY, tally, (key_id, ROOT))
    return replace(made, **changes)


def totals(marked: MarkedRecords) -> Tally:
    costs = CostsTable(marked.client, marked.table)

    def by_value(dimension: Dimension, period: str, within: str = "") -> dict[str, Tally]:
        return costs.by_value(dimension, Cover((period,)), within, detail=True)

    (total,) = by_value(Dimension.TOTAL, DAY.isoformat()).values()
    for period in (DAY.isoformat(), "2026-03"):
        for dimension in (Dimension.TOTAL, Dimension.KEY, Dimension.MODEL):
            assert sum(by_value(dimension, period).values(), Tally()) == total
        assert by_value(Dimension.SCOPE, period)[ROOT] == total
        assert sum(by_value(Dimension.SCOPE_MODEL, period, ROOT).values(), Tally()) == total
    return total


def test_every_dimension_and_period_adds_up_to_the_same(marked):
    entries = [entry(number) for number in range(1, 31)]
    assert all(map(marked.add, entries))
    assert totals(marked) == sum((each.tally for each in entries), Tally())


@pytest.mark.parametrize("applies", [False, True], ids=["before", "after"])
def test_a_worker_that_dies_in_the_write_leaves_all_or_nothing_to_the_next(marked, applies):
    with pytest.raises(KilledError):
        replace(marked, client=MortalClient(marked.client, 1, applies=applies)).add(entry(1))
    assert marked.add(entry(1)) is not applies
    assert totals(marked).requests == 1


def test_an_answer_that_gets_lost_leads_to_no_second_sum(marked):
    with pytest.raises(Exception, match="Read timeout"):
        replace(marked, client=LossyClient(marked.client, {1}, applies=True)).add(entry(1))
    assert not marked.add(entry(1))
    assert totals(marked).requests == 1


def test_workers_at_once_count_each_record_once(marked):
    entries = [entry(number) for number in range(1, 41)]

    def work(seed: int) -> None:
        for each in random.Random(seed).sample(entries, 30):
            marked.add(each)

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(work, seed) for seed in range(4)]:
            done.result()
    for each in entries:
        marked.add(each)
    assert totals(marked).requests == 40


def test_conflicts_without_end_are_given_up_for_the_stream_to_try_again(marked):
    crowded = CrowdedClient(marked.client)
    with pytest.raises(RuntimeError, match="conflicts"):
        replace(marked, client=crowded).add(entry(1))
    assert crowded.operations == ["transact_write_items"] * 8


@pytest.mark.parametrize("reasons", [["None", "ThrottlingError"], ["None", "None"]])
def test_what_passes_is_tried_again(marked, reasons):
    assert replace(marked, client=CrowdedClient(marked.client, [reasons])).add(entry(1))
    assert totals(marked).requests == 1


def test_a_marker_says_that_a_record_is_known_whatever_else_stood_in_the_way(marked):
    told = CrowdedClient(marked.client, [["ConditionalCheckFailed", "TransactionConflict"]])
    assert not replace(marked, client=told).add(entry(1))


def test_a_record_that_is_refused_is_not_tried_again(marked):
    told = CrowdedClient(marked.client, [["None", "ValidationError"]])
    with pytest.raises(RecordRefusedError):
        replace(marked, client=told).add(entry(1))
    with pytest.raises(RecordRefusedError):
        marked.add(entry(1, tags=frozenset({"x" * 1025})))


@pytest.mark.parametrize("code", ["AccessDeniedException", "ResourceNotFoundException"])
def test_a_table_out_of_reach_is_told_at_once(marked, code):
    crowded = CrowdedClient(marked.client, error=code)
    with pytest.raises(ServiceError, match=code):
        replace(marked, client=crowded).add(entry(1))
    assert crowded.operations == ["transact_write_items"]


def test_a_record_that_was_marked_is_not_added(marked):
    marked.mark(entry(1))
    assert not marked.add(entry(1))
    assert Stored.of(marked.client, marked.table).sums == {}
    assert marked.add(entry(2))
    marked.mark(entry(2))
    assert totals(marked).requests == 1


def test_those_among_others_that_were_added_are_found(marked):
    other_day = entry(3, day=date(2026, 3, 15))
    marked.add(entry(1))
    assert marked.among([entry(1), entry(2), other_day]) == {"req_00001"}
    assert marked.among([]) == set()


def test_records_of_the_deepest_tree_with_the_most_tags_fit_into_one_write(marked):
    """Ten levels of keys (`MaxKeyDepth`) and 20 tags (`Tags`) are the most that there may be."""
    counting = CountingClient(marked.client)
    deepest = entry(
        1,
        scopes=("key_1", *(f"key_above_{level}" for level in range(9))),
        tags=frozenset(f"tag_{number}=value" for number in range(20)),
    )
    assert replace(marked, client=counting).add(deepest)
    assert counting.operations == ["transact_write_items"]


def with_many_packs() -> CostEntry:
    """Of the deepest key with the most tags, whose packs have all paid: 210 items in three parts."""
    scopes = ("key_1", *(f"key_above_{level}" for level in range(9)))
    return entry(
        1,
        scopes=scopes,
        tags=frozenset(f"tag_{number}=value" for number in range(20)),
        cost_centre="4711",
        billed_at="key_above_8",
        drawn={(scope, f"pck_{number}"): Decimal(number + 1) for scope in scopes for number in range(6)},
    )


def test_a_record_of_more_items_than_a_transaction_takes_is_added_in_parts_once_each(marked):
    made = with_many_packs()
    expected = fold([made])
    for applies in (False, True):
        for calls in range(1, 4):
            with pytest.raises(KilledError):
                replace(marked, client=MortalClient(marked.client, calls, applies=applies)).add(made)
    assert not marked.add(made)
    assert CostsTable(marked.client, marked.table).tallies_of(expected) == expected


def test_parts_of_a_record_that_was_marked_are_not_added_either(marked):
    made = with_many_packs()
    with pytest.raises(KilledError):
        replace(marked, client=MortalClient(marked.client, 1, applies=True)).add(made)
    before = Stored.of(marked.client, marked.table).sums
    marked.mark(made)
    assert not marked.add(made)
    assert Stored.of(marked.client, marked.table).sums == before
