"""Batches of the stream into the sums: what is not taken is named, and keeps nothing else waiting."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from aws_wire.errors import ServiceError
from tests.support.builders import KEY, NOW, record
from tests.support.cost_model import stream_record, window_event
from tests.support.faults import CountingClient
from tollgate.costs.aggregates import ALL, Dimension, Tally
from tollgate.costs.cover import Cover
from tollgate.costs.store.closed_days import ClosedDays
from tollgate.costs.store.costs_table import CostsTable
from tollgate.costs.store.marked_records import MarkedRecords
from tollgate.costs.store.rollup import Rollup
from tollgate.costs.store.shard_sums import ShardSums
from tollgate_rollup.handler import take

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = "key_root"
DAY = NOW.date().isoformat()


class RefusingClient(CountingClient):
    """Refuses updates of the items whose sort key has a text in it, or all of them, with an error."""

    def __init__(self, client: Any, error: str, text: str = "") -> None:
        super().__init__(client)
        self._error, self._text = error, text

    def _call(self, operation: str, call: Any, request: dict[str, Any]) -> Any:
        if operation == "update_item" and self._text in request["Key"]["dimension_value"]["S"]:
            self.operations.append(operation)
            raise ServiceError(operation, {"Error": {"Code": self._error, "Message": ""}})
        return super()._call(operation, call, request)


def delivered(number: int, **changes: Any) -> dict[str, Any]:
    made = record(f"req_{number:05}", cost="0.01", scopes=(KEY.key_id, ROOT))
    return stream_record(replace(made, **changes), number)


def failing(*records: dict[str, Any]) -> dict[str, Any]:
    failures = [{"itemIdentifier": each["dynamodb"]["SequenceNumber"]} for each in records]
    return {"batchItemFailures": failures, "state": {}}


@pytest.fixture
def rollup(dynamodb, tables) -> Callable[..., Rollup]:
    def made(client: Any = dynamodb, at: timedelta = timedelta(minutes=1)) -> Rollup:
        table = tables["CostsTable"]
        shards = ShardSums(client, table, UTC)
        return Rollup(shards, MarkedRecords(client, table, pause=lambda _: None), lambda: NOW + at)

    return made


@pytest.fixture
def total(dynamodb, tables) -> Callable[[], Tally]:
    ClosedDays(dynamodb, tables["CostsTable"]).done("2026-03-10")
    costs = CostsTable(dynamodb, tables["CostsTable"], lambda: NOW)
    return lambda: costs.by_period(Dimension.TOTAL, ALL, [DAY], detail=True).get(DAY, Tally())


def test_a_batch_with_the_same_record_twice_counts_it_once(rollup, total):
    batch = [delivered(1), delivered(2), delivered(1)]
    assert take(window_event(batch), rollup()) == failing()
    assert (total().requests, total().prompt_tokens, total().cost) == (2, 2000, Decimal("0.02"))


def test_the_end_of_a_window_brings_no_records(rollup, total):
    event = window_event([]) | {"isFinalInvokeForWindow": True, "state": {}}
    assert take(event, rollup()) == failing()
    del event["Records"]
    assert take(event, rollup()) == failing()
    assert total() == Tally()


@pytest.mark.parametrize("shard", ["shardId-1", None])
def test_a_record_that_no_sum_can_have_keeps_no_other_of_its_batch_waiting(rollup, total, shard):
    """A sort key has 1,024 bytes; a tag that is longer can't be one."""
    batch = [delivered(number) for number in range(1, 6)]
    batch[2] = delivered(3, tags={"team": "x" * 1024})

    assert take(window_event(batch, shard), rollup()) == failing(batch[2])
    assert total().requests == 4
    assert take(window_event(batch[2:], shard), rollup()) == failing(batch[2])
    assert total().requests == 4


@pytest.mark.parametrize("lacking", ["outcome", "ApproximateCreationDateTime"])
def test_a_record_that_cannot_be_read_keeps_no_other_of_its_batch_waiting(rollup, total, lacking):
    batch = [delivered(number) for number in range(1, 4)]
    said = batch[1]["dynamodb"]
    del (said if lacking in said else said["NewImage"])[lacking]

    assert take(window_event(batch), rollup()) == failing(batch[1])
    assert total().requests == 2


