"""When all keys were last reconciled: an item of the keys table, which an alarm goes by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_wire.attribute_values import values
from tollgate.aws import dynamodb
from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient

_KEY = "audit#last"


@dataclass(frozen=True, slots=True)
class AuditTimes:
    client: DynamoDBClient
    table: str

    def note(self, at: datetime) -> None:
        """Notes that all keys were reconciled."""
        stored = {"key_id": _KEY, "kind": "audit", "audited_at": dynamodb.epoch(at)}
        self.client.put_item(TableName=self.table, Item=values(stored))

    def last(self, now: datetime) -> datetime:
        """When they were last; of a stack that is new, when somebody first asked."""
        found = dynamodb.get(self.client, self.table, key_id=_KEY)
        if found is not None:
            return dynamodb.moment(found["audited_at"])
        self.note(now)
        return now
