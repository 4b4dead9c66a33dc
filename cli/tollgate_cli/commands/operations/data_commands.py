"""`tollgate data`: in which form a stack's data are stored, and bringing them up to date, in its tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate_cli.arguments.declared import command, group
from tollgate_cli.commands.operations import stack_options
from tollgate_cli.commands.operations.watched_scan import told_if_interrupted
from tollgate_cli.output.counted import counted
from tollgate_cli.output.failures import ExitCode
from tollgate_cli.output.printer import Column
from tollgate_cli.session.current import session

if TYPE_CHECKING:
    from tollgate_cli.operations.data_migration import DataStatus

app = group("Say in which form a stack's data are, and renew it.")

_STATUS = (
    Column("data version", "dataVersion"),
    Column("readable from", "readableFrom"),
    Column("this code's", "codeVersion"),
    Column("keys", "keys"),
    Column("of an older form", "olderKeys"),
    Column("open holds", "holds"),
    Column("of version 1", "namedHolds"),
)
_MIGRATED = (Column("keys changed", "keysChanged"),)


@command(app, "status", examples=("tollgate data status --stack tollgate-prod",))
def status(
    *,
    stack: stack_options.Stack,
    aws_profile: stack_options.AwsProfile = None,
    region: stack_options.Region = None,
) -> int:
    """Show in which version a stack's data are, and how many keys are of an older one.

    Exits with 1 if only newer code can read them. Changes nothing.
    """
    from tollgate_cli.operations import aws_failures, data_migration  # noqa: PLC0415 - only when run

    output = session().output
    deployment = stack_options.deployed(stack, aws_profile, region)
    with aws_failures.in_words("The data can't be read"):
        found = data_migration.status(deployment)
    output.item(_status_row(found), _STATUS)
    if found.mark is not None and not found.mark.is_readable:
        output.complaint("Only newer code can read these data. Deploy a later commit.")
        return ExitCode.FAILED
    if found.older:
        keys = counted(found.older, "key")
        output.note(f"{keys} can be brought up to date: tollgate data migrate --stack {stack}")
    return ExitCode.DONE


@command(app, "migrate", examples=("tollgate data migrate --stack tollgate-prod",))
def migrate(
    *,
    stack: stack_options.Stack,
    aws_profile: stack_options.AwsProfile = None,
    region: stack_options.Region = None,
) -> int:
    """Store keys in the form that this code gives new ones.

    Harmless while calls are served, and however often. The audit log notes it.
    """
    from tollgate_cli.operations import aws_failures, data_migration  # noqa: PLC0415 - only when run

    output = session().output
    deployment = stack_options.deployed(stack, aws_profile, region)
    what_follows = f"This changes how keys are stored in the stack {stack}. Release 0.1 can't read them."
    output.confirm(what_follows, [stack])
    so_far = 0
    with (
        aws_failures.in_words("The data can't be migrated"),
        output.progress("Keys looked at") as advance,
        told_if_interrupted(
            output, lambda: f"Interrupted. {counted(so_far, 'key')} changed. Run it again for the rest."
        ),
    ):

        def at(_looked: int, changed: int) -> None:
            nonlocal so_far
            so_far = changed
            advance(1)

        changed = data_migration.migrate(deployment, deployment.caller(), at)
    output.item({"keysChanged": changed}, _MIGRATED)
    return ExitCode.DONE


def _status_row(found: DataStatus) -> dict[str, Any]:
    from tollgate.data_versions.data_versions import DATA_VERSION  # noqa: PLC0415 - only when run

    return {
        "dataVersion": found.mark.version if found.mark else None,
        "readableFrom": found.mark.reader if found.mark else None,
        "codeVersion": DATA_VERSION,
        "keys": found.keys,
        "olderKeys": found.older,
        "holds": found.holds,
        "namedHolds": found.named,
    }
