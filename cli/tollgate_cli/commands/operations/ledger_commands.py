"""`tollgate ledger`: checks, sweeps and repairs the ledger of a deployed gateway, in its tables."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tollgate_cli.arguments.declared import command, group
from tollgate_cli.commands.operations import stack_options
from tollgate_cli.commands.operations.watched_scan import WatchedScan, told_if_interrupted
from tollgate_cli.output.counted import counted
from tollgate_cli.output.failures import CommandError, ExitCode
from tollgate_cli.output.printer import Column
from tollgate_cli.session.current import session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tollgate.ledger.store.sweeper import SweepReport
    from tollgate_cli.output.printer import Output

app = group("Check, sweep and repair the ledger of a stack.")

# A repair needs to know the difference to the last digit, which takes a moment of few requests.
_REPAIR_PASSES = 20
_READING = "Keys whose records are read"
_DRIFT = (
    Column("key", "keyId"),
    Column("name", "name", wide=True),
    Column("counter", "counter"),
    Column("expected", "expected", right=True),
    Column("found", "found", right=True),
    Column("difference", lambda row: row["difference"] + ("" if row["exact"] else " or more"), right=True),
)
_REPAIR = (
    Column("counter", "counter"),
    Column("now", "now", right=True),
    Column("repaired", "repaired", right=True),
    Column("added", "added", right=True),
)
_SWEPT = (
    Column("keys", "keys"),
    Column("holds settled", "holdsSettled"),
    Column("requests abandoned", "requestsAbandoned"),
    Column("charged for them", lambda row: f"{row['abandonedCost']} USD"),
    Column("failed", lambda row: ", ".join(row["failed"])),
)


@command(
    app,
    "check",
    examples=(
        "tollgate ledger check --stack tollgate-prod",
        "tollgate ledger check --stack tollgate-prod key_ID",
    ),
)
def check(
    *,
    stack: stack_options.Stack,
    keys: Annotated[list[str] | None, typer.Argument(metavar="KEY", help="Ids; all keys by default.")] = None,
    aws_profile: stack_options.AwsProfile = None,
    region: stack_options.Region = None,
) -> int:
    """Compare keys' counters with their usage records.

    Exits with 1 on drift. Changes nothing.
    """
    from tollgate_cli.operations import aws_failures, drift_rows  # noqa: PLC0415 - only when run

    output = session().output
    deployment = stack_options.deployed(stack, aws_profile, region)
    with (
        aws_failures.in_words("The ledger can't be read"),
        WatchedScan(output, _READING) as scan,
        told_if_interrupted(output, lambda: scan.said_unchanged),
    ):
        report = deployment.reconciliation(on_progress=scan.at).run(keys or None)
    for missing in sorted(set(keys or ()) - report.scopes.keys()):
        raise _no_such_key(missing)
    drifting = len(report.drifting)
    summary = (
        f"{counted(len(report.scopes), 'key')} compared with {counted(report.records, 'new record')}: "
        f"{drifting or 'none'} drifting."
    )
    output.rows(drift_rows.of_drifts(report.drifts, report.scopes), _DRIFT, empty=summary)
    if drifting:
        output.note(summary)
    return ExitCode.FAILED if drifting else ExitCode.DONE


@command(
    app,
    "sweep",
    examples=("tollgate ledger sweep --stack tollgate-prod",),
)
def sweep(
    *,
    stack: stack_options.Stack,
    aws_profile: stack_options.AwsProfile = None,
    region: stack_options.Region = None,
) -> int:
    """Settle the holds of dead requests.

    The schedule does it every five minutes. Exits with 1 if a key could not be swept.
    """
    from tollgate.ledger.store.sweeper import Sweeper, SweepReport  # noqa: PLC0415 - only when run
    from tollgate_cli.operations import aws_failures  # noqa: PLC0415

    output = session().output
    deployment = stack_options.deployed(stack, aws_profile, region)
    so_far = SweepReport()
    with (
        aws_failures.in_words("The ledger can't be swept"),
        _failures_in_a_line(output),
        output.progress("Keys swept") as advance,
        told_if_interrupted(output, lambda: f"Interrupted. {_swept(so_far)} Run it again for the rest."),
    ):

        def told(report: SweepReport) -> None:
            nonlocal so_far
            so_far = report
            advance(1)

        report = Sweeper(deployment.ledger(), on_progress=told).run()
    output.item(_swept_row(report), _SWEPT)
    return ExitCode.FAILED if report.failed else ExitCode.DONE


@command(
    app,
    "repair",
    examples=(
        "tollgate ledger repair key_ID --stack tollgate-prod",
        "tollgate ledger repair key_ID --stack tollgate-prod --apply",
    ),
)
def repair(
    *,
    key: Annotated[str, typer.Argument(metavar="KEY", help="The key's id.")],
    stack: stack_options.Stack,
    apply: Annotated[
        bool, typer.Option("--apply", help="Make the repair; without it, the repair is only shown.")
    ] = False,
    aws_profile: stack_options.AwsProfile = None,
    region: stack_options.Region = None,
) -> int:
    """Show a key's drift, and with --apply set it right.

    Exits with 1 on drift that isn't repaired. A repair is in the audit log.
    """
    from tollgate_cli.operations import aws_failures, drift_rows, repairing  # noqa: PLC0415 - only when run

    output = session().output
    deployment = stack_options.deployed(stack, aws_profile, region)
    with (
        aws_failures.in_words("The ledger can't be read"),
        WatchedScan(output, _READING) as scan,
        told_if_interrupted(output, lambda: scan.said_unchanged),
    ):
        report = deployment.reconciliation(_REPAIR_PASSES, on_progress=scan.at).run([key])
    if key not in report.scopes:
        raise _no_such_key(key)
    if not report.drifts:
        output.rows([], _REPAIR, empty=f"{key} does not drift. Nothing to repair.")
        return ExitCode.DONE
    found = repairing.of(report.scopes[key], report.drifts)
    output.rows(drift_rows.of_repair(found), _REPAIR, empty="")
    if not apply:
        output.note("Nothing was changed. Add --apply to make the repair.")
        return ExitCode.FAILED
    output.confirm(f"This sets the counters of {key} ({found.seen.name}) in the stack {stack}.", [key])
    with (
        aws_failures.in_words("The repair can't be made"),
        told_if_interrupted(
            output, lambda: f"Interrupted: the repair is made or not, as a whole. Check {key} again."
        ),
    ):
        repairing.apply(deployment, found, actor=deployment.caller())
    output.note("Repaired, and recorded in the audit log.")
    return ExitCode.DONE


def _no_such_key(key_id: str) -> CommandError:
    return CommandError(f"There is no key {key_id}.", ExitCode.NOT_FOUND)


def _swept(report: SweepReport) -> str:
    return f"{counted(report.swept, 'hold')} settled."


def _swept_row(report: SweepReport) -> dict[str, Any]:
    from tollgate import money  # noqa: PLC0415 - only when run

    return {
        "keys": report.keys,
        "holdsSettled": report.swept,
        "requestsAbandoned": report.abandoned,
        "abandonedCost": money.to_string(report.abandoned_cost),
        "failed": list(report.failed),
    }


class _InALine(logging.Handler):
    """A key that can't be swept keeps no other from it: why is told in a line, without a traceback."""

    def __init__(self, output: Output) -> None:
        super().__init__(logging.ERROR)
        self.output = output

    def emit(self, record: logging.LogRecord) -> None:
        why = record.exc_info[1] if record.exc_info else None
        self.output.complaint(f"{record.getMessage()}{f': {why}' if why else ''}")


@contextmanager
def _failures_in_a_line(output: Output) -> Iterator[None]:
    logger, handler = logging.getLogger("tollgate"), _InALine(output)
    logger.addHandler(handler)
    propagated, logger.propagate = logger.propagate, False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagated
