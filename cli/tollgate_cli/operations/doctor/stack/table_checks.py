"""Whether tables are as the template has them: paid by request, backed up, emptied of what has expired."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aws_wire.attribute_values import plain, values
from tollgate.data_versions.data_versions import DATA_VERSION
from tollgate.data_versions.store import mark_table
from tollgate_cli.operations.doctor.check_results import Check, fail, named, not_checked, ok, warn
from tollgate_cli.output.counted import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tollgate_cli.operations.doctor.check_results import Result
    from tollgate_cli.operations.doctor.stack.stack_view import Resource, StackView

# By their names in the template, which a test compares with it.
BACKED_UP: Final = ("KeysTable", "UsageTable", "CostsTable", "CatalogTable", "AlertsTable", "AuditTable")
EXPIRING: Final = (
    "UsageTable",
    "CostsTable",
    "ResponsesTable",
    "AnswersTable",
    "BatchesTable",
    "BodiesTable",
    "AlertsTable",
)
EXPIRES_AT: Final = "expires_at"
_BY_REQUEST = "PAY_PER_REQUEST"
_BY_HAND = "The template has it otherwise."


@dataclass(frozen=True, slots=True)
class TableChecks:
    view: StackView

    def all(self) -> list[Check]:
        return [
            Check("tables", "billing", self.billing),
            Check("tables", "backups", self.backups),
            Check("tables", "expiry", self.expiry),
            Check("tables", "data", self.data),
        ]

    def data(self) -> Iterator[Result]:
        """Whether this code can read what is stored."""
        table = self.view.resources["CatalogTable"].id
        answer = self.view.ask("dynamodb", "get_item", TableName=table, Key=values(mark_table.KEY))
        if "Item" not in answer:
            yield not_checked("the sweeper has noted no version of the data so far")
            return
        mark = mark_table.to_mark(plain(answer["Item"]))
        if mark.is_readable:
            yield ok(f"of version {mark.version}; this code reads up to {DATA_VERSION}")
        else:
            yield fail(
                f"of version {mark.version}, and this code reads up to {DATA_VERSION}",
                f"Code of data version {mark.reader} has run on this stack. What is older fails on its data.",
                "make deploy ENV=prod  # from a later commit",
            )

    def billing(self) -> Iterator[Result]:
        """How they are paid, and in the stage `prod` whether they are protected from deletion."""
        tables = self.view.of_kind("AWS::DynamoDB::Table")
        described = {
            each.name: self.view.ask("dynamodb", "describe_table", TableName=each.id)["Table"]
            for each in tables
        }
        provisioned = [
            name
            for name, table in described.items()
            if table.get("BillingModeSummary", {}).get("BillingMode") != _BY_REQUEST
        ]
        if provisioned:
            command = (
                "aws dynamodb update-table --billing-mode PAY_PER_REQUEST "
                f"--table-name {self.view.resources[provisioned[0]].id}"
            )
            meaning = f"They throttle calls beyond what is provisioned. {_BY_HAND}"
            yield warn(f"provisioned: {named(provisioned)}", meaning, command)
        unprotected = [name for name in BACKED_UP if not described[name].get("DeletionProtectionEnabled")]
        if self.view.description.said("Stage") == "prod" and unprotected:
            meaning = "One call deletes them and their backups' beginning."
            yield warn(f"not protected from deletion: {named(unprotected)}", meaning, "make deploy ENV=prod")
        elif not provisioned:
            yield ok(f"{counted(len(tables), 'table')} paid by request")

    def backups(self) -> Iterator[Result]:
        off = self._lacking(BACKED_UP, self._is_backed_up)
        if off:
            yield fail(
                f"no point-in-time recovery: {named(off)}",
                f"What is lost there can't be restored. {_BY_HAND}",
                "aws dynamodb update-continuous-backups --point-in-time-recovery-specification "
                f"PointInTimeRecoveryEnabled=true --table-name {self.view.resources[off[0]].id}",
            )
        else:
            yield ok(f"point-in-time recovery of {counted(len(BACKED_UP), 'table')}")

    def expiry(self) -> Iterator[Result]:
        off = self._lacking(EXPIRING, self._expires)
        if off:
            yield warn(
                f"nothing expires in {named(off)}",
                f"They grow, and keep what was to be forgotten. {_BY_HAND}",
                f"aws dynamodb update-time-to-live --table-name {self.view.resources[off[0]].id} "
                f"--time-to-live-specification Enabled=true,AttributeName={EXPIRES_AT}",
            )
        else:
            yield ok(f"in {counted(len(EXPIRING), 'table')}")

    def _lacking(self, names: tuple[str, ...], has_it: Callable[[Resource], bool]) -> list[str]:
        return [name for name in names if not has_it(self.view.resources[name])]

    def _is_backed_up(self, table: Resource) -> bool:
        answer = self.view.ask("dynamodb", "describe_continuous_backups", TableName=table.id)
        recovery = answer["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
        status: str | None = recovery.get("PointInTimeRecoveryStatus")
        return status == "ENABLED"

    def _expires(self, table: Resource) -> bool:
        answer = self.view.ask("dynamodb", "describe_time_to_live", TableName=table.id)
        described = answer["TimeToLiveDescription"]
        return (
            described["TimeToLiveStatus"] in {"ENABLED", "ENABLING"}
            and described.get("AttributeName") == EXPIRES_AT
        )
