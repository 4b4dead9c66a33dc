"""What was agreed of keys' packs: items of the catalog table, one partition for each key.

No request reads or writes them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_wire.attribute_values import plain, values
from aws_wire.errors import ServiceError
from tollgate.aws import dynamodb
from tollgate.aws.dynamodb import condition_failed, item
from tollgate.clock import from_rfc3339, rfc3339
from tollgate.conflicts import EditConflictError
from tollgate.keys.pack_definitions import FiledPack, PackCategory, PackDefinition
from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient

    from tollgate.aws.dynamodb import Item


@dataclass(frozen=True, slots=True)
class PackDefinitionTable:
    client: DynamoDBClient
    table: str

    def get(self, key_id: str, pack_id: str) -> PackDefinition | None:
        found = dynamodb.get(self.client, self.table, kind=_kind(key_id), id=pack_id)
        return _to_definition(found) if found else None

    def page(self, key_id: str, size: int, after: str | None) -> tuple[list[PackDefinition], str | None]:
        """At most `size` of a key's, in the order of their ids, and where to go on, None at the end."""
        start: dict[str, Any] = (
            {"ExclusiveStartKey": values({"kind": _kind(key_id), "id": after})} if after is not None else {}
        )
        answer: Any = self.client.query(
            TableName=self.table,
            KeyConditionExpression="kind = :kind",
            ExpressionAttributeValues=values({":kind": _kind(key_id)}),
            ConsistentRead=True,
            Limit=size,
            **start,
        )
        last = answer.get("LastEvaluatedKey")
        found = [_to_definition(plain(each)) for each in answer["Items"]]
        return found, plain(last)["id"] if last else None

    def put(self, definition: PackDefinition) -> None:
        """Stores a new one; raises `EditConflictError` if there is one of its id."""
        try:
            self.client.put_item(
                TableName=self.table,
                Item=item(_to_item(definition)),
                ConditionExpression="attribute_not_exists(id)",
            )
        except ServiceError as error:
            if condition_failed(error):
                raise EditConflictError from error
            raise

    def file(self, key_id: str, pack_id: str, filed: FiledPack) -> None:
        """Notes what a pack has come to that is about to be taken out of its key's item.

        It may be noted again: what has come to its end is the same whenever it is looked at.
        """
        self.client.update_item(
            TableName=self.table,
            Key=values({"kind": _kind(key_id), "id": pack_id}),
            UpdateExpression="SET filed = :filed",
            ConditionExpression="attribute_exists(id)",
            ExpressionAttributeValues=values({":filed": {"used": filed.used, "voided": filed.is_voided}}),
        )


def _kind(key_id: str) -> str:
    return f"packs#{key_id}"


def _to_item(definition: PackDefinition) -> Item:
    return {
        "kind": _kind(definition.key_id),
        "id": definition.id,
        "key": definition.key_id,
        "amount": definition.amount,
        "category": definition.category.value,
        "priority": definition.priority,
        "effective_at": rfc3339(definition.effective_at),
        "created_at": rfc3339(definition.created_at),
        "expires_at": _text(definition.expires_at),
        "models": set(definition.models) if definition.models else None,
        "price": definition.price,
        "name": definition.name,
        "external_id": definition.external_id,
    }


def _to_definition(stored: Mapping[str, Any]) -> PackDefinition:
    filed = stored.get("filed")
    return PackDefinition(
        id=stored["id"],
        key_id=stored["key"],
        amount=stored["amount"],
        category=PackCategory(stored["category"]),
        priority=int(stored["priority"]),
        effective_at=from_rfc3339(stored["effective_at"]),
        created_at=from_rfc3339(stored["created_at"]),
        expires_at=from_rfc3339(stored["expires_at"]) if "expires_at" in stored else None,
        models=frozenset(stored["models"]) if "models" in stored else None,
        price=stored.get("price"),
        name=stored.get("name"),
        external_id=stored.get("external_id"),
        filed=FiledPack(filed["used"], filed["voided"]) if filed else None,
    )


def _text(at: datetime | None) -> str | None:
    return None if at is None else rfc3339(at)
