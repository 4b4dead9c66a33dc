"""`tollgate archive`: what a stack has archived of its days, and days that it archives now."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from tollgate_cli.arguments.declared import command, group
from tollgate_cli.commands.operations import stack_options
from tollgate_cli.commands.operations.watched_scan import told_if_interrupted
from tollgate_cli.output.counted import counted
from tollgate_cli.output.failures import ExitCode, UsageError
from tollgate_cli.output.printer import Column
from tollgate_cli.session.current import session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate_cli.operations.archiving import ArchiveFunction

app = group("Look at what a stack has archived of its days, and have days archived.")

_DAYS = (
    Column("day", "day"),
    Column("requests", "counted", right=True),
    Column("archived", "archived", right=True),
    Column("files", "files", right=True),
    Column("state", "state"),
    Column("written at", "writtenAt"),
)


@command(
    app,
    "status",
    examples=(
        "tollgate archive status --stack tollgate-prod",
        "tollgate archive status --stack tollgate-prod --from 90d --to yesterday",
    ),
)
def status(
    *,
    stack: stack_options.Stack,
    from_: stack_options.FirstDay = "30d",
    to: stack_options.LastDay = "today",
    aws_profile: stack_options.AwsProfile = None,
    region: stack_options.Region = None,
) -> int:
    """Compare the archive's days with the cost sums, as far as they are closed.

    Exits with 1 if a day isn't archived, or has fewer requests than its sum. Changes nothing.
    """
    output = session().output
    first, last = _span(from_, to)
    rows = [{**day, "state": _state(day)} for day in _function(stack, aws_profile, region).days(first, last)]
    output.rows(rows, _DAYS, empty="None of these days is closed yet.")
    return ExitCode.DONE if all(row["state"] == "archived" for row in rows) else ExitCode.FAILED


@command(
    app,
    "run",
    examples=("tollgate archive run --stack tollgate-prod --from 2026-01-01 --to 2026-10-31",),
)
def run(
    *,
    stack: stack_options.Stack,
    from_: stack_options.FirstDay,
    to: stack_options.LastDay,
    aws_profile: stack_options.AwsProfile = None,
    region: stack_options.Region = None,
) -> int:
    """Archive days now, such as those before the archive was switched on.

    The schedule does it every hour for the last 35 days. Days that are archived already are left alone.
    """
    output = session().output
    first, last = _span(from_, to)
    function = _function(stack, aws_profile, region)
    done = 0
    with told_if_interrupted(output, lambda: "Interrupted. Run it again: it goes on where it was."):
        for days in function.run(first, last):
            done += len(days)
            for day in days:
                output.line(day)
    output.note(f"{counted(done, 'day')} archived; the others were already, or aren't closed yet.")
    return ExitCode.DONE


def _function(stack: str, aws_profile: str | None, region: str | None) -> ArchiveFunction:
    from tollgate_cli.operations import aws_access  # noqa: PLC0415 - only when run
    from tollgate_cli.operations.archiving import ArchiveFunction  # noqa: PLC0415

    return ArchiveFunction.of_stack(aws_access.sign_in(aws_profile, region), stack)


def _span(from_: str, to: str) -> tuple[date, date]:
    first, last = date.fromisoformat(from_), date.fromisoformat(to)
    if last < first:
        raise UsageError("--to must not be before --from.")
    return first, last


def _state(day: Mapping[str, Any]) -> str:
    if not day["complete"]:
        return "to be archived"
    return "archived" if day["archived"] >= day["counted"] else "lacks requests"
