"""What a check has found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Status(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class Result:
    """`found` is what there is. Where that isn't well, `meaning` is what follows, and `command` mends it."""

    status: Status
    found: str
    meaning: str = ""
    command: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A question about a gateway; `area` and `name` are the same in every version, for scripts."""

    area: str
    name: str
    run: Callable[[], Iterator[Result]]


@dataclass(frozen=True, slots=True)
class Finding:
    """A result, and of which check."""

    check: Check
    result: Result

    def row(self) -> dict[str, Any]:
        result = self.result
        return {
            "area": self.check.area,
            "check": self.check.name,
            "status": result.status.value,
            "found": result.found,
            "meaning": result.meaning or None,
            "command": result.command or None,
        }


def ok(found: str) -> Result:
    return Result(Status.OK, found)


def warn(found: str, meaning: str, command: str = "") -> Result:
    return Result(Status.WARN, found, meaning, command)


def fail(found: str, meaning: str, command: str = "") -> Result:
    return Result(Status.FAIL, found, meaning, command)


def not_checked(why: str, command: str = "") -> Result:
    return Result(Status.NOT_CHECKED, why, command=command)


def named(names: list[str], most: int = 3) -> str:
    """The first names of a list, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
