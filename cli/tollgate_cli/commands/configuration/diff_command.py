"""`tollgate diff`."""

from __future__ import annotations

from typing import Annotated

import typer

from tollgate_cli.arguments.declared import command, group
from tollgate_cli.commands.configuration.planned_changes import (
    Adopt,
    Files,
    Prune,
    compared,
    planned,
    show,
)
from tollgate_cli.configuration.planning import plan_document
from tollgate_cli.output.failures import ExitCode
from tollgate_cli.session.current import session

app = group()


@command(
    app,
    "diff",
    examples=["tollgate diff -f tollgate.yaml", "tollgate diff -f config/ --prune --markdown > comment.md"],
)
def diff(
    *,
    file: Files = None,
    prune: Prune = False,
    adopt: Adopt = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print a comment for a pull request.")] = False,
) -> int:
    """Show what apply would change. Exit code 1 if that is anything."""
    comparison = compared(file, strict=False)
    plan = planned(comparison, adopt=adopt, prune=prune)
    output = session().output
    if markdown:
        output.text([plan_document.markdown(plan)])
    else:
        show(plan)
    return ExitCode.FAILED if plan.changes else ExitCode.DONE