@pytest.mark.parametrize("unreadable", ["outcome", "name"])
def test_a_record_that_a_later_version_can_read_is_counted_once_then(rollup, total, unreadable):
    """Though what came after it was counted before."""
    batch = [delivered(number) for number in range(1, 4)]
    unread = delivered(2, **({"tags": {"team": "x" * 1024}} if unreadable == "name" else {}))
    if unreadable != "name":
        del unread["dynamodb"]["NewImage"][unreadable]

    old = [batch[0], unread, batch[2]]
    for again in (old, old[1:], old[1:2]):
        assert take(window_event(again), rollup()) == failing(unread)
    assert total().requests == 2
    for again in (batch[1:], batch[1:2], batch):
        assert take(window_event(again), rollup()) == failing()
        assert total().requests == 3


def test_nothing_of_a_batch_is_counted_before_it_is_noted_what_of_it_cannot_be_read(rollup, total, dynamodb):
    class Refusing(CountingClient):
        def _call(self, operation: str, call: Any, request: dict[str, Any]) -> Any:
            if operation == "put_item":
                raise TimeoutError
            return super()._call(operation, call, request)

    batch = [delivered(number) for number in range(1, 4)]
    del batch[1]["dynamodb"]["NewImage"]["outcome"]
    assert take(window_event(batch), rollup(Refusing(dynamodb))) == failing(batch[0])
    assert total() == Tally()


def test_a_sum_that_is_not_taken_keeps_no_other_from_its_records(rollup, total, dynamodb):
    batch = [delivered(1), delivered(2, tags={"team": "red"}), delivered(3)]
    refusing = RefusingClient(dynamodb, "ValidationException", "team=red")
    assert take(window_event(batch), rollup(refusing)) == failing(batch[1])
    assert total().requests == 3
    assert take(window_event(batch[1:]), rollup()) == failing()
    assert total().requests == 3


@pytest.mark.parametrize(
    "code", ["AccessDeniedException", "ResourceNotFoundException", "ProvisionedThroughputExceededException"]
)
def test_a_table_out_of_reach_is_no_fault_of_the_records(rollup, total, dynamodb, code):
    """Of the sums no more are tried than are under way at once, and the whole batch comes again."""
    refusing = RefusingClient(dynamodb, code)
    batch = [delivered(number, key_id=f"key_{number}") for number in range(1, 30)]
    assert take(window_event(batch), rollup(refusing)) == failing(batch[0])
    assert 1 <= refusing.operations.count("update_item") <= 10
    assert total() == Tally()


def test_a_batch_is_folded_once_and_each_of_its_sums_written_once(rollup, dynamodb):
    counting = CountingClient(dynamodb)
    batch = [delivered(number) for number in range(1, 50)]
    assert take(window_event(batch), rollup(counting)) == failing()
    assert counting.operations.count("update_item") == 1 + len((KEY.key_id, ROOT))


def test_what_comes_when_its_days_sums_are_complete_is_named_and_not_counted(rollup, total):
    """The stream keeps its records for a day: that can't be, and would be counted nowhere."""
    batch = [delivered(1)]
    assert take(window_event(batch), rollup(at=timedelta(days=2))) == failing(batch[0])
    assert total() == Tally()


@pytest.mark.parametrize("stands_for", ["", "\x1e"])
def test_a_name_that_reads_like_what_stands_for_a_long_one_has_a_sum_of_its_own(
    rollup, dynamodb, tables, stands_for
):
    long = "team=" + "x" * 300
    alike = f"{stands_for}{long[:40]} {hashlib.sha256(long.encode()).hexdigest()}"
    tags = [{name: value} for name, _, value in (each.partition("=") for each in (long, alike, alike))]
    batch = [delivered(number, tags=each) for number, each in enumerate(tags, 1)]
    assert take(window_event(batch), rollup()) == failing()
    found = CostsTable(dynamodb, tables["CostsTable"], lambda: NOW).by_value(Dimension.TAG, Cover((DAY,)))
    assert {tag: tally.requests for tag, tally in found.items()} == {long: 1, alike: 2}


def test_what_was_written_long_after_its_day_is_counted_whenever_it_comes(rollup, total):
    late = stream_record(record("req_1", scopes=(KEY.key_id,)), 1, timedelta(days=3))
    for at in (timedelta(minutes=1), timedelta(days=3), timedelta(days=300)):
        assert take(window_event([late]), rollup(at=at)) == failing()
        assert total().requests == 1
