"""The costs table: aggregates, each record counted once.

A chunk of records is added in one transaction with a marker per record. A record that comes again
(the stream redelivers, a retry follows a lost answer) fails on its marker and is left out. Markers
outlive the stream's retention and the dead-letter queue's, then expire.
"""

from __future__ import annotations

import random
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from aws_wire.attribute_values import values
from aws_wire.errors import ServiceError
from tollgate.aws import dynamodb
from tollgate.aws.dynamodb import wire_pages
from tollgate.clock import Clock, utc_now
from tollgate.costs.aggregates import Aggregate, CostEntry, Dimension, Tally, fold
from tollgate.costs.store import cost_items

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

    from tollgate.aws.dynamodb import Item
    from tollgate.costs.cover import Cover

# DynamoDB's limit for one transaction. Its other one, of 4 MB, is out of reach: an item is 3 KB at most.
_TRANSACTION = 100
MARKER_LIFE = timedelta(days=30)
_TRIES = 8
_CONFLICTS = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}
_REFUSALS = {"ValidationError", "ItemCollectionSizeLimitExceeded"}


class ChunkRefusedError(Exception):
    """DynamoDB does not take a chunk, however often it is sent."""


@dataclass(frozen=True, slots=True)
class CostsTable:
    client: DynamoDBClient
    table: str
    pause: Callable[[float], None] = time.sleep
    clock: Clock = utc_now

    def add(self, chunk: Sequence[CostEntry]) -> Sequence[CostEntry]:
        """Adds those entries of a chunk (see `chunks`) that have not been added before: all or none.

        Returns these. Raises `ChunkRefusedError`, or whatever else went wrong for now.
        """
        for attempt in range(_TRIES):
            if not chunk:
                return chunk
            try:
                self.client.transact_write_items(TransactItems=[*self._markers(chunk), *self._updates(chunk)])
            except ServiceError as error:
                chunk = _without_known(chunk, error)
                self.pause(random.uniform(0, 0.05 * 2**attempt))  # noqa: S311 - jitter
            else:
                return chunk
        message = f"The aggregates of {len(chunk)} usage records met conflicts {_TRIES} times."
        raise RuntimeError(message)

    def by_value(
        self, dimension: Dimension, cover: Cover, within: str = "", *, detail: bool = False
    ) -> dict[str, Tally]:
        """The sum over the periods for each value of the dimension that has requests in them.

        One Query a period and page. Without `detail` tallies lack tokens by class and latency.
        """
        sums: dict[str, Tally] = {}
        for period in cover.plus:
            for value, tally in self._tallies(dimension, period, within, detail=detail):
                sums[value] = sums[value] + tally if value in sums else tally
        for period in cover.minus:
            for value, tally in self._tallies(dimension, period, within, detail=detail):
                sums[value] = sums.get(value, Tally()) - tally
        return {value: tally for value, tally in sums.items() if tally.requests}

    def by_period(
        self,
        dimension: Dimension,
        value: str,
        periods: Iterable[str],
        within: str = "",
        *,
        detail: bool = False,
    ) -> dict[str, Tally]:
        """The sums of one value for those of the periods that have any: one BatchGetItem for 100 periods."""
        keys = [cost_items.key(cost_items.partition(dimension, period, within), value) for period in periods]
        found = self._batch(dimension, keys, detail=detail)
        return {cost_items.period_of(stored): tally for stored, tally in found}

    def by_sum_key(
        self, dimension: Dimension, sum_keys: Iterable[tuple[str, str]], cover: Cover
    ) -> dict[tuple[str, str], Tally]:
        """The sum over the periods at each place, a value and what it is within, that has requests in them.

        One BatchGetItem for 100 of places times periods. Tallies lack tokens by class and latency.
        """
        sum_keys = list(sum_keys)
        plus = self._at(dimension, sum_keys, cover.plus)
        minus = self._at(dimension, sum_keys, cover.minus)
        sums = {place: plus.get(place, Tally()) - minus.get(place, Tally()) for place in {*plus, *minus}}
        return {place: tally for place, tally in sums.items() if tally.requests}

    def _at(
        self, dimension: Dimension, sum_keys: Iterable[tuple[str, str]], periods: Sequence[str]
    ) -> dict[tuple[str, str], Tally]:
        where = {
            cost_items.address(Aggregate(dimension, period, value, within)): (value, within)
            for value, within in sum_keys
            for period in periods
        }
        keys = [cost_items.key(*address) for address in where]
        sums: dict[tuple[str, str], Tally] = defaultdict(Tally)
        for stored, tally in self._batch(dimension, keys, detail=False):
            sums[where[cost_items.address_of(stored)]] += tally
        return sums

    def _batch(
        self, dimension: Dimension, keys: Sequence[Item], *, detail: bool
    ) -> Iterator[tuple[Item, Tally]]:
        options = {} if detail else {"ProjectionExpression": cost_items.projection(dimension)}
        for stored in dynamodb.get_wire_batch(self.client, self.table, keys, **options):
            tally = cost_items.to_tally(stored, dimension, detail=detail)
            if tally is not None:
                yield stored, tally

    def tallies_of(self, aggregates: Iterable[Aggregate]) -> dict[Aggregate, Tally]:
        """The tallies of aggregates, in detail, of those that are stored: one BatchGetItem for 100 items."""
        wanted: dict[tuple[str, str], list[Aggregate]] = defaultdict(list)
        for aggregate in aggregates:
            wanted[cost_items.address(aggregate)].append(aggregate)
        keys = [cost_items.key(*address) for address in wanted]
        found: dict[Aggregate, Tally] = {}
        for stored in dynamodb.get_wire_batch(self.client, self.table, keys, ConsistentRead=True):
            for aggregate in wanted[cost_items.address_of(stored)]:
                tally = cost_items.to_tally(stored, aggregate.dimension, detail=True)
                if tally is not None:
                    found[aggregate] = tally
        return found

    def _tallies(
        self, dimension: Dimension, period: str, within: str, *, detail: bool
    ) -> Iterator[tuple[str, Tally]]:
        partition = cost_items.partition(dimension, period, within)
        request: dict[str, Any] = {
            "TableName": self.table,
            "KeyConditionExpression": "dimension_period = :partition",
            "ExpressionAttributeValues": {":partition": {"S": partition}},
        }
        if not detail:
            request["ProjectionExpression"] = cost_items.projection(dimension)
        for stored in wire_pages(self.client.query, **request):
            tally = cost_items.to_tally(stored, dimension, detail=detail)
            if tally is not None:
                yield stored["dimension_value"]["S"], tally

    def _markers(self, chunk: Sequence[CostEntry]) -> Iterator[Any]:
        expires_at = int((self.clock() + MARKER_LIFE).timestamp())
        for entry in chunk:
            marker = {
                "dimension_period": f"rolled#{entry.request_id}",
                "dimension_value": "-",
                "expires_at": expires_at,
            }
            yield {
                "Put": {
                    "TableName": self.table,
                    "Item": values(marker),
                    "ConditionExpression": "attribute_not_exists(dimension_period)",
                }
            }

    def _updates(self, chunk: Sequence[CostEntry]) -> Iterator[Any]:
        """One for each item, in the same order whoever writes."""
        items: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        for aggregate, tally in fold(chunk).items():
            items[cost_items.address(aggregate)].update(cost_items.additions(aggregate, tally))
        for (partition, value), added in sorted(items.items()):
            yield {
                "Update": {
                    "TableName": self.table,
                    "Key": cost_items.key(partition, value),
                    "UpdateExpression": "ADD "
                    + ", ".join(f"{name} :{number}" for number, name in enumerate(added)),
                    "ExpressionAttributeValues": {
                        f":{number}": {"N": amount} for number, amount in enumerate(added.values())
                    },
                }
            }


