"""Reads, edits and stores again, until no one else has come between."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from tollgate.conflicts import EditConflictError
from tollgate_admin import problems

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_TRIES = 5


def repeat(edit: Callable[[], T]) -> T:
    """Runs a read-edit-store cycle again while it meets `EditConflictError`."""
    for _ in range(_TRIES):
        try:
            return edit()
        except EditConflictError:
            continue
    raise problems.conflict("It is being edited by others. Try again.")
