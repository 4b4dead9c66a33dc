"""Seals and leaf lists in the audit table, each put once and never touched again.

The chain is one partition, `seal#chain`, its seals sorted by day; a day's leaf lists are a partition by
themselves, such as `seal#2026-11-27`. IAM lets the sweeper put items of no other partitions.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from aws_wire.attribute_values import values
from aws_wire.errors import ServiceError
from tollgate.aws import dynamodb
from tollgate.aws.dynamodb import condition_failed, image_of_failure, pages
from tollgate.lean_dataclass import dataclass
from tollgate.seals.chain_check import StoredSeal
from tollgate.seals.day_seals import SealError, Section
from tollgate.seals.leaf_lists import LeafList

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb import DynamoDBClient

    from tollgate.aws.dynamodb import Item

_PREFIX = "seal#"
CHAIN = f"{_PREFIX}chain"
_NEW = "attribute_not_exists(entity)"
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class SealTable:
    client: DynamoDBClient
    table: str

    def last(self) -> StoredSeal | None:
        return next(self.newest_first(1), None)

    def seal(self, day: date) -> StoredSeal | None:
        found = dynamodb.get(self.client, self.table, entity=CHAIN, at=day.isoformat())
        return _to_seal(found) if found else None

    def chain(self, since: date | None = None) -> Iterator[StoredSeal]:
        """All seals, or those of `since` and later days, in the order of their days."""
        return self._seals(since, ScanIndexForward=True)

    def newest_first(self, at_once: int) -> Iterator[StoredSeal]:
        """All seals, read `at_once` by one request."""
        return self._seals(None, ScanIndexForward=False, Limit=at_once)

    def put_seal(self, stored: StoredSeal) -> StoredSeal:
        """The seal that the day has now: another, if somebody was quicker."""
        kept = self._put(to_item(stored))
        return stored if kept is None else _to_seal(kept)

    def leaf_list(self, day: date, section: Section, number: int) -> LeafList | None:
        """Raises `LeafListError` for what can't be read."""
        found = dynamodb.get(self.client, self.table, entity=_lists_of(day), at=_place(section, number))
        return LeafList.decode(found["leaves"]) if found else None

    def put_leaf_list(self, day: date, section: Section, number: int, leaf_list: LeafList) -> LeafList:
        """The list that there is now: another, if somebody was quicker."""
        kept = self._put(list_to_item(day, section, number, leaf_list))
        return leaf_list if kept is None else LeafList.decode(kept["leaves"])

    def _seals(self, since: date | None, **order: Any) -> Iterator[StoredSeal]:
        found = pages(
            self.client.query,
            TableName=self.table,
            ConsistentRead=True,
            KeyConditionExpression="entity = :chain AND #at >= :since",
            ExpressionAttributeNames={"#at": "at"},
            ExpressionAttributeValues=values(
                {":chain": CHAIN, ":since": since.isoformat() if since else "0"}
            ),
            **order,
        )
        return map(_to_seal, found)

    def _put(self, attributes: Item) -> Item | None:
        """Puts an item; answers the one that was there already."""
        try:
            self.client.put_item(
                TableName=self.table,
                Item=values(attributes),
                ConditionExpression=_NEW,
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ServiceError as error:
            image = image_of_failure(error) if condition_failed(error) else None
            if image is None:
                raise
            return image
        return None


def to_item(stored: StoredSeal) -> Item:
    return {
        "entity": CHAIN,
        "at": stored.day.isoformat(),
        "seal": stored.text,
        "lists": {section.value: packed for section, packed in stored.lists.items()},
    }


def list_to_item(day: date, section: Section, number: int, leaf_list: LeafList) -> Item:
    return {"entity": _lists_of(day), "at": _place(section, number), "leaves": leaf_list.encode()}


def _to_seal(stored: Item) -> StoredSeal:
    """Raises `SealError` for what somebody else has put among the seals."""
    place = stored["at"]
    try:
        lists: Any = stored["lists"]
        day = date.fromisoformat(place)
        sound = day.isoformat() == place and all(isinstance(each, bytes) for each in lists.values())
        found = StoredSeal(
            day,
            stored["seal"],
            {section: lists[section.value] for section in Section if section.value in lists},
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise SealError(f"The item {place!r} of the chain is no seal.") from error
    if not sound:
        raise SealError(f"The item {place!r} of the chain is no seal.")
    return found


def _lists_of(day: date) -> str:
    return f"{_PREFIX}{day.isoformat()}"


def _place(section: Section, number: int) -> str:
    return f"{section.value}#{number:0{_DIGITS}}"