def chunks(entries: Iterable[CostEntry]) -> Iterator[list[CostEntry]]:
    """Cuts entries, in order, into what one transaction can hold."""
    chunk: list[CostEntry] = []
    items: set[tuple[str, str]] = set()
    for entry in entries:
        its_items = set(map(cost_items.address, entry.aggregates()))
        touched = items | its_items
        if chunk and len(chunk) + 1 + len(touched) > _TRANSACTION:
            yield chunk
            chunk, touched = [], its_items
        chunk.append(entry)
        items = touched
    if chunk:
        yield chunk


def _without_known(chunk: Sequence[CostEntry], error: ServiceError) -> Sequence[CostEntry]:
    """What remains to be added after a cancelled transaction; raises what can't be retried."""
    code = error.code
    if code == "ValidationException":
        raise ChunkRefusedError(str(error)) from error
    if code not in {"TransactionCanceledException", "TransactionInProgressException"}:
        raise error
    reasons: Any = error.response.get("CancellationReasons", [])
    codes = [reason.get("Code", "None") for reason in reasons]
    if not _REFUSALS.isdisjoint(codes):
        raise ChunkRefusedError(str(error)) from error
    if not _CONFLICTS.union({"ConditionalCheckFailed", "None"}).issuperset(codes):
        raise error
    known = {index for index, code in enumerate(codes) if code == "ConditionalCheckFailed"}
    return [entry for index, entry in enumerate(chunk) if index not in known]
