"""The costs table: aggregates, each record counted once.

A chunk of records is added in one transaction with a marker per record. A record that comes again
(the stream redelivers, a retry follows a lost answer) fails on its marker and is left out. Markers
outlive the stream's retention and the dead-letter queue's, then expire.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tollgate.adapters import dynamodb
from tollgate.adapters.dynamodb import pages, values
from tollgate.clock import utc_now
from tollgate.costs import Aggregate, Dimension, Entry, Tally, fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

# DynamoDB's limit for one transaction.
_TRANSACTION = 100
_MARKER_LIFE = timedelta(days=30)
_TRIES = 8
_CONFLICTS = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}


@dataclass(frozen=True, slots=True)
class CostsTable:
    client: DynamoDBClient
    table: str
    pause: Callable[[float], None] = time.sleep

    def add(self, chunk: Sequence[Entry]) -> None:
        """Adds those entries of a chunk (see `chunks`) that have not been added before."""
        for attempt in range(_TRIES):
            if not chunk:
                return
            try:
                self.client.transact_write_items(TransactItems=[*self._markers(chunk), *self._updates(chunk)])
            except ClientError as error:
                chunk = _without_known(chunk, error)
                self.pause(random.uniform(0, 0.05 * 2**attempt))  # noqa: S311 - jitter
            else:
                return
        message = f"The aggregates of {len(chunk)} usage records met conflicts {_TRIES} times."
        raise RuntimeError(message)

    def by_value(self, dimension: Dimension, periods: Iterable[str], within: str = "") -> dict[str, Tally]:
        """The sum over the periods for each value of the dimension: one Query a period and page."""
        sums: dict[str, Tally] = {}
        for period in periods:
            for stored in pages(
                self.client.query,
                TableName=self.table,
                KeyConditionExpression="dimension_period = :partition",
                ExpressionAttributeValues=values({":partition": _partition(dimension, period, within)}),
            ):
                value = stored["dimension_value"]
                sums[value] = sums.get(value, Tally()) + _to_tally(stored)
        return sums

    def by_period(self, dimension: Dimension, value: str, periods: Iterable[str]) -> dict[str, Tally]:
        """The sums of one value for those of the periods that have any."""
        keys = [_key(Aggregate(dimension, period, value)) for period in periods]
        found = dynamodb.get_batch(self.client, self.table, keys)
        return {stored["dimension_period"].partition("#")[2]: _to_tally(stored) for stored in found}

    def _markers(self, chunk: Sequence[Entry]) -> Iterator[Any]:
        expires_at = int((utc_now() + _MARKER_LIFE).timestamp())
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

    def _updates(self, chunk: Sequence[Entry]) -> Iterator[Any]:
        for aggregate, tally in sorted(fold(chunk).items(), key=lambda pair: pair[0]):
            yield {
                "Update": {
                    "TableName": self.table,
                    "Key": values(_key(aggregate)),
                    "UpdateExpression": (
                        "ADD requests :requests, failed :failed, prompt_tokens :prompt_tokens,"
                        " completion_tokens :completion_tokens, cost :cost"
                    ),
                    "ExpressionAttributeValues": values(
                        {
                            ":requests": tally.requests,
                            ":failed": tally.failed,
                            ":prompt_tokens": tally.prompt_tokens,
                            ":completion_tokens": tally.completion_tokens,
                            ":cost": tally.cost,
                        }
                    ),
                }
            }


def chunks(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """Cuts entries, in order, into what one transaction can hold."""
    chunk: list[Entry] = []
    aggregates: set[Aggregate] = set()
    for entry in entries:
        touched = aggregates.union(entry.aggregates())
        if len(chunk) + 1 + len(touched) > _TRANSACTION:
            yield chunk
            chunk, touched = [], set(entry.aggregates())
        chunk.append(entry)
        aggregates = touched
    if chunk:
        yield chunk


def _without_known(chunk: Sequence[Entry], error: ClientError) -> Sequence[Entry]:
    """What remains to be added after a cancelled transaction; raises what can't be retried."""
    if error.response["Error"]["Code"] not in {
        "TransactionCanceledException",
        "TransactionInProgressException",
    }:
        raise error
    codes = [reason.get("Code", "None") for reason in error.response.get("CancellationReasons", [])]
    if not _CONFLICTS.union({"ConditionalCheckFailed", "None"}).issuperset(codes):
        raise error
    known = {index for index, code in enumerate(codes) if code == "ConditionalCheckFailed"}
    return [entry for index, entry in enumerate(chunk) if index not in known]


def _partition(dimension: Dimension, period: str, within: str = "") -> str:
    return f"{dimension.value}@{within}#{period}" if within else f"{dimension.value}#{period}"


def _key(aggregate: Aggregate) -> dict[str, str]:
    return {
        "dimension_period": _partition(aggregate.dimension, aggregate.period, aggregate.within),
        "dimension_value": aggregate.value,
    }


def _to_tally(stored: Mapping[str, Any]) -> Tally:
    return Tally(
        requests=int(stored["requests"]),
        failed=int(stored["failed"]),
        prompt_tokens=int(stored["prompt_tokens"]),
        completion_tokens=int(stored["completion_tokens"]),
        cost=stored["cost"],
    )
