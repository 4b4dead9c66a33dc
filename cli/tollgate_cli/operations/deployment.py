"""Where a deployed ledger is, by what its CloudFormation stack says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tollgate.aws import boto3_clients
from tollgate.ledger.holds import AbandonedPolicy
from tollgate.ledger.store.ledger import Ledger
from tollgate.reconcile.store.reconciliation_run import Reconciliation
from tollgate_cli.operations import aws_failures, stack_description

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from tollgate_cli.operations.aws_access import AwsAccess


@dataclass(frozen=True, slots=True)
class Deployment:
    """`retention` and `abandoned` are what its functions go by; `seal_bucket` is None if it has none."""

    aws: AwsAccess
    client: DynamoDBClient
    keys_table: str
    usage_table: str
    audit_table: str
    costs_table: str
    catalog_table: str
    retention: timedelta
    abandoned: AbandonedPolicy
    reporting_zone: ZoneInfo
    seal_bucket: str | None = None

    @classmethod
    def of_stack(cls, aws: AwsAccess, name: str) -> Deployment:
        """Raises `CommandError`, also if this machine's clock is off."""
        stack = stack_description.describe(aws, name)
        stack.require_clock()
        with aws_failures.in_words("The tables can't be read"):
            client = boto3_clients.dynamodb(aws.session)
        return cls(
            aws=aws,
            client=client,
            keys_table=stack.said("KeysTable"),
            usage_table=stack.said("UsageTable"),
            audit_table=stack.said("AuditTable"),
            costs_table=stack.said("CostsTable"),
            seal_bucket=stack.outputs.get("SealBucket"),
            catalog_table=stack.said("CatalogTable"),
            retention=timedelta(days=int(stack.said("UsageRetentionDays"))),
            abandoned=AbandonedPolicy(stack.said("AbandonedHolds")),
            reporting_zone=ZoneInfo(stack.said("ReportingZone")),
        )

    def ledger(self) -> Ledger:
        return Ledger(self.client, self.keys_table, self.usage_table, self.retention, self.abandoned)

    def reconciliation(self, passes: int | None = None, **options: Any) -> Reconciliation:
        limited: dict[str, Any] = {} if passes is None else {"passes": passes}
        return Reconciliation(self.client, self.keys_table, self.usage_table, **limited, **options)

    def caller(self) -> str:
        """Whose credentials these are, for the audit. Raises `CommandError`."""
        with aws_failures.in_words("AWS could not identify the credentials"):
            arn: str = self.aws.client("sts").get_caller_identity()["Arn"]
        return arn
