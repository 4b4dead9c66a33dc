"""The global options, which each command takes wherever they stand."""

from __future__ import annotations

from copy import copy
from functools import cache
from typing import Annotated, Any

import typer

from tollgate_cli.output.failures import CommandError
from tollgate_cli.session import profiles
from tollgate_cli.session.current import session


def _noted(context: typer.Context, parameter: typer.CallbackParam, value: Any) -> Any:
    """What the command says wins over what was said before it."""
    if value and not context.resilient_parsing and parameter.name:
        setattr(session().options, parameter.name, value)
    return value


def profile_names() -> list[str]:
    """For completion, which shows no errors."""
    try:
        return sorted(profiles.read().by_name)
    except CommandError:
        return []


def _taken(
    *,
    profile: Annotated[
        str | None,
        typer.Option(
            "--profile",
            "-P",
            metavar="NAME",
            help="The profile to use.",
            callback=_noted,
            expose_value=False,
            autocompletion=profile_names,
        ),
    ] = None,
    url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="The gateway's URL.", callback=_noted, expose_value=False),
    ] = None,
    local: Annotated[
        bool,
        typer.Option(
            "--local", help="Use the local stack of this folder.", callback=_noted, expose_value=False
        ),
    ] = False,
    json: Annotated[
        bool,
        typer.Option("--json", help="Print what the API answers.", callback=_noted, expose_value=False),
    ] = False,
    csv: Annotated[
        bool, typer.Option("--csv", help="Print rows as CSV.", callback=_noted, expose_value=False)
    ] = False,
    yes: Annotated[
        bool,
        typer.Option("--yes", "-y", help="Don't ask whether to go on.", callback=_noted, expose_value=False),
    ] = False,
    quiet: Annotated[
        bool,
        typer.Option(
            "--quiet", "-q", help="Print results and errors alone.", callback=_noted, expose_value=False
        ),
    ] = False,
    no_color: Annotated[
        bool, typer.Option("--no-color", help="Print without colour.", callback=_noted, expose_value=False)
    ] = False,
) -> None:
    """Never called: its parameters are what counts."""


def global_parameters(*, hidden: bool) -> list[Any]:
    """A command's own of them; in its help they would crowd out the others."""
    parameters = [copy(each) for each in _declared()]
    for each in parameters:
        each.hidden = hidden
    return parameters


@cache
def _declared() -> list[Any]:
    """Reading a function's signature is dear, and every command has these parameters."""
    one = typer.Typer(add_completion=False, rich_markup_mode=None)
    one.command()(_taken)
    return typer.main.get_command(one).params
