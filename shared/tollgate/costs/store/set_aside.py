"""Records of a shard that could not be read when what comes after them was added.

To the shard's live sums they would seem to be known once they can be read, by a new version: the sums' marks
lie above them. So they are noted before anything of their batch is added, and added by themselves then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_wire.attribute_values import values
from tollgate.aws.dynamodb import item, pages
from tollgate.clock import Clock, utc_now
from tollgate.costs.store import live_items
from tollgate.costs.store.marked_records import MARKER_LIFE

if TYPE_CHECKING:
    from collections.abc import Collection

    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class SetAside:
    client: DynamoDBClient
    table: str
    clock: Clock = utc_now

    def among(self, shard: str, numbers: Collection[str]) -> set[str]:
        """Those of a shard's records that were noted, by their numbers: one Query."""
        by_mark = {live_items.mark(number): number for number in numbers}
        if not by_mark:
            return set()
        noted = pages(
            self.client.query,
            TableName=self.table,
            KeyConditionExpression="dimension_period = :partition"
            " AND dimension_value BETWEEN :first AND :last",
            ExpressionAttributeValues=values(
                {":partition": _partition(shard), ":first": min(by_mark), ":last": max(by_mark)}
            ),
            ConsistentRead=True,
        )
        return {by_mark[each["dimension_value"]] for each in noted if each["dimension_value"] in by_mark}

    def note(self, shard: str, numbers: Collection[str]) -> None:
        """Has records added by themselves as soon as they can be."""
        expires_at = int((self.clock() + MARKER_LIFE).timestamp())
        for number in numbers:
            noted = {
                "dimension_period": _partition(shard),
                "dimension_value": live_items.mark(number),
                "expires_at": expires_at,
            }
            self.client.put_item(TableName=self.table, Item=item(noted))


def _partition(shard: str) -> str:
    return f"aside#{shard}"
