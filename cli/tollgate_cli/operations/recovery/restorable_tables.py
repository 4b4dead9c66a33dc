"""The tables of a stack that can be made from exports, and from when on they can be exported."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tollgate_cli.operations import aws_failures, stack_description
from tollgate_cli.output.failures import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from tollgate_cli.operations.aws_access import AwsAccess
    from tollgate_cli.operations.stack_description import StackDescription

# By what commands call them: their names in the template, which parameters begin with.
NAMES: Final = {
    "keys": "Keys",
    "usage": "Usage",
    "costs": "Costs",
    "catalog": "Catalog",
    "alerts": "Alerts",
    "audit": "Audit",
}


@dataclass(frozen=True, slots=True)
class RestorableTable:
    """`id` is DynamoDB's name of the table that is, or whose like is to be, the stack's."""

    name: str
    id: str

    @property
    def parameter(self) -> str:
        """The template's parameter that says of which export the table is made."""
        return f"{NAMES[self.name]}Export"


@dataclass(frozen=True, slots=True)
class TableState:
    """`items` and `size` (bytes) are DynamoDB's, some hours old.

    It can be exported as of any second from `earliest` to `latest`, both None without point-in-time recovery.
    """

    table: RestorableTable
    arn: str
    items: int
    size: int
    earliest: datetime | None
    latest: datetime | None

    def why_not_at(self, moment: datetime | None) -> str | None:
        """What keeps it from being exported as of then, or of now; None if nothing does."""
        if self.earliest is None or self.latest is None:
            return "it has no point-in-time recovery"
        if moment is not None and moment < self.earliest:
            return "its backups begin later"
        if moment is not None and moment > self.latest:
            return "that isn't backed up yet"
        return None


@dataclass(frozen=True, slots=True)
class RestorableStack:
    aws: AwsAccess
    description: StackDescription
    resources: Mapping[str, Mapping[str, Any]]
    """By their names in the template, what CloudFormation says of them."""

    @classmethod
    def of(cls, aws: AwsAccess, name: str) -> RestorableStack:
        """`name` may be the id of a stack that was deleted. Raises `CommandError`."""
        description = stack_description.describe(aws, name)
        client = aws.client("cloudformation")
        with aws_failures.in_words(f"The resources of {name} can't be read"):
            resources = {each["LogicalResourceId"]: each for each in _resources(client, name)}
        return cls(aws, description, resources)

    def tables(
        self, names: tuple[str, ...], sources: Mapping[str, str] | None = None
    ) -> list[RestorableTable]:
        """`sources` are tables that stand in for the stack's own. Raises `CommandError` if it has none."""
        return [RestorableTable(name, (sources or {}).get(name) or self._id(name)) for name in names]

    def _id(self, name: str) -> str:
        found = self.resources.get(f"{NAMES[name]}Table")
        if found is None:
            raise CommandError(f"The stack {self.description.name} has no table of that kind: {name}.")
        physical: str = found["PhysicalResourceId"]
        return physical

    def state(self, table: RestorableTable) -> TableState:
        """Raises `CommandError`, also if there is no such table any more."""
        client = self.aws.client("dynamodb")
        with aws_failures.in_words(f"The table {table.id} can't be read"):
            described = client.describe_table(TableName=table.id)["Table"]
            answer = client.describe_continuous_backups(TableName=table.id)
        recovery = answer["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
        return TableState(
            table,
            arn=described["TableArn"],
            items=described.get("ItemCount", 0),
            size=described.get("TableSizeBytes", 0),
            earliest=recovery.get("EarliestRestorableDateTime"),
            latest=recovery.get("LatestRestorableDateTime"),
        )


def _resources(client: Any, name: str) -> Iterator[Mapping[str, Any]]:
    request = {"StackName": name}
    while True:
        answer = client.list_stack_resources(**request)
        yield from answer["StackResourceSummaries"]
        if not answer.get("NextToken"):
            return
        request["NextToken"] = answer["NextToken"]
