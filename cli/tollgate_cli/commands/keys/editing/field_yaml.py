"""A key's fields as YAML that people edit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml


class YamlError(Exception):
    """It isn't fields as YAML; the message says what is wrong, and in which line."""


def dumped(fields: Mapping[str, Any]) -> str:
    """In the order of `fields`."""
    text: str = yaml.dump(
        dict(fields), Dumper=yaml.SafeDumper, sort_keys=False, allow_unicode=True, width=100
    )
    return text


def loaded(text: str) -> dict[str, Any]:
    """The fields. Amounts and moments are texts with all of their digits. Raises `YamlError`."""
    try:
        found = yaml.load(text, Loader=_Loader)  # noqa: S506 - it is a SafeLoader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark else ""
        raise YamlError(f"{getattr(error, 'problem', None) or error}{where}") from error
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise YamlError("it must be fields with their values")
    return found


class _Loader(yaml.SafeLoader):
    """Keeps the digits of numbers, and leaves moments as they are written."""


def _as_text(_loader: Any, node: Any) -> str:
    return str(node.value)


def _mapping(loader: Any, node: Any) -> dict[str, Any]:
    names = [loader.construct_object(name) for name, _ in node.value]
    twice = next((name for place, name in enumerate(names) if name in names[:place]), None)
    if twice is not None:
        raise yaml.MarkedYAMLError(problem=f"{twice} occurs twice", problem_mark=node.start_mark)
    return {
        str(name): loader.construct_object(value, deep=True)
        for name, (_, value) in zip(names, node.value, strict=True)
    }


_Loader.add_constructor("tag:yaml.org,2002:float", _as_text)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _as_text)
_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)
