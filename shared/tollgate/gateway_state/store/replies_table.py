"""Replies in the answers table (`AnswersTable`): requests by idempotency key, and the answers that they got.

An item is there from the moment that a request begins. While it is served, the item expires when the
request must be dead; after that, when the answer has been kept long enough. DynamoDB removes expired items
some time later, so the moment itself is compared.
"""

from __future__ import annotations

import json
import zlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from aws_wire.attribute_values import values
from aws_wire.errors import ServiceError
from tollgate.aws.dynamodb import condition_failed, image_of_failure, item, suppress_failed_condition
from tollgate.gateway_state.idempotency import StoredReply
from tollgate.lean_dataclass import dataclass
from tollgate.refusals import Reason, RefusedError

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient

    from tollgate.gateway_state.idempotency import IdempotencyKey

_KEPT = timedelta(hours=24)
# Compressed; DynamoDB's limit for a whole item is 400 KB.
_MAX_BYTES = 350_000
# When it makes sense to ask again for an answer that is in the making.
_RETRY_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class RepliesTable:
    client: DynamoDBClient
    table: str

    def begin(self, idempotency_key: IdempotencyKey, at: datetime) -> StoredReply | None:
        try:
            self.client.put_item(
                TableName=self.table,
                Item=item(_begun(idempotency_key)),
                # The last is this very write, sent twice.
                ConditionExpression="attribute_not_exists(#name) OR expires_at <= :now OR request_id = :mine",
                ExpressionAttributeNames={"#name": "name"},
                ExpressionAttributeValues=values(
                    {":now": int(at.timestamp()), ":mine": idempotency_key.request_id}
                ),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ServiceError as error:
            image = image_of_failure(error) if condition_failed(error) else None
            if image is None:
                raise
            return _found(image, idempotency_key)
        return None

    def keep(self, idempotency_key: IdempotencyKey, answer: StoredReply, at: datetime) -> None:
        body = zlib.compress(answer.body)
        kept = {
            **_begun(idempotency_key),
            "status": answer.status,
            "headers": json.dumps(dict(answer.headers)),
            "body": body if len(body) <= _MAX_BYTES else None,
            "expires_at": int((at + _KEPT).timestamp()),
        }
        with suppress_failed_condition():
            self.client.put_item(TableName=self.table, Item=item(kept), **_if_mine(idempotency_key))

    def forget(self, idempotency_key: IdempotencyKey) -> None:
        with suppress_failed_condition():
            self.client.delete_item(
                TableName=self.table, Key=values({"name": idempotency_key.name}), **_if_mine(idempotency_key)
            )


def _begun(idempotency_key: IdempotencyKey) -> dict[str, Any]:
    return {
        "name": idempotency_key.name,
        "request_id": idempotency_key.request_id,
        "fingerprint": idempotency_key.fingerprint,
        "expires_at": int(idempotency_key.given_up_at.timestamp()),
    }


def _if_mine(idempotency_key: IdempotencyKey) -> Any:
    return {
        "ConditionExpression": "request_id = :mine",
        "ExpressionAttributeValues": values({":mine": idempotency_key.request_id}),
    }


def _found(stored: dict[str, Any], idempotency_key: IdempotencyKey) -> StoredReply:
    if stored["fingerprint"] != idempotency_key.fingerprint:
        message = "This `Idempotency-Key` was already used for a different request."
        raise RefusedError(Reason.IDEMPOTENCY_KEY_REUSED, message)
    if "status" not in stored:
        message = "The request with this `Idempotency-Key` is still in progress. Please retry."
        raise RefusedError(Reason.IDEMPOTENCY_KEY_IN_USE, message, retry_after=_RETRY_SECONDS)
    if "body" not in stored:
        message = (
            "The request with this `Idempotency-Key` was served, but its response was too large to store."
        )
        raise RefusedError(Reason.IDEMPOTENT_ANSWER_NOT_KEPT, message)
    return StoredReply(
        request_id=stored["request_id"],
        status=int(stored["status"]),
        headers=json.loads(stored["headers"]),
        body=zlib.decompress(stored["body"]),
    )
