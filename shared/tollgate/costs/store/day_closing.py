"""Days whose live sums are complete are closed: these are added to the sums of the day and of its month.

Each sum says through which day live sums are in it, and is added to on the condition that this day comes
later. So a closing may stop anywhere, run again, twice or at the same time: each sum gets each day once.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from tollgate.aws import dynamodb
from tollgate.clock import Clock, utc_now
from tollgate.costs.aggregates import Aggregate, Dimension, Tally
from tollgate.costs.cover import month_of
from tollgate.costs.day_ends import closes_at, days_with_live_sums
from tollgate.costs.store import cost_items, live_items
from tollgate.costs.store.closed_days import ClosedDays
from tollgate.costs.store.live_reads import LiveReads

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

    from mypy_boto3_dynamodb import DynamoDBClient

    from tollgate.costs.store.live_items import SumKey

logger = logging.getLogger(__name__)
_AT_ONCE = 10
_CHUNK = 500
_TREES = {own: tree for tree, own in cost_items.OWN_OF.items()}
_DIMENSIONS = [dimension for dimension in Dimension if dimension not in cost_items.OWN_OF]
_ENDS_BEFORE = "attribute_not_exists(through) OR through < :through"


@dataclass(frozen=True, slots=True)
class DayClosing:
    """Days are those of the zone. `at_once` is how many sums are written to at the same time."""

    client: DynamoDBClient
    table: str
    zone: tzinfo
    clock: Clock = utc_now
    at_once: int = _AT_ONCE

    def run(self) -> list[date]:
        """Closes all days that can be, one after the other; returns them."""
        closed = []
        for day in self._open_days():
            self._close(day)
            closed.append(day)
        return closed

    def _open_days(self) -> Iterator[date]:
        """From the one after the last closed one on; without any, all that may have live sums."""
        now = self.clock()
        through = ClosedDays(self.client, self.table).through()
        day = date.fromisoformat(through) + timedelta(days=1) if through else next(days_with_live_sums(now))
        while closes_at(day, self.zone) <= now:
            yield day
            day += timedelta(days=1)

    def _close(self, day: date) -> None:
        state = ClosedDays(self.client, self.table)
        _, parts = state.progress(day.isoformat())
        with ThreadPoolExecutor(self.at_once) as pool:
            for dimension in _DIMENSIONS:
                if dimension in parts:
                    continue
                sums = self._sums(dimension, day)
                for start in range(0, len(sums), _CHUNK):
                    list(pool.map(lambda each: self._add(day, *each), sums[start : start + _CHUNK]))
                if sums:
                    parts = {*parts, dimension.value}
                    state.part_done(day.isoformat(), parts)
        state.done(day.isoformat())
        logger.info("The sums of %s are closed", day)

    def _sums(self, dimension: Dimension, day: date) -> list[tuple[Aggregate, dict[str, str]]]:
        """What a day's live sums add to each aggregate of the dimension, of whatever period."""
        source = live_items.SOURCES[dimension]
        reads = LiveReads(self.client, self.table, (day.isoformat(),), detail=True, consistent=True)
        own: dict[SumKey, Tally] = defaultdict(Tally)
        trees: dict[SumKey, Tally] = defaultdict(Tally)
        for stored in reads.items(dimension, day.isoformat()):
            is_below = live_items.is_below(stored)
            if is_below and dimension not in _TREES:
                continue
            sum_key = source.sum_key(live_items.names_of(stored))
            tally = cost_items.to_tally(stored, Dimension.KEY, detail=True)
            if not is_below:
                own[sum_key] += tally
            if dimension in _TREES:
                trees[sum_key] += tally
        return [
            (Aggregate(dimension, "", *sum_key), _figures(dimension, own.get(sum_key), trees.get(sum_key)))
            for sum_key in sorted({*own, *trees})
        ]

    def _add(self, day: date, aggregate: Aggregate, figures: dict[str, str]) -> None:
        for period in (day.isoformat(), month_of(day)):
            partition = cost_items.partition(aggregate.dimension, period, aggregate.within)
            with dynamodb.suppress_failed_condition():
                self.client.update_item(
                    TableName=self.table,
                    Key=cost_items.key(partition, aggregate.value),
                    UpdateExpression=f"{cost_items.adding(figures)} SET through = :through",
                    ConditionExpression=_ENDS_BEFORE,
                    ExpressionAttributeValues={
                        **cost_items.added(figures),
                        ":through": {"S": day.isoformat()},
                    },
                )


def _figures(dimension: Dimension, own: Tally | None, tree: Tally | None) -> dict[str, str]:
    figures = {} if own is None else dict(cost_items.additions(Aggregate(dimension, "", ""), own))
    if tree is not None:
        figures |= cost_items.additions(Aggregate(_TREES[dimension], "", ""), tree)
    return figures
