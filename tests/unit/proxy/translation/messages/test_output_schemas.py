from __future__ import annotations

from typing import Any

import pytest
from anthropic import transform_schema

from tollgate_proxy.translation.messages.writing import output_schemas

_ITEM = {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False}


@pytest.mark.parametrize(
    "schema",
    [
        _ITEM,
        {
            "type": "object",
            "title": "T",
            "description": "D",
            "required": ["a"],
            "properties": {
                "a": {"type": "integer", "minimum": 1, "maximum": 5},
                "b": {"type": "string", "format": "date", "pattern": "x"},
                "c": {"type": "string", "format": "iri"},
                "d": {"type": "array", "items": _ITEM, "minItems": 1, "maxItems": 3},
                "e": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                "f": {"oneOf": [{"type": "string"}, {"type": "number"}]},
                "g": {"enum": ["x", "y"]},
                "h": {"$ref": "#/$defs/item"},
                "i": {"type": "array", "items": {"type": "boolean"}, "minItems": 2},
            },
            "$defs": {"item": _ITEM},
        },
    ],
)
def test_a_schema_becomes_what_anthropics_own_sdk_makes_of_it(schema: dict[str, Any]) -> None:
    def without_quotes(part: Any) -> Any:
        if isinstance(part, dict):
            return {name: without_quotes(value) for name, value in part.items()}
        if isinstance(part, list):
            return [without_quotes(each) for each in part]
        return part.replace('"', "") if isinstance(part, str) else part

    fitted = output_schemas.fitted(schema)
    assert fitted is not None
    assert without_quotes(fitted) == transform_schema(schema)
    assert output_schemas.fitted(fitted) == fitted


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "object"},
        {"type": "object", "additionalProperties": True, "properties": {}},
        {"type": "object", "additionalProperties": {"type": "string"}},
        {"type": "array", "items": {}},
        {"type": "object", "properties": {"a": {"$ref": "#"}}},
        {"$ref": "#/$defs/a", "$defs": {"a": {"type": "array", "items": {"$ref": "#/$defs/a"}}}},
        {
            "$ref": "#/$defs/a",
            "$defs": {
                "a": {"type": "array", "items": {"$ref": "#/$defs/b"}},
                "b": {"type": "array", "items": {"$ref": "#/$defs/a"}},
            },
        },
        {"type": "object", "properties": [1]},
        {"anyOf": 1},
        {"type": "array", "items": True},
    ],
)
def test_open_or_endless_schemas_have_none_that_stands_for_them(schema: dict[str, Any]) -> None:
    assert output_schemas.fitted(schema) is None
