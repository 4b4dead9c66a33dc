"""What was agreed of keys' packs: items of the catalog table, one partition for each key.

Another partition for each month, of UTC, names the packs that were created in it, whosesoever they are. It is
written first, so that no pack is there that it doesn't name; what it names may not be there.

No request reads or writes any of them.
"""

from __future__ import annotations

from datetime import UTC
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
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient

    from tollgate.aws.dynamodb import Item

_CREATED = "packs_created#"


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

    def created_in_months(self, first: datetime, last: datetime) -> Iterator[tuple[str, str]]:
        """The key and the id of all packs that may have been created in the months of two moments or between.

        One that somebody died at, and that was added in another month, is named in both.
        """
        for month in _months(first, last):
            found = dynamodb.pages(
                self.client.query,
                TableName=self.table,
                KeyConditionExpression="kind = :kind",
                ExpressionAttributeValues=values({":kind": f"{_CREATED}{month}"}),
                ConsistentRead=True,
            )
            for each in found:
                key_id, _, pack_id = each["id"].partition("#")
                yield key_id, pack_id

    def put(self, definition: PackDefinition) -> None:
        """Stores a new one; raises `EditConflictError` if there is one of its id."""
        (month,) = _months(definition.created_at, definition.created_at)
        named = {"kind": f"{_CREATED}{month}", "id": f"{definition.key_id}#{definition.id}"}
        self.client.put_item(TableName=self.table, Item=item(named))
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


def _months(first: datetime, last: datetime) -> Iterator[str]:
    """The months of UTC of two moments and between: `2026-11`."""
    begun, ended = (12 * at.year + at.month - 1 for at in (first.astimezone(UTC), last.astimezone(UTC)))
    for month in range(begun, ended + 1):
        yield f"{month // 12:04}-{month % 12 + 1:02}"


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
