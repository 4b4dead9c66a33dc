"""The options of commands that ask AWS about a stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tollgate_cli.arguments.common_options import as_option
from tollgate_cli.arguments.spans import day

if TYPE_CHECKING:
    from tollgate_cli.operations.deployment import Deployment

Stack = Annotated[
    str, typer.Option("--stack", metavar="NAME", help="The stack's name, such as tollgate-prod.")
]
AwsProfile = Annotated[
    str | None,
    typer.Option("--aws-profile", metavar="NAME", help="A profile of AWS's own configuration."),
]
Region = Annotated[
    str | None,
    typer.Option("--region", metavar="REGION", help="The stack's region, such as eu-central-1."),
]


FirstDay = Annotated[str, as_option(day, "First day.", "--from", metavar="DAY")]
LastDay = Annotated[str, as_option(day, "Last day, included.", "--to", metavar="DAY")]


def deployed(stack: str, aws_profile: str | None, region: str | None) -> Deployment:
    """Raises `CommandError` if AWS can't be asked, or has no such stack."""
    from tollgate_cli.operations import aws_access  # noqa: PLC0415 - only when run

    aws = aws_access.sign_in(aws_profile, region)
    from tollgate_cli.operations.deployment import Deployment  # noqa: PLC0415 - imports boto3, which there is now

    return Deployment.of_stack(aws, stack)
