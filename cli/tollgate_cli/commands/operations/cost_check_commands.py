"""`tollgate costs check` and `replay`: the cost sums of a stack beside its usage records, in its tables."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import typer

from tollgate_cli.arguments.declared import command
from tollgate_cli.commands.operations import stack_options
from tollgate_cli.commands.operations.watched_scan import WatchedScan, told_if_interrupted
from tollgate_cli.output.counted import counted
from tollgate_cli.output.failures import ExitCode, UsageError
from tollgate_cli.output.printer import Column, Format
from tollgate_cli.session.current import session

if TYPE_CHECKING:
    from tollgate_cli.operations.costs.replay import Replayed

_READING = "Keys whose records are read"
# A table of more says nothing more; JSON and CSV have all.
_MAX_SHOWN = 50
_DIFFERENCES = (
    Column("period", "period"),
    Column(
        "sum",
        lambda row: f"{row['dimension']} {row['value']}" + (f" of {row['within']}" if row["within"] else ""),
        wide=True,
    ),
    Column("expected", lambda row: _figures(row["expected"]), right=True),
    Column("found", lambda row: _figures(row["found"]), right=True),
)
_REPLAYED = (
    Column("days", "days"),
    Column("usage records", "records"),
    Column("sums put right", "corrected"),
    Column("refused", "refused"),
)
_CHECKS = ("tollgate costs check --stack tollgate-prod --from 2026-11-01 --to 2026-11-30",)
_REPLAYS = ("tollgate costs replay --stack tollgate-prod --from 2026-11-20 --to 2026-11-22",)


def add_to(app: typer.Typer) -> None:
    """Puts both into the group `costs`, which else asks the API."""
    command(app, "check", examples=_CHECKS)(check)
    command(app, "replay", examples=_REPLAYS)(replay)


def check(
    *,
    stack: stack_options.Stack,
    from_: stack_options.FirstDay,
    to: stack_options.LastDay,
    aws_profile: stack_options.AwsProfile = None,
    region: stack_options.Region = None,
) -> int:
    """Compare a stack's cost sums with its usage records.

    Exits with 1 if they differ. Changes nothing.
    """
    from tollgate_cli.operations import aws_failures  # noqa: PLC0415 - only when run
    from tollgate_cli.operations.costs import day_spans, difference_rows  # noqa: PLC0415

    output = session().output
    first, last = _span(from_, to)
    deployment = stack_options.deployed(stack, aws_profile, region)
    day_spans.require_records(deployment, first)
    with (
        aws_failures.in_words("The sums can't be read"),
        WatchedScan(output, _READING) as scan,
        told_if_interrupted(output, lambda: scan.said_unchanged),
    ):
        records, differences = day_spans.recount(deployment, scan.at).check(first, last)
    shown = differences if output.format is not Format.TABLE else differences[:_MAX_SHOWN]
    summary = f"{counted(records, 'usage record')} compared; sums that differ: {len(differences) or 'none'}."
    output.rows(difference_rows.of(shown), _DIFFERENCES, empty=summary)
    if len(shown) < len(differences):
        output.note(f"{len(differences) - len(shown)} more differ: --json shows all.")
    if differences:
        output.note(summary)
        output.note("Requests of the last few minutes may not be in the sums yet.")
    return ExitCode.FAILED if differences else ExitCode.DONE


def replay(
    *,
    stack: stack_options.Stack,
    from_: stack_options.FirstDay,
    to: stack_options.LastDay,
    aws_profile: stack_options.AwsProfile = None,
    region: stack_options.Region = None,
) -> int:
    """Set the sums of closed days to what their records add up to.

    Harmless, however often, and while calls are served.
    """
    from tollgate_cli.operations import aws_failures  # noqa: PLC0415 - only when run
    from tollgate_cli.operations.costs import day_spans  # noqa: PLC0415
    from tollgate_cli.operations.costs.replay import CostReplay, Replayed  # noqa: PLC0415

    output = session().output
    first, last = _span(from_, to)
    deployment = stack_options.deployed(stack, aws_profile, region)
    day_spans.require_records(deployment, first)
    output.confirm(f"This sets the cost sums of {first} to {last} in the stack {stack}.", [stack])
    done: list[date] = []
    total = Replayed(0, 0, 0)
    with (
        aws_failures.in_words("The sums can't be replayed"),
        WatchedScan(output, _READING) as scan,
        told_if_interrupted(output, lambda: _interrupted(done, total)),
    ):
        for day, replayed in day_spans.replayed(
            CostReplay(day_spans.recount(deployment, scan.at)), first, last
        ):
            done.append(day)
            total += replayed
    output.item(_replayed_row(done, total), _REPLAYED)
    if total.refused:
        output.complaint(
            f"{counted(total.refused, 'usage record')} can't be added: names in them are too long for a sum."
        )
    return ExitCode.FAILED if total.refused else ExitCode.DONE


def _span(from_: str, to: str) -> tuple[date, date]:
    first, last = date.fromisoformat(from_), date.fromisoformat(to)
    if last < first:
        raise UsageError("--to must not be before --from.")
    return first, last


def _interrupted(done: list[date], total: Replayed) -> str:
    if not done:
        return "Interrupted in the first day. Run it again: it finishes what was begun."
    return (
        f"Interrupted. {done[0]} to {done[-1]} are done: {counted(total.corrected, 'sum')} put right. "
        f"Run it again from {done[-1] + timedelta(days=1)}: it finishes what was begun."
    )


def _replayed_row(done: list[date], total: Replayed) -> dict[str, Any]:
    return {
        "days": len(done),
        "records": total.records,
        "corrected": total.corrected,
        "refused": total.refused,
    }


def _figures(sums: Any) -> str:
    return f"{counted(sums['requests'], 'request')}, {counted(sums['tokens'], 'token')}, {sums['cost']} USD"
