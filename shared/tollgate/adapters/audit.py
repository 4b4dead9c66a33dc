"""The audit table: changes by what they changed, appended and never touched again."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tollgate.adapters import dynamodb
from tollgate.adapters.dynamodb import condition_failed, plain, values
from tollgate.audit import Change
from tollgate.clock import from_rfc3339, rfc3339

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb import DynamoDBClient

    from tollgate.adapters.dynamodb import Item

_NEW = "attribute_not_exists(entity)"


@dataclass(frozen=True, slots=True)
class AuditTable:
    client: DynamoDBClient
    table: str

    def put(self, change: Change) -> None:
        """Appends a change, once however often it is called."""
        try:
            self.client.put_item(TableName=self.table, Item=values(to_item(change)), ConditionExpression=_NEW)
        except ClientError as error:
            if not condition_failed(error):
                raise

    def putting(self, change: Change) -> dict[str, Any]:
        """The append as a part of a transaction."""
        return {
            "Put": {"TableName": self.table, "Item": values(to_item(change)), "ConditionExpression": _NEW}
        }

    def has(self, change: Change) -> bool:
        return dynamodb.get(self.client, self.table, entity=change.entity, at=_place(change)) is not None

    def page(self, entity: str, *, size: int, after: str | None) -> tuple[list[Change], str | None]:
        """At most `size` changes of an entity, newest first, and where to go on, None at the end."""
        start: dict[str, Any] = (
            {"ExclusiveStartKey": values({"entity": entity, "at": after})} if after else {}
        )
        answer: Any = self.client.query(
            TableName=self.table,
            KeyConditionExpression="entity = :entity",
            ExpressionAttributeValues=values({":entity": entity}),
            ConsistentRead=True,
            ScanIndexForward=False,
            Limit=size,
            **start,
        )
        last = answer.get("LastEvaluatedKey")
        changes = [to_change(plain(found)) for found in answer["Items"]]
        return changes, plain(last)["at"] if last else None


def to_item(change: Change) -> Item:
    """The change's attributes, which also wait on other items until they are appended."""
    stored: Item = {
        "entity": change.entity,
        "at": _place(change),
        "id": change.id,
        "actions": list(change.actions),
        "actor": change.actor,
        "actor_name": change.actor_name,
        "changed_at": rfc3339(change.at),
        "before": dict(change.before),
        "after": dict(change.after),
    }
    if change.request_id is not None:
        stored["request_id"] = change.request_id
    return stored


def to_change(stored: Mapping[str, Any]) -> Change:
    return Change(
        id=stored["id"],
        entity=stored["entity"],
        actions=tuple(stored["actions"]),
        actor=stored["actor"],
        actor_name=stored["actor_name"],
        at=from_rfc3339(stored["changed_at"]),
        request_id=stored.get("request_id"),
        before=_as_json(stored["before"]),
        after=_as_json(stored["after"]),
    )


def _place(change: Change) -> str:
    """Sorts by time; the id tells changes of one moment apart."""
    return f"{rfc3339(change.at)}#{change.id}"


def _as_json(stored: Any) -> Any:
    """Values as the API showed them: money is a string there, so a number is a whole one."""
    if isinstance(stored, dict):
        return {name: _as_json(value) for name, value in stored.items()}
    if isinstance(stored, list):
        return [_as_json(value) for value in stored]
    return int(stored) if isinstance(stored, Decimal) else stored
