"""`tollgate doctor`: examines a gateway, through its API and, for a stack, through AWS."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tollgate_cli.arguments.declared import command, group
from tollgate_cli.commands.operations import stack_options
from tollgate_cli.commands.operations.doctor_report import Report
from tollgate_cli.output.failures import ExitCode, NotSignedInError
from tollgate_cli.output.printer import Format
from tollgate_cli.session.current import session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tollgate_cli.operations.doctor.check_results import Check, Finding
    from tollgate_cli.operations.doctor.stack.stack_view import StackView
    from tollgate_cli.output.printer import Output
    from tollgate_client import AdminClient

app = group()


@command(
    app,
    "doctor",
    examples=(
        "tollgate doctor",
        "tollgate doctor --probe --json",
        "tollgate doctor --stack tollgate-prod --region eu-central-1",
    ),
)
def doctor(
    *,
    probe: Annotated[bool, typer.Option("--probe", help="Also ask each provider for its models.")] = False,
    stack: Annotated[
        str | None,
        typer.Option("--stack", metavar="NAME", help="Also ask AWS about this stack, such as tollgate-prod."),
    ] = None,
    aws_profile: stack_options.AwsProfile = None,
    region: stack_options.Region = None,
) -> int:
    """Say what is wrong with a gateway, what that means, and what mends it. Exits with 1 if something fails.

    Changes nothing. What can't be checked, for want of a token or a permission, is said.
    """
    from tollgate_cli.operations.doctor.check_results import Status  # noqa: PLC0415 - only when run

    output = session().output
    view = _view(stack, aws_profile, region) if stack else None
    checks = _checks(view, probes=probe)
    seen: Counter[Status] = Counter()
    findings = _counted(_findings(output, checks), seen)
    try:
        if output.format is Format.TABLE:
            report = Report(output, checks)
            for finding in findings:
                report.add(finding)
        else:
            output.rows((each.row() for each in findings), (), empty="")
    finally:
        output.note(_summary(seen))
    return ExitCode.FAILED if seen[Status.FAIL] else ExitCode.DONE


def _view(stack: str, aws_profile: str | None, region: str | None) -> StackView:
    """Raises `CommandError` if there is no such stack: nothing could be checked of it."""
    from tollgate_cli.operations import aws_access  # noqa: PLC0415 - only when run
    from tollgate_cli.operations.doctor.stack.stack_view import StackView  # noqa: PLC0415

    view = StackView(aws_access.sign_in(aws_profile, region), stack)
    view.require_stack()
    return view


def _checks(view: StackView | None, *, probes: bool) -> list[Check]:
    from tollgate_cli.operations.doctor.api_checks import ApiChecks  # noqa: PLC0415 - only when run
    from tollgate_cli.operations.doctor.gateway_checks import GatewayChecks  # noqa: PLC0415
    from tollgate_cli.operations.doctor.key_checks import KeyChecks  # noqa: PLC0415
    from tollgate_cli.operations.doctor.stack import stack_checks  # noqa: PLC0415

    current = session()
    gateway = GatewayChecks(_url(view), current.transport)

    def admin() -> AdminClient:
        """Not even tried if the gateway can't be reached: each try would take its time."""
        _ = gateway.presence
        return current.admin

    of_stack = stack_checks.of(view) if view else None
    keys = KeyChecks(admin)
    if of_stack:
        keys.topic_is_heard = of_stack.topic_is_heard
    return [
        *gateway.all(),
        *ApiChecks(admin, probes).all(),
        *keys.all(),
        *(of_stack.checks if of_stack else ()),
    ]


def _url(view: StackView | None) -> str:
    """The profile's; without one the stack's own."""
    try:
        return session().target.url
    except NotSignedInError:
        if view is None:
            raise
        return view.description.said("ApiUrl")


def _findings(output: Output, checks: list[Check]) -> Iterator[Finding]:
    from tollgate_cli.operations.doctor.examination import carried_out  # noqa: PLC0415 - only when run

    # People see the findings themselves as they come.
    silent = output.format is Format.TABLE
    if silent:
        for check in checks:
            yield from carried_out(check)
        return
    with output.progress("Checks", len(checks)) as advance:
        for check in checks:
            yield from carried_out(check)
            advance(1)


def _counted(findings: Iterator[Finding], seen: Counter[Any]) -> Iterator[Finding]:
    for finding in findings:
        seen[finding.result.status] += 1
        yield finding


def _summary(seen: Counter[Any]) -> str:
    words = (("ok", "ok"), ("warn", "to look at"), ("fail", "failed"), ("not checked", "not checked"))
    return ", ".join(f"{seen[status]} {word}" for status, word in words) + "."
