"""Exports of tables to S3 as of one instant, and the parameters by which a stack has tables of them.

Where DynamoDB puts what:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tollgate_cli.operations import aws_failures
from tollgate_cli.output.failures import CommandError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from tollgate_cli.operations.aws_access import AwsAccess
    from tollgate_cli.operations.recovery.restorable_tables import RestorableTable, TableState
    from tollgate_cli.operations.stack_description import StackDescription

PREFIX: Final = "recovery"
# An export takes minutes at least.
_PAUSE_SECONDS = 15
_NO_BUCKET: Final = "none"
_GENERATIONS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class TableExport:
    """An export that is complete."""

    table: RestorableTable
    arn: str
    bucket: str
    prefix: str
    at: datetime
    items: int

    @property
    def data(self) -> str:
        """Where its files of items begin, and nothing else of it."""
        return f"{self.prefix}/AWSDynamoDB/{self.arn.rsplit('/', 1)[-1]}/data/"


@dataclass(frozen=True, slots=True)
class TableExporter:
    """Exports to a folder of the bucket that the instant names, whoever asks, and how often."""

    aws: AwsAccess
    bucket: str
    at: datetime
    pause: Callable[[float], None] = time.sleep

    def prefix(self, table: RestorableTable) -> str:
        return f"{PREFIX}/{self.at:%Y%m%dT%H%M%SZ}/{table.name}"

    def begin(self, state: TableState) -> str:
        """The export's ARN: of one that was begun before, if it hasn't failed. Raises `CommandError`."""
        client = self.aws.client("dynamodb")
        prefix = self.prefix(state.table)
        with aws_failures.in_words(f"The table {state.table.id} can't be exported"):
            for each in _exports(client, state.arn):
                if each.get("S3Bucket") == self.bucket and each.get("S3Prefix") == prefix:
                    found: str = each["ExportArn"]
                    return found
            answer = client.export_table_to_point_in_time(
                TableArn=state.arn,
                S3Bucket=self.bucket,
                S3Prefix=prefix,
                ExportTime=self.at,
                ExportFormat="DYNAMODB_JSON",
            )
        arn: str = answer["ExportDescription"]["ExportArn"]
        return arn

    def completed(self, begun: Iterable[tuple[TableState, str]]) -> Iterator[TableExport]:
        """Waits for all, and tells of each when it is complete. Raises `CommandError` if one fails."""
        client = self.aws.client("dynamodb")
        waiting = list(begun)
        while waiting:
            for each in tuple(waiting):
                state, arn = each
                with aws_failures.in_words(f"The export of {state.table.id} can't be followed"):
                    described = client.describe_export(ExportArn=arn)["ExportDescription"]
                if described["ExportStatus"] == "FAILED":
                    why = described.get("FailureMessage") or described.get("FailureCode") or "no reason given"
                    raise CommandError(f"The export of {state.table.id} failed: {why}. Run it again.")
                if described["ExportStatus"] == "COMPLETED":
                    waiting.remove(each)
                    items = described.get("ItemCount", 0)
                    yield TableExport(state.table, arn, self.bucket, self.prefix(state.table), self.at, items)
            if waiting:
                self.pause(_PAUSE_SECONDS)


def require_bucket(tables: Iterable[RestorableTable], bucket: str, stack: StackDescription) -> None:
    """Raises `CommandError` if other tables are from another bucket: this one would make them anew."""
    chosen = {each.parameter for each in tables}
    before = stack.parameters.get("RestoreBucket", _NO_BUCKET)
    others = [name for name, value in stack.parameters.items() if name.endswith("Export") and value]
    if before not in {bucket, _NO_BUCKET} and not chosen.issuperset(others):
        message = (
            f"The stack {stack.name} has tables from exports in {before} "
            f"({', '.join(sorted(set(others) - chosen))}): export to that bucket, or export these, too."
        )
        raise CommandError(message)


def parameters(exports: Iterable[TableExport], bucket: str, stack: StackDescription) -> dict[str, str]:
    """By which the stack's tables are made of the exports.

    A table of which nothing was exported gets none, for DynamoDB makes no table of no file.
    """
    chosen = {each.table.parameter: each.data for each in exports if each.items}
    return {"RestoreBucket": bucket, **chosen, "TableGeneration": _next_generation(stack)}


def _next_generation(stack: StackDescription) -> str:
    place = _GENERATIONS.find(stack.parameters.get("TableGeneration", _GENERATIONS[0]))
    return _GENERATIONS[(place + 1) % len(_GENERATIONS)]


def _exports(client: Any, table_arn: str) -> Iterator[Any]:
    """Those of the last 90 days that haven't failed."""
    request = {"TableArn": table_arn}
    while True:
        answer = client.list_exports(**request)
        for each in answer["ExportSummaries"]:
            if each["ExportStatus"] != "FAILED":
                yield client.describe_export(ExportArn=each["ExportArn"])["ExportDescription"]
        if not answer.get("NextToken"):
            return
        request["NextToken"] = answer["NextToken"]
