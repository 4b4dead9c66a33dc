"""Samples of what keys were charged, in the alerts table. The keys table's stream writes them, not a call."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from aws_wire.attribute_values import plain, values
from tollgate.alerts.alerts import DAY
from tollgate.alerts.spending_samples import SLOT, Sample
from tollgate.aws.dynamodb import item, suppress_failed_condition
from tollgate.clock import from_rfc3339, rfc3339
from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient

_PREFIX = "spent#"
# A look back of a day from a mail that is written a little later.
_KEPT = DAY + 2 * SLOT + timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class SamplesTable:
    client: DynamoDBClient
    table: str

    def put(self, key_id: str, sample: Sample) -> None:
        """Of samples of the same millisecond, and of one that comes twice, the first one stays."""
        with suppress_failed_condition():
            self.client.put_item(
                TableName=self.table,
                Item=item(
                    {
                        "key_id": key_id,
                        "alert": _name(sample.at),
                        "spent": sample.spent,
                        "idle_since": rfc3339(sample.idle_since) if sample.idle_since else None,
                        "expires_at": int((sample.at + _KEPT).timestamp()),
                    }
                ),
                ConditionExpression="attribute_not_exists(alert)",
            )

    def first(self, key_id: str, since: datetime, until: datetime) -> Sample | None:
        """The first sample from `since` to `until`."""
        return self._one(key_id, since, until, forward=True)

    def last(self, key_id: str, since: datetime, until: datetime) -> Sample | None:
        """The last sample from `since` to `until`."""
        return self._one(key_id, since, until, forward=False)

    def _one(self, key_id: str, since: datetime, until: datetime, *, forward: bool) -> Sample | None:
        answer: Any = self.client.query(
            TableName=self.table,
            KeyConditionExpression="key_id = :key AND alert BETWEEN :since AND :until",
            ExpressionAttributeValues=values(
                {":key": key_id, ":since": _name(since), ":until": _name(until)}
            ),
            ScanIndexForward=forward,
            ConsistentRead=True,
            Limit=1,
        )
        return next((_sample(plain(each)) for each in answer["Items"]), None)


def _name(at: datetime) -> str:
    return f"{_PREFIX}{rfc3339(at)}"


def _sample(stored: dict[str, Any]) -> Sample:
    idle_since = stored.get("idle_since")
    return Sample(
        at=from_rfc3339(stored["alert"].removeprefix(_PREFIX)),
        spent=stored["spent"],
        idle_since=None if idle_since is None else from_rfc3339(idle_since),
    )
