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


def lines(output: str) -> list[str]:
    """Each with no control sequences but those of colours and styles, without empty ones at the end.

    Raises ValueError for what it doesn't know: it is as much of a terminal as the command line uses.
    """
    screen = _Screen()
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
    def __init__(self) -> None:
        # Each place has a character, and the sequences that say how it looks.
        self.rows: list[list[tuple[str, str]]] = [[]]
        self.row = self.column = 0
        self.style = ""

    def take(self, character: str) -> None:
        if character == "\r":
            self.column = 0
        elif character == "\n":
            self.row += 1
            if self.row == len(self.rows):
                self.rows.append([])
        elif character.isprintable():
            row = self.rows[self.row]
            row.extend([(" ", "")] * (self.column + 1 - len(row)))
            row[self.column] = (character, self.style)
            self.column += 1
        else:
            raise ValueError(f"The control character {character!r}")

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
