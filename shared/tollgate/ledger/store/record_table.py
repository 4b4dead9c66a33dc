"""The usage table as the ledger writes it: one record per request, never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aws_wire.errors import ServiceError
from tollgate.aws import dynamodb
from tollgate.aws.dynamodb import condition_failed, image_of_failure, item
from tollgate.lean_dataclass import dataclass
from tollgate.ledger.settlements import Charge
from tollgate.ledger.store import record_items

if TYPE_CHECKING:
    from datetime import timedelta

    from mypy_boto3_dynamodb import DynamoDBClient

    from tollgate.ledger.records import LedgerRecord


class PutResult(NamedTuple):
    """What a request is charged by the record that there is, and whether it was written just now."""

    charge: Charge
    is_new: bool
    record: LedgerRecord


@dataclass(frozen=True, slots=True)
class RecordTable:
    """`retention` is how long a usage record is kept."""

    client: DynamoDBClient
    table: str
    retention: timedelta

    def put(self, record: LedgerRecord) -> PutResult:
        """Records a request unless it has a record: then that one's charge counts, not this one's."""
        try:
            self.client.put_item(
                TableName=self.table,
                Item=item(record_items.to_item(record, self.retention)),
                ConditionExpression="attribute_not_exists(request_id)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ServiceError as error:
            image = image_of_failure(error) if condition_failed(error) else None
            if image is None:
                raise
            # A retry that finds what its first try wrote finds the same charge.
            stored = record_items.to_record(image)
            return PutResult(Charge.of(stored), is_new=False, record=stored)
        return PutResult(Charge.of(record), is_new=True, record=record)

    def charge_of(self, key_id: str, request_id: str) -> Charge | None:
        """What a request was charged, read consistently; None if it has no record."""
        found = dynamodb.get(self.client, self.table, key_id=key_id, request_id=request_id)
        return Charge.of(record_items.to_record(found)) if found else None
