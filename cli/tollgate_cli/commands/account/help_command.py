"""`tollgate help`: the help of a command, as --help prints it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from tollgate_cli.arguments.declared import command, group
from tollgate_cli.session.current import session

app = group()


@command(app, "help", examples=["tollgate help", "tollgate help keys list"])
def help_(
    context: typer.Context,
    words: Annotated[
        list[str] | None, typer.Argument(metavar="COMMAND", help="The command; all of them if left out.")
    ] = None,
) -> None:
    """Print the help of a command."""
    here: Any = context.find_root()
    for word in words or []:
        name, inner, _ = here.command.resolve_command(here, [word])
        here = type(here)(inner, info_name=name, parent=here)
    session().output.line(here.get_help())
