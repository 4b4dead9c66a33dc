"""The request log over all keys: the index of days, page by page, whatever is written meanwhile."""

from __future__ import annotations

import random
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.builders import NOW, record
from tollgate import identifiers
from tollgate.aws.dynamodb import item
from tollgate.keys import api_keys
from tollgate.ledger.records import Outcome
from tollgate.ledger.store import day_shards, record_items
from tollgate.ledger.store.record_table import RecordTable
from tollgate.request_log.log_filter import LogFilter
from tollgate.request_log.store import request_log_table
from tollgate.request_log.store.request_log_table import NothingFoundError, RequestLog, SearchTime

MIDNIGHT = datetime(2026, 3, 14, tzinfo=UTC)
DAY = timedelta(days=1)
DAY_OF_NOW = LogFilter(MIDNIGHT, MIDNIGHT + DAY)
RETENTION = timedelta(days=400)


class Log:
    def __init__(self, client: Any, table: str) -> None:
        self.client, self.table = client, table
        self.records = RecordTable(client, table, RETENTION)
        self.log = RequestLog(client, table)
        self.keys = [api_keys.issue() for _ in range(3)]

    def add(self, at: datetime = NOW, key: int = 0, **changes: Any) -> str:
        request_id = identifiers.request_id(at)
        self.records.put(record(request_id, key=self.keys[key], created_at=at, **changes))
        return request_id

    def pages(self, wanted: LogFilter, size: int) -> list[list[str]]:
        found, cursor = [], None
        for _ in range(1000):
            records, cursor = self.log.page(wanted, size=size, before=cursor)
            found.append([each.request_id for each in records])
            if cursor is None:
                return found
        raise AssertionError("the pages don't end")

    def listed(self, wanted: LogFilter, size: int = 3) -> list[str]:
        return [each for page in self.pages(wanted, size) for each in page]


@pytest.fixture
def log(dynamodb, tables) -> Log:
    return Log(dynamodb, tables["UsageTable"])


@pytest.fixture
def queries(dynamodb):
    """What is asked of DynamoDB, operation by operation."""
    asked: list[str] = []

    def note(model, **_):
        asked.append(model.name)

    dynamodb.meta.events.register("before-call.dynamodb", note)
    yield asked
    dynamodb.meta.events.unregister("before-call.dynamodb", note)


def test_all_keys_requests_come_newest_first_over_days_and_of_their_span_alone(log):
    moments = [MIDNIGHT - DAY, MIDNIGHT, MIDNIGHT + timedelta(hours=3), MIDNIGHT + 2 * DAY]
    made = [log.add(at, key) for at in moments for key in range(3)]
    log.add(MIDNIGHT - DAY - timedelta(milliseconds=1))
    log.add(MIDNIGHT + 3 * DAY)

    wanted = LogFilter(MIDNIGHT - DAY, MIDNIGHT + 3 * DAY)
    for size in (1, 5, 200):
        assert log.listed(wanted, size) == sorted(made, reverse=True)
    exported = [each.request_id for batch in log.log.batches(wanted) for each in batch]
    assert exported == sorted(made, reverse=True)
    within = replace(wanted, since=MIDNIGHT, until=MIDNIGHT + timedelta(hours=3))
    assert log.listed(within) == sorted(made[3:6], reverse=True)
    nothing = replace(wanted, until=wanted.since)
    assert log.listed(nothing) == log.listed(replace(nothing, key_id=log.keys[0].key_id)) == []
    beyond, _ = log.log.page(within, size=9, before=identifiers.request_id(MIDNIGHT + 2 * DAY))
    assert [each.request_id for each in beyond] == sorted(made[3:6], reverse=True)


def test_no_record_that_there_was_is_skipped_or_comes_twice_while_others_are_written(log):
    """The writers' requests came in before and after those that are read: some settle late."""
    rng = random.Random(7)
    span = 2 * DAY // timedelta(milliseconds=1)

    def moment(source: random.Random) -> datetime:
        return MIDNIGHT + timedelta(milliseconds=source.randrange(span))

    there = {log.add(moment(rng), rng.randrange(3)) for _ in range(90)}
    done = threading.Event()

    def write(seed: int) -> None:
        source = random.Random(seed)
        while not done.is_set():
            log.add(moment(source), source.randrange(3))

    writers = [threading.Thread(target=write, args=(seed,)) for seed in range(2)]
    for writer in writers:
        writer.start()
    try:
        wanted = LogFilter(MIDNIGHT, MIDNIGHT + 2 * DAY)
        of_all = log.listed(wanted, 20)
        of_key = log.listed(replace(wanted, key_id=log.keys[0].key_id), 7)
    finally:
        done.set()
        for writer in writers:
            writer.join(30)

    assert of_all == sorted(set(of_all), reverse=True)
    assert there <= set(of_all)
    assert of_key == sorted(set(of_key), reverse=True)
    assert {each for each in there if each in of_key} == {
        each.request_id
        for each in log.log.page(wanted, size=10_000, before=None)[0]
        if each.request_id in there and each.key_id == log.keys[0].key_id
    }


@pytest.mark.parametrize("of_key", [False, True], ids=["all keys", "a key"])
def test_a_page_examines_so_many_records_and_no_more(log, queries, monkeypatch, of_key):
    monkeypatch.setattr(request_log_table, "MAX_EXAMINED", 4)
    moments = [NOW + timedelta(seconds=number) for number in range(10)]
    failed = [log.add(at, outcome=Outcome.FAILED if number in {0, 7} else Outcome.SUCCEEDED)
              for number, at in enumerate(moments)]  # fmt: skip
    wanted = replace(DAY_OF_NOW, outcome=Outcome.FAILED, key_id=log.keys[0].key_id if of_key else None)
    assert log.pages(wanted, 3) == [[failed[7]], [], [failed[0]]]


