"""What a typical call's writes cost, as DynamoDB Local counts it: a unit each."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from aws_wire.attribute_values import values
from tests.support import item_sizes
from tests.support.item_sizes import UNIT_BYTES
from tests.support.metered_client import MeteredClient
from tests.support.typical_items import AT, RETENTION, typical_call, typical_key, typical_record
from tollgate.keys import api_keys
from tollgate.keys.store.keys_table import KeysTable
from tollgate.ledger.store.ledger import Ledger

if TYPE_CHECKING:
    from tollgate.ledger.admissions import AdmittedRequest


class Metered:
    """The typical key, below as many others as it takes."""

    def __init__(self, dynamodb: Any, tables: dict[str, str], depth: int) -> None:
        client: Any = MeteredClient(dynamodb)
        self.client = client
        self.ledger = Ledger(client, tables["KeysTable"], tables["UsageTable"], RETENTION)
        self.keys: list[api_keys.ApiKey] = []
        for _ in range(depth):
            key, above = api_keys.issue(), self.keys[0].key_id if self.keys else None
            KeysTable(dynamodb, tables["KeysTable"]).add(typical_key(key, parent_id=above))
            self.keys.insert(0, key)

    def admit(self, seconds: float = 0) -> AdmittedRequest:
        return self.ledger.admit(typical_call(self.keys[0], AT + timedelta(seconds=seconds)))

    def settle(self, admitted: AdmittedRequest) -> None:
        self.ledger.settle(admitted, typical_record(admitted.request_id, *self.keys))


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5])
def test_a_write_of_a_typical_call_costs_a_unit_and_its_record_another_one(dynamodb, tables, depth):
    metered = Metered(dynamodb, tables, depth)
    admitted = metered.admit()
    assert metered.client.take_units() == [1] * depth
    metered.settle(admitted)
    assert metered.client.take_units() == [2, *[1] * depth]


def test_three_at_once_cost_no_more_on_any_key(dynamodb, tables):
    metered = Metered(dynamodb, tables, 2)
    opened = [metered.admit() for _ in range(3)]
    for each in opened:
        metered.settle(each)
    assert metered.client.take_units() == [*[1, 1] * 3, *[2, 1, 1] * 3]


def test_a_minute_that_follows_another_one_costs_no_more(dynamodb, tables):
    metered = Metered(dynamodb, tables, 2)
    opened = [metered.admit(), metered.admit(seconds=60)]
    for each in opened:
        metered.settle(each)
    assert metered.client.take_units() == [*[1, 1] * 2, *[2, 1, 1] * 2]


def test_a_key_without_rate_limits_keeps_no_count_of_them(dynamodb, tables):
    metered = Metered(dynamodb, tables, 1)
    metered.settle(metered.admit())
    found = metered.ledger.holds.get(metered.keys[0].key_id)
    assert found is not None
    assert (found.rates, found.holds, found.closed) == ({}, {}, {})


@pytest.mark.parametrize(
    "attributes",
    [
        {"n": Decimal(123456789)},
        {"n": Decimal("-12.5"), "m": Decimal("1.5")},
        {"n": Decimal("-0.07")},
        {"n": Decimal("1200.5"), "m": Decimal(10)},
        {"n": Decimal(0)},
        {"n": 10**12},
        {"n": Decimal("0.000255393")},
        {"l": [1, "x", []], "m": {"a": {}, "b": True}},
        {"s": {"a", "ää"}, "b": b"123"},
        {"m": {"a": {"b": [Decimal("1795947303.417"), None]}}},
    ],
    ids="-".join,
)
def test_sizes_are_those_that_dynamodb_counts(dynamodb, tables, attributes):
    """To the byte: one more than 1,024 takes a second unit."""
    table, made = tables["KeysTable"], {"key_id": "a", **attributes, "rest": ""}
    room = UNIT_BYTES - item_sizes.size(values(made))
    units = []
    for length in (room, room + 1):
        answer = dynamodb.put_item(
            TableName=table, Item=values({**made, "rest": "x" * length}), ReturnConsumedCapacity="TOTAL"
        )
        units.append(answer["ConsumedCapacity"]["CapacityUnits"])
    assert units == [1, 2]
