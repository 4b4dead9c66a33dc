"""Python's types for JSON Schema's. What may be text or a number, as amounts of money may, is text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_SIMPLE: Final = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "null": "None",
}
_REF: Final = "#/components/schemas/"


def referenced(schema: Mapping[str, Any]) -> str | None:
    """The name of the schema that this one stands for."""
    ref = schema.get("$ref")
    return None if ref is None else str(ref).removeprefix(_REF)


def expression(schema: Mapping[str, Any], name_of: Callable[[str], str]) -> str:
    """The type's source; `name_of` gives that of a schema by its name. Raises `ValueError` if it is new."""
    if (ref := referenced(schema)) is not None:
        return name_of(ref)
    if values := schema.get("enum") or ([schema["const"]] if "const" in schema else []):
        return literal(values)
    if "anyOf" in schema:
        return _union([expression(each, name_of) for each in without_numbers(schema["anyOf"])])
    match schema.get("type"):
        case "array":
            return f"list[{expression(schema['items'], name_of)}]"
        case "object":
            return _mapping(schema, name_of)
        case str(kind) if kind in _SIMPLE:
            return _SIMPLE[kind]
    raise ValueError(f"There is no type for {schema}.")


def without_numbers(choices: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The choices of a type, without numbers where text says the same exactly."""
    has_text = any(each.get("type") == "string" for each in choices)
    return [each for each in choices if not (has_text and each.get("type") == "number")]


def literal(values: list[Any]) -> str:
    return f"Literal[{', '.join(json.dumps(value) for value in values)}]"


def optional(expressed: str) -> str:
    """The type, or None."""
    return expressed if expressed.endswith("None") else f"{expressed} | None"


def _union(kinds: list[str]) -> str:
    # None last, as one says it.
    return " | ".join(sorted(dict.fromkeys(kinds), key=lambda kind: kind == "None"))


def _mapping(schema: Mapping[str, Any], name_of: Callable[[str], str]) -> str:
    values = list(schema.get("patternProperties", {}).values()) or [schema.get("additionalProperties", True)]
    value = "Any" if values == [True] else _union([expression(each, name_of) for each in values])
    key = expression(schema["propertyNames"], name_of) if "$ref" in schema.get("propertyNames", {}) else "str"
    return f"dict[{key}, {value}]"
