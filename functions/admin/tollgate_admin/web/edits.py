"""Reads, edits and stores again, until no one else has come between."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, TypeVar

from tollgate.conflicts import EditConflictError
from tollgate_admin.web import problems

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

# Many who create children of one parent at once wait for each other: six seconds at the longest.
_TRIES = 30
_LONGEST_WAIT_SECONDS = 0.2


def repeat(edit: Callable[[], T]) -> T:
    """Runs a read-edit-store cycle again while it meets `EditConflictError`."""
    for number in range(_TRIES):
        try:
            return edit()
        except EditConflictError:
            time.sleep(random.uniform(0, min(0.01 * 2**number, _LONGEST_WAIT_SECONDS)))  # noqa: S311
    raise problems.conflict("It was changed by others again and again meanwhile. Try once more.")
