"""The usage table as queries read it: records of a key, by time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_wire.attribute_values import values
from tollgate.aws.dynamodb import pages
from tollgate.identifiers import first_request_id
from tollgate.lean_dataclass import dataclass
from tollgate.ledger.store import record_items

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient

    from tollgate.aws.dynamodb import Item
    from tollgate.ledger.records import LedgerRecord


@dataclass(frozen=True, slots=True)
class UsageTable:
    client: DynamoDBClient
    table: str

    def records(self, key_id: str, since: datetime, until: datetime) -> Iterator[LedgerRecord]:
        """A key's records admitted from `since` until just before `until`, oldest first."""
        return map(record_items.to_record, self.items(key_id, since, until))

    def items(self, key_id: str, since: datetime, until: datetime) -> Iterator[Item]:
        """`records` as they are stored."""
        return pages(self.client.query, **self._query(key_id, since, until))

    def _query(self, key_id: str, since: datetime, until: datetime) -> dict[str, Any]:
        return {
            "TableName": self.table,
            "KeyConditionExpression": "key_id = :key AND request_id BETWEEN :first AND :last",
            "ExpressionAttributeValues": values(
                {":key": key_id, ":first": first_request_id(since), ":last": first_request_id(until)}
            ),
        }
