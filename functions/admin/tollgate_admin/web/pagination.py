"""What lists are asked for: a page of them, and those alone in which a text is found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeVar

from pydantic import Field, StringConstraints

from tollgate_admin.web.wire_types import QueryModel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

T = TypeVar("T")


class ListQuery(QueryModel):
    """`search` is found in any case, as a part of one of the texts that a list is searched by."""

    search: Annotated[str, StringConstraints(min_length=1, max_length=256)] | None = None
    limit: int = Field(default=50, ge=1, le=100)
    cursor: Annotated[str, StringConstraints(min_length=1, max_length=256)] | None = None

    def finds(self, *texts: str | None) -> bool:
        """Whether one of the texts has what is searched for; so has each, if that is nothing."""
        wanted = (self.search or "").casefold()
        return any(wanted in text.casefold() for text in texts if text is not None)

    def page(
        self, listed: Iterable[T], name: Callable[[T], str], texts: Callable[[T], tuple[str, ...]]
    ) -> tuple[list[T], str | None]:
        """The page by name, and where to go on, None at the end.

        The last name goes on: whatever comes and goes meanwhile, nothing else is left out or shown twice.
        """
        rest = [
            each
            for each in listed
            if (self.cursor is None or name(each) > self.cursor) and self.finds(*texts(each))
        ]
        rest.sort(key=name)
        shown = rest[: self.limit]
        return shown, name(shown[-1]) if len(rest) > self.limit else None
