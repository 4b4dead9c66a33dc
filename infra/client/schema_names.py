"""What the documents' schemas are called in Python, where the documents share them or name them clumsily."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from infra.client.type_expressions import referenced, without_numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from infra.client.api_documents import Api

Key = tuple[str, str]
"""An API's name, and a schema's in its document."""

# What makes two schemas different types; bounds, descriptions and defaults don't.
_TYPING: Final = ("type", "enum", "const", "required")


def names(apis: Iterable[Api]) -> dict[Key, str]:
    """Schemas of the same content have the same name, others never.

    Raises `ValueError` for two that can't be told apart by their names.
    """
    groups: defaultdict[str, defaultdict[str, list[Key]]] = defaultdict(lambda: defaultdict(list))
    for api in apis:
        for raw in api.schemas:
            groups[_short(raw)][_content(api, {"$ref": raw})].append((api.name, raw))
    found: dict[Key, str] = {}
    for short, alike in groups.items():
        for keys in alike.values():
            name = short if len(alike) == 1 else _apart(short, [raw for _, raw in keys])
            found |= dict.fromkeys(keys, name)
    _check_distinct(found, groups)
    return found


def _short(raw: str) -> str:
    """Without the module that pydantic puts before a name which there is twice, and which way it goes."""
    return raw.removesuffix("-Input").removesuffix("-Output").rpartition("__")[2] or raw


def _apart(short: str, raws: list[str]) -> str:
    for raw in raws:
        if raw.startswith("tollgate_"):
            module = raw.split("__")[-2]
            return "".join(part.capitalize() for part in module.split("_")) + short
        if raw.endswith("-Output"):
            return short.removesuffix("Body") + "View"
    return short


def _check_distinct(found: Mapping[Key, str], groups: Mapping[str, Mapping[str, list[Key]]]) -> None:
    contents: dict[str, str] = {}
    for alike in groups.values():
        for content, keys in alike.items():
            if contents.setdefault(found[keys[0]], content) != content:
                raise ValueError(f"Different schemas would be called {found[keys[0]]}: {keys}.")


def _content(api: Api, schema: Any) -> str:
    return json.dumps(_expanded(api, schema), sort_keys=True)


def _expanded(api: Api, schema: Any) -> Any:
    """The schema with those that it refers to in their places, and with what makes it a type alone."""
    if not isinstance(schema, dict):  # `additionalProperties` may be a boolean
        return schema
    if (ref := referenced(schema)) is not None:
        return _expanded(api, api.schemas[ref])
    kept: dict[str, Any] = {name: schema[name] for name in _TYPING if name in schema}
    if "anyOf" in schema:
        kept["anyOf"] = [_expanded(api, each) for each in without_numbers(schema["anyOf"])]
    for name in ("items", "additionalProperties", "propertyNames"):
        if name in schema:
            kept[name] = _expanded(api, schema[name])
    for name in ("properties", "patternProperties"):
        if name in schema:
            kept[name] = {field: _expanded(api, each) for field, each in schema[name].items()}
    return kept
