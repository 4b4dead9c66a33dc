"""Plain Python values as DynamoDB's attribute values, and back: boto3's serializers, but quick.

Unlike there, binary values are read as bytes. Numbers are Decimals of at most 38 digits:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from decimal import Clamped, Context, Decimal, Inexact, Overflow, Rounded, Underflow
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    AttributeValue = dict[str, Any]

_NUMBERS = Context(Emin=-128, Emax=126, prec=38, traps=[Clamped, Overflow, Inexact, Rounded, Underflow])
_WHOLE_BELOW = 10**38
_BINARY = (bytes, bytearray)


def values(mapping: Mapping[str, Any]) -> dict[str, AttributeValue]:
    """Each value by `to_wire`, which see for errors."""
    return {name: to_wire(value) for name, value in mapping.items()}


def plain(mapping: Mapping[str, AttributeValue]) -> dict[str, Any]:
    """Each attribute value by `from_wire`."""
    return {name: from_wire(value) for name, value in mapping.items()}


def to_wire(value: Any) -> AttributeValue:
    """Raises TypeError of floats, infinities and whatever DynamoDB has no type for, and one of `decimal`'s
    signals (Inexact, Rounded, Overflow, Underflow, Clamped) of numbers that it would round.
    """
    convert = _TO_WIRE.get(type(value))
    return convert(value) if convert else _kindred_to_wire(value)


def from_wire(value: AttributeValue) -> Any:
    """Raises TypeError of what is no attribute value."""
    for kind, content in value.items():
        read = _FROM_WIRE.get(kind)
        if read is not None:
            return read(content)
    raise TypeError(f"No attribute value has the type {next(iter(value), None)!r}")


def _number(value: int | Decimal) -> str:
    if isinstance(value, int):
        if -_WHOLE_BELOW < value < _WHOLE_BELOW:
            return str(int(value))
    elif not value.is_finite():
        raise TypeError("DynamoDB has neither infinities nor NaN")
    return str(_NUMBERS.create_decimal(value))


def _set(value: Set[Any]) -> AttributeValue:
    if all(isinstance(each, (int, Decimal)) for each in value):
        return {"NS": [_number(each) for each in value]}
    if all(isinstance(each, str) for each in value):
        return {"SS": list(value)}
    if all(isinstance(each, _BINARY) for each in value):
        return {"BS": list(value)}
    raise TypeError("A set's members must all be numbers, strings or bytes")


def _kindred_to_wire(value: Any) -> AttributeValue:
    """Of subclasses, such as those of `Enum`, and of what behaves like a mapping or a set."""
    for kinds, convert in _KINDRED:
        if isinstance(value, kinds):
            return convert(value)
    # Its value isn't told: it may be a secret.
    raise TypeError(f"DynamoDB has no type for a {type(value).__name__}")


def _list(value: list[Any]) -> AttributeValue:
    return {"L": [to_wire(each) for each in value]}


_TO_WIRE: dict[type, Callable[[Any], AttributeValue]] = {
    str: lambda value: {"S": value},
    int: lambda value: {"N": _number(value)},
    Decimal: lambda value: {"N": _number(value)},
    bool: lambda value: {"BOOL": value},
    type(None): lambda _: {"NULL": True},
    bytes: lambda value: {"B": value},
    dict: lambda value: {"M": values(value)},
    list: _list,
    tuple: _list,
    set: _set,
    frozenset: _set,
}
_KINDRED: tuple[tuple[Any, Callable[[Any], AttributeValue]], ...] = (
    ((int, Decimal), _TO_WIRE[int]),
    (str, _TO_WIRE[str]),
    (_BINARY, _TO_WIRE[bytes]),
    (Set, _set),
    (Mapping, _TO_WIRE[dict]),
    ((list, tuple), _list),
)
_FROM_WIRE: dict[str, Callable[[Any], Any]] = {
    "S": lambda content: content,
    "N": Decimal,
    "BOOL": lambda content: content,
    "NULL": lambda _: None,
    "M": plain,
    "L": lambda content: [from_wire(each) for each in content],
    "B": bytes,
    "SS": set,
    "NS": lambda content: set(map(Decimal, content)),
    "BS": lambda content: set(map(bytes, content)),
}
