"""The usage table as queries read it: records of a key, by time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tollgate.adapters import usage_items
from tollgate.adapters.dynamodb import pages, plain, values
from tollgate.identifiers import first_request_id

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient

    from tollgate.adapters.dynamodb import Item
    from tollgate.records import LedgerRecord


@dataclass(frozen=True, slots=True)
class UsageTable:
    client: DynamoDBClient
    table: str

    def records(self, key_id: str, since: datetime, until: datetime) -> Iterator[LedgerRecord]:
        """A key's records admitted from `since` until just before `until`, oldest first."""
        return map(usage_items.to_record, self.items(key_id, since, until))

    def items(self, key_id: str, since: datetime, until: datetime) -> Iterator[Item]:
        """`records` as they are stored."""
        return pages(self.client.query, **self._query(key_id, since, until))

    def page(
        self, key_id: str, since: datetime, until: datetime, *, size: int, after: str | None
    ) -> tuple[list[LedgerRecord], str | None]:
        """At most `size` of a key's records, newest first, and where to go on, None at the end."""
        start: dict[str, Any] = (
            {"ExclusiveStartKey": values({"key_id": key_id, "request_id": after})} if after else {}
        )
        answer: Any = self.client.query(
            **self._query(key_id, since, until), Limit=size, ScanIndexForward=False, **start
        )
        last = answer.get("LastEvaluatedKey")
        records = [usage_items.to_record(plain(found)) for found in answer["Items"]]
        return records, plain(last)["request_id"] if last else None

    def _query(self, key_id: str, since: datetime, until: datetime) -> dict[str, Any]:
        return {
            "TableName": self.table,
            "KeyConditionExpression": "key_id = :key AND request_id BETWEEN :first AND :last",
            "ExpressionAttributeValues": values(
                {":key": key_id, ":first": first_request_id(since), ":last": first_request_id(until)}
            ),
        }
