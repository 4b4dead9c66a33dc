"""Versions of what is stored, counted by themselves: most releases of the code change nothing of it.

1 is that of release 0.1.0. 2 stores holds and lines of bills as lists and leaves out what is usual, which
version 1 can't read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from datetime import datetime

DATA_VERSION: Final = 2
"""The form in which this code stores. It reads all before."""
OLDEST_READER: Final = 2
"""The lowest version whose code can read what this code stores."""


@dataclass(frozen=True, slots=True)
class DataMark:
    """What a stack's data say of themselves: the newest form that is among them, and since when.

    `reader` is the lowest version whose code can read all of them.
    """

    version: int
    reader: int
    since: datetime

    @property
    def is_readable(self) -> bool:
        """By this code."""
        return self.reader <= DATA_VERSION


class DataNewerError(Exception):
    """The data are in a form that only newer code can read."""

    def __init__(self, mark: DataMark) -> None:
        super().__init__(
            f"The data are stored in version {mark.version}, which needs code of data version {mark.reader} "
            f"at least; this code has {DATA_VERSION}. Deploy a later commit"
        )
