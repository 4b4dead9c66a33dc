"""Attribute values, compared with boto3's serializers."""

from __future__ import annotations

import enum
from collections import OrderedDict
from decimal import Clamped, Decimal, DecimalException, Inexact, Overflow, Rounded, Underflow
from types import MappingProxyType
from typing import Any

import pytest
from boto3.dynamodb.types import Binary, TypeDeserializer, TypeSerializer
from hypothesis import given
from hypothesis import strategies as st

from aws_wire.attribute_values import from_wire, plain, to_wire, values

SIGNALS = (Clamped, Inexact, Overflow, Rounded, Underflow)
NUMBERS = st.integers() | st.decimals(allow_nan=False, allow_infinity=False) | st.integers(10**36, 10**40)
SCALARS = st.none() | st.booleans() | st.text() | st.binary() | NUMBERS
SETS = (
    st.sets(st.text())
    | st.frozensets(st.binary())
    | st.sets(st.integers(-(10**6), 10**6))
    | st.sets(st.decimals(-100, 100, places=3))
)
VALUES = st.recursive(
    SCALARS | SETS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4) | st.tuples(inner, inner)
    ),
    max_leaves=12,
)


class Colour(enum.StrEnum):
    RED = "red"


class Number(enum.IntEnum):
    ONE = 1


def outcome(convert, value):
    try:
        return convert(value)
    except (TypeError, DecimalException) as error:
        return type(error)


def unwrapped(value: Any) -> Any:
    """boto3's reading, with its Binary as the bytes that we read."""
    if isinstance(value, Binary):
        binary: Any = value
        return binary.value
    if isinstance(value, dict):
        return {name: unwrapped(each) for name, each in value.items()}
    if isinstance(value, (list, set)):
        return type(value)(map(unwrapped, value))
    return value


@given(VALUES)
def test_values_become_what_boto3_makes_of_them(value):
    assert outcome(to_wire, value) == outcome(TypeSerializer().serialize, value)


@given(VALUES)
def test_values_are_read_as_boto3_reads_them(value):
    wire: Any = outcome(TypeSerializer().serialize, value)
    if isinstance(wire, dict):
        read: Any = TypeDeserializer()
        assert from_wire(wire) == unwrapped(read.deserialize(wire))


@given(NUMBERS)
def test_a_number_is_the_same_when_it_comes_back_or_is_refused(number):
    wire = outcome(to_wire, number)
    if isinstance(wire, dict):
        assert from_wire(wire) == number
    else:
        assert issubclass(wire, SIGNALS)


@pytest.mark.parametrize(
    "value",
    [
        Colour.RED,
        Number.ONE,
        True,
        bytearray(b"a"),
        OrderedDict(a=1),
        MappingProxyType({"a": 1}),
        {"a": 1}.keys(),
        [],
        {},
        set(),
        frozenset(),
        {True, 5},
        "",
        b"",
        -0,
        Decimal("-0"),
        Decimal("1E+10"),
        Decimal("0E-200"),
        10**38 - 1,
        10**38,
        -(10**38),
        Decimal(10) ** 125,
        Decimal("1E-130"),
        Decimal("1E-131"),
        Decimal("1E+127"),
        Decimal("9" * 38),
        Decimal("9" * 39),
    ],
)
def test_what_is_unusual_becomes_what_boto3_makes_of_it(value):
    assert outcome(to_wire, value) == outcome(TypeSerializer().serialize, value)


@pytest.mark.parametrize(
    "value",
    [
        1.5,
        float("nan"),
        Decimal("NaN"),
        Decimal("sNaN"),
        Decimal("Infinity"),
        Decimal("-Infinity"),
        {1.5},
        {"a", 1},
        object(),
        1j,
        {(1, 2)},
        {"a": [1.5]},
        iter([]),
    ],
)
def test_what_dynamodb_has_no_type_for_is_refused(value):
    with pytest.raises(TypeError):
        to_wire(value)


def test_a_refusal_says_no_value():
    class Secret:
        def __repr__(self) -> str:
            return "hunter2"

    with pytest.raises(TypeError) as refused:
        values({"key": Secret()})
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("wire", [{}, {"X": 1}])
def test_what_is_no_attribute_value_is_refused(wire):
    with pytest.raises(TypeError):
        from_wire(wire)


def test_binary_values_are_read_as_bytes():
    assert plain({"a": {"B": b"1"}, "b": {"BS": [b"2"]}}) == {"a": b"1", "b": {b"2"}}
