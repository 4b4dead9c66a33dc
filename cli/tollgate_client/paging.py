"""Lists by the page, and all of their rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Generic, ParamSpec, TypedDict, TypeVar

from tollgate_client.api_errors import TollgateError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Row = TypeVar("Row")
P = ParamSpec("P")

_MOST_PAGES: Final = 100_000
_NO_PAGE: Final = "The answer is no page of a list; is this Tollgate's URL?"


class Page(TypedDict, Generic[Row]):
    """A part of a list. `nextCursor` is the `cursor` of the next one, None on the last.

    A page may be short or empty although others follow.
    """

    data: list[Row]
    nextCursor: str | None


def pages(operation: Callable[P, Page[Row]], *args: P.args, **query: P.kwargs) -> Iterator[Row]:
    """The rows of all pages, each page asked for when its first row is.

    As in `pages(client.list_keys, status="active")`. A `cursor` among the arguments is where it begins.
    Raises what the operation raises, and `TollgateError` if the list turns in a circle.
    """
    ask: Callable[..., Page[Row]] = operation
    more: dict[str, Any] = dict(query)
    seen: set[str] = set()
    for _ in range(_MOST_PAGES):
        rows, cursor = _parts(ask(*args, **more))
        yield from rows
        if cursor is None:
            return
        if cursor in seen:
            raise TollgateError("The list does not end: a page led back to one that was before it.")
        seen.add(cursor)
        more["cursor"] = cursor
    raise TollgateError(f"The list does not end within {_MOST_PAGES:,} pages.")


def _parts(page: Any) -> tuple[list[Any], str | None]:
    """Its rows, and where the next page is. Raises `TollgateError`."""
    rows, cursor = (page.get("data"), page.get("nextCursor")) if isinstance(page, dict) else (None, None)
    if not (isinstance(rows, list) and all(isinstance(each, dict) for each in rows)):
        raise TollgateError(_NO_PAGE)
    if not (cursor is None or isinstance(cursor, str)):
        raise TollgateError(_NO_PAGE)
    return rows, cursor
