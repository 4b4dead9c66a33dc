"""`tollgate auth`: what opens the gateway, for other programs."""

from __future__ import annotations

from typing import Annotated

import typer

from tollgate_cli.arguments.declared import command, group
from tollgate_cli.output.failures import NotSignedInError, UsageError
from tollgate_cli.session.current import session

app = group()


@app.callback()
def _group() -> None:
    """So that its one command keeps its name."""


@command(
    app,
    "print-token",
    examples=["tollgate auth print-token --key", "tollgate auth print-token --admin -P prod"],
)
def print_token(
    *,
    admin: Annotated[
        bool, typer.Option("--admin", help="The admin's token; an ID token is renewed.")
    ] = False,
    key: Annotated[bool, typer.Option("--key", help="The key's secret.")] = False,
) -> None:
    """Print the key or the admin's token, and nothing else.

    It is for programs that ask a command for their credentials. If you have both, say which by --key or
    --admin.
    """
    if admin and key:
        raise UsageError("--admin and --key exclude each other.")
    target = session().target
    found = [] if admin else [target.api_key()]
    found += [] if key else [target.admin_token()]
    secrets = [each for each in found if each]
    if len(secrets) > 1:
        raise UsageError("There are a key and an admin's token: say which by --key or --admin.")
    if not secrets:
        raise NotSignedInError(
            f"There is nothing to print for {target.url}.", ['Sign in by "tollgate login".']
        )
    session().output.line(secrets[0])
