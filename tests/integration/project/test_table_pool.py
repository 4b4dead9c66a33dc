"""What one test leaves behind is none of the next one's."""

from __future__ import annotations

import pytest

from tests.support.alerts_world import KeysStream
from tests.support.table_pool import TablePool, empty_tables


@pytest.fixture
def pool(dynamodb, schemas) -> TablePool:
    return TablePool(dynamodb, schemas)


def put(dynamodb, table: str, count: int) -> None:
    for number in range(count):
        dynamodb.put_item(TableName=table, Item={"key_id": {"S": f"key_{number}"}})


@pytest.mark.parametrize("count", [0, 1, 60])
def test_a_table_is_used_again_and_is_empty(dynamodb, pool, count):
    with empty_tables(pool) as tables:
        first = tables["KeysTable"]
    put(dynamodb, first, count)  # by somebody who still had it
    with empty_tables(pool) as tables:
        assert tables["KeysTable"] == first
        assert dynamodb.scan(TableName=first)["Count"] == 0


def test_a_table_of_very_much_is_made_anew(dynamodb, pool):
    with empty_tables(pool) as tables:
        first = tables["KeysTable"]
        put(dynamodb, first, 201)
    with empty_tables(pool) as tables:
        assert tables["KeysTable"] != first
    assert first not in dynamodb.list_tables()["TableNames"]


def test_a_table_that_was_altered_is_not_used_again(dynamodb, pool):
    with empty_tables(pool) as tables:
        first = tables["KeysTable"]
        KeysStream(dynamodb, first)
    with empty_tables(pool) as tables:
        assert tables["KeysTable"] != first


def test_two_at_once_have_tables_of_their_own(pool):
    with empty_tables(pool) as one, empty_tables(pool) as other:
        assert one["KeysTable"] != other["KeysTable"]
        assert one["KeysTable"] == one["KeysTable"] != one["UsageTable"]
