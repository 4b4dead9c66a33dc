"""Options that many commands have: one of a few words, text that a function reads, a revision."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

IfMatch = Annotated[
    int | None,
    typer.Option(
        "--if-match", metavar="REVISION", help="Change it only if this is its revision still, else exit 5."
    ),
]


# What is longer doesn't stand beside its option.
_LONGEST_METAVAR = 50


def words_shown(words: Sequence[str], text: str) -> tuple[str, str]:
    """An option's metavar and help for one of the words, which are in the help if there are many."""
    joined = "|".join(words)
    return (
        (joined, text) if len(joined) <= _LONGEST_METAVAR else ("WORD", f"{text} One of {', '.join(words)}.")
    )


def one_of(words: Sequence[str], text: str, *names: str) -> Any:
    """An option for one of the words. The help shows them, shells complete them, others are refused."""

    def checked(value: str | None) -> str | None:
        if value is not None and value not in words:
            raise typer.BadParameter(f"{value!r} is none of {', '.join(words)}.")
        return value

    metavar, shown = words_shown(words, text)
    return typer.Option(
        *names, metavar=metavar, help=shown, callback=checked, autocompletion=lambda: list(words)
    )


def as_option(read: Callable[[str], str], text: str, *names: str, metavar: str) -> Any:
    """An option with the answer of `read`; its ValueError is what is wrong with the option."""
    return typer.Option(*names, metavar=metavar, help=text, callback=_parsed_by(read))


def as_argument(read: Callable[[str], str], text: str, *, metavar: str) -> Any:
    """The same of an argument."""
    return typer.Argument(metavar=metavar, help=text, callback=_parsed_by(read))


def _parsed_by(read: Callable[[str], str]) -> Callable[[str | None], str | None]:
    def parsed(value: str | None) -> str | None:
        try:
            return None if value is None else read(value)
        except ValueError as error:
            raise typer.BadParameter(f"{error}.") from error

    return parsed
