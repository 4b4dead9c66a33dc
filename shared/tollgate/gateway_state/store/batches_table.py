"""The batches table: files and batches by the provider's ids, and what the calls of each may use."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from aws_wire.attribute_values import values
from aws_wire.errors import ServiceError
from tollgate.aws import dynamodb
from tollgate.aws.dynamodb import (
    condition_failed,
    epoch,
    is_too_large,
    item,
    pages,
    suppress_failed_condition,
)
from tollgate.conflicts import AlreadyExistsError
from tollgate.gateway_state.store import batch_items
from tollgate.gateway_state.stored_batches import BatchStage, StoredBatch, StoredFile, ThingKind
from tollgate.lean_dataclass import dataclass
from tollgate.refusals import Reason, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient

    from tollgate.gateway_state.stored_batches import BatchCalls


class GivenUpError(Exception):
    """A batch that somebody else has given up, or sent, meanwhile."""


@dataclass(frozen=True, slots=True)
class BatchesTable:
    client: DynamoDBClient
    table: str

    def keep_calls(self, name: str, calls: BatchCalls, at: datetime) -> None:
        """Raises `RefusedError` if there are more than an item takes."""
        try:
            self.client.put_item(TableName=self.table, Item=item(batch_items.calls_to_item(name, calls, at)))
        except ServiceError as error:
            if not is_too_large(error):
                raise
            message = "The batch has too many requests. Split it into several batches."
            raise RefusedError(Reason.REQUEST_TOO_LARGE, message) from error

    def calls(self, name: str) -> BatchCalls | None:
        found = dynamodb.get(self.client, self.table, name=batch_items.calls_of(name))
        return None if found is None else batch_items.to_calls(found)

    def keep_file(self, file: StoredFile) -> None:
        """Raises `AlreadyExistsError` if it is another key's: a provider's id proves nothing."""
        self._put_mine(batch_items.file_to_item(file), file.key_id)

    def find(self, thing_id: str) -> StoredFile | StoredBatch | None:
        """A file or batch by the provider's id, read consistently."""
        found = dynamodb.get(self.client, self.table, name=thing_id)
        if found is None or "kind" not in found:
            return None
        is_file = found["kind"] == ThingKind.FILE.value
        return batch_items.to_file(found) if is_file else batch_items.to_batch(found)

    def listed(
        self, key_id: str, kind: ThingKind, *, limit: int, after: str | None = None, ascending: bool = False
    ) -> tuple[list[Mapping[str, Any]], bool]:
        """What a key has of a kind, as it was last seen, and whether there is more: the newest first.

        `after` is the id that the ones before end with. Raises `RefusedError` for one that the key hasn't.
        """
        start = None
        if after is not None:
            start = dynamodb.get(self.client, self.table, name=after)
            if start is None or start.get("owner") != batch_items.owner(key_id, kind):
                raise not_found(kind, after)
        request: dict[str, Any] = {
            "TableName": self.table,
            "IndexName": "by_owner",
            "KeyConditionExpression": "#owner = :owner",
            "ExpressionAttributeNames": {"#owner": "owner"},
            "ExpressionAttributeValues": values({":owner": batch_items.owner(key_id, kind)}),
            "ScanIndexForward": ascending,
            "Limit": limit + 1,
        }
        if start is not None:
            request["ExclusiveStartKey"] = values({name: start[name] for name in ("name", "owner", "listed")})
        found = [_seen(each) for each in islice(pages(self.client.query, **request), limit + 1)]
        return found[:limit], len(found) > limit

    def begin(self, batch: StoredBatch) -> None:
        """Notes that a batch is about to be let in."""
        with suppress_failed_condition():  # this very write, sent twice and late
            self.client.put_item(
                TableName=self.table,
                Item=item(batch_items.batch_to_item(batch)),
                ConditionExpression="attribute_not_exists(#name)",
                ExpressionAttributeNames={"#name": "name"},
            )

    def sending(self, batch: StoredBatch) -> None:
        """Notes that it was let in and is about to be sent; raises `GivenUpError` if it may not be."""
        self._replace_at(batch, BatchStage.BEGINNING)

    def opened(self, batch: StoredBatch) -> None:
        """Notes the provider's id of it; raises `AlreadyExistsError` if that is another batch's."""
        try:
            self.client.put_item(
                TableName=self.table,
                Item=item(batch_items.batch_to_item(batch)),
                ConditionExpression="attribute_not_exists(#name)",
                ExpressionAttributeNames={"#name": "name"},
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ServiceError as error:
            if not condition_failed(error):
                raise
            other = dynamodb.image_of_failure(error) or {}
            if other.get("request_id") != batch.request_id:
                raise AlreadyExistsError from error
        self.forget(batch_items.beginning(batch.request_id))

    def settled(self, batch: StoredBatch) -> None:
        """Notes that nothing more is to be done for a batch that the provider has."""
        with suppress_failed_condition():
            self.client.update_item(
                TableName=self.table,
                Key=values({"name": batch.batch_id}),
                UpdateExpression="SET stage = :settled REMOVE due, due_at",
                ConditionExpression="request_id = :mine",
                ExpressionAttributeValues=values(
                    {":settled": BatchStage.SETTLED.value, ":mine": batch.request_id}
                ),
            )

    def saw(self, batch_id: str, seen: Mapping[str, Any]) -> None:
        """Notes what the provider says of a batch, for lists."""
        with suppress_failed_condition():
            self.client.update_item(
                TableName=self.table,
                Key=values({"name": batch_id}),
                UpdateExpression="SET seen = :seen",
                ConditionExpression="attribute_exists(kind)",
                ExpressionAttributeValues=values({":seen": batch_items.as_text(seen)}),
            )

    def due(self, at: datetime) -> Iterator[str]:
        """The names of batches that are to be looked at by then, the longest overdue first."""
        found = pages(
            self.client.query,
            TableName=self.table,
            IndexName="due",
            KeyConditionExpression="due = :due AND due_at <= :at",
            ExpressionAttributeValues=values({":due": "due", ":at": epoch(at)}),
        )
        return (each["name"] for each in found)

    def postpone(self, name: str, until: datetime) -> None:
        with suppress_failed_condition():
            self.client.update_item(
                TableName=self.table,
                Key=values({"name": name}),
                UpdateExpression="SET due_at = :until",
                ConditionExpression="attribute_exists(due)",
                ExpressionAttributeValues=values({":until": epoch(until)}),
            )

    def forget(self, name: str) -> None:
        """Deletes a file or batch by its id, or what was begun and came to nothing."""
        self.client.delete_item(TableName=self.table, Key=values({"name": name}))

    def _put_mine(self, attributes: Mapping[str, Any], key_id: str) -> None:
        try:
            self.client.put_item(
                TableName=self.table,
                Item=item(attributes),
                ConditionExpression="attribute_not_exists(#name) OR key_id = :key",
                ExpressionAttributeNames={"#name": "name"},
                ExpressionAttributeValues=values({":key": key_id}),
            )
        except ServiceError as error:
            if condition_failed(error):
                raise AlreadyExistsError from error
            raise

    def _replace_at(self, batch: StoredBatch, stage: BatchStage) -> None:
        try:
            self.client.put_item(
                TableName=self.table,
                Item=item(batch_items.batch_to_item(batch)),
                # The second is this very write, sent twice.
                ConditionExpression="stage = :stage OR (stage = :next AND request_id = :mine)",
                ExpressionAttributeValues=values(
                    {":stage": stage.value, ":next": batch.stage.value, ":mine": batch.request_id}
                ),
            )
        except ServiceError as error:
            if condition_failed(error):
                raise GivenUpError from error
            raise


def not_found(kind: ThingKind, thing_id: str) -> RefusedError:
    noun = "file" if kind is ThingKind.FILE else "batch"
    reason = Reason.FILE_NOT_FOUND if kind is ThingKind.FILE else Reason.BATCH_NOT_FOUND
    return RefusedError(reason, f"No such {noun}: '{thing_id}'.")


def _seen(stored: Mapping[str, Any]) -> Mapping[str, Any]:
    return batch_items.from_text(stored["seen"])
