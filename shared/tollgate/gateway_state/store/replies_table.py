"""The answers table: requests by their clients' names, and the answers that they got.

An item is there from the moment that a request begins. While it is served, the item expires when the
request must be dead; after that, when the answer has been kept long enough. DynamoDB removes expired items
some time later, so the moment itself is compared.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tollgate.aws.dynamodb import condition_failed, image_of_failure, item, values
from tollgate.gateway_state.idempotency import KeptAnswer
from tollgate.refusals import Reason, RefusedError

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient

    from tollgate.gateway_state.idempotency import Named

_KEPT = timedelta(hours=24)
# Compressed; DynamoDB's limit for a whole item is 400 KB.
_MOST_BYTES = 350_000
# When it makes sense to ask again for an answer that is in the making.
_RETRY_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class AnswersTable:
    client: DynamoDBClient
    table: str

    def begin(self, named: Named, at: datetime) -> KeptAnswer | None:
        try:
            self.client.put_item(
                TableName=self.table,
                Item=item(_begun(named)),
                # The last is this very write, sent twice.
                ConditionExpression="attribute_not_exists(#name) OR expires_at <= :now OR request_id = :mine",
                ExpressionAttributeNames={"#name": "name"},
                ExpressionAttributeValues=values({":now": int(at.timestamp()), ":mine": named.request_id}),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            image = image_of_failure(error) if condition_failed(error) else None
            if image is None:
                raise
            return _found(image, named)
        return None

    def keep(self, named: Named, answer: KeptAnswer, at: datetime) -> None:
        body = zlib.compress(answer.body)
        kept = {
            **_begun(named),
            "status": answer.status,
            "headers": json.dumps(dict(answer.headers)),
            "body": body if len(body) <= _MOST_BYTES else None,
            "expires_at": int((at + _KEPT).timestamp()),
        }
        try:
            self.client.put_item(TableName=self.table, Item=item(kept), **_if_mine(named))
        except ClientError as error:
            if not condition_failed(error):
                raise

    def forget(self, named: Named) -> None:
        try:
            self.client.delete_item(TableName=self.table, Key=values({"name": named.name}), **_if_mine(named))
        except ClientError as error:
            if not condition_failed(error):
                raise


def _begun(named: Named) -> dict[str, Any]:
    return {
        "name": named.name,
        "request_id": named.request_id,
        "fingerprint": named.fingerprint,
        "expires_at": int(named.given_up_at.timestamp()),
    }


def _if_mine(named: Named) -> Any:
    return {
        "ConditionExpression": "request_id = :mine",
        "ExpressionAttributeValues": values({":mine": named.request_id}),
    }


def _found(stored: dict[str, Any], named: Named) -> KeptAnswer:
    if stored["fingerprint"] != named.fingerprint:
        message = "This `Idempotency-Key` was used for another request."
        raise RefusedError(Reason.IDEMPOTENCY_KEY_REUSED, message)
    if "status" not in stored:
        message = "The request with this `Idempotency-Key` is still being served."
        raise RefusedError(Reason.IDEMPOTENCY_KEY_IN_USE, message, retry_after=_RETRY_SECONDS)
    if "body" not in stored:
        message = (
            "The request with this `Idempotency-Key` was served, but its answer was too large to be kept."
        )
        raise RefusedError(Reason.IDEMPOTENT_ANSWER_NOT_KEPT, message)
    return KeptAnswer(
        request_id=stored["request_id"],
        status=int(stored["status"]),
        headers=json.loads(stored["headers"]),
        body=zlib.decompress(stored["body"].value),
    )
