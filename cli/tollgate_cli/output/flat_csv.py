"""Rows as CSV: nested fields get dotted titles, and no text runs as a formula."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# As the API's own CSV does it: spreadsheets run what begins so.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def flat(row: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Title and text of each field; lists are JSON, an absent value is empty."""
    for name, value in row.items():
        title = f"{above}{name}"
        if isinstance(value, dict):
            yield from flat(value, f"{title}.")
        else:
            yield title, _text(value)


def titles_of(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """All titles, in the order in which they come up."""
    return list(dict.fromkeys(title for row in rows for title in row))


def line(values: Sequence[str]) -> str:
    """One line of CSV, with its end."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerow(values)
    return written.getvalue()


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA_STARTS) and not _is_number(value) else value
    return json.dumps(value, ensure_ascii=False)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
