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


def newest(method: Callable[..., Any], limit: int, **filters: Any) -> Iterator[Any]:
    """The newest `limit` rows of a list that has those first. If there are more, a note says so."""
    for number, row in enumerate(all_pages(method, limit + 1, **filters)):
        if number == limit:
            session().output.note("Older ones are left out: --limit has more.")
            return
        yield row
