"""What a call writes stays within a unit, 1,024 bytes. These figures change for a reason only."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from aws_wire.attribute_values import values
from tests.bench.measurements import stored_items
from tests.support import item_sizes
from tests.support.item_sizes import UNIT_BYTES
from tests.support.typical_items import (
    AT,
    MODEL,
    UNLIMITED,
    busy_key,
    metered,
    stored_size,
    with_two_packs,
)
from tollgate import money
from tollgate.keys import api_keys
from tollgate.ledger import rate_limits
from tollgate.ledger.billing import assignments

KEY, PARENT = api_keys.issue(), api_keys.issue()
# Where these figures are told, to be changed with them.
TOLD = "docs/ledger.md (What it costs) and docs/benchmarks.md (make bench ARGS=stored_items) say otherwise"


def test_a_typical_key_and_its_root_and_what_they_weigh_with_calls_open() -> None:
    found = stored_items.measure()["open"]
    assert {count: found[count] for count in ("0", "1", "3", "10")} == {
        "0": {"key": 711, "root": 682},
        "1": {"key": 834, "root": 794},
        "3": {"key": 1012, "root": 950},
        "10": {"key": 1635, "root": 1496},
    }, TOLD
    assert found["3"]["key"] <= UNIT_BYTES


def test_a_key_between_two_others() -> None:
    sizes = [stored_size(busy_key(KEY, count, own=False, parent_id=PARENT.key_id)) for count in (1, 2, 3)]
    assert sizes == [823, 901, 979], TOLD


def test_a_key_in_the_minute_after_another_one() -> None:
    """Before the first settlement drops what was counted without a limit."""
    key = busy_key(KEY, 1, own=True, parent_id=PARENT.key_id)
    before = {f"{kind}{rate_limits.requests_name(AT)[1:-1]}0": UNLIMITED - 1 for kind in "rt"}
    assert stored_size(replace(key, rates={**key.rates, **before})) == 868, TOLD


def test_a_typical_record_and_its_entry_in_the_index() -> None:
    found = stored_items.measure()
    assert found["record after a failed attempt"] == 943, TOLD
    assert found["record"] == 754, TOLD
    assert found["index entry"] == 182, TOLD


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


def test_a_typical_key_with_two_packs_and_one_whose_calls_are_metered() -> None:
    """With a call open, and with that assigned to who pays for it: each write stays within a unit."""
    busy = busy_key(KEY, 1, own=True, parent_id=PARENT.key_id)
    sizes = {}
    for name, made in (("packs", with_two_packs(busy)), ("metered", metered(busy))):
        ((request_id, hold),) = made.holds.items()
        assigned = assignments.assignment(made, request_id, MODEL, Decimal("0.018433"), money.ONE).after
        sizes[name] = [stored_size(made), stored_size(replace(made, holds={request_id: assigned}))]
        assert hold.parts is None
    assert sizes == {"packs": [975, 1002], "metered": [905, 921]}, TOLD
    assert max(size for found in sizes.values() for size in found) <= UNIT_BYTES
