"""Where a command's results go, in the form that was asked for."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TextIO

from tollgate_cli.output import flat_csv, table_layout
from tollgate_cli.output.failures import CommandError, ReaderLeftError
from tollgate_cli.output.questions import ask_to_type
from tollgate_cli.output.shown_text import escaped, escaped_for_json, escaped_lines, shown
from tollgate_cli.output.table_layout import Cell, Heading

Row = Mapping[str, Any]


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"
    CSV = "csv"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its title, and a field's name or what makes its text of a row.

    Money and counts are `right`-aligned and never cut; `wide` columns are cut where the line is too short.
    `style` answers "red", "yellow", "green", "bold", "dim" or None for a row; the field `plain`, which the
    text begins with, is without it. A `spare` column is left out where the line is too short.
    """

    title: str
    value: str | Callable[[Row], str | None]
    right: bool = False
    wide: bool = False
    style: Callable[[Row], str | None] | None = None
    plain: str | None = None
    spare: bool = False

    def cell(self, row: Row) -> Cell:
        value = row.get(self.value) if isinstance(self.value, str) else self.value(row)
        plain = len(shown(row[self.plain])) if self.plain else 0
        return Cell(shown(value), self.style(row) if self.style else None, plain)

    @property
    def heading(self) -> Heading:
        return Heading(self.title, self.right, self.wide, self.spare)


