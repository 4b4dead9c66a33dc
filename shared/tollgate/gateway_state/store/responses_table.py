"""The responses table: whose a stored response is, and which provider has it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from aws_wire.attribute_values import values
from aws_wire.errors import ServiceError
from tollgate.aws import dynamodb
from tollgate.aws.dynamodb import condition_failed, item
from tollgate.clock import from_rfc3339, rfc3339
from tollgate.conflicts import AlreadyExistsError
from tollgate.gateway_state.stored_responses import StoredResponse
from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Longer than the 30 days that OpenAI stores a response for.
_KEPT = timedelta(days=45)


@dataclass(frozen=True, slots=True)
class ResponsesTable:
    client: DynamoDBClient
    table: str

    def keep(self, response: StoredResponse) -> None:
        """Raises `AlreadyExistsError` if it is another key's: a provider's id proves nothing."""
        stored = {
            "response_id": response.response_id,
            "key_id": response.key_id,
            "provider_id": response.provider_id,
            "model": response.model,
            "created_at": rfc3339(response.created_at),
            "expires_at": int((response.created_at + _KEPT).timestamp()),
        }
        try:
            self.client.put_item(
                TableName=self.table,
                Item=item(stored),
                ConditionExpression="attribute_not_exists(response_id) OR key_id = :key",
                ExpressionAttributeValues=values({":key": response.key_id}),
            )
        except ServiceError as error:
            if condition_failed(error):
                raise AlreadyExistsError from error
            raise

    def find(self, response_id: str) -> StoredResponse | None:
        stored = dynamodb.get(self.client, self.table, response_id=response_id)
        if stored is None:
            return None
        return StoredResponse(
            response_id=stored["response_id"],
            key_id=stored["key_id"],
            provider_id=stored["provider_id"],
            model=stored.get("model", ""),
            created_at=from_rfc3339(stored["created_at"]),
        )

    def forget(self, response_id: str) -> None:
        self.client.delete_item(TableName=self.table, Key=values({"response_id": response_id}))
