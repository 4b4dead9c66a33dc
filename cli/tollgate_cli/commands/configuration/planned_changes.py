"""What apply and diff have in common: the files, the plan for the gateway, and showing it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from tollgate_cli.configuration.files import source_files
from tollgate_cli.configuration.files.places import FaultyError
from tollgate_cli.configuration.gateway_plans import Comparison
from tollgate_cli.configuration.planning import plan_document, plan_text
from tollgate_cli.configuration.secret_sources import MissingSecretError, SecretSources
from tollgate_cli.output.counted import counted
from tollgate_cli.output.failures import UsageError
from tollgate_cli.output.printer import Column, Format
from tollgate_cli.output.shown_text import escaped
from tollgate_cli.session.current import session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tollgate_cli.configuration.planning.plan import Plan

Files = Annotated[
    list[str] | None,
    typer.Option(
        "--file",
        "-f",
        metavar="PATH",
        help="A file, a folder of *.yaml, or - for stdin; several add up. By default tollgate.yaml.",
    ),
]
Adopt = Annotated[bool, typer.Option("--adopt", help="Put the label on things that are there without one.")]
Prune = Annotated[bool, typer.Option("--prune", help="Take away what carries the label and is in no file.")]
_DEFAULT_FILES: Final = ("tollgate.yaml",)
_COLUMNS: Final = [Column(name.capitalize(), name) for name in ("action", "kind", "name", "field", "change")]
_WIDTH: Final = 80
_MOST_FAULTS: Final = 100


def compared(files: Sequence[str] | None, *, strict: bool) -> Comparison:
    if not files and not any(Path(each).exists() for each in _DEFAULT_FILES):
        raise UsageError(f"There is no {_DEFAULT_FILES[0]} here: name files by -f.")
    try:
        configuration = source_files.load(files or _DEFAULT_FILES)
    except FaultyError as error:
        raise _refused(error) from None
    try:
        return Comparison.made(session().admin, configuration, SecretSources(), strict=strict)
    except MissingSecretError as error:
        raise UsageError(str(error)) from None


def planned(comparison: Comparison, *, adopt: bool, prune: bool) -> Plan:
    try:
        return comparison.plan(adopt=adopt, prune=prune)
    except FaultyError as error:
        raise _refused(error) from None


def _refused(error: FaultyError) -> UsageError:
    count = len(error.faults)
    problems = counted(count, "problem")
    # Names of files and fields have any characters.
    shown = [escaped(str(each)) for each in error.faults[:_MOST_FAULTS]]
    more = [f"and {count - _MOST_FAULTS} more"] if count > _MOST_FAULTS else []
    return UsageError(f"The files can't be applied: {problems}.", [*shown, *more])


def show(plan: Plan) -> None:
    output = session().output
    if output.format is Format.JSON:
        output.item(plan_document.document(plan), [])
    elif output.format is Format.CSV:
        output.rows(plan_text.as_rows(plan), _COLUMNS, empty=plan_text.summary(plan))
    else:
        for line in plan_text.lines(plan, output.width or _WIDTH):
            output.line(line.text, line.style)
    for remark in plan_text.remarks(plan):
        output.note(remark)
