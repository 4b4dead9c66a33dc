"""Where a command's results go, in the form that was asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Row = Mapping[str, Any]


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"
    CSV = "csv"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its title, and a field's name or what makes its text of a row.

    Money and counts are `right`-aligned and never wrapped; `wide` columns take what room is left.
    """

    title: str
    value: str | Callable[[Row], str]
    right: bool = False
    wide: bool = False


@dataclass
class Output:
    """Results go to stdout, everything else to stderr. Texts are shown as they are, never as markup."""

    format: Format = Format.TABLE

    def rows(self, rows: Iterable[Row], columns: Sequence[Column], *, empty: str) -> None:
        """A list: a table of `columns`, all fields as a JSON array, or all fields as CSV."""
        raise NotImplementedError

    def item(self, item: Row, fields: Sequence[Column]) -> None:
        """One thing: a line for each of `fields`, the JSON object, or a CSV of one row."""
        raise NotImplementedError

    def note(self, text: str) -> None:
        """For the person at the terminal, on stderr; nothing if --quiet."""
        raise NotImplementedError

    def secret(self, value: str, note: str) -> None:
        """A secret that is shown this once: alone on stdout, with a note on stderr."""
        raise NotImplementedError
