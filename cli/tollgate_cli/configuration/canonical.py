"""Values in the one form in which equal ones are equal, whether a file or the API writes them.

What a value is, the file's JSON Schema says. Money becomes text in plain digits without zeros at its end, a
moment is in UTC to the millisecond, what is a set is sorted, and what is left out within a value has its
default.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from tollgate_cli.configuration.declared_things import SCHEMAS, Kind
from tollgate_cli.configuration.files import file_schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate_cli.configuration.files.file_schema import Schema

# Lists whose order and repetitions say nothing.
_SETS: Final = frozenset({"aliases", "allowedModels", "models", "days"})
_LOWER_CASE: Final = frozenset({"selfServiceMailDomains"})
_WEEK: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# Of these, as of the things themselves, what is left out stays as it is.
_PARTIAL: Final = "alternatives"


def fields(kind: Kind, named: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a thing that are named; others that a view shows are left out."""
    known: Mapping[str, Schema] = file_schema.schema()["$defs"][SCHEMAS[kind]]["properties"]
    return {name: _value(known[name], each, name) for name, each in named.items() if name in known}


def default(kind: Kind, name: str) -> Any:
    """What a thing has where nobody names a field; None if that is nothing, or isn't always the same."""
    part: Schema = file_schema.schema()["$defs"][SCHEMAS[kind]]["properties"][name]
    if "default" in part:
        return _value(part, part["default"], name)
    return {"array": [], "object": {}}.get(file_schema.resolved(part).get("type", ""))


class Digits(str):
    """A number as text, exactly: money, a price or a factor."""

    __slots__ = ()


def decimal(given: Any) -> Digits:
    """`given` is a number or text in plain digits."""
    number = Decimal(str(given))
    return Digits(format(number.normalize(), "f") if number else "0")


def moment(given: str) -> str:
    """An RFC 3339 time in UTC, cut to the millisecond as the API does."""
    at = datetime.fromisoformat(given.upper()).astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def _value(part: Schema, given: Any, name: str) -> Any:
    if given is None:
        return None
    part = file_schema.resolved(part)
    if "anyOf" in part:
        return _one_of(part["anyOf"], given, name)
    kind = part.get("type")
    if kind == "array":
        return _items(part["items"], given, name)
    if kind == "object":
        return _members(part, given, name)
    return _scalar(part, given)


def _scalar(part: Schema, given: Any) -> Any:
    if part.get("format") == "date-time":
        return moment(given)
    return int(given) if part.get("type") == "integer" else given


def _one_of(parts: list[Schema], given: Any, name: str) -> Any:
    meant = [each for each in map(file_schema.resolved, parts) if each.get("type") != "null"]
    if any(each.get("type") == "number" for each in meant):
        return decimal(given)
    # But for money and null, the schema has one type for each value.
    return _value(meant[0], given, name)


def _items(part: Schema, given: list[Any], name: str) -> list[Any]:
    made = [_value(part, each, name) for each in given]
    if name in _LOWER_CASE:
        made = [each.lower() for each in made]
    if name not in _SETS:
        return made
    return sorted(set(made), key=_WEEK.index if name == "days" else None)


def _members(part: Schema, given: Mapping[str, Any], name: str) -> dict[str, Any]:
    if "patternProperties" in part:
        (of_values,) = part["patternProperties"].values()
        return {key: _value(of_values, each, key) for key, each in sorted(given.items())}
    known: Mapping[str, Schema] = part.get("properties", {})
    usual = {key: each["default"] for key, each in known.items() if "default" in each}
    made = {key: _value(known[key], each, key) for key, each in {**usual, **given}.items() if key in known}
    return made if name == _PARTIAL else {key: each for key, each in made.items() if each is not None}
