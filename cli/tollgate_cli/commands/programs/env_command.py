"""`tollgate env`: the variables of `tollgate run`, for a shell or a file."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from tollgate_cli.arguments.common_options import one_of
from tollgate_cli.arguments.declared import command, group
from tollgate_cli.output.failures import UsageError
from tollgate_cli.output.moments import moment
from tollgate_cli.output.printer import Format
from tollgate_cli.programs import run_report, shell_syntax
from tollgate_cli.programs.client_programs import ANY
from tollgate_cli.programs.gateway_variables import Access, variables_for
from tollgate_cli.programs.program_options import (
    Budget,
    ClientName,
    Hard,
    Lifetime,
    Model,
    Name,
    Parent,
    SmallModel,
    Verbose,
    chosen_key,
    client_named,
)
from tollgate_cli.programs.shell_syntax import Shell
from tollgate_cli.session.current import session

if TYPE_CHECKING:
    from tollgate_cli.programs.client_programs import ClientProgram
    from tollgate_cli.programs.key_choice import KeyChoice
    from tollgate_cli.session.current import Session

app = group()


@command(
    app,
    "env",
    examples=["tollgate env", "tollgate env --shell fish | source", "tollgate env --shell dotenv > .env"],
)
def env(
    *,
    shell: Annotated[
        str | None, one_of([each.value for each in Shell], "In whose syntax; by default your shell's.")
    ] = None,
    unset: Annotated[bool, typer.Option("--unset", help="Print what removes them again.")] = False,
    model: Model = None,
    small_model: SmallModel = None,
    budget: Budget = None,
    lifetime: Lifetime = None,
    hard: Hard = False,
    name: Name = None,
    parent: Parent = None,
    client: ClientName = None,
    verbose: Verbose = False,
) -> None:
    """Print the variables by which programs make their calls through the gateway.

    A shell takes them by eval "$(tollgate env)". They have your key in them, or one that is made for them if
    a budget or an end is named. That one is not revoked by itself, but it does expire.
    """
    here, chosen = session(), client_named(client) or ANY
    if chosen.unserved is not None:
        raise UsageError(chosen.unserved)
    syntax = _syntax(shell)
    if unset:
        everything = Access(here.target.url, "", model or "any", small_model or "any")
        here.output.text([shell_syntax.written(syntax, {}, variables_for(chosen, everything, {}).values)])
        return
    if chosen.arguments:
        here.output.note(f'{chosen.title} needs options besides: start it by "tollgate run" instead.')
    choice = chosen_key(budget, lifetime, parent, name or "env", chosen, hard=hard)
    # Nothing is made that couldn't be written then.
    _written(syntax, chosen, Access(here.target.url, "key", model, small_model))
    access = Access(here.target.url, _secret(choice, here), model, small_model)
    if syntax is Shell.GITHUB:
        here.output.complaint(shell_syntax.mask(access.key))
    here.output.text([_written(syntax, chosen, access)])
    if verbose:
        run_report.tell_variables(here.output, chosen, variables_for(chosen, access, os.environ), os.environ)
    if sys.stdout.isatty():
        here.output.note(shell_syntax.HOW_TO_USE[syntax])


def _syntax(shell: str | None) -> Shell:
    if shell is not None:
        return Shell(shell)
    if session().output.format is Format.JSON:
        return Shell.JSON
    return shell_syntax.shell_of(os.environ, windows=os.name == "nt")


def _written(syntax: Shell, client: ClientProgram, access: Access) -> str:
    variables = variables_for(client, access, os.environ)
    return shell_syntax.written(syntax, variables.values, variables.present(os.environ))


def _secret(choice: KeyChoice, here: Session) -> str:
    from tollgate_cli.programs.key_choice import own_secret  # noqa: PLC0415 - brings httpx along

    if choice.terms is None:
        return own_secret(here)
    made = choice.made(choice.terms, here)
    here.output.note(f"The key {made.id} expires at {moment(made.expires_at)}. To revoke it before:")
    here.output.note(f"  {made.revoking_command}")
    return made.secret
