"""Usage records beside the aggregates that they must add up to."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from tollgate.clock import from_rfc3339
from tollgate.costs.aggregates import ALL, Aggregate, Dimension, Tally
from tollgate.costs.cover import Cover, cover, month_of
from tollgate.costs.store.cost_entries import entry_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import tzinfo

    from tollgate.costs.cost_entry import CostEntry
    from tollgate.costs.store.costs_table import CostsTable
    from tollgate.keys.store.keys_table import KeysTable
    from tollgate.request_log.store.usage_table import UsageTable

# A request's id is from when it came, its day from when it was let in: never so much later.
_WAIT = timedelta(hours=1)
_PAGE = 500
# Those whose values a Query lists.
_LISTED = (
    Dimension.TOTAL,
    Dimension.KEY,
    Dimension.SCOPE,
    Dimension.MODEL,
    Dimension.PROVIDER,
    Dimension.OWNER,
    Dimension.TAG,
    Dimension.COST_CENTRE,
    Dimension.BILLED,
)
# What is within a value of these is listed by that value.
_WITHIN = {
    Dimension.KEY: (Dimension.KEY_MODEL,),
    Dimension.SCOPE: (Dimension.SCOPE_MODEL, Dimension.PACK),
    Dimension.MODEL: (Dimension.MODEL_KEY,),
    Dimension.OWNER: (Dimension.OWNER_KEY, Dimension.OWNER_MODEL),
    Dimension.COST_CENTRE: (Dimension.CENTRE_KEY, Dimension.CENTRE_MODEL),
}


def _unheard(_read: int, _of: int) -> None:
    """Where nobody watches."""


@dataclass(frozen=True, slots=True)
class CostDifference:
    """An aggregate that is another than it must be."""

    aggregate: Aggregate
    expected: Tally
    found: Tally


@dataclass(frozen=True, slots=True)
class CostRecount:
    """Days are those of the zone.

    `on_progress` is told of how many keys the records have been read, and of how many there are; each day
    that is replayed begins anew.
    """

    costs: CostsTable
    usage: UsageTable
    keys: KeysTable
    zone: tzinfo
    on_progress: Callable[[int, int], None] = _unheard

    def entries(self, first: date, last: date) -> Iterator[CostEntry]:
        """What the usage records of the days add to the aggregates: of every key that there is or was."""
        return (entry for entry, _ in self.completed(first, last))

    def completed(self, first: date, last: date) -> Iterator[tuple[CostEntry, datetime]]:
        """`entries`, each with when its request had ended."""
        since, until = self._midnight(first) - _WAIT, self._midnight(last + timedelta(days=1))
        key_ids = sorted(self._key_ids(first, last))
        for number, key_id in enumerate(key_ids):
            self.on_progress(number, len(key_ids))
            for item in self.usage.items(key_id, since, until):
                entry = entry_of(item, self.zone)
                if first <= entry.day <= last:
                    yield entry, from_rfc3339(item["completed_at"])

    def check(self, first: date, last: date) -> tuple[int, list[CostDifference]]:
        """How many records there are, and where aggregates differ from what these add up to.

        Of a month that isn't wholly among the days, whether its total is what its days' totals add up to.
        """
        periods = _days(first, last)
        nothing_taken_away = cover(first, last, today=first)
        whole = {period for period in nothing_taken_away.plus if len(period) == len("2026-11")}
        expected: dict[Aggregate, Tally] = defaultdict(Tally)
        records = 0
        for entry in self.entries(first, last):
            records += 1
            for aggregate, tally in entry.aggregates():
                if aggregate.period in whole or len(aggregate.period) == len("2026-11-23"):
                    expected[aggregate] += tally
        found = self.costs.tallies_of(expected)
        for period in (*periods, *sorted(whole)):
            found |= self.stored(period, expected)
        for month in sorted({day[:7] for day in periods} - whole):
            total = Aggregate(Dimension.TOTAL, month, ALL)
            totals = self.costs.by_period(Dimension.TOTAL, ALL, _days_of(month), detail=True)
            if totals:
                expected[total] = sum(totals.values(), Tally())
            found |= self.costs.tallies_of([total])
        return records, [
            CostDifference(aggregate, expected.get(aggregate, Tally()), found.get(aggregate, Tally()))
            for aggregate in sorted({*expected, *found})
            if expected.get(aggregate) != found.get(aggregate)
        ]

    def stored(self, period: str, expected: Mapping[Aggregate, Tally]) -> dict[Aggregate, Tally]:
        """The sums of a day or month, whether or not any are expected.

        Of those within another value only where this differs from what is expected: a query for each of all
        keys would take hours.
        """
        found = {
            Aggregate(dimension, period, value): tally
            for dimension in _LISTED
            for value, tally in self._by_value(dimension, period).items()
        }
        asked = {*found, *(each for each in expected if each.period == period)}
        differing = [each for each in asked if expected.get(each) != found.get(each)]
        return found | {
            Aggregate(dimension, period, value, outer.value): tally
            for outer in differing
            for dimension in _WITHIN.get(outer.dimension, ())
            for value, tally in self._by_value(dimension, period, outer.value).items()
        }

    def _by_value(self, dimension: Dimension, period: str, within: str = "") -> dict[str, Tally]:
        return self.costs.by_value(dimension, Cover((period,)), within, detail=True)

    def _key_ids(self, first: date, last: date) -> set[str]:
        """Keys that there are, and those that are gone but were counted."""
        found = set(self.costs.by_value(Dimension.KEY, Cover(tuple(_days(first, last)))))
        after = None
        while True:
            page, after = self.keys.page(_PAGE, after)
            found.update(scope.key_id for scope in page)
            if after is None:
                return found

    def _midnight(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=self.zone).astimezone(UTC)


def _days(first: date, last: date) -> list[str]:
    return [(first + timedelta(days=offset)).isoformat() for offset in range((last - first).days + 1)]


def _days_of(month: str) -> tuple[str, ...]:
    first = date.fromisoformat(f"{month}-01")
    return tuple(day for day in _days(first, first + timedelta(days=30)) if day[:7] == month_of(first))
