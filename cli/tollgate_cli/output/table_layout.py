"""Tables of text: aligned columns where they fit, else a block of lines for each row."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_GAP: Final = "  "
# What a wide column is not cut below.
_LEAST_WIDE: Final = 12
_MONEY: Final = re.compile(r"-?\$[0-9,]+\.[0-9]+")
_STYLES: Final = {
    "bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34", "magenta": "35",
    "cyan": "36",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    """A text, safe to show, and its style, if any; its first `plain` characters are without it."""

    text: str
    style: str | None = None
    plain: int = 0


@dataclass(frozen=True, slots=True)
class Heading:
    """A column's title; `right`-aligned, or `wide`: the one that is cut if the line is too short.

    A `spare` one, which is the last, is left out before any is cut.
    """

    title: str
    right: bool = False
    wide: bool = False
    spare: bool = False


def styled(text: str, style: str | None, *, colour: bool) -> str:
    """The text in a style, such as "bold" or "red", where there is colour."""
    if not colour or style is None or not text:
        return text
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m"


def table(
    headings: Sequence[Heading], rows: Sequence[Sequence[Cell]], width: int | None, *, colour: bool
) -> Iterator[str]:
    """Lines of at most `width` columns (None: of any length). Numbers are never cut nor broken.

    The decimal points of amounts are below each other, if there is room for it.
    """
    if headings and headings[-1].spare and _excess(_natural(headings, rows), width) > 0:
        headings, rows = headings[:-1], [row[:-1] for row in rows]
    aligned = _aligned(headings, rows)
    widths = _fitted(headings, aligned, width)
    if widths is None:
        aligned = rows
        widths = _fitted(headings, rows, width)
    if widths is None:
        yield from _blocks(headings, rows, width, colour=colour)
        return
    titles = [Cell(each.title, "bold") for each in headings]
    for row in (titles, *aligned):
        yield table_line(headings, row, widths, colour=colour)


def table_line(
    headings: Sequence[Heading], row: Sequence[Cell], widths: Sequence[int], *, colour: bool
) -> str:
    """One row, each cell as wide as its column."""
    parts = []
    for heading, cell, room in zip(headings, row, widths, strict=True):
        text = cut(cell.text, room) if heading.wide else cell.text
        padding = " " * (room - columns_of(text))
        shown = text[: cell.plain] + styled(text[cell.plain :], cell.style, colour=colour)
        parts.append(f"{padding}{shown}" if heading.right else f"{shown}{padding}")
    return _GAP.join(parts).rstrip()


def fields(titles: Sequence[str], cells: Sequence[Cell], width: int | None, *, colour: bool) -> Iterator[str]:
    """A line for each field; what is too long goes on below, where it began."""
    room = max(map(columns_of, titles), default=0)
    for title, cell in zip(titles, cells, strict=True):
        label = title + " " * (room - columns_of(title))
        left = None if width is None else max(width - room - len(_GAP), _LEAST_WIDE)
        for number, part in enumerate(folded(cell.text, left)):
            start = styled(label, "dim", colour=colour) if number == 0 else " " * room
            yield f"{start}{_GAP}{styled(part, cell.style, colour=colour)}".rstrip()


def columns_of(text: str) -> int:
    """How many columns of a terminal it takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # noqa: PLC0415 - dear, and rarely needed

    return cell_len(text)


def cut(text: str, room: int) -> str:
    """The text, or as much of its start as leaves room for an ellipsis."""
    if columns_of(text) <= room:
        return text
    while text and columns_of(text) > room - 1:
        text = text[:-1]
    return f"{text}…"


def folded(text: str, room: int | None) -> list[str]:
    """The text in parts of at most `room` columns, broken at blanks where there are some."""
    if room is None or columns_of(text) <= room:
        return [text]
    parts, line = [], ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if columns_of(longer) <= room:
            line = longer
            continue
        parts += [line] if line else []
        line = word
        while columns_of(line) > room:
            head = _head(line, room)
            parts.append(head)
            line = line[len(head) :]
    return [*parts, line]


def _head(text: str, room: int) -> str:
    end = min(len(text), room)
    while end > 1 and columns_of(text[:end]) > room:
        end -= 1
    return text[:end]


def _aligned(headings: Sequence[Heading], rows: Sequence[Sequence[Cell]]) -> Sequence[Sequence[Cell]]:
    """Amounts of right columns with blanks in place of the decimals that others have."""
    decimals = [
        max((_decimals(row[place]) for row in rows), default=0) if heading.right else 0
        for place, heading in enumerate(headings)
    ]
    return [[_padded(cell, most) for cell, most in zip(row, decimals, strict=True)] for row in rows]


def _padded(cell: Cell, most: int) -> Cell:
    own = _decimals(cell)
    return replace(cell, text=cell.text + " " * (most - own)) if 0 < own < most else cell


def _decimals(cell: Cell) -> int:
    """How many an amount has; 0 for what is no amount."""
    return len(cell.text.partition(".")[2]) if _MONEY.fullmatch(cell.text) else 0


def _fitted(
    headings: Sequence[Heading], rows: Sequence[Sequence[Cell]], width: int | None
) -> list[int] | None:
    """Each column's width; None if even the wide ones can't be cut so far that the line fits."""
    widths = _natural(headings, rows)
    excess = _excess(widths, width)
    while excess > 0:
        wide = [place for place, heading in enumerate(headings) if heading.wide]
        longest = max(wide, key=lambda place: widths[place], default=None)
        if longest is None or widths[longest] <= max(_LEAST_WIDE, columns_of(headings[longest].title)):
            return None
        widths[longest] -= 1
        excess -= 1
    return widths


def _natural(headings: Sequence[Heading], rows: Sequence[Sequence[Cell]]) -> list[int]:
    """How wide each column is where nothing is cut."""
    return [
        max(columns_of(heading.title), *(columns_of(row[place].text) for row in rows), 0)
        for place, heading in enumerate(headings)
    ]


def _excess(widths: Sequence[int], width: int | None) -> int:
    """By how much the line would be too long."""
    return 0 if width is None else sum(widths) + len(_GAP) * (len(widths) - 1) - width


def _blocks(
    headings: Sequence[Heading], rows: Sequence[Sequence[Cell]], width: int | None, *, colour: bool
) -> Iterator[str]:
    for number, row in enumerate(rows):
        if number:
            yield ""
        present = [(heading.title, cell) for heading, cell in zip(headings, row, strict=True) if cell.text]
        titles = [title for title, _ in present]
        yield from fields(titles, [cell for _, cell in present], width, colour=colour)
