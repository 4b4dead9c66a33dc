"""Lists of the API: all pages, or as many rows as were asked for."""

from __future__ import annotations

import sys
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def _positive(value: int | None) -> int | None:
    if value is not None and value < 1:
        raise typer.BadParameter("must be 1 or more.")
    return value


Limit = Annotated[
    int | None,
    typer.Option(
        "--limit", "-n", metavar="NUMBER", help="At most so many; all if left out.", callback=_positive
    ),
]


def all_pages(
    method: Callable[..., Any], limit: int | None, *positional: Any, **filters: Any
) -> Iterator[Any]:
    """The rows of `method`'s pages, read as they are asked for; filters that are None aren't sent."""
    from tollgate_client import pages  # noqa: PLC0415 - brings httpx along

    return islice(pages(method, *positional, **filters), limit and min(limit, sys.maxsize))
