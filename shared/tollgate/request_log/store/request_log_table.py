"""The request log over the usage table: a key's records, or all keys' by way of the index of days.

Newest first is by request id, so a page goes on exactly where the one before it ended, whatever is written
meanwhile. A record is in the index a moment after it is in the table; the records themselves are read
consistently.
"""

from __future__ import annotations

import heapq
import math
import time as clocks
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from aws_wire.attribute_values import plain, values
from tollgate.aws import dynamodb
from tollgate.identifiers import first_request_id, moment_of
from tollgate.lean_dataclass import dataclass
from tollgate.ledger.store import day_shards, record_items
from tollgate.request_log.log_filter import LogEntry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from mypy_boto3_dynamodb import DynamoDBClient

    from tollgate.ledger.records import LedgerRecord
    from tollgate.request_log.log_filter import LogFilter

# What one page examines at most: then it comes short, and says where to go on.
MAX_EXAMINED = 2000
MAX_DAYS = 32
# What one Query reads.
_CHUNK = 250
_BATCH = 100
# A batch that has begun waits no longer for more.
_BATCH_SECONDS = 5.0
_DAY = timedelta(days=1)
_MILLISECOND = timedelta(milliseconds=1)
_ID_LENGTH = 30


class _Step(NamedTuple):
    """Everything from `position` on has been walked; `item` is what lies there, None at a day's beginning."""

    position: str
    item: Any


class SearchTime(NamedTuple):
    """For how many seconds is looked before there is a first record, and then before there is another one."""

    first: float
    later: float


UNLIMITED_TIME = SearchTime(math.inf, math.inf)


class NothingFoundError(Exception):
    """A span that was looked through for long without finding any record.

    Everything from `before` on is done with: what is left begins there.
    """

    def __init__(self, before: datetime) -> None:
        super().__init__(f"nothing was found for long, back to {before}")
        self.before = before


