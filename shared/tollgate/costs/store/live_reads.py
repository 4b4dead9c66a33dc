"""Live sums as queries read them: those of all shards together, by day."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tollgate.aws.dynamodb import wire_pages
from tollgate.costs.aggregates import Dimension, Tally
from tollgate.costs.store import cost_items, live_items
from tollgate.costs.store.live_items import SOURCES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from mypy_boto3_dynamodb import DynamoDBClient

    from tollgate.costs.store.live_items import SumKey


@dataclass(frozen=True, slots=True)
class LiveReads:
    """The live sums of some days, each of which is read once: a query a day and page."""

    client: DynamoDBClient
    table: str
    days: tuple[str, ...]
    detail: bool
    consistent: bool = False
    _found: dict[tuple[Dimension, str, str], Mapping[SumKey, Tally]] = field(default_factory=dict)

    def within_period(self, period: str) -> Iterator[str]:
        """Those of the days that belong to a day or month."""
        return (day for day in self.days if day.startswith(period))

    def by_value(self, dimension: Dimension, day: str, within: str) -> dict[str, Tally]:
        found = self._read(dimension, day, SOURCES[dimension].beginning(within=within))
        return {value: tally for (value, within_it), tally in found.items() if within_it == within}

    def of(self, dimension: Dimension, day: str, wanted: Collection[SumKey]) -> Mapping[SumKey, Tally]:
        """Among others the sums of those that are wanted, as far as there are any."""
        beginning = ""
        if len(wanted) == 1:
            ((value, within),) = wanted
            beginning = SOURCES[dimension].beginning(value=value, within=within)
        return self._read(dimension, day, beginning)

    def _read(self, dimension: Dimension, day: str, beginning: str) -> Mapping[SumKey, Tally]:
        place = dimension, day, beginning
        if place not in self._found:
            self._found[place] = self._summed(dimension, day, beginning)
        return self._found[place]

    def _summed(self, dimension: Dimension, day: str, beginning: str) -> Mapping[SumKey, Tally]:
        sums: dict[SumKey, Tally] = defaultdict(Tally)
        for stored in self.items(dimension, day, beginning):
            if live_items.is_below(stored) and dimension not in cost_items.OWN_OF:
                continue
            sum_key = SOURCES[dimension].sum_key(live_items.names_of(stored))
            sums[sum_key] += cost_items.to_tally(stored, Dimension.KEY, detail=self.detail)
        return dict(sums)

    def items(self, dimension: Dimension, day: str, beginning: str = "") -> Iterator[Any]:
        """On the wire, all that a dimension follows from, or what has sort keys with that beginning."""
        condition = "dimension_period = :partition"
        values = {":partition": {"S": live_items.partition(SOURCES[dimension].kind, day)}}
        if beginning:
            condition += " AND begins_with(dimension_value, :beginning)"
            values[":beginning"] = {"S": beginning}
        request: dict[str, Any] = {
            "TableName": self.table,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": values,
        }
        if self.consistent:
            request["ConsistentRead"] = True
        if not self.detail:
            request["ProjectionExpression"] = live_items.projection()
        return wire_pages(self.client.query, **request)
