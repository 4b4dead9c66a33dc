"""That leaves and seals are what they were: whoever has noted a head can compare it for years."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aws_wire.attribute_values import plain, values
from tests.support.builders import NOW, record
from tollgate.aws.dynamodb import item
from tollgate.ledger.store import record_items
from tollgate.seals.canonical_items import canonical_bytes
from tollgate.seals.day_seals import NO_SEAL, Kind, Seal, SealedPart, SealError, Section, leaf_of
from tollgate.seals.merkle_tree import EMPTY_ROOT

REQUEST = "req_01kb0000000000000000000000"
EMPTY = SealedPart(0, EMPTY_ROOT.hex(), EMPTY_ROOT.hex())
SEAL = Seal("tollgate-prod", date(2026, 11, 27), NO_SEAL, NOW, 400, 4096, dict.fromkeys(Section, EMPTY))


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"b": {"S": "x"}, "a": {"BOOL": True}}, '{"a":{"BOOL":true},"b":{"S":"x"}}'),
        ({"n": {"N": "1.50"}}, '{"n":{"N":"1.5"}}'),
        ({"n": {"N": "1E+2"}}, '{"n":{"N":"100"}}'),
        ({"n": {"N": "1e-18"}}, '{"n":{"N":"0.000000000000000001"}}'),
        ({"n": {"N": "-0"}}, '{"n":{"N":"0"}}'),
        ({"n": {"N": "007"}}, '{"n":{"N":"7"}}'),
        ({"n": {"N": "100"}}, '{"n":{"N":"100"}}'),
        ({"m": {"M": {"é": {"NULL": True}, "e": {"L": []}}}}, '{"m":{"M":{"e":{"L":[]},"é":{"NULL":true}}}}'),
        ({"s": {"SS": ["b", "a"]}}, '{"s":{"SS":["a","b"]}}'),
        ({"s": {"NS": ["2.0", "10"]}}, '{"s":{"NS":["10","2"]}}'),
        ({"b": {"B": b"\0\1"}}, '{"b":{"B":"AAE="}}'),
        ({"b": {"B": "AAE="}}, '{"b":{"B":"AAE="}}'),
        ({"b": {"BS": [b"b", b"a"]}}, '{"b":{"BS":["YQ==","Yg=="]}}'),
        ({"t": {"S": 'a"\n\u2028\x7f'}}, '{"t":{"S":"a\\"\\n\u2028\x7f"}}'),
    ],
)
def test_an_item_has_one_form(attributes, expected):
    assert canonical_bytes(attributes).decode() == expected


@pytest.mark.parametrize(
    "attribute",
    [
        *("x", None, 1, {}, {"X": "y"}, {"S": "x", "N": "1"}, ["S"], {"S": 5}, {"BOOL": "true"}, {"NULL": 0}),
        *({"N": 5}, {"N": "five"}, {"N": "NaN"}, {"N": "1e999999999"}, {"N": "1e-999999999"}, {"B": 5}),
        *({"L": 5}, {"M": []}, {"SS": ["a", 1]}, {"NS": [1]}, {"BS": [None]}),
    ],
)
def test_what_is_no_attribute_value_has_none(attribute):
    with pytest.raises(ValueError, match="no attribute value"):
        canonical_bytes({"a": attribute})


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
NUMBERS = st.decimals(-(10**9), 10**9, allow_nan=False, allow_infinity=False, places=9)
VALUES = st.recursive(
    TEXTS | NUMBERS | st.booleans() | st.none() | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(TEXTS, VALUES, max_size=4), st.dictionaries(TEXTS, VALUES, max_size=4))
def test_items_have_the_same_bytes_just_if_they_are_the_same(one, other):
    """In whatever order. What DynamoDB tells apart by types and values is told apart."""
    bytes_of_one = canonical_bytes(values(one))
    assert canonical_bytes(dict(reversed(values(one).items()))) == bytes_of_one
    assert canonical_bytes(values(plain(values(one)))) == bytes_of_one
    assert (canonical_bytes(values(other)) == bytes_of_one) == _same(one, other)


def _same(one, other):
    """Equal, and of the same types: True is 1 to Python, not to DynamoDB."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and one == other


def test_a_records_leaf_is_what_it_was_when_this_version_was_written():
    """If this fails, no proof of what was sealed before holds any more: don't change what is expected."""
    stored = item(record_items.to_item(record(REQUEST, cost="0.25"), timedelta(days=400)))
    written_then = {name: value for name, value in stored.items() if name in EXPECTED_ATTRIBUTES}
    assert leaf_of(Kind.USAGE, written_then).hex() == LEAF
    assert leaf_of(Kind.AUDIT, written_then).hex() != LEAF


EXPECTED_ATTRIBUTES = {
    "key_id",
    "request_id",
    "calculated_cost",
    "created_at",
    "scopes",
    "tokens",
    "streamed",
}
LEAF = "dd74c3520d9b9f6030616df891887eb5d8c53d2df43a6e5c46a5eab916d4a8a6"
HEAD = "d00734c89c238a81a6ee5878fd68bf34baebb46bfa9783dbc6ed6432eb24aba3"


def test_a_seals_head_is_what_it_was_when_this_version_was_written():
    assert SEAL.head == HEAD
    assert Seal.parse(SEAL.text()) == SEAL


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        SEAL.text() + " ",
        SEAL.text().replace('"day"', '"Day"'),
        SEAL.text().replace("2026-11-27", "2026-11-31"),
        SEAL.text().replace('"size":0', '"size":0.0', 1),
        SEAL.text().replace('"listSize":4096', '"listSize":0'),
        SEAL.text().replace("tollgate-seal-1", "tollgate-seal-2"),
        SEAL.text()[:-1] + ',"zone":"x"}',
    ],
)
def test_what_is_not_written_as_a_seal_is_none(text):
    with pytest.raises(SealError):
        Seal.parse(text)


def test_a_digit_of_any_amount_is_another_leaf():
    stored = item(record_items.to_item(record(REQUEST, cost="0.25"), timedelta(days=400)))
    other = {**stored, "calculated_cost": {"N": str(Decimal("0.25") + Decimal("1e-27"))}}
    assert leaf_of(Kind.USAGE, stored) != leaf_of(Kind.USAGE, other)