@dataclass
class Output:
    """Results go to stdout, everything else to stderr. Texts are shown as they are, never as markup."""

    format: Format = Format.TABLE
    quiet: bool = False
    colour_wanted: bool = True
    assume_yes: bool = False

    def rows(self, rows: Iterable[Row], columns: Sequence[Column], *, empty: str) -> None:
        """A list: a table of `columns`, all fields as a JSON array, or all fields as CSV.

        `empty` is the note for people if there is none. Rows are read one by one, and shown when all are read
        (JSON: at once).
        """
        if self.format is Format.JSON:
            self._json_array(rows)
            return
        read = list(rows)
        if self.format is Format.CSV:
            self._csv(read)
        elif read:
            cells = [[column.cell(row) for column in columns] for row in read]
            headings = [column.heading for column in columns]
            for line in table_layout.table(headings, cells, self.width, colour=self.colour):
                self.line(line)
        else:
            self.note(empty)

    def item(self, item: Row, fields: Sequence[Column]) -> None:
        """One thing: a line for each of `fields` that has a text, the JSON object, or a CSV of one row."""
        if self.format is Format.JSON:
            self.line(self._json(item))
        elif self.format is Format.CSV:
            self._csv([item])
        else:
            cells = [(field.title, field.cell(item)) for field in fields]
            present = [(title, cell) for title, cell in cells if cell.text]
            titles = [title for title, _ in present]
            texts = [cell for _, cell in present]
            for line in table_layout.fields(titles, texts, self.width, colour=self.colour):
                self.line(line)

    def live(self, columns: Sequence[Column]) -> Callable[[Row], None]:
        """For rows that come one by one: prints each at once, as a line of a table, of JSON or of CSV."""
        headings = [column.heading for column in columns]
        widths = [table_layout.columns_of(each.title) for each in headings]
        titles: list[str] = []

        def show(row: Row) -> None:
            if self.format is Format.JSON:
                self.line(self._json(row, indent=None))
            elif self.format is Format.CSV:
                flat = dict(flat_csv.flat(row))
                if not titles:
                    titles.extend(flat)
                    self._write_csv(titles)
                self._write_csv([flat.get(title, "") for title in titles])
            else:
                cells = [column.cell(row) for column in columns]
                widths[:] = [
                    max(width, table_layout.columns_of(cell.text))
                    for width, cell in zip(widths, cells, strict=True)
                ]
                if not titles:
                    titles.extend(each.title for each in headings)
                    heads = [Cell(title, "bold") for title in titles]
                    self.line(table_layout.table_line(headings, heads, widths, colour=self.colour))
                self.line(table_layout.table_line(headings, cells, widths, colour=self.colour))
            self.flush()

        return show

    def line(self, text: str = "", style: str | None = None) -> None:
        """A line of a result, for what is neither list nor thing. Escape what comes from elsewhere."""
        self._write(f"{table_layout.styled(text, style, colour=self.colour)}\n")

    def text(self, parts: Iterable[str]) -> None:
        """A text that the API has written itself, such as an export: exact, but for a terminal harmless."""
        is_shown = sys.stdout.isatty()
        for part in parts:
            self._write(escaped_lines(part) if is_shown else part)

    def note(self, text: str, style: str | None = None) -> None:
        """For the person at the terminal, on stderr; nothing if --quiet."""
        if not self.quiet:
            self.complaint(text, style)

    def complaint(self, text: str, style: str | None = None) -> None:
        """On stderr, whatever was asked for.

        It ends nothing that is being done: what stdout doesn't take is told of later, and if nobody reads
        stderr, nobody is told.
        """
        colour = self._coloured(sys.stderr)
        self._complain(table_layout.styled(escaped(each), style, colour=colour) for each in text.split("\n"))

    def error(self, message: str) -> None:
        """On stderr, as what has ended the command."""
        colour = self._coloured(sys.stderr)
        head = table_layout.styled(table_layout.styled("Error:", "red", colour=colour), "bold", colour=colour)
        # One line: what a server has put into it begins none that looks like another's.
        self._complain([f"{head} {escaped(message)}"])

    def _complain(self, lines: Iterable[str]) -> None:
        with suppress(CommandError, ReaderLeftError):
            self.flush()
        with suppress(OSError):
            for line in lines:
                sys.stderr.write(f"{line}\n")
            sys.stderr.flush()

    def secret(self, value: str, note: str) -> None:
        """A secret that is shown this once: alone on stdout, with a note on stderr."""
        self.note(note)
        try:
            self.line(escaped(value))
            self.flush()
        except (CommandError, ReaderLeftError) as error:
            message = "The secret couldn't be printed, and is lost: issue another one."
            raise CommandError(message) from error

    def confirm(self, question: str, accepted: Sequence[str]) -> None:
        """Asks to type one of `accepted`, the name or id of what would be lost, unless --yes was said.

        Raises `UsageError` where there is nobody to ask, and `CommandError` if something else is typed.
        """
        if not self.assume_yes:
            ask_to_type(question, accepted)

    @contextmanager
    def progress(self, what: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        """A bar on stderr if that is a terminal; answers what is called with how much more is done."""
        if self.quiet or not sys.stderr.isatty():
            yield lambda _done: None
            return
        from tollgate_cli.output.progress_bar import progress_bar  # noqa: PLC0415 - dear to import

        with progress_bar(escaped(what), total, colour=self.colour) as advance:
            yield advance

    def flush(self) -> None:
        """Lets results out, before something else is said or waited for."""
        try:
            sys.stdout.flush()
        except BrokenPipeError as error:
            raise ReaderLeftError from error
        except OSError as error:
            raise _unwritable(error) from error

    @property
    def width(self) -> int | None:
        """Columns of the terminal; None where there is none: then nothing is cut."""
        return shutil.get_terminal_size().columns if sys.stdout.isatty() else None

    @property
    def colour(self) -> bool:
        """As https://no-color.org has it, and not in a pipe."""
        return self._coloured(sys.stdout)

    def _coloured(self, stream: TextIO) -> bool:
        if not self.colour_wanted or os.environ.get("NO_COLOR"):
            return False
        return stream.isatty() and os.environ.get("TERM") != "dumb"

    def _json_array(self, rows: Iterable[Row]) -> None:
        before = "["
        for row in rows:
            # No text of JSON has a line's end in it.
            indented = self._json(row).replace("\n", "\n  ")
            self._write(f"{before}\n  {indented}")
            before = ","
        self.line("[]" if before == "[" else "\n]")

    def _json(self, value: Any, indent: int | None = 2) -> str:
        return escaped_for_json(json.dumps(value, indent=indent, ensure_ascii=False))

    def _csv(self, rows: Sequence[Row]) -> None:
        flat = [dict(flat_csv.flat(row)) for row in rows]
        titles = flat_csv.titles_of(flat)
        if titles:
            self._write_csv(titles)
        for row in flat:
            self._write_csv([row.get(title, "") for title in titles])

    def _write(self, text: str) -> None:
        try:
            sys.stdout.write(text)
        except BrokenPipeError as error:
            raise ReaderLeftError from error
        except OSError as error:
            raise _unwritable(error) from error

    def _write_csv(self, values: Sequence[str]) -> None:
        """Exact in files and pipes; a terminal is spared what it would obey."""
        line = flat_csv.line([escaped(each) for each in values] if sys.stdout.isatty() else values)
        self._write(line)


def _unwritable(error: OSError) -> CommandError:
    return CommandError(f"The results can't be printed: {error.strerror}.")
