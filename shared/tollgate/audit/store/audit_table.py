"""The audit table: changes by what they changed, appended and never touched again."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from aws_wire.attribute_values import plain, values
from tollgate.audit.entry import Change
from tollgate.aws import dynamodb
from tollgate.aws.dynamodb import suppress_failed_condition
from tollgate.clock import from_rfc3339, rfc3339
from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient

    from tollgate.aws.dynamodb import Item

_NEW = "attribute_not_exists(entity)"
_BY_TIME = "time"
# What one page costs at most: two years without any change, or as many changes that aren't wanted.
MAX_READS = 24
_READ_AT_ONCE = 200
# What sorts before all places, and after them.
_FIRST, _LAST = "0", "~"
# Behind a month it is the place before all changes of that month.
_BEGINNING = f"-01T00:00:00.000Z#chg_{'0' * 20}"


@dataclass(frozen=True, slots=True)
class AuditSearch:
    """Changes at `since` or later and before `until`, of one entity or of all, by an actor, of an action.

    Of all entities, both ends must be given.
    """

    entity: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    actor: str | None = None
    action: str | None = None


@dataclass(frozen=True, slots=True)
class AuditTable:
    client: DynamoDBClient
    table: str

    def put(self, change: Change) -> None:
        """Appends a change, once however often it is called."""
        with suppress_failed_condition():
            self.client.put_item(TableName=self.table, Item=values(to_item(change)), ConditionExpression=_NEW)

    def put_write(self, change: Change) -> dict[str, Any]:
        """The append as a part of a transaction."""
        return {
            "Put": {"TableName": self.table, "Item": values(to_item(change)), "ConditionExpression": _NEW}
        }

    def audit_writes(self, change: Change) -> list[dict[str, Any]]:
        """As `put_write`; nothing for what changes nothing."""
        return [self.put_write(change)] if change.before != change.after else []

    def has(self, change: Change) -> bool:
        return self.has_at(change.entity, change.at, change.id)

    def has_at(self, entity: str, at: datetime, change_id: str) -> bool:
        """Whether a change of that id and moment was appended."""
        return dynamodb.get(self.client, self.table, entity=entity, at=_place_of(at, change_id)) is not None

    def page(self, entity: str, *, size: int, after: str | None) -> tuple[list[Change], str | None]:
        """At most `size` changes of an entity, newest first, and where to go on, None at the end."""
        return self.search(AuditSearch(entity=entity), size=size, after=after)

    def search(self, search: AuditSearch, *, size: int, after: str | None) -> tuple[list[Change], str | None]:
        """At most `size` changes, newest first, and where to go on, None at the end.

        It reads `MAX_READS` times at most, so a page may be short, or empty, though others follow. Where to
        go on is a place in time, which no change that is appended meanwhile moves. Those of all entities
        are read from an index, which has them a moment after they are made.
        """
        found: list[Change] = []
        low = _FIRST if search.since is None else rfc3339(search.since)
        below = min(after or _LAST, _LAST if search.until is None else rfc3339(search.until))
        if below < low:
            return [], None
        partitions = _partitions(search, below)
        for _ in range(MAX_READS):
            answer = self._read(search, partitions[0], (low, below), size)
            changes = [to_change(plain(each)) for each in answer["Items"]]
            found += [change for change in changes if _place(change) != below]
            is_last = "LastEvaluatedKey" not in answer
            if len(found) > size or (len(found) == size and not (is_last and len(partitions) == 1)):
                return found[:size], _place(found[size - 1])
            if not is_last:
                below = plain(answer["LastEvaluatedKey"])["at"]
            elif len(partitions) == 1:
                return found, None
            else:
                below = f"{partitions.pop(0)}{_BEGINNING}"
        return found, below

    def _read(self, search: AuditSearch, partition: str, span: tuple[str, str], size: int) -> Any:
        low, high = span
        names = {"#partition": "month" if search.entity is None else "entity", "#at": "at"}
        given = {":partition": partition, ":low": low, ":high": high}
        filters = []
        if search.actor is not None:
            filters.append("#actor = :actor")
            names["#actor"], given[":actor"] = "actor", search.actor
        if search.action is not None:
            filters.append("contains(#actions, :action)")
            names["#actions"], given[":action"] = "actions", search.action
        source: Any = {"IndexName": _BY_TIME} if search.entity is None else {"ConsistentRead": True}
        chosen: Any = {"FilterExpression": " AND ".join(filters)} if filters else {}
        return self.client.query(
            TableName=self.table,
            KeyConditionExpression="#partition = :partition AND #at BETWEEN :low AND :high",
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values(given),
            ScanIndexForward=False,
            Limit=_READ_AT_ONCE if filters else size + 1,
            **chosen,
            **source,
        )


def _partitions(search: AuditSearch, below: str) -> list[str]:
    """Where to look, newest first: an entity's changes are in one place, others in one for each month."""
    if search.entity is not None:
        return [search.entity]
    if search.since is None or search.until is None:
        message = "a search over all entities has no end"
        raise ValueError(message)
    months, first, newest = [], _month(search.since), from_rfc3339(below.partition("#")[0])
    while (month := _month(newest)) >= first:
        months.append(month)
        newest = newest.replace(day=1) - timedelta(days=1)
    return months or [first]


def to_item(change: Change) -> Item:
    """The change's attributes, which also wait on other items until they are appended."""
    stored: Item = {
        "entity": change.entity,
        "at": _place(change),
        "month": _month(change.at),
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
    return _place_of(change.at, change.id)


def _place_of(at: datetime, change_id: str) -> str:
    return f"{rfc3339(at)}#{change_id}"


def _month(moment: datetime) -> str:
    return rfc3339(moment)[:7]


def _as_json(stored: Any) -> Any:
    """Values as the API showed them: money is a string there, so a number is a whole one."""
    if isinstance(stored, dict):
        return {name: _as_json(value) for name, value in stored.items()}
    if isinstance(stored, list):
        return [_as_json(value) for value in stored]
    return int(stored) if isinstance(stored, Decimal) else stored
