"""What a terminal shows in the end of all that it was sent, where lines were written over."""

from __future__ import annotations

import re
from itertools import groupby
from operator import itemgetter

# A control sequence, or a single character.
_TOKEN = re.compile(r"\x1b\[([?\d;]*)([A-Za-z])|(.)", re.DOTALL)
_RESET = "\x1b[0m"
_WHOLE_LINE = "2"
_SHOW_CURSOR, _HIDE_CURSOR = "h", "l"


def lines(output: str, columns: int) -> list[str]:
    """What is wider than `columns` goes on in the next line; empty lines at the end are left out.

    The only control sequences in them are those of colours and styles. It is as much of a terminal as the
    command line uses, and raises ValueError for what it doesn't know.
    """
    screen = _Screen(columns)
    for token in _TOKEN.finditer(output):
        parameters, command, character = token.groups()
        if character is None:
            screen.obey(command, parameters)
        else:
            screen.take(character)
    found = [_styled(row) for row in screen.rows]
    while found and not found[-1]:
        found.pop()
    return found


class _Screen:
    def __init__(self, columns: int) -> None:
        self.columns = columns
        # Each place has a character, and the sequences that say how it looks.
        self.rows: list[list[tuple[str, str]]] = [[]]
        self.row = self.column = 0
        self.style = ""

    def take(self, character: str) -> None:
        if character == "\r":
            self.column = 0
        elif character == "\n":
            self.go_down()
        elif character.isprintable():
            if self.column == self.columns:
                self.go_down()
                self.column = 0
            row = self.rows[self.row]
            row.extend([(" ", "")] * (self.column + 1 - len(row)))
            row[self.column] = (character, self.style)
            self.column += 1
        else:
            raise ValueError(f"The control character {character!r}")

    def go_down(self) -> None:
        self.row += 1
        if self.row == len(self.rows):
            self.rows.append([])

    def obey(self, command: str, parameters: str) -> None:
        if command == "m":
            self.style = "" if parameters in {"", "0"} else f"{self.style}\x1b[{parameters}m"
        elif command == "A":
            self.row = max(0, self.row - int(parameters or 1))
        elif command == "K":
            del self.rows[self.row][0 if parameters == _WHOLE_LINE else self.column :]
        elif command not in {_SHOW_CURSOR, _HIDE_CURSOR}:
            raise ValueError(f"The control sequence {parameters}{command}")


def _styled(row: list[tuple[str, str]]) -> str:
    line = ""
    for style, places in groupby(row, key=itemgetter(1)):
        text = "".join(character for character, _ in places)
        line += f"{style}{text}{_RESET}" if style else text
    return line.rstrip()
