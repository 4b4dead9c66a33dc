"""The JSON Schema of `tollgate.yaml`, made from the admin API's own schemas.

What a field may be is what the API takes: of creations, and of edits where both know a field, so that null is
allowed where it removes something. Names stand in the file where the API has ids that only it gives.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from infra.client import documented_fields

if TYPE_CHECKING:
    from collections.abc import Mapping

Schema = dict[str, Any]

_REFERENCE: Final = "#/components/schemas/"
_PLAIN_DIGITS: Final = r"^[0-9]+(\.[0-9]+)?$"
# Names that the API takes off spaces at their ends.
_TRIMMED: Final = frozenset({"name", "externalId", "costCentre", "remoteId"})
_NO_OUTER_SPACE: Final = r"^\S(.*\S)?$"
# What the file says in another way, once for all or not at all.
_NOT_IN_FILE: Final = frozenset({"managedBy", "revision"})
_TEXT: Final = {"type": "string", "minLength": 1}
_SECRET: Final[Schema] = {
    "type": "object",
    "additionalProperties": False,
    "minProperties": 1,
    "maxProperties": 1,
    "properties": {
        "env": {
            "type": "string",
            "pattern": "^[A-Za-z_][A-Za-z0-9_]*$",
            "description": "The environment variable that has the secret when the file is applied.",
        },
        "ssm": {
            "type": "string",
            "pattern": "^[A-Za-z0-9_./-]+$",
            "description": "The parameter of AWS Systems Manager's Parameter Store that has the secret.",
        },
    },
}
_STORED: Final = {
    "type": "object",
    "additionalProperties": False,
    "required": ["ssm"],
    "properties": {"ssm": _SECRET["properties"]["ssm"]},
    "description": "The parameter that a new key's secret is put into, encrypted, when the key is created.",
}
_LABEL: Final = {
    "type": "string",
    "pattern": "^[A-Za-z0-9._/-]{1,64}$",
    "description": "What marks the things that come from these files, so that --prune knows its own.",
}


def schema(document: Mapping[str, Any]) -> Schema:
    """Of the file, out of the admin API's OpenAPI document."""
    kinds = {
        "Settings": _kind(document, "SettingsEdit", documented_fields.of_settings()),
        "Alerts": _kind(document, "AlertDefaultsEdit", documented_fields.of_alerts()),
        "Provider": _provider(document),
        "Model": _model(document),
        "Key": _key(document),
    }
    parts: dict[str, Schema] = {}
    pending = _referred(kinds)
    while pending:
        name = pending.pop()
        if name not in parts:
            parts[name] = _part(document, name)
            pending |= _referred(parts[name])
    sections = {
        "settings": {
            **_local("Settings"),
            "description": "What keys are created with that don't say otherwise.",
        },
        "alerts": {**_local("Alerts"), "description": "The alerts of keys without settings of their own."},
        "providers": _list("Provider", "Endpoints where models are served."),
        "models": _list("Model", "Models with their prices, by the names that clients use."),
        "keys": _list("Key", "Keys with their budgets and policies, by their external ids."),
    }
    version = {"const": 1, "description": "The version of this format."}
    made = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Tollgate's configuration",
        "description": "What `tollgate apply` makes a gateway have. A field that is left out stays as it is; "
        "null removes it.",
        "type": "object",
        "additionalProperties": False,
        "required": ["version", "label"],
        "properties": {"version": version, "label": _LABEL, **sections},
        "$defs": {**kinds, **dict(sorted(parts.items()))},
    }
    adapted: Schema = _adapted(made)
    return adapted


def _provider(document: Mapping[str, Any]) -> Schema:
    made = _kind(document, "ProviderCreation", documented_fields.of_providers(), edit="ProviderEdit")
    made["properties"]["apiKey"] = {**_SECRET, "description": made["properties"]["apiKey"]["description"]}
    return {**made, "required": ["name"]}


def _model(document: Mapping[str, Any]) -> Schema:
    made = _kind(document, "ModelCreation", documented_fields.of_models(), edit="ModelEdit")
    made["properties"] = _by_providers_name(made["properties"])
    return {**made, "required": ["systemName"]}