def test_a_page_looks_at_so_many_days_and_no_more(log, queries, monkeypatch):
    monkeypatch.setattr(request_log_table, "MAX_DAYS", 3)
    long_ago = log.add(NOW - 4 * DAY)
    queries.clear()

    assert log.pages(LogFilter(NOW - 7 * DAY, NOW), 50) == [[], [long_ago], []]

    assert queries.count("Query") == 8 * day_shards.SHARDS  # both ends' days in part
    assert log.pages(LogFilter(MIDNIGHT - 3 * DAY, MIDNIGHT), 50) == [[]]
    assert queries.count("BatchGetItem") == 1


def test_a_page_of_a_busy_day_takes_a_query_a_shard_and_one_read_of_the_records(log, queries):
    for number in range(30):
        log.add(NOW + timedelta(milliseconds=number), number % 3)
    queries.clear()
    records, _ = log.log.page(DAY_OF_NOW, size=20, before=None)
    assert len(records) == 20
    assert sorted(queries) == ["BatchGetItem"] + ["Query"] * day_shards.SHARDS


def test_more_than_one_read_of_a_shard_holds_is_read_on(log, monkeypatch):
    monkeypatch.setattr(request_log_table, "_CHUNK", 2)
    made = [log.add(NOW + timedelta(milliseconds=number)) for number in range(40)]
    assert log.listed(DAY_OF_NOW, 200) == made[::-1]
    assert log.listed(replace(DAY_OF_NOW, key_id=log.keys[0].key_id), 200) == made[::-1]


def test_a_request_is_found_by_its_id_in_two_reads(log, queries):
    request_id = log.add(key=2)
    queries.clear()
    found = log.log.find(request_id)
    assert found is not None
    assert (found.request_id, found.key_id) == (request_id, log.keys[2].key_id)
    assert queries == ["Query", "BatchGetItem"]
    assert log.log.find(identifiers.request_id(NOW)) is None
    assert log.log.find("req_1") is None


def test_the_index_costs_one_write_unit_a_record(log):
    stored = record(
        identifiers.request_id(NOW), key=log.keys[0], model="m" * 128, provider_id="prv_" + "f" * 20
    )
    answer = log.client.put_item(
        TableName=log.table,
        Item=item(record_items.to_item(stored, RETENTION)),
        ReturnConsumedCapacity="INDEXES",
    )
    used = answer["ConsumedCapacity"]
    assert used["GlobalSecondaryIndexes"][day_shards.INDEX]["CapacityUnits"] == 1
    assert used["CapacityUnits"] == used["Table"]["CapacityUnits"] + 1


class Ticking:
    """A clock that moves on by a second each time that it is read."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        self.seconds += 1
        return self.seconds


YEARS = LogFilter(MIDNIGHT - 700 * DAY, MIDNIGHT + DAY)


def test_years_without_requests_end_and_say_where_to_go_on(log, queries):
    impatient = replace(log.log, monotonic=Ticking())
    with pytest.raises(NothingFoundError) as caught:
        list(impatient.batches(YEARS, SearchTime(first=20, later=200)))
    assert caught.value.before == MIDNIGHT - 19 * DAY
    assert len(queries) == 20 * day_shards.SHARDS


def test_where_it_was_left_it_goes_on_to_the_end(log):
    made = [log.add(MIDNIGHT - 50 * DAY), log.add(MIDNIGHT - 49 * DAY)]
    wanted = replace(YEARS, since=MIDNIGHT - 60 * DAY)
    for days in (19, 39):
        with pytest.raises(NothingFoundError) as caught:
            list(replace(log.log, monotonic=Ticking()).batches(wanted, SearchTime(20, 200)))
        assert caught.value.before == MIDNIGHT - days * DAY
        wanted = replace(wanted, until=caught.value.before)
    rest = replace(log.log, monotonic=Ticking()).batches(wanted, SearchTime(20, 200))
    assert [each.request_id for batch in rest for each in batch] == made[::-1]


def test_records_that_do_not_fit_are_no_reason_to_go_on_for_ever(log):
    for second in range(50):
        log.add(NOW + timedelta(seconds=second))
    for key_id in (None, log.keys[0].key_id):
        impatient = replace(log.log, monotonic=Ticking())
        with pytest.raises(NothingFoundError):
            list(impatient.batches(replace(DAY_OF_NOW, model="none", key_id=key_id), SearchTime(20, 200)))


def test_what_was_found_is_not_kept_waiting_for_more(log):
    late, early = log.add(NOW), log.add(NOW - 30 * DAY)
    impatient = replace(log.log, monotonic=Ticking())
    found = impatient.batches(replace(YEARS, since=MIDNIGHT - 40 * DAY), SearchTime(first=20, later=200))
    assert [each.request_id for each in next(found)] == [late]
    assert [each.request_id for batch in found for each in batch] == [early]


def test_patience_ends_after_the_first_records_too(log):
    log.add(NOW)
    impatient = replace(log.log, monotonic=Ticking())
    found = impatient.batches(YEARS, SearchTime(first=20, later=30))
    assert len(next(found)) == 1
    with pytest.raises(NothingFoundError):
        next(found)
