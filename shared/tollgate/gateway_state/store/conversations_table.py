"""Conversations in the answers table (`AnswersTable`): which model each is served by, until it expires."""

from __future__ import annotations

from dataclasses import field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from aws_wire.attribute_values import values
from aws_wire.errors import ServiceError
from tollgate.aws import dynamodb
from tollgate.aws.dynamodb import condition_failed, image_of_failure, item, moment
from tollgate.gateway_state.conversations import LASTS
from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient

_MAX_REMEMBERED = 10_000


class _Served(NamedTuple):
    model: str
    until: datetime


@dataclass(frozen=True, slots=True)
class ConversationsTable:
    """Remembers what it has seen: a conversation's model doesn't change before it expires."""

    client: DynamoDBClient
    table: str
    _seen: dict[str, _Served] = field(default_factory=dict, repr=False, compare=False)

    def model_of(self, name: str, at: datetime) -> str | None:
        """The model that a conversation is served by, None if it hasn't begun, or has expired."""
        served = self._seen.get(name)
        if served is None or served.until <= at:
            stored = dynamodb.get(self.client, self.table, name=name)
            if stored is None:
                return None
            served = self._noted(name, stored)
        return served.model if at < served.until else None

    def begin(self, name: str, model: str, at: datetime) -> str:
        """Has a conversation served by a model from now on; returns the one that it is served by already."""
        begun = {"name": name, "model": model, "expires_at": int((at + LASTS).timestamp())}
        try:
            self.client.put_item(
                TableName=self.table,
                Item=item(begun),
                ConditionExpression="attribute_not_exists(#name) OR expires_at <= :now",
                ExpressionAttributeNames={"#name": "name"},
                ExpressionAttributeValues=values({":now": int(at.timestamp())}),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ServiceError as error:
            image = image_of_failure(error) if condition_failed(error) else None
            if image is None:
                raise
            return self._noted(name, image).model
        return self._noted(name, begun).model

    def _noted(self, name: str, stored: Mapping[str, Any]) -> _Served:
        if len(self._seen) >= _MAX_REMEMBERED:
            self._seen.clear()
        served = self._seen[name] = _Served(stored["model"], moment(Decimal(stored["expires_at"])))
        return served