def _key(document: Mapping[str, Any]) -> Schema:
    made = _kind(document, "KeyCreation", documented_fields.of_keys(), edit="KeyEdit")
    fields = made["properties"]
    del fields["parentId"]
    fields["externalId"] = {**_TEXT, "maxLength": 128, "description": fields["externalId"]["description"]}
    above = "The external id of the key above it (or that key's own id, `key_…`); null for none."
    fields["parent"] = {"anyOf": [{**_TEXT, "maxLength": 128}, {"type": "null"}], "description": above}
    fields["secret"] = _STORED
    return {**made, "required": ["externalId"]}


def _kind(
    document: Mapping[str, Any], creation: str, described: Mapping[str, str], edit: str | None = None
) -> Schema:
    """One of the file's kinds of things, with the fields of its creation as its edit takes them."""
    schemas = document["components"]["schemas"]
    of_creation = schemas[creation]["properties"]
    of_edit = schemas[edit]["properties"] if edit else {}
    fields = {}
    for name, field in of_creation.items():
        if name in _NOT_IN_FILE:
            continue
        # An edit's defaults say nothing: what it leaves out stays.
        taken = {key: value for key, value in of_edit.get(name, field).items() if key != "default"}
        usual = {} if field.get("default") in (None, "") else {"default": field["default"]}
        fields[name] = {**taken, **usual, "description": described.get(name, "")}
    return {"type": "object", "additionalProperties": False, "properties": fields}


def _part(document: Mapping[str, Any], name: str) -> Schema:
    found: Schema = document["components"]["schemas"][name]
    if name == "AlternativeBody":
        return _alternative(found)
    return dict(found)


def _alternative(found: Schema) -> Schema:
    """Of its prices, what is left out stays as it is, and all that is named takes effect at once."""
    described = documented_fields.of_models()
    fields = _by_providers_name(found["properties"])
    del fields["effectiveAt"]
    fields["requestPrice"] = {
        name: value for name, value in fields["requestPrice"].items() if name != "default"
    }
    fields = {name: {**field, "description": described.get(name, "")} for name, field in fields.items()}
    return {**found, "properties": fields, "required": ["provider"]}


def _by_providers_name(fields: Mapping[str, Schema]) -> dict[str, Schema]:
    name = {
        "type": "string",
        "minLength": 1,
        "maxLength": 64,
        "description": documented_fields.of_models()["provider"],
    }
    return {
        "provider" if each == "providerId" else each: name if each == "providerId" else field
        for each, field in fields.items()
    }


def _list(kind: str, described: str) -> Schema:
    return {"type": "array", "items": _local(kind), "description": described}


def _local(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _referred(value: Any) -> set[str]:
    """The API's schemas that a schema refers to."""
    text = json.dumps(value)
    return {each.partition('"')[0] for each in text.split(f'"{_REFERENCE}')[1:]}


def _adapted(value: Any, name: str = "") -> Any:
    """Without what the generator of the API's document adds, closed, and with what it can't say."""
    if isinstance(value, list):
        return [_adapted(each, name) for each in value]
    if not isinstance(value, dict):
        return value
    made = {key: _adapted_member(key, each, name) for key, each in value.items() if _is_kept(key, each)}
    if "patternProperties" in made:
        made["additionalProperties"] = False
    if made.get("type") == "string" and name in _TRIMMED and "pattern" not in made:
        made["pattern"] = _NO_OUTER_SPACE
    if isinstance(made.get("anyOf"), list):
        made["anyOf"] = _with_digits(made["anyOf"])
    return made


def _adapted_member(key: str, value: Any, name: str) -> Any:
    if key in {"properties", "patternProperties", "$defs"}:
        return {each.removesuffix("-Input"): _adapted(schema, each) for each, schema in value.items()}
    if key == "$ref":
        return str(value).replace(_REFERENCE, "#/$defs/").removesuffix("-Input")
    if key in {"default", "enum", "const", "required"}:
        return value
    return _adapted(value, name)


def _is_kept(key: str, value: Any) -> bool:
    # pydantic puts bounds that it can't place beside a type, where they mean nothing.
    return not (
        key in {"ge", "gt"}
        or (key == "title" and " " not in str(value))
        or (key == "description" and not value)
    )


def _with_digits(types: list[Schema]) -> list[Schema]:
    """Money is a number, or text in plain digits."""
    if not any(each.get("type") == "number" for each in types):
        return types
    return [{**each, "pattern": _PLAIN_DIGITS} if each == {"type": "string"} else each for each in types]
