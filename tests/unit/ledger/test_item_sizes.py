"""What a call writes stays within a unit, 1,024 bytes. These figures change for a reason only."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from aws_wire.attribute_values import values
from infra.local.environment import ROOT
from infra.local.tables import read_template, table_schemas
from tests.support import item_sizes
from tests.support.item_sizes import UNIT_BYTES
from tests.support.typical_items import AT, RETENTION, typical_call, typical_key, typical_record
from tollgate import money
from tollgate.aws.dynamodb import item
from tollgate.keys import api_keys
from tollgate.ledger import rate_limits
from tollgate.ledger.admissions import HoldAttempt
from tollgate.ledger.store import record_items, scope_items

if TYPE_CHECKING:
    from tollgate.ledger.scopes import Scope

KEY, PARENT = api_keys.issue(), api_keys.issue()
UNLIMITED = 10**12


def size(scope: Scope) -> int:
    return item_sizes.size(item(scope_items.to_item(scope)))


def holding(open_at_once: int, *, own: bool) -> Scope:
    """The typical key, or one above it, while so many calls of this minute are open."""
    holds = {}
    for _ in range(open_at_once):
        call = typical_call(KEY)
        attempt = HoldAttempt(call.demand.max_claim(money.ONE), money.ONE, AT)
        holds[call.request_id] = call.own_hold(attempt) if own else call.ancestors_hold(attempt)
    rates = {rate_limits.requests_name(AT): UNLIMITED - 3, rate_limits.tokens_name(AT): UNLIMITED - 58_785}
    return typical_key(KEY, parent_id=PARENT.key_id, holds=holds, rates=rates if holds else {})


def test_a_typical_key() -> None:
    assert size(holding(0, own=True)) == 711
    assert [size(holding(count, own=True)) for count in (1, 2, 3)] == [834, 923, 1012]
    assert size(holding(3, own=True)) <= UNIT_BYTES


def test_the_key_above_it() -> None:
    assert [size(holding(count, own=False)) for count in (1, 2, 3)] == [823, 901, 979]


def test_a_key_in_the_minute_after_another_one() -> None:
    """Before the first settlement drops what was counted without a limit."""
    key = holding(1, own=True)
    before = {f"{kind}{rate_limits.requests_name(AT)[1:-1]}0": UNLIMITED - 1 for kind in "rt"}
    assert size(replace(key, rates={**key.rates, **before})) == 868


def test_a_typical_record_and_its_entry_in_the_index() -> None:
    made = typical_record(typical_call(KEY).request_id, KEY, PARENT)
    stored = item(record_items.to_item(made, RETENTION))
    schema = table_schemas(read_template(ROOT / "template.yaml"))["UsageTable"]
    (index,) = schema["GlobalSecondaryIndexes"]
    projected = {each["AttributeName"] for each in [*schema["KeySchema"], *index["KeySchema"]]}
    projected.update(index["Projection"]["NonKeyAttributes"])
    assert item_sizes.size(stored) == 943
    assert item_sizes.size(item(record_items.to_item(replace(made, attempts=()), RETENTION))) == 754
    assert item_sizes.size(stored, projected) == 182


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ("räume", 6),
        (Decimal(0), 1),
        (Decimal(7), 2),
        (Decimal(-7), 3),
        (Decimal("1.50"), 3),
        (Decimal(1_000_000), 2),
        (Decimal("0.000255393"), 5),
        (Decimal("1795947303.417"), 8),
        (True, 1),
        (None, 1),
        (b"abc", 3),
        ({"a", "bc"}, 3),
        ([], 3),
        ([1, "a"], 8),
        ({}, 3),
        ({"a": 1, "b": []}, 12),
    ],
)
def test_sizes_are_counted_by_dynamodbs_rules(value: object, size: int) -> None:
    assert item_sizes.size(values({"a": value})) == 1 + size
