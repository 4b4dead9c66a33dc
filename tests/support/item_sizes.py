"""What an item counts as, in bytes, by the rules that DynamoDB charges writes by.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html. Of numbers it
says "approximately": a byte for two digits and one more, and another one for a minus. DynamoDB Local takes
digits in pairs from the point on, as here.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

# A unit of a write, and of a write of an index's entry.
UNIT_BYTES = 1024
_COLLECTION = 3


def size(item: Mapping[str, Any], names: Iterable[str] | None = None) -> int:
    """Of an item in the wire format, or of those of its attributes that an index projects."""
    return sum(by_attribute({name: item[name] for name in names or item if name in item}).values())


def by_attribute(item: Mapping[str, Any]) -> dict[str, int]:
    """Each attribute's name and value."""
    return {name: _text(name) + _value(value) for name, value in item.items()}


def _value(wire: Mapping[str, Any]) -> int:
    ((kind, value),) = wire.items()
    return _SIZES[kind](value)


def _text(value: str) -> int:
    return len(value.encode())


def _number(value: str) -> int:
    number = Decimal(value).normalize()
    if not number:
        return 1
    _, digits, exponent = number.as_tuple()
    # Digits are taken in pairs from the point on, to both sides.
    places = len(digits) + int(exponent) % 2
    return (places + 1) // 2 + 1 + (number < 0)


def _one(_value: object) -> int:
    return 1


def _list(values: Iterable[Mapping[str, Any]]) -> int:
    return _COLLECTION + sum(1 + _value(each) for each in values)


def _map(values: Mapping[str, Any]) -> int:
    return _COLLECTION + sum(1 + each for each in by_attribute(values).values())


_SIZES: dict[str, Callable[[Any], int]] = {
    "S": _text,
    "N": _number,
    "B": len,
    "BOOL": _one,
    "NULL": _one,
    "L": _list,
    "M": _map,
    "SS": lambda values: sum(map(_text, values)),
}
