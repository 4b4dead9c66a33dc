"""Sums as cost queries read them: those of whole days and months, and the live sums that they lack yet.

An item of a day or month says through which day live sums are in it (`cost_items.through`). What a query adds
are those of later days, up to today: of a day that isn't closed all of them, of a month those of its last
days. So an answer is right at any moment, also while a day is being closed.
"""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import TYPE_CHECKING, Any

from tollgate.aws import dynamodb
from tollgate.aws.dynamodb import wire_pages
from tollgate.clock import Clock, utc_now
from tollgate.costs.aggregates import Aggregate, Dimension, Tally
from tollgate.costs.cover import covered, month_of
from tollgate.costs.day_ends import days_with_live_sums
from tollgate.costs.store import cost_items
from tollgate.costs.store.closed_days import ClosedDays
from tollgate.costs.store.live_reads import LiveReads
from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mypy_boto3_dynamodb import DynamoDBClient

    from tollgate.costs.cover import Cover
    from tollgate.costs.store.live_items import SumKey

# Periods that are read at once.
_AT_ONCE = 8

# A value, what it is within, and a period.
_Place = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class CostsTable:
    """Without `detail` tallies lack tokens by class and latency.

    Beside what a method says of its reads it reads, if one of its periods is of the last 45 days, which days
    are closed, and queries the live sums of each day that isn't, and of the last one that is: 4 as a rule.
    """

    client: DynamoDBClient
    table: str
    clock: Clock = utc_now

    def by_value(
        self, dimension: Dimension, cover: Cover, within: str = "", *, detail: bool = False
    ) -> dict[str, Tally]:
        """The sum over the periods for each value of the dimension that has requests in them.

        One Query a period and page, of several periods at the same time.
        """
        periods = (*cover.plus, *cover.minus)
        live = self._live(set(periods), detail=detail)
        sums: dict[str, Tally] = defaultdict(Tally)
        with ThreadPoolExecutor(min(_AT_ONCE, max(len(periods), 1))) as pool:
            found = pool.map(lambda period: list(self._of_period(dimension, period, within, live)), periods)
            for number, tallies in enumerate(found):
                for value, tally in tallies:
                    sums[value] = sums[value] + tally if number < len(cover.plus) else sums[value] - tally
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
        places = {(value, within, period) for period in periods}
        found = self._at(dimension, places, detail=detail)
        return {period: tally for (_, _, period), tally in found.items()}

    def by_sum_key(
        self, dimension: Dimension, sum_keys: Iterable[SumKey], cover: Cover
    ) -> dict[SumKey, Tally]:
        """The sum over the periods at each place, a value and what it is within, that has requests in them.

        One BatchGetItem for 100 of places times periods; no detail.
        """
        found = self.by_place_and_period(dimension, sum_keys, {*cover.plus, *cover.minus})
        sums = {place: covered(by_period, cover) for place, by_period in found.items()}
        return {place: tally for place, tally in sums.items() if tally.requests}

    def by_place_and_period(
        self, dimension: Dimension, sum_keys: Iterable[SumKey], periods: Iterable[str]
    ) -> dict[SumKey, dict[str, Tally]]:
        """The sums at each place, a value and what it is within, for those of the periods that have any.

        One BatchGetItem for 100 of places times periods; no detail.
        """
        places = {(*place, period) for place, period in product(set(sum_keys), periods)}
        sums: dict[SumKey, dict[str, Tally]] = defaultdict(dict)
        for (value, within, period), tally in self._at(dimension, places).items():
            sums[value, within][period] = tally
        return dict(sums)

    def tallies_of(self, aggregates: Iterable[Aggregate]) -> dict[Aggregate, Tally]:
        """The tallies of aggregates, in detail and read consistently, of those that have requests.

        One BatchGetItem for 100 aggregates of a dimension.
        """
        by_dimension: dict[Dimension, set[_Place]] = defaultdict(set)
        for each in aggregates:
            by_dimension[each.dimension].add((each.value, each.within, each.period))
        return {
            Aggregate(dimension, period, value, within): tally
            for dimension, places in by_dimension.items()
            for (value, within, period), tally in self._at(
                dimension, places, detail=True, consistent=True
            ).items()
        }

    def _at(
        self, dimension: Dimension, places: set[_Place], *, detail: bool = False, consistent: bool = False
    ) -> dict[_Place, Tally]:
        live = self._live({period for _, _, period in places}, detail=detail, consistent=consistent)
        where = {
            cost_items.address(Aggregate(dimension, period, value, within)): (value, within, period)
            for value, within, period in places
        }
        sums: dict[_Place, Tally] = {}
        through: dict[_Place, str] = {}
        keys = [cost_items.key(*address) for address in where]
        options = _options(dimension, detail=detail, consistent=consistent)
        for stored in dynamodb.get_wire_batch(self.client, self.table, keys, **options):
            place = where[cost_items.address_of(stored)]
            sums[place] = cost_items.to_tally(stored, dimension, detail=detail)
            through[place] = cost_items.through(stored)
        wanted = {(value, within) for value, within, _ in places}
        for value, within, period in places:
            place = value, within, period
            for day in live.within_period(period):
                added = live.of(dimension, day, wanted).get((value, within))
                if added is not None and day > through.get(place, ""):
                    sums[place] = sums.get(place, Tally()) + added
        return {place: tally for place, tally in sums.items() if tally.requests}

    def _of_period(
        self, dimension: Dimension, period: str, within: str, live: LiveReads
    ) -> Iterator[tuple[str, Tally]]:
        through: dict[str, str] = {}
        for stored in self._items(dimension, period, within, detail=live.detail):
            value = stored["dimension_value"]["S"]
            through[value] = cost_items.through(stored)
            yield value, cost_items.to_tally(stored, dimension, detail=live.detail)
        for day in live.within_period(period):
            for value, tally in live.by_value(dimension, day, within).items():
                if day > through.get(value, ""):
                    yield value, tally

    def _items(self, dimension: Dimension, period: str, within: str, *, detail: bool) -> Iterator[Any]:
        partition = cost_items.partition(dimension, period, within)
        return wire_pages(
            self.client.query,
            TableName=self.table,
            KeyConditionExpression="dimension_period = :partition",
            ExpressionAttributeValues={":partition": {"S": partition}},
            **_options(dimension, detail=detail),
        )

    def _live(self, periods: set[str], *, detail: bool, consistent: bool = False) -> LiveReads:
        """What there may be to add to the periods' sums."""
        days = [
            day.isoformat()
            for day in days_with_live_sums(self.clock())
            if day.isoformat() in periods or month_of(day) in periods
        ]
        if days:
            # The last one that is closed is read as well: an answer may be of a moment ago.
            closed = ClosedDays(self.client, self.table).through()
            days = [day for day in days if day >= closed]
        return LiveReads(self.client, self.table, tuple(days), detail, consistent)


def _options(dimension: Dimension, *, detail: bool, consistent: bool = False) -> dict[str, Any]:
    options: dict[str, Any] = {} if detail else {"ProjectionExpression": cost_items.projection(dimension)}
    return options | ({"ConsistentRead": True} if consistent else {})
