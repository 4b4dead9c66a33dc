"""What is there of a day: records by the index of days, changes by that of months."""

from __future__ import annotations

import heapq
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any

from aws_wire.attribute_values import values
from tollgate.aws import dynamodb
from tollgate.aws.dynamodb import wire_pages
from tollgate.clock import rfc3339
from tollgate.identifiers import first_request_id
from tollgate.lean_dataclass import dataclass
from tollgate.ledger.store import day_shards
from tollgate.seals.day_seals import Kind, Name, leaf_of
from tollgate.seals.leaf_lists import Leaf
from tollgate.seals.sealing_times import DAY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from mypy_boto3_dynamodb import DynamoDBClient

    WireItem = Mapping[str, Any]

# As many as DynamoDB answers at once, and how many answers are waited for at the same time.
_BATCH = 100
_AT_ONCE = 8
_BY_TIME = "time"
_SORTS_FIRST = Name("", "")


@dataclass(frozen=True, slots=True)
class DayItems:
    """Reads are eventually consistent: what is sealed was written long ago, and what is missed is late."""

    client: DynamoDBClient
    usage_table: str
    audit_table: str

    def names(self, kind: Kind, day: date, after: Name | None = None) -> Iterator[Name]:
        """The primary keys of a day's items, of those `after` one, in their order."""
        if kind is Kind.USAGE:
            yield from self._records(day, after or _SORTS_FIRST)
        else:
            for name, _ in self._changes(day, after or _SORTS_FIRST):
                yield name

    def count_records(self, day: date) -> int:
        """How many records are in the index of the day, which are counted without being sent here."""
        with ThreadPoolExecutor(day_shards.SHARDS) as pool:
            return sum(pool.map(self._count, day_shards.of_day(day)))

    def leaves(self, kind: Kind, day: date, after: Name | None = None) -> Iterator[Leaf]:
        """The leaves of a day's items, of those `after` one, in the order of their names."""
        if kind is Kind.USAGE:
            yield from self.leaves_of(kind, self.names(kind, day, after))
        else:
            for name, item in self._changes(day, after or _SORTS_FIRST):
                yield Leaf(name, leaf_of(kind, item))

    def leaves_of(self, kind: Kind, names: Iterable[Name]) -> Iterator[Leaf]:
        """In the order of the names, without those that are gone."""
        for name, item in self._full(kind, names):
            yield Leaf(name, leaf_of(kind, item))

    def item(self, kind: Kind, name: Name) -> WireItem | None:
        """In DynamoDB's JSON, read consistently; None if there is none."""
        answer: Any = self.client.get_item(
            TableName=self._table(kind), Key=values(_key(kind, name)), ConsistentRead=True
        )
        found: WireItem | None = answer.get("Item")
        return found

    def record_named(self, request_id: str) -> Name | None:
        """The primary key of a request's record, whichever key it is of; None if there is none."""
        shard = day_shards.of_request(request_id)
        if shard is None:
            return None
        found = self._query(
            self.usage_table,
            day_shards.INDEX,
            "day_shard = :shard AND request_id = :id",
            {":shard": shard, ":id": request_id},
            ProjectionExpression="request_id, key_id",
        )
        return next((name_of(Kind.USAGE, each) for each in found), None)

    def _records(self, day: date, after: Name) -> Iterator[Name]:
        # Of equal ids, which only a forger makes, an index has no order.
        first = after.sort or first_request_id(datetime.combine(day, time(), UTC))
        shards = [self._shard(shard, first) for shard in day_shards.of_day(day)]
        for _, same in groupby(heapq.merge(*shards), key=lambda name: name.sort):
            yield from (name for name in sorted(same) if name > after)

    def _count(self, shard: str) -> int:
        found = dynamodb.answers(
            self.client.query,
            TableName=self.usage_table,
            IndexName=day_shards.INDEX,
            KeyConditionExpression="day_shard = :shard",
            ExpressionAttributeValues=values({":shard": shard}),
            Select="COUNT",
        )
        return sum(answer["Count"] for answer in found)

    def _shard(self, shard: str, first: str) -> Iterator[Name]:
        found = self._query(
            self.usage_table,
            day_shards.INDEX,
            "day_shard = :shard AND request_id >= :first",
            {":shard": shard, ":first": first},
            ProjectionExpression="request_id, key_id",
        )
        return (name_of(Kind.USAGE, each) for each in found)

    def _changes(self, day: date, after: Name) -> Iterator[tuple[Name, WireItem]]:
        begins = datetime.combine(day, time(), UTC)
        found = self._query(
            self.audit_table,
            _BY_TIME,
            "#month = :month AND #at BETWEEN :first AND :last",
            {
                ":month": f"{day:%Y-%m}",
                ":first": after.sort or rfc3339(begins),
                ":last": rfc3339(begins + DAY),
            },
            ExpressionAttributeNames={"#month": "month", "#at": "at"},
        )
        named = ((name_of(Kind.AUDIT, each), each) for each in found)
        for _, same in groupby(named, key=lambda each: each[0].sort):
            yield from (each for each in sorted(same, key=lambda each: each[0]) if each[0] > after)

    def _query(
        self, table: str, index: str, condition: str, given: dict[str, str], **options: Any
    ) -> Iterator[WireItem]:
        return wire_pages(
            self.client.query,
            TableName=table,
            IndexName=index,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values(given),
            **options,
        )

    def _full(self, kind: Kind, names: Iterable[Name]) -> Iterator[tuple[Name, WireItem]]:
        """Few answers are waited for at once, so that a day of millions of records passes through."""
        batches = _batches(iter(names))
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            waiting = deque(pool.submit(self._batch, kind, each) for each in islice(batches, _AT_ONCE))
            while waiting:
                found = waiting.popleft().result()
                waiting.extend(pool.submit(self._batch, kind, each) for each in islice(batches, 1))
                yield from found

    def _batch(self, kind: Kind, names: list[Name]) -> list[tuple[Name, WireItem]]:
        keys = [values(_key(kind, name)) for name in names]
        items = dynamodb.get_wire_batch(self.client, self._table(kind), keys)
        found = {name_of(kind, each): each for each in items}
        return [(name, found[name]) for name in names if name in found]

    def _table(self, kind: Kind) -> str:
        return self.usage_table if kind is Kind.USAGE else self.audit_table


# The primary key's attributes: sort key and partition key.
_ATTRIBUTES = {Kind.USAGE: ("request_id", "key_id"), Kind.AUDIT: ("at", "entity")}


def name_of(kind: Kind, item: WireItem) -> Name:
    """Raises KeyError and TypeError of what is no such item in DynamoDB's JSON."""
    sort, partition = _ATTRIBUTES[kind]
    return Name(item[sort]["S"], item[partition]["S"])


def _key(kind: Kind, name: Name) -> dict[str, str]:
    return dict(zip(_ATTRIBUTES[kind], name, strict=True))


def _batches(names: Iterator[Name]) -> Iterator[list[Name]]:
    while batch := list(islice(names, _BATCH)):
        yield batch
