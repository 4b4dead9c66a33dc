"""`tollgate recovery`: the tables of a stack exported as of one instant, and made anew from that."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tollgate_cli.arguments import spans
from tollgate_cli.arguments.common_options import as_option
from tollgate_cli.arguments.declared import command, group
from tollgate_cli.commands.operations import stack_options
from tollgate_cli.commands.operations.watched_scan import told_if_interrupted
from tollgate_cli.output.counted import counted
from tollgate_cli.output.failures import CommandError, ExitCode, UsageError
from tollgate_cli.output.printer import Column, Format
from tollgate_cli.session.current import session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate_cli.operations.recovery.restorable_tables import RestorableStack, TableState

app = group("Export tables as of one instant, and check what was made from that.")

_PLAN = (
    Column("table", "table"),
    Column("items", "items", right=True),
    Column("bytes", "bytes", right=True),
    Column("earliest", "earliest"),
    Column("latest", "latest"),
    Column("found", lambda row: row["problem"] or "can be exported", wide=True),
)
_MADE = (
    Column("table", "table"),
    Column("as of", "at"),
    Column("exported", "exported", right=True),
    Column("imported", "imported", right=True),
    Column("found", lambda row: row["problem"] or "all there", wide=True),
)
At = Annotated[
    str | None,
    as_option(
        spans.moment_back,
        "The instant, such as 2026-11-29T18:00:00Z or 30m; by default the latest that all tables have.",
        "--at",
        metavar="MOMENT",
    ),
]
Tables = Annotated[
    list[str] | None,
    typer.Option("--table", metavar="TABLE", help="One of keys, usage, costs, catalog, alerts, audit; all."),
]
Sources = Annotated[
    list[str] | None,
    typer.Option(
        "--source",
        metavar="TABLE=NAME",
        help="A table in place of the stack's, such as a restored one.",
    ),
]


@command(
    app,
    "plan",
    examples=(
        "tollgate recovery plan --stack tollgate-prod",
        "tollgate recovery plan --stack tollgate-prod --at 2026-11-29T18:00:00Z",
    ),
)
def plan(
    *,
    stack: stack_options.Stack,
    at: At = None,
    table: Tables = None,
    source: Sources = None,
    aws_profile: stack_options.AwsProfile = None,
    region: stack_options.Region = None,
) -> int:
    """Show as of when tables can be exported, and how large they are.

    Exits with 1 if one of them can't be exported. Changes nothing.
    """
    output = session().output
    moment = None if at is None else datetime.fromisoformat(at)
    _, states = _states(stack, table, source, aws_profile, region)
    rows = [_planned(each, moment) for each in states]
    output.rows(rows, _PLAN, empty="No tables.")
    wrong = [row for row in rows if row["problem"]]
    if not wrong:
        output.note(f"The latest instant that all of them have is {_written(_latest(states))}.")
    return ExitCode.FAILED if wrong else ExitCode.DONE


@command(
    app,
    "export",
    examples=(
        "tollgate recovery export --stack tollgate-prod --bucket exports --at 30m",
        "tollgate recovery export --stack tollgate-prod --bucket exports --table keys",
    ),
)
def export(
    *,
    stack: stack_options.Stack,
    bucket: Annotated[
        str, typer.Option("--bucket", metavar="NAME", help="The S3 bucket to export to, of the same region.")
    ],
    at: At = None,
    table: Tables = None,
    source: Sources = None,
    aws_profile: stack_options.AwsProfile = None,
    region: stack_options.Region = None,
) -> int:
    """Export tables to S3 as of one instant, and print the parameters that make tables of it.

    It takes minutes at least, and uses no capacity of the tables. Run it again with the same instant to go on
    where it was interrupted.
    """
    from tollgate_cli.operations.recovery import table_exports  # noqa: PLC0415 - only when run

    output = session().output
    found, states = _states(stack, table, source, aws_profile, region)
    moment = (_latest(states) if at is None else datetime.fromisoformat(at)).astimezone(UTC)
    for each in states:
        if why_not := each.why_not_at(moment):
            raise CommandError(f"{each.table.id} can't be exported as of {_written(moment)}: {why_not}.")
    table_exports.require_bucket([each.table for each in states], bucket, found.description)
    exporter = table_exports.TableExporter(found.aws, bucket, moment)
    goes_on = (
        f"The exports go on. Run it again with --at {_written(moment)} to see them through to their end."
    )
    with told_if_interrupted(output, lambda: goes_on):
        begun = [(each, exporter.begin(each)) for each in states]
        output.note(f"Exporting {counted(len(begun), 'table')} as of {_written(moment)}.")
        exports = []
        for done in exporter.completed(begun):
            output.note(f"{done.table.name}: {counted(done.items, 'item')}")
            exports.append(done)
    _show(table_exports.parameters(exports, bucket, found.description))
    output.note("Deploy with these parameters, and keep them: see docs/recovery.md.")
    return ExitCode.DONE


@command(
    app,
    "check",
    examples=("tollgate recovery check --stack tollgate-prod",),
)
def check(
    *,
    stack: stack_options.Stack,
    aws_profile: stack_options.AwsProfile = None,
    region: stack_options.Region = None,
) -> int:
    """Compare the tables that were made from exports with these.

    Exits with 1 if one lacks something, or a function uses another table. Changes nothing.
    """
    from tollgate_cli.operations.recovery import made_tables  # noqa: PLC0415 - only when run

    output = session().output
    found = _stack(stack, aws_profile, region)
    rows = [
        {
            "table": each.table.name,
            "name": each.table.id,
            "source": each.source,
            "at": each.at,
            "exported": each.exported,
            "imported": each.imported,
            "problem": each.wrong,
        }
        for each in made_tables.made_tables(found)
    ]
    output.rows(rows, _MADE, empty="No table of this stack was made from an export.")
    strays = list(made_tables.strays(found))
    for function, used in strays:
        output.complaint(f"{function} still uses {used}: deploy with another TableGeneration.")
    all_there = not strays and all(row["problem"] is None for row in rows)
    return ExitCode.DONE if all_there else ExitCode.FAILED


def _stack(stack: str, aws_profile: str | None, region: str | None) -> RestorableStack:
    from tollgate_cli.operations import aws_access  # noqa: PLC0415 - only when run
    from tollgate_cli.operations.recovery.restorable_tables import RestorableStack  # noqa: PLC0415

    return RestorableStack.of(aws_access.sign_in(aws_profile, region), stack)


def _states(
    stack: str,
    names: list[str] | None,
    sources: list[str] | None,
    aws_profile: str | None,
    region: str | None,
) -> tuple[RestorableStack, list[TableState]]:
    from tollgate_cli.operations.recovery.restorable_tables import NAMES  # noqa: PLC0415 - only when run

    chosen = tuple(dict.fromkeys(names or NAMES))
    instead = _sources(sources or [])
    for name in (*chosen, *instead):
        if name not in NAMES:
            raise UsageError(f"{name!r} is none of {', '.join(NAMES)}.")
    found = _stack(stack, aws_profile, region)
    return found, [found.state(each) for each in found.tables(chosen, instead)]


def _sources(texts: list[str]) -> Mapping[str, str]:
    parts = [text.partition("=") for text in texts]
    if any(not name or not value for name, _, value in parts):
        raise UsageError("--source is TABLE=NAME, such as keys=tollgate-prod-keys-restored.")
    return {name: value for name, _, value in parts}


def _latest(states: list[TableState]) -> datetime:
    """Raises `CommandError` if one of them has none."""
    latest = [each.latest for each in states if each.latest is not None]
    if len(latest) < len(states):
        lacking = next(each.table.id for each in states if each.latest is None)
        raise CommandError(f"{lacking} has no point-in-time recovery.")
    return min(latest).astimezone(UTC).replace(microsecond=0)


def _planned(state: TableState, moment: datetime | None) -> dict[str, Any]:
    return {
        "table": state.table.name,
        "name": state.table.id,
        "items": state.items,
        "bytes": state.size,
        "earliest": _written(state.earliest),
        "latest": _written(state.latest),
        "problem": state.why_not_at(moment),
    }


def _written(moment: datetime | None) -> str:
    """In UTC and to the second, as `--at` takes it."""
    return "" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _show(parameters: Mapping[str, str]) -> None:
    """A line for each, as `parameter_overrides` has them."""
    output = session().output
    if output.format is Format.TABLE:
        for name, value in parameters.items():
            output.line(f"{name}={value}")
    else:
        output.item(parameters, ())
