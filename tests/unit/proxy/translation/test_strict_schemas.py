from __future__ import annotations

from typing import Any

import pytest
from openai.lib._pydantic import to_strict_json_schema
from pydantic import BaseModel

from tollgate_proxy.translation.strict_schemas import is_strict

_CLOSED: dict[str, Any] = {
    "type": "object",
    "properties": {"a": {"type": "string"}},
    "required": ["a"],
    "additionalProperties": False,
}


class _Leaf(BaseModel):
    name: str
    size: int | None = None


class _Tree(BaseModel):
    leaves: list[_Leaf]
    first: _Leaf | None


def test_what_openais_sdk_makes_strict_is() -> None:
    assert is_strict(to_strict_json_schema(_Tree))
    assert not is_strict(_Tree.model_json_schema())


@pytest.mark.parametrize(
    "changed",
    [
        {"required": []},
        {"required": None},
        {"additionalProperties": True},
        {"additionalProperties": {"type": "string"}},
        {"properties": None},
        {"type": "array"},
        {"anyOf": [_CLOSED]},
        {"properties": {"a": {"oneOf": [_CLOSED]}}},
        {"properties": {"a": {"type": "object"}}},
        {"properties": {"a": {"type": ["object", "null"]}}},
        {"properties": {"a": {"type": "array", "items": {"type": "object"}}}},
        {"properties": {"a": {"anyOf": [{"type": "string"}, {"properties": {}}]}}},
        {"properties": {"a": True}},
        {"$defs": {"b": {"type": "object"}}},
    ],
)
def test_open_objects_and_optional_members_are_not_strict(changed: dict[str, Any]) -> None:
    assert is_strict(_CLOSED)
    assert not is_strict(_CLOSED | changed)
