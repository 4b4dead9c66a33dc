"""Where the seals of a stack are, and what they are of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tollgate.aws import boto3_clients
from tollgate.seals.store.day_items import DayItems
from tollgate.seals.store.seal_bucket import SealBucket
from tollgate.seals.store.seal_table import SealTable
from tollgate_cli.output.failures import UsageError

if TYPE_CHECKING:
    from tollgate.seals.store.sealed_lists import SealStore
    from tollgate_cli.operations.deployment import Deployment


@dataclass(frozen=True, slots=True)
class SealedStack:
    items: DayItems
    table: SealTable
    bucket: SealBucket | None

    @classmethod
    def of(cls, deployment: Deployment, *, with_bucket: bool) -> SealedStack:
        """Raises `CommandError` if the bucket is asked for and the stack has none."""
        bucket = None
        if with_bucket:
            if deployment.seal_bucket is None:
                raise UsageError("The stack copies its seals to no bucket (parameter SealBucket).")
            client = boto3_clients.raising_service_errors(deployment.aws.client("s3"))
            bucket = SealBucket(client, deployment.seal_bucket)
        return cls(
            DayItems(deployment.client, deployment.usage_table, deployment.audit_table),
            SealTable(deployment.client, deployment.audit_table),
            bucket,
        )

    @property
    def seals(self) -> SealStore:
        """What is believed: the bucket's seals, where it is asked."""
        return self.table if self.bucket is None else self.bucket
