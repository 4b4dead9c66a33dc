"""Logs, which have no end worth waiting for: their newest rows, unless more are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from tollgate_cli.arguments.lists import all_pages
from tollgate_cli.session.current import session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NEWEST: Final = 50
Newest = Annotated[int, typer.Option("--limit", "-n", metavar="NUMBER", min=1, help="At most so many.")]


class NewestRows:
    """The newest rows of a list that has those first; once they are read, `note` says if there are more."""

    def __init__(self, method: Callable[..., Any], limit: int, **filters: Any) -> None:
        self._rows = all_pages(method, limit + 1, **filters)
        self._limit = limit
        self._more = False

    def __iter__(self) -> Iterator[Any]:
        for number, row in enumerate(self._rows):
            if number == self._limit:
                self._more = True
                return
            yield row

    def note(self) -> None:
        """Below the rows, where it is read."""
        if self._more:
            session().output.note("Older ones are left out: a larger --limit shows more.")
