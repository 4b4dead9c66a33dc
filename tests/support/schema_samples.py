"""Values that a JSON schema of the OpenAPI documents allows: the plainest ones, with every property."""

from __future__ import annotations

from typing import Any


def sample(schema: dict[str, Any], document: dict[str, Any]) -> Any:
    """Null where it may be null, and a list of one; `document` has the schemas that are referred to."""
    if "$ref" in schema:
        return sample(document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], document)
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return _plainest(schema[word], document)
    if "allOf" in schema:
        return sample(schema["allOf"][0], document)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    return _of_type(schema, document)


def _plainest(schemas: list[dict[str, Any]], document: dict[str, Any]) -> Any:
    return None if {"type": "null"} in schemas else sample(schemas[0], document)


def _of_type(schema: dict[str, Any], document: dict[str, Any]) -> Any:
    kind = schema.get("type")
    if kind == "object":
        return {name: sample(each, document) for name, each in schema.get("properties", {}).items()}
    if kind == "array":
        return [sample(schema["items"], document)] if "items" in schema else []
    if kind == "string":
        return "2026-11-29T00:00:00Z" if schema.get("format") == "date-time" else "1"
    return {"integer": 1, "number": 1, "boolean": True}.get(str(kind))
