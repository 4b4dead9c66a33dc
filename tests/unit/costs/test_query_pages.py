"""Rows kept for later pages: cut into items, found again by cursor, gone after a while."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest

from aws_wire.attribute_values import plain
from tests.support.builders import NOW
from tollgate.costs.store.query_pages import LIFE, NoSnapshotError, OtherQueryError, SnapshotTable

MAX_BYTES = 400 * 1024
QUERY = "by-key"


class FakeTable:
    """Keeps items, and counts reads."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], Any] = {}
        self.reads = 0

    def put_item(self, TableName: str, Item: Any) -> None:  # noqa: N803 - boto3's names
        self.items[Item["dimension_period"]["S"], Item["dimension_value"]["S"]] = Item

    def get_item(self, Key: Any, **_options: Any) -> Any:  # noqa: N803
        self.reads += 1
        found = self.items.get((Key["dimension_period"]["S"], Key["dimension_value"]["S"]))
        return {"Item": found} if found else {}


class Clock:
    now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
def table() -> FakeTable:
    return FakeTable()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def snapshots(table, clock) -> SnapshotTable:
    return SnapshotTable(table, "costs", clock)


def rows(count: int) -> list[list[Any]]:
    return [[f"key_{number}", number, f"{number}.5"] for number in range(count)]


def bytes_of(item: Any) -> int:
    return len(plain(item)["rows"])


@pytest.mark.parametrize(
    ("count", "size"),
    [(1, 1), (7, 1), (7, 7), (7, 8), (1000, 300), (1000, 1000), (1001, 1000), (2500, 999), (2500, 1000)],
)
def test_pages_are_all_rows_in_their_order(snapshots, table, count, size):
    cursor, found = snapshots.keep(QUERY, rows(count)), []
    while cursor is not None:
        table.reads = 0
        page, cursor = snapshots.page(cursor, QUERY, size)
        found += page
        assert table.reads <= 2
        assert len(page) == size or cursor is None
    assert found == rows(count)


def test_an_item_takes_no_more_than_dynamodb_does_whatever_the_text(snapshots, table):
    chance = random.Random(7)
    text = ["".join(chr(chance.randrange(0x10000, 0x10FFFF)) for _ in range(256)) for _ in range(2000)]
    cursor = snapshots.keep(QUERY, [[each, 1, "1"] for each in text])
    assert all(bytes_of(item) < MAX_BYTES - 1024 for item in table.items.values())

    found = []
    while cursor is not None:
        page, cursor = snapshots.page(cursor, QUERY, 1000)
        found += [value for value, *_ in page]
    assert found == text


def test_rows_are_kept_small(snapshots, table):
    snapshots.keep(QUERY, [[f"key_{number:016}", number, 0, 0, 100, 10, "1.25"] for number in range(1000)])
    (item,) = table.items.values()
    assert bytes_of(item) < 20_000


def test_a_cursor_goes_on_however_often_it_is_used(snapshots):
    cursor = snapshots.keep(QUERY, rows(10))
    assert snapshots.page(cursor, QUERY, 3) == snapshots.page(cursor, QUERY, 3)


def test_rows_are_there_for_a_quarter_of_an_hour_and_expire_then(snapshots, table, clock):
    cursor = snapshots.keep(QUERY, rows(1))
    (item,) = table.items.values()
    assert plain(item)["expires_at"] == (NOW + timedelta(minutes=15)).timestamp() // 1

    clock.now = NOW + LIFE - timedelta(seconds=1)
    assert snapshots.page(cursor, QUERY, 1) == (rows(1), None)
    clock.now = NOW + LIFE
    with pytest.raises(NoSnapshotError):
        snapshots.page(cursor, QUERY, 1)


def test_a_cursor_beyond_the_rows_finds_none(snapshots):
    snapshot_id = snapshots.keep(QUERY, rows(10)).partition(".")[0]
    assert snapshots.page(f"{snapshot_id}.0.10", QUERY, 5) == ([], None)
    with pytest.raises(NoSnapshotError):
        snapshots.page(f"{snapshot_id}.1.0", QUERY, 5)


def test_a_snapshot_serves_its_own_query_alone(snapshots):
    cursor = snapshots.keep(QUERY, rows(10))
    with pytest.raises(OtherQueryError):
        snapshots.page(cursor, "by-model", 5)


def test_each_snapshot_has_a_name_that_nobody_guesses(snapshots):
    cursors = {snapshots.keep(QUERY, rows(1)) for _ in range(100)}
    assert len(cursors) == 100
    assert all(len(cursor) >= len("x" * 22 + ".0.0") for cursor in cursors)
