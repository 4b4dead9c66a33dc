"""A shard's records into its live sums, each record once in each sum.

A sum is added to on the condition that the shard's mark in it lies below the first record to be added. A
shard delivers its records in order the first time; whatever comes again, in whichever order and pieces, lies
at or below the mark. A worker that the next one has overtaken fails on the same condition.
"""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aws_wire.errors import ServiceError
from tollgate.aws import dynamodb
from tollgate.costs.aggregates import Tally
from tollgate.costs.day_ends import LIVE_LIFE, end_of
from tollgate.costs.store import cost_items, live_items

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import tzinfo

    from mypy_boto3_dynamodb import DynamoDBClient

    from tollgate.costs.aggregates import LiveSum
    from tollgate.costs.cost_entry import CostEntry

logger = logging.getLogger(__name__)
# As many connections as a client has.
_AT_ONCE = 10


@dataclass(frozen=True, slots=True)
class Numbered:
    """What a record adds, under the number that the stream has it by."""

    number: str
    entry: CostEntry


@dataclass(slots=True)
class _Addition:
    """To one sum, by record, in the shard's order."""

    live: LiveSum
    expires_at: int
    parts: list[tuple[str, Tally]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ShardSums:
    """`at_once` is how many sums are written to at the same time."""

    client: DynamoDBClient
    table: str
    zone: tzinfo
    at_once: int = _AT_ONCE

    def add(self, shard: str, records: Iterable[Numbered]) -> set[str]:
        """Adds records of a shard to their sums; returns the numbers of those that lack in any."""
        additions = self._folded(records)
        given_up = threading.Event()

        def write(addition: _Addition) -> bool:
            return not given_up.is_set() and self._write(shard, addition, given_up)

        with ThreadPoolExecutor(self.at_once) as pool:
            written = list(pool.map(write, additions))
        lacking = [addition for addition, done in zip(additions, written, strict=True) if not done]
        return {number for addition in lacking for number, _ in addition.parts}

    def _folded(self, records: Iterable[Numbered]) -> Sequence[_Addition]:
        additions: dict[LiveSum, _Addition] = {}
        for number, entry in sorted({each.number: each.entry for each in records}.items(), key=_order):
            expires_at = int((end_of(entry.day, self.zone) + LIVE_LIFE).timestamp())
            for live, tally in entry.live_sums():
                addition = additions.get(live)
                if addition is None:
                    addition = additions[live] = _Addition(live, expires_at)
                addition.parts.append((number, tally))
        return list(additions.values())

    def _write(self, shard: str, addition: _Addition, given_up: threading.Event) -> bool:
        """Whether the sum has all that is to be added, from now on or from before."""
        parts = addition.parts
        try:
            while parts:
                mark = self._add(shard, addition, parts)
                parts = [part for part in parts if live_items.mark(part[0]) > mark]
        except Exception as error:
            if _is_refused(error):
                logger.exception("The sum of %s can't be added to", addition.live)
            elif not given_up.is_set():
                # It won't be otherwise for those that are left.
                given_up.set()
                logger.exception("The rest of the sums waits for the costs table")
            return False
        return True

    def _add(self, shard: str, addition: _Addition, parts: Sequence[tuple[str, Tally]]) -> str:
        """Returns the sum's mark: that of the last part, or one that shows what has been added before."""
        figures = dict(cost_items.figures(sum((tally for _, tally in parts), Tally())))
        last = live_items.mark(parts[-1][0])
        values = {
            **cost_items.added(figures),
            ":first": {"S": live_items.mark(parts[0][0])},
            ":last": {"S": last},
            ":expires_at": {"N": str(addition.expires_at)},
        }
        names = live_items.full_names(addition.live)
        if names is not None:
            values[":names"] = names
        try:
            self.client.update_item(
                TableName=self.table,
                Key=live_items.key(addition.live, shard),
                UpdateExpression=f"{cost_items.adding(figures)} SET mark = :last, expires_at = :expires_at"
                + ("" if names is None else ", full_names = :names"),
                ConditionExpression="attribute_not_exists(mark) OR mark < :first",
                ExpressionAttributeValues=values,
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ServiceError as error:
            if not dynamodb.condition_failed(error):
                raise
            found: Any = error.response
            mark: str = found["Item"]["mark"]["S"]
            return mark
        return last


def _order(numbered: tuple[str, CostEntry]) -> str:
    return live_items.mark(numbered[0])


def _is_refused(error: Exception) -> bool:
    """Whether DynamoDB takes the write for a wrong one: other sums may be right."""
    return isinstance(error, ServiceError) and error.response["Error"]["Code"] == "ValidationException"
