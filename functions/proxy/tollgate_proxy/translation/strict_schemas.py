"""Which JSON schemas OpenAI holds answers and calls to strictly; it refuses to with others.

https://platform.openai.com/docs/guides/structured-outputs#supported-schemas
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_UNKNOWN = ("allOf", "oneOf", "not", "if", "then", "else", "dependentRequired", "dependentSchemas")
_MAPS = ("properties", "$defs", "definitions")
_MAX_DEPTH = 50


def is_strict(schema: Mapping[str, Any]) -> bool:
    """Whether it is an object's, and each object in it has all the members that it knows, and no others."""
    return schema.get("type") == "object" and "anyOf" not in schema and _is_strict(schema, 0)


def _is_strict(schema: Any, depth: int) -> bool:
    if not isinstance(schema, dict) or depth > _MAX_DEPTH or any(name in schema for name in _UNKNOWN):
        return False
    if _is_object(schema) and not _is_closed(schema):
        return False
    return all(_is_strict(each, depth + 1) for each in _within(schema))


def _is_object(schema: Mapping[str, Any]) -> bool:
    kinds = schema.get("type")
    return kinds == "object" or (isinstance(kinds, list) and "object" in kinds) or "properties" in schema


def _is_closed(schema: Mapping[str, Any]) -> bool:
    properties, required = schema.get("properties"), schema.get("required")
    if not isinstance(properties, dict) or not isinstance(required, list):
        return False
    return schema.get("additionalProperties") is False and properties.keys() <= set(map(str, required))


def _within(schema: Mapping[str, Any]) -> Iterator[Any]:
    for name in _MAPS:
        inner = schema.get(name)
        yield from inner.values() if isinstance(inner, dict) else ()
    if "items" in schema:
        yield schema["items"]
    choices = schema.get("anyOf")
    yield from choices if isinstance(choices, list) else ()
