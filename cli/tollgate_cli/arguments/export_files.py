"""Exports: to stdout as they come, or into a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tollgate_cli.output.counted import counted
from tollgate_cli.output.saved_text import save
from tollgate_cli.session.current import session

if TYPE_CHECKING:
    from collections.abc import Iterable

OutputFile = Annotated[
    str | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write this file, once all of it has come."),
]


def deliver(parts: Iterable[str], file: str | None) -> None:
    """Raises `CommandError` if the file can't be written, and what the parts raise if they break off."""
    output = session().output
    if file is None:
        output.text(parts)
        return
    with output.progress("Lines") as advance:
        lines = save(file, parts, advance)
    output.note(f"{file}: {counted(lines, 'line')}.")
