"""`tollgate run`: a program whose calls go through the gateway."""

from __future__ import annotations

from functools import partial
from pathlib import PurePath
from typing import Annotated

import typer

from tollgate_cli.arguments.declared import Command, command, group
from tollgate_cli.output.failures import UsageError
from tollgate_cli.programs.client_programs import client_started_by
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
from tollgate_cli.programs.program_process import NotStartedError
from tollgate_cli.session.current import session

app = group()


class ProgramCommand(Command):
    """From the program's name on, everything is the program's."""

    allow_interspersed_args = False


@command(
    app,
    "run",
    kind=ProgramCommand,
    examples=[
        "tollgate run -- claude",
        "tollgate run --budget 5 --for 8h -- codex exec 'Mend the tests'",
        "tollgate run --model gpt-4o-mini -- python example.py",
    ],
)
def run(
    *,
    program: Annotated[
        list[str], typer.Argument(metavar="PROGRAM [ARGUMENT]", help="What to run.", show_default=False)
    ],
    model: Model = None,
    small_model: SmallModel = None,
    budget: Budget = None,
    lifetime: Lifetime = None,
    hard: Hard = False,
    name: Name = None,
    parent: Parent = None,
    client: ClientName = None,
    wait: Annotated[
        int | None,
        typer.Option(
            "--wait", metavar="SECONDS", min=0, help="How long to wait for the costs of its last calls; 20."
        ),
    ] = None,
    verbose: Verbose = False,
) -> int:
    """Run a program whose calls go through the gateway, and say what they cost.

    The program gets the variables that clients read, with your key, or with one that is made for this run if
    a budget or an end is named: that key is revoked when the program has ended. All that `run` says goes to
    stderr. The exit code is the program's, 128 and a signal's number if one ended it, 126 or 127 if it can't
    be started.
    """
    from tollgate_cli.programs import runs  # noqa: PLC0415 - brings httpx along

    command_name, *arguments = program
    chosen = client_named(client) or client_started_by(command_name)
    if chosen.unserved is not None:
        raise UsageError(chosen.unserved)
    here = session()
    if chosen.note is not None:
        here.output.note(chosen.note)
    key = chosen_key(
        budget, lifetime, parent, name or f"run: {PurePath(command_name).name}", chosen, hard=hard
    )
    to_run = runs.Program(
        command_name,
        arguments,
        chosen,
        model,
        small_model,
        runs.PATIENCE_SECONDS if wait is None else wait,
    )
    try:
        return runs.run(to_run, here.target.url, partial(key.opened, here), here.output, verbose=verbose)
    except NotStartedError as error:
        here.output.complaint(f"Error: {error.message}")
        return error.code
