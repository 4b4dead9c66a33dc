"""JSON schemas as Anthropic's structured outputs take them, which know less of JSON schema than OpenAI's.

What an answer can't be held to is told in the description, as Anthropic's SDK does it
(https://platform.claude.com/docs/en/build-with-claude/structured-outputs#json-schema-limitations).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_FORMATS = frozenset(
    {"date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"}
)
_KEPT = ("title", "description", "type", "enum", "const", "default", "required", "$ref")
_UNIONS = {"anyOf": "anyOf", "oneOf": "anyOf", "allOf": "allOf"}
_DEFINITIONS = ("$defs", "definitions")
_MAPS = (*_DEFINITIONS, "properties")
# What is said otherwise, or to nobody.
_SILENT = ("additionalProperties", "$schema", "$id")
_MAX_DEPTH = 50


def fitted(schema: Mapping[str, Any]) -> dict[str, Any] | None:
    """The schema without what isn't known; None if objects of it may have any members, or it goes on in
    itself: no other schema stands for such a one.
    """
    try:
        return None if _is_recursive(schema) else _fitted(schema, 0)
    except (_UnfitError, TypeError, AttributeError):
        return None  # or it is no schema at all


class _UnfitError(Exception):
    """There is no schema that stands for one."""


def _fitted(schema: Any, depth: int) -> dict[str, Any]:
    if not isinstance(schema, dict) or depth > _MAX_DEPTH:
        raise _UnfitError
    made: dict[str, Any] = {}
    told: dict[str, Any] = {}
    for name, value in schema.items():
        if name in _UNIONS:
            made[_UNIONS[name]] = [_fitted(each, depth + 1) for each in value]
        elif name in _MAPS:
            made[name] = {key: _fitted(each, depth + 1) for key, each in value.items()}
        elif name == "items":
            made[name] = _fitted(value, depth + 1)
        elif _is_known(name, value):
            made[name] = value
        elif name not in _SILENT:
            told[name] = value
    _close(schema, made)
    return _with_told(made, told)


def _is_known(name: str, value: Any) -> bool:
    return (
        name in _KEPT or (name == "format" and value in _FORMATS) or (name == "minItems" and value in (0, 1))
    )


def _close(schema: Mapping[str, Any], made: dict[str, Any]) -> None:
    kinds = schema.get("type")
    if kinds == "object" or (isinstance(kinds, list) and "object" in kinds) or "properties" in schema:
        if schema.get("additionalProperties", "properties" not in schema) not in (False, None):
            raise _UnfitError
        made["additionalProperties"] = False
    elif not made.keys() & {"type", "enum", "const", "$ref", *_UNIONS.values()}:
        raise _UnfitError  # anything


def _with_told(made: dict[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    if told:
        rules = ", ".join(f"{name}: {json.dumps(value)}" for name, value in told.items())
        description = made.get("description")
        made["description"] = f"{description}\n\n{{{rules}}}" if description else f"{{{rules}}}"
    return made


def _is_recursive(schema: Mapping[str, Any]) -> bool:
    """Whether a definition refers to itself, or the whole schema is referred to."""
    definitions = {
        f"#/{place}/{name}": _references(each)
        for place in _DEFINITIONS
        for name, each in (schema.get(place) or {}).items()
    }
    if "#" in _references(schema):
        return True
    for start, direct in definitions.items():
        reached: set[str] = set()
        pending = set(direct)
        while pending:
            reference = pending.pop()
            if reference == start:
                return True
            if reference not in reached:
                reached.add(reference)
                pending |= definitions.get(reference, set())
    return False


def _references(schema: Any) -> set[str]:
    found: set[str] = set()
    pending = [schema]
    while pending:
        part = pending.pop()
        if isinstance(part, dict):
            if isinstance(part.get("$ref"), str):
                found.add(part["$ref"])
            pending += part.values()
        elif isinstance(part, list):
            pending += part
    return found
