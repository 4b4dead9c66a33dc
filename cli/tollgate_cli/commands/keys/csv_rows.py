"""Keys in a CSV file: its titles are the fields of a key's creation."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tollgate_cli.arguments.body_options import NONE, Field, parsed
from tollgate_cli.arguments.key_fields import KEY_CREATION
from tollgate_cli.output.failures import UsageError

_FIELDS: Final[Mapping[str, Field]] = {each.name: each for each in KEY_CREATION}
_PARENTS: Final = ("parent", "parentId")
_REQUIRED: Final = ("externalId", "name")
_TRUTHS: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_MOST_FAULTS: Final = 20


@dataclass(frozen=True)
class KeyRow:
    """A key to create. `parent` is as it was named."""

    line: int
    body: dict[str, Any]
    parent: str | None


def rows_of(text: str) -> list[KeyRow]:
    """All keys of a file. Raises `UsageError`, with what is wrong in which line, if any can't be read."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    try:
        titles = [title.strip() for title in next(reader, [])]
        _check_titles(titles)
        found, faults = [], []
        for cells in reader:
            if not any(cells):
                continue
            try:
                found.append(_row(reader.line_num, titles, cells))
            except (UsageError, ValueError) as error:
                faults.append(f"  line {reader.line_num}: {error}")
    except csv.Error as error:
        raise UsageError(f"It is no CSV: {error}.") from error
    faults += _repeated(found)
    if faults:
        raise UsageError("The file can't be taken; nothing was created:", _first(faults))
    if not found:
        raise UsageError("There are no keys in the file.")
    return found


def _delimiter(text: str) -> str:
    """A semicolon, as spreadsheets write it in some countries, if the line of titles has one."""
    return ";" if ";" in text.partition("\n")[0] else ","


def _check_titles(titles: list[str]) -> None:
    unknown = [title for title in titles if _field_name(title) not in _FIELDS and title not in _PARENTS]
    if unknown:
        raise UsageError(f'"{unknown[0]}" is no field of a key that could be created.')
    missing = [name for name in _REQUIRED if name not in titles]
    if missing:
        raise UsageError(f"The file has no column {missing[0]}.")
    twice = next((title for place, title in enumerate(titles) if title in titles[:place]), None)
    if twice is not None:
        raise UsageError(f'The column "{twice}" is there twice.')


def _field_name(title: str) -> str:
    """`tags.team` is of the field `tags`."""
    name, dot, _ = title.partition(".")
    return name if not dot or (name in _FIELDS and _FIELDS[name].kind == "mapping") else title


def _row(line: int, titles: list[str], cells: list[str]) -> KeyRow:
    if len(cells) != len(titles):
        raise ValueError(f"{len(cells)} cells under {len(titles)} titles")
    body: dict[str, Any] = {}
    parent = None
    for title, text in zip(titles, (cell.strip() for cell in cells), strict=True):
        if not text:
            continue
        name, _, part = title.partition(".")
        if title in _PARENTS:
            parent = None if text == NONE else text
        elif part:
            body.setdefault(name, {})[part] = text
        else:
            body[name] = _value(_FIELDS[name], text)
    missing = [name for name in _REQUIRED if not body.get(name)]
    if missing:
        raise ValueError(f"{missing[0]} is empty")
    return KeyRow(line, body, parent)


def _value(field: Field, text: str) -> Any:
    if field.nullable and text == NONE:
        return None
    if text.startswith(("[", "{")):
        # Structures, and lists as "--csv" writes them.
        try:
            return json.loads(text, parse_float=str)
        except ValueError as error:
            raise ValueError(f"{field.name} is no JSON: {error}") from error
    if field.kind == "boolean":
        if text.lower() not in _TRUTHS:
            raise ValueError(f"{field.name}: {text!r} is neither true nor false")
        return _TRUTHS[text.lower()]
    if field.kind in {"mapping", "thresholds"}:
        return parsed(field, text.split(";"))
    return parsed(field, [text] if field.kind == "list" else text)


def _repeated(rows: list[KeyRow]) -> list[str]:
    """An external id that stands for two keys."""
    seen: dict[str, int] = {}
    faults = []
    for row in rows:
        name = row.body["externalId"]
        if name in seen:
            faults.append(f'  line {row.line}: externalId "{name}" is that of line {seen[name]}')
        seen.setdefault(name, row.line)
    return faults


def _first(faults: list[str]) -> list[str]:
    more = len(faults) - _MOST_FAULTS
    return [*faults[:_MOST_FAULTS], *([f"  and {more} more"] if more > 0 else [])]
