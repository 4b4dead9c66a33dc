"""Options whose text is read by a function, such as days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Callable


def as_option(read: Callable[[str], str], text: str, *names: str, metavar: str) -> Any:
    """An option with the answer of `read`; its ValueError is what is wrong with the option."""

    def parsed(value: str | None) -> str | None:
        try:
            return None if value is None else read(value)
        except ValueError as error:
            raise typer.BadParameter(f"{error}.") from error

    return typer.Option(*names, metavar=metavar, help=text, callback=parsed)
