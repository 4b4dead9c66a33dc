"""The function of a stack that archives its days, asked to do so."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tollgate_cli.operations import aws_failures, stack_description
from tollgate_cli.output.failures import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from tollgate_cli.operations.aws_access import AwsAccess

_ALIAS: Final = "live"
# As long as the function may run, and a little more.
_RUN_SECONDS = 910


@dataclass(frozen=True, slots=True)
class ArchiveFunction:
    aws: AwsAccess
    name: str

    @classmethod
    def of_stack(cls, aws: AwsAccess, stack: str) -> ArchiveFunction:
        """Raises `CommandError`, also if the stack has no archive."""
        described = stack_description.describe(aws, stack)
        if described.parameters.get("Archive") == "off":
            raise CommandError(f"The stack {stack} has no archive: deploy it with Archive=on.")
        return cls(aws, described.said("ArchiveFunction"))

    def days(self, first: date, last: date) -> list[Mapping[str, Any]]:
        """How those of the days stand that are closed. Raises `CommandError`."""
        days: list[Mapping[str, Any]] = self._asked("status", first, last)["days"]
        return days

    def run(self, first: date, last: date) -> Iterator[list[str]]:
        """Has the days archived, run by run until all are; tells of those that each has finished."""
        while True:
            answer = self._asked("archive", first, last)
            yield answer["archived"]
            if answer["complete"]:
                return

    def _asked(self, task: str, first: date, last: date) -> Any:
        payload = json.dumps({"task": task, "first": first.isoformat(), "last": last.isoformat()})
        with aws_failures.in_words("The archive can't be asked"):
            answer = self.aws.client("lambda", _RUN_SECONDS).invoke(
                FunctionName=self.name, Qualifier=_ALIAS, Payload=payload.encode()
            )
        said = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise CommandError(f"The archive function failed: {said.get('errorMessage', 'no reason given')}")
        return said