@dataclass(frozen=True, slots=True)
class RequestLog:
    client: DynamoDBClient
    table: str
    monotonic: Callable[[], float] = clocks.monotonic

    def find(self, request_id: str) -> LedgerRecord | None:
        """A request's record by its id alone; None if there is none."""
        shard = day_shards.of_request(request_id)
        if shard is None:
            return None
        answer: Any = self.client.query(
            TableName=self.table,
            IndexName=day_shards.INDEX,
            KeyConditionExpression="day_shard = :shard AND request_id = :id",
            ExpressionAttributeValues=values({":shard": shard, ":id": request_id}),
        )
        return next(iter(self._full(map(_entry, answer["Items"]))), None)

    def page(
        self, log_filter: LogFilter, *, size: int, before: str | None
    ) -> tuple[list[LedgerRecord], str | None]:
        """At most `size` records, newest first, and where to go on, None at the end.

        There may be fewer, even none, before the end: what is examined for a page is bounded.
        """
        found: list[Any] = []
        examined = days = 0
        for position, item in self._walk(log_filter, before):
            if item is None:
                days += 1
            else:
                examined += 1
                if log_filter.matches(_entry(item)):
                    found.append(item)
            if len(found) == size or examined == MAX_EXAMINED or days == MAX_DAYS:
                goes_on = position > first_request_id(log_filter.since)
                return self._records(log_filter, found), position if goes_on else None
        return self._records(log_filter, found), None

    def batches(
        self, log_filter: LogFilter, search_time: SearchTime = UNLIMITED_TIME
    ) -> Iterator[list[LedgerRecord]]:
        """All records, newest first, few at a time: so many are in memory, however many there are.

        Raises `NothingFoundError` when patience is over, be it on empty days or on records that don't fit.
        """
        found: list[Any] = []
        since, seconds = self.monotonic(), search_time.first
        for position, item in self._walk(log_filter, None):
            if item is not None and log_filter.matches(_entry(item)):
                found.append(item)
            waited = self.monotonic() - since
            if len(found) == _BATCH or (found and waited >= _BATCH_SECONDS):
                yield self._records(log_filter, found)
                found = []
                since, seconds = self.monotonic(), search_time.later
            elif not found and waited >= seconds:
                raise NothingFoundError(_reached(position, item))
        if found:
            yield self._records(log_filter, found)

    def _walk(self, log_filter: LogFilter, before: str | None) -> Iterator[_Step]:
        since, until = first_request_id(log_filter.since), first_request_id(log_filter.until)
        before = min(until, before or until)
        if log_filter.key_id is not None:
            yield from self._of_key(log_filter.key_id, since, before)
            return
        # A day's shards are asked at once: days without requests are passed over quickly.
        with ThreadPoolExecutor(day_shards.SHARDS) as at_once:
            midnight = datetime.combine(log_filter.until.astimezone(UTC), time(), UTC)
            while first_request_id(midnight + _DAY) > since:
                first = max(since, first_request_id(midnight))
                if first < before:
                    requests = [
                        self._request("day_shard", shard, first, before, IndexName=day_shards.INDEX)
                        for shard in day_shards.of_day(midnight.date())
                    ]
                    answers = list(at_once.map(self._query, requests))
                    shards = [
                        self._steps(request, answer, before)
                        for request, answer in zip(requests, answers, strict=True)
                    ]
                    yield from heapq.merge(*shards, key=lambda step: step.position, reverse=True)
                    yield _Step(first, None)
                midnight -= _DAY

    def _of_key(self, key_id: str, first: str, before: str) -> Iterator[_Step]:
        if first < before:
            request = self._request("key_id", key_id, first, before, ConsistentRead=True)
            yield from self._steps(request, self._query(request), before)

    def _request(self, attribute: str, partition: str, first: str, before: str, **of: Any) -> dict[str, Any]:
        """For a partition's items from `first` until `before`, the last one first."""
        return {
            "TableName": self.table,
            "KeyConditionExpression": f"{attribute} = :partition AND request_id BETWEEN :first AND :before",
            "ExpressionAttributeValues": values(
                {":partition": partition, ":first": first, ":before": before}
            ),
            "ScanIndexForward": False,
            "Limit": _CHUNK,
            **of,
        }

    def _query(self, request: dict[str, Any]) -> Any:
        return self.client.query(**request)

    def _steps(self, request: dict[str, Any], answer: Any, before: str) -> Iterator[_Step]:
        """The items of a first answer, and of those that follow it."""
        while True:
            for item in answer["Items"]:
                position = item["request_id"]["S"]
                if position != before:  # which BETWEEN includes
                    yield _Step(position, item)
            if "LastEvaluatedKey" not in answer:
                return
            answer = self._query({**request, "ExclusiveStartKey": answer["LastEvaluatedKey"]})

    def _records(self, log_filter: LogFilter, items: list[Any]) -> list[LedgerRecord]:
        """A key's items are whole records; the index's entries only say where those are."""
        if log_filter.key_id is not None:
            return [record_items.to_record(plain(item)) for item in items]
        return self._full(map(_entry, items))

    def _full(self, entries: Iterable[LogEntry]) -> list[LedgerRecord]:
        """Without those that have expired meanwhile."""
        keys = [{"key_id": entry.key_id, "request_id": entry.request_id} for entry in entries]
        found = dynamodb.get_batch(self.client, self.table, keys, ConsistentRead=True)
        records = [record_items.to_record(item) for item in found]
        return sorted(records, key=lambda record: record.request_id, reverse=True)


def _reached(position: str, item: Any) -> datetime:
    """Until when nothing is left: of the millisecond of an item, others may be."""
    moment = moment_of(position.ljust(_ID_LENGTH, "0"))
    return moment if item is None else moment + _MILLISECOND


def _entry(item: Any) -> LogEntry:
    """From an item as it comes over the wire: of many, few are wanted."""
    status = item.get("http_status")
    return LogEntry(
        request_id=item["request_id"]["S"],
        key_id=item["key_id"]["S"],
        model=item["model"]["S"],
        provider_id=item["provider_id"]["S"] if "provider_id" in item else None,
        outcome=item["outcome"]["S"],
        http_status=int(status["N"]) if status else None,
        streamed=item["streamed"]["BOOL"],
        session_id=item["session_id"]["S"] if "session_id" in item else None,
    )
