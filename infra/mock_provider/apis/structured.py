"""Structured output: text that fits the JSON schema that a request asks for."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from infra.mock_provider.reply import encode_json

# What is left to the model is answered as one string.
ANY_OBJECT = {"type": "object", "properties": {"text": {"type": "string"}}}
SIMPLE: dict[str, Any] = {"integer": 1, "number": 1.5, "boolean": True, "null": None}

_WORD = re.compile(r" ?[^ ]+")


def schema_of(format_: object) -> Mapping[str, Any] | None:
    """The schema in a `response_format`, `text.format` or `output_config.format`; None for plain text."""
    if not isinstance(format_, dict):
        return None
    match format_.get("type"):
        case "json_object":
            return ANY_OBJECT
        case "json_schema":
            # OpenAI's chat completions wrap it once more.
            schema: Mapping[str, Any] = format_.get("json_schema", format_)["schema"]
            return schema
    return None


def fitting(schema: Mapping[str, Any], text: Iterable[str]) -> Iterator[str]:
    """JSON that fits the schema, as a stream's deltas. Each string in it is the whole of `text`."""
    value = _value(schema, "".join(text), schema.get("$defs", {}))
    return (found[0] for found in _WORD.finditer(encode_json(value)))


def _value(schema: Mapping[str, Any], text: str, definitions: Mapping[str, Any]) -> Any:
    """Of several possibilities the first one. A schema may refer to its definitions, not to itself."""
    if "$ref" in schema:
        return _value(definitions[schema["$ref"].removeprefix("#/$defs/")], text, definitions)
    if "anyOf" in schema:
        return _value(schema["anyOf"][0], text, definitions)
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "object":
            members = schema.get("properties", {})
            return {name: _value(member, text, definitions) for name, member in members.items()}
        case "array":
            return [_value(schema["items"], text, definitions)]
    return schema.get("const", SIMPLE.get(schema.get("type", ""), text))
