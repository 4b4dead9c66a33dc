"""Options that take one of a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence


def one_of(words: Sequence[str], text: str, *names: str) -> Any:
    """An option for one of the words. The help shows them, shells complete them, others are refused."""

    def checked(value: str | None) -> str | None:
        if value is not None and value not in words:
            raise typer.BadParameter(f"{value!r} is none of {', '.join(words)}.")
        return value

    return typer.Option(
        *names, metavar="|".join(words), help=text, callback=checked, autocompletion=lambda: list(words)
    )
