"""What CloudFormation says of a stack: the fields that operations go by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from tollgate_cli.operations import aws_failures
from tollgate_cli.output.failures import CommandError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate_cli.operations.aws_access import AwsAccess

# By more than that, requests in flight would look like drift.
_MAX_SKEW = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class StackDescription:
    """`status` and `drift` are CloudFormation's own words.

    `clock_ahead` is how far this machine's clock is ahead of AWS's, or behind if negative; None if AWS
    didn't say its time.
    """

    name: str
    status: str
    drift: str
    outputs: Mapping[str, str]
    parameters: Mapping[str, str]
    clock_ahead: timedelta | None

    @property
    def version(self) -> str | None:
        """Of Tollgate; None if the stack isn't Tollgate's, or older than this output."""
        return self.outputs.get("Version")

    def said(self, name: str) -> str:
        """An output or parameter. Raises `CommandError`, which says that the stack is of another version."""
        found = self.outputs.get(name, self.parameters.get(name))
        if found is None:
            version = f"version {self.version}" if self.version else "an older version"
            message = (
                f"The stack {self.name} has no output {name}. Is it Tollgate, deployed from this version? "
                f"It says that it is {version}."
                if "BaseUrl" in self.outputs
                else f"The stack {self.name} has no output {name}: it isn't Tollgate's."
            )
            raise CommandError(message)
        return found

    def require_clock(self) -> None:
        """Raises `CommandError`: by a clock that is off, requests in flight would look like drift."""
        if self.clock_ahead is not None and abs(self.clock_ahead) > _MAX_SKEW:
            seconds = self.clock_ahead.total_seconds()
            side = "ahead of" if seconds > 0 else "behind"
            message = f"This machine's clock is {abs(seconds):.0f} seconds {side} AWS's. Correct it first."
            raise CommandError(message)


def describe(aws: AwsAccess, name: str) -> StackDescription:
    """Raises `CommandError`."""
    with aws_failures.in_words(f"The stack {name} can't be read"):
        answer: Any = aws.client("cloudformation").describe_stacks(StackName=name)
    (stack,) = answer["Stacks"]
    return StackDescription(
        name=name,
        status=stack.get("StackStatus", ""),
        drift=stack.get("DriftInformation", {}).get("StackDriftStatus", "NOT_CHECKED"),
        outputs={each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])},
        parameters={each["ParameterKey"]: each["ParameterValue"] for each in stack.get("Parameters", [])},
        clock_ahead=_ahead_of(answer["ResponseMetadata"]["HTTPHeaders"].get("date")),
    )


def _ahead_of(date: str | None) -> timedelta | None:
    return None if date is None else datetime.now(UTC) - parsedate_to_datetime(date)
