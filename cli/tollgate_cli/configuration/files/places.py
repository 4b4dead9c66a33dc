"""Where things stand in the files, and what is wrong there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# From the top of a file down to a value: names of fields and places in lists.
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A line of a file, counted from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where; nowhere if it is the gateway that doesn't go with the files."""

    message: str
    place: Place | None = None

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


@dataclass(frozen=True, slots=True)
class Places:
    """The lines of a file's values, or, `within` something in it, of that thing's."""

    file: str
    lines: Mapping[Path, int]
    within: Path = field(default=())

    def under(self, *steps: str | int) -> Places:
        return Places(self.file, self.lines, (*self.within, *steps))

    def of(self, *steps: str | int) -> Place:
        """Of a value, or of the nearest that is there around it."""
        path = (*self.within, *steps)
        while path and path not in self.lines:
            path = path[:-1]
        return Place(self.file, self.lines.get(path, 1))


class FaultyError(Exception):
    """The files can't be applied; `faults` says all that is wrong with them, not just the first."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


def written(path: Iterable[str | int]) -> str:
    """A path as people write it: `keys[2].tags.team`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f"{'.' if text else ''}{step}"
    return text
