"""Where a deployed ledger is, by what its CloudFormation stack says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from tollgate.aws import boto3_clients
from tollgate.clock import utc_now
from tollgate.ledger.holds import AbandonedPolicy
from tollgate.ledger.store.ledger import Ledger
from tollgate.reconcile.store.reconciliation_run import Reconciliation

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_MAX_SKEW = timedelta(seconds=2)


class LedgerError(Exception):
    """What keeps a command from being done."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """`retention` and `abandoned` are what its functions go by."""

    client: DynamoDBClient
    keys_table: str
    usage_table: str
    audit_table: str
    costs_table: str
    retention: timedelta
    abandoned: AbandonedPolicy
    reporting_zone: ZoneInfo

    @classmethod
    def of_stack(cls, name: str) -> Deployment:
        """Raises `LedgerError`."""
        try:
            answer = boto3.client("cloudformation").describe_stacks(StackName=name)
            client = boto3_clients.dynamodb()
        except (BotoCoreError, ClientError) as error:
            message = f"The stack {name} can't be read: {error}"
            raise LedgerError(message) from error
        _require_clock(answer["ResponseMetadata"]["HTTPHeaders"].get("date"))
        (stack,) = answer["Stacks"]
        said = {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}
        said |= {each["ParameterKey"]: each["ParameterValue"] for each in stack.get("Parameters", [])}
        try:
            return cls(
                client=client,
                keys_table=said["KeysTable"],
                usage_table=said["UsageTable"],
                audit_table=said["AuditTable"],
                costs_table=said["CostsTable"],
                retention=timedelta(days=int(said["UsageRetentionDays"])),
                abandoned=AbandonedPolicy(said["AbandonedHolds"]),
                reporting_zone=ZoneInfo(said["ReportingZone"]),
            )
        except KeyError as missing:
            message = f"The stack {name} has no output {missing}. Is it Tollgate, deployed from this version?"
            raise LedgerError(message) from missing

    def ledger(self) -> Ledger:
        return Ledger(self.client, self.keys_table, self.usage_table, self.retention, self.abandoned)

    def reconciliation(self, passes: int | None = None) -> Reconciliation:
        options: dict[str, Any] = {} if passes is None else {"passes": passes}
        return Reconciliation(self.client, self.keys_table, self.usage_table, **options)


def caller() -> str:
    """Whose credentials these are, for the audit. Raises `LedgerError`."""
    try:
        identity: Any = boto3.client("sts").get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        message = f"AWS could not identify the credentials: {error}"
        raise LedgerError(message) from error
    arn: str = identity["Arn"]
    return arn


def _require_clock(date: str | None) -> None:
    """By a clock that is off, requests in flight would look like drift."""
    if date is None:
        return
    off = utc_now() - parsedate_to_datetime(date)
    if abs(off) > _MAX_SKEW:
        message = (
            f"This machine's clock is {off.total_seconds():.0f} seconds ahead of AWS's. Correct it first."
        )
        raise LedgerError(message)
