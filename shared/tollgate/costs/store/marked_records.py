"""Records that are added one by one to the sums of their day and month, however long ago these were.

All sums of a record are in one transaction with a marker that must not be there yet. So a record counts once
in whatever batch, order or shard it comes. That takes several times the write units of live sums: it is for
records that are written long after their day has ended, and for streams that don't name their shards.

A transaction takes 100 items. A record of a deep key with many tags may have more, if many packs have paid
for it: then the rest follows in parts, each with a marker of its own. The first part has the day's total, by
which a replay sees that a record comes meanwhile (`corrections`).
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
from tollgate.clock import Clock, utc_now
from tollgate.costs.aggregates import ALL, Dimension
from tollgate.costs.cost_entry import fold
from tollgate.costs.store import cost_items

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

    from tollgate.costs.cost_entry import CostEntry

# Longer than the stream keeps its records.
MARKER_LIFE = timedelta(days=30)
_TRIES = 8
_CONFLICTS = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded", "None"}
_MARKER = "rolled#"
# Of a transaction's 100 items one is the marker.
_ITEMS = 99
# What the marker of a record's first part is called, which is all of most.
_FIRST = "-"
_UNMARKED = "attribute_not_exists(dimension_period)"


class RecordRefusedError(Exception):
    """DynamoDB does not take a record's sums, however often they are sent."""


@dataclass(frozen=True, slots=True)
class MarkedRecords:
    client: DynamoDBClient
    table: str
    pause: Callable[[float], None] = time.sleep
    clock: Clock = utc_now

    def add(self, entry: CostEntry) -> bool:
        """Whether any of the record was added now; if not, all of it was before.

        Raises `RecordRefusedError`, or whatever else went wrong for now.
        """
        added = [self._add(entry.request_id, part, updates) for part, updates in self._parts(entry)]
        return any(added)

    def _add(self, request_id: str, part: str, updates: Sequence[Any]) -> bool:
        writes = [self._marker(request_id, part), *updates]
        for attempt in range(_TRIES):
            try:
                self.client.transact_write_items(TransactItems=writes)
            except ServiceError as error:
                if _is_known(error):
                    return False
                self.pause(random.uniform(0, 0.05 * 2**attempt))  # noqa: S311 - jitter
            else:
                return True
        message = f"The sums of {request_id} met conflicts {_TRIES} times."
        raise RuntimeError(message)

    def mark(self, entry: CostEntry) -> None:
        """Keeps a record from being added from now on, as far as it was not before."""
        for part, _ in self._parts(entry):
            with dynamodb.suppress_failed_condition():
                self.client.put_item(**self._marker(entry.request_id, part)["Put"])

    def among(self, entries: Iterable[CostEntry]) -> set[str]:
        """The ids of those that were added here, if only in part.

        Only days that have sums of their own already are looked at closer: of others nothing was.
        """
        by_day: dict[str, set[str]] = defaultdict(set)
        for entry in entries:
            by_day[cost_items.partition(Dimension.TOTAL, entry.day.isoformat())].add(entry.request_id)
        totals = [cost_items.key(day, ALL) for day in by_day]
        asked = [
            cost_items.key(_marker_of(request_id), _FIRST)
            for found in dynamodb.get_wire_batch(self.client, self.table, totals, ConsistentRead=True)
            for request_id in by_day[cost_items.address_of(found)[0]]
        ]
        markers = dynamodb.get_wire_batch(self.client, self.table, asked, ConsistentRead=True)
        return {cost_items.address_of(each)[0].removeprefix(_MARKER) for each in markers}

    def _parts(self, entry: CostEntry) -> Iterator[tuple[str, Sequence[Any]]]:
        """The same ones whenever a record comes, each by what its marker is called."""
        updates = list(self._updates(entry))
        yield _FIRST, updates[:_ITEMS]
        for start in range(_ITEMS, len(updates), _ITEMS):
            yield str(start), updates[start : start + _ITEMS]

    def _marker(self, request_id: str, part: str) -> Any:
        marker = {
            "dimension_period": _marker_of(request_id),
            "dimension_value": part,
            "expires_at": int((self.clock() + MARKER_LIFE).timestamp()),
        }
        return {"Put": {"TableName": self.table, "Item": values(marker), "ConditionExpression": _UNMARKED}}

    def _updates(self, entry: CostEntry) -> Iterator[Any]:
        """One for each item, in the same order whoever writes: first that of the day's total."""
        items: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        for aggregate, tally in fold([entry]).items():
            items[cost_items.address(aggregate)].update(cost_items.additions(aggregate, tally))
        total = cost_items.partition(Dimension.TOTAL, entry.day.isoformat()), ALL
        for address, added in sorted(items.items(), key=lambda item: (item[0] != total, item)):
            yield {
                "Update": {
                    "TableName": self.table,
                    "Key": cost_items.key(*address),
                    "UpdateExpression": cost_items.adding(added),
                    "ExpressionAttributeValues": cost_items.added(added),
                }
            }


def _marker_of(request_id: str) -> str:
    return _MARKER + request_id


def _is_known(error: ServiceError) -> bool:
    """Whether a cancelled transaction says that the record was added before; raises what can't be retried."""
    code = error.response["Error"]["Code"]
    if code == "ValidationException":
        raise RecordRefusedError(str(error)) from error
    if code not in {"TransactionCanceledException", "TransactionInProgressException"}:
        raise error
    reasons: Any = error.response.get("CancellationReasons", [])
    marker, *others = [reason.get("Code", "None") for reason in reasons] or ["None"]
    if marker == "ConditionalCheckFailed":
        return True
    if not {"ValidationError", "ItemCollectionSizeLimitExceeded"}.isdisjoint([marker, *others]):
        raise RecordRefusedError(str(error)) from error
    if not _CONFLICTS.issuperset([marker, *others]):
        raise error
    return False
