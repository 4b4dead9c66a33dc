"""Families in the keys table, each an item of its own that no request touches."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aws_wire.attribute_values import values
from aws_wire.errors import ServiceError
from tollgate.aws import dynamodb
from tollgate.aws.dynamodb import integer, item
from tollgate.aws.transactions import is_conflict
from tollgate.conflicts import EditConflictError
from tollgate.keys.families import Family, Limits, RecordedLimits
from tollgate.lean_dataclass import dataclass
from tollgate.ledger.scopes import Priority
from tollgate.ledger.windows import Period

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from mypy_boto3_dynamodb import DynamoDBClient

    from tollgate.aws.dynamodb import Item

_KIND = "family"


@dataclass(frozen=True, slots=True)
class FamilyTable:
    """Writes are optimistic: they raise `EditConflictError` if the family has changed since it was read."""

    client: DynamoDBClient
    table: str

    def get(self, parent_id: str) -> Family | None:
        found = dynamodb.get(self.client, self.table, key_id=_key(parent_id))
        return _to_family(found) if found else None

    def get_all(self, parent_ids: Collection[str]) -> list[Family]:
        """The families that those keys have, read consistently."""
        keys = [{"key_id": _key(parent_id)} for parent_id in sorted(set(parent_ids))]
        found = dynamodb.get_batch(self.client, self.table, keys, ConsistentRead=True)
        return [_to_family(each) for each in found]

    def sizes(self, parent_ids: Collection[str]) -> dict[str, int]:
        """How many members the families of those keys have that have one; may be stale for a moment."""
        keys = [values({"key_id": _key(parent_id)}) for parent_id in sorted(set(parent_ids))]
        found = dynamodb.get_wire_batch(self.client, self.table, keys, ProjectionExpression="parent, members")
        return {each["parent"]["S"]: len(each["members"]["M"]) for each in found}

    def put(self, family: Family) -> None:
        try:
            self.client.put_item(**self._request(family))
        except ServiceError as error:
            if is_conflict(error):
                raise EditConflictError from error
            raise

    def put_write(self, family: Family) -> dict[str, Any]:
        """The write as a part of a transaction."""
        return {"Put": self._request(family)}

    def _request(self, family: Family) -> dict[str, Any]:
        request: dict[str, Any] = {
            "TableName": self.table,
            "Item": item(_to_item(replace(family, revision=family.revision + 1))),
        }
        if not family.revision:
            return {**request, "ConditionExpression": "attribute_not_exists(key_id)"}
        return {
            **request,
            "ConditionExpression": "revision = :seen",
            "ExpressionAttributeValues": values({":seen": family.revision}),
        }


def _key(parent_id: str) -> str:
    return f"{_KIND}#{parent_id}"


def _to_item(family: Family) -> Item:
    return {
        "key_id": _key(family.parent_id),
        "kind": _KIND,
        "parent": family.parent_id,
        "own": _recorded_to_item(family.own),
        "overcommit": family.overcommit,
        "members": {child_id: _recorded_to_item(recorded) for child_id, recorded in family.members.items()},
        "revision": family.revision,
        "closed": family.closed or None,
    }


def _to_family(stored: Mapping[str, Any]) -> Family:
    return Family(
        parent_id=stored["parent"],
        own=_to_recorded(stored["own"]),
        overcommit=stored["overcommit"],
        members={child_id: _to_recorded(recorded) for child_id, recorded in stored["members"].items()},
        revision=int(stored["revision"]),
        closed=stored.get("closed", False),
    )


def _recorded_to_item(recorded: RecordedLimits) -> Item:
    found: Item = {
        "quotas": {period.value: limit for period, limit in recorded.limits.quotas.items()},
        "revision": recorded.revision,
    }
    if recorded.limits.budget is not None:
        found["budget"] = recorded.limits.budget
    if recorded.limits.safety_level is not None:
        found["safety_level"] = recorded.limits.safety_level
    if recorded.limits.priority is not None:
        found["priority"] = recorded.limits.priority.value
    return found


def _to_recorded(stored: Mapping[str, Any]) -> RecordedLimits:
    quotas = {Period(period): limit for period, limit in stored["quotas"].items()}
    priority = Priority(stored["priority"]) if "priority" in stored else None
    limits = Limits(stored.get("budget"), quotas, integer(stored.get("safety_level")), priority)
    return RecordedLimits(limits, int(stored["revision"]))
