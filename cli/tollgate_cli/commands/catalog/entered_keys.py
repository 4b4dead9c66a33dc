"""A provider's API key as input: from stdin, from an environment variable, or typed unseen."""

from __future__ import annotations

import os
import sys
from typing import Annotated, Final

import typer

from tollgate_cli.arguments.secret_texts import in_one_line
from tollgate_cli.output.failures import UsageError
from tollgate_cli.output.questions import ask_secret

FromStdin = Annotated[
    bool, typer.Option("--api-key-stdin", help="Read its API key from stdin; asked for if left out.")
]
FromVariable = Annotated[
    str | None,
    typer.Option("--api-key-env", metavar="VARIABLE", help="Take it from this environment variable."),
]
_MAX: Final = 10_000


def given_key(*, stdin: bool, variable: str | None) -> str | None:
    """The key that the options name; None if neither does. Raises `UsageError` if there is none there."""
    if stdin and variable is not None:
        raise UsageError("--api-key-stdin and --api-key-env exclude each other.")
    if stdin:
        return _present(in_one_line(sys.stdin.read(_MAX)), "There is no API key on stdin.")
    if variable is not None:
        return _present(in_one_line(os.environ.get(variable, "")), f"The variable {variable} is not set.")
    return None


def needed_key(*, stdin: bool, variable: str | None) -> str:
    """The same; it is asked for if neither option is given."""
    found = given_key(stdin=stdin, variable=variable)
    if found is not None:
        return found
    typed = ask_secret(
        "The provider's API key (not shown):", instead="Give --api-key-stdin or --api-key-env."
    )
    return _present(typed, "No API key was typed.")


def _present(secret: str, otherwise: str) -> str:
    if not secret:
        raise UsageError(otherwise)
    return secret
