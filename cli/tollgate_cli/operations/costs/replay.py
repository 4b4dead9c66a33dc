"""A closed day's sums made what its usage records add up to."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from tollgate.clock import Clock, utc_now
from tollgate.costs.aggregates import Aggregate, Tally
from tollgate.costs.day_ends import closes_at, end_of
from tollgate.costs.store import cost_items
from tollgate.costs.store.closed_days import ClosedDays
from tollgate.costs.store.corrections import DayCorrections
from tollgate.costs.store.marked_records import MarkedRecords

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tollgate.costs.cost_entry import CostEntry
    from tollgate_cli.operations.costs.cost_check import CostRecount

# A record that was written longer ago is no longer on its way to the sums: the stream keeps it for a day.
_ON_ITS_WAY = timedelta(days=2)


class OpenDayError(Exception):
    """A day's sums may still be added to."""


class NoRecordsError(Exception):
    """A day has sums, but none of the records that they were made of."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many usage records days have, which of these no sum can have, and how many sums were put right."""

    records: int
    refused: int
    corrected: int

    def __add__(self, other: Replayed) -> Replayed:
        return Replayed(
            self.records + other.records, self.refused + other.refused, self.corrected + other.corrected
        )


@dataclass(frozen=True, slots=True)
class CostReplay:
    recount: CostRecount
    clock: Clock = utc_now

    def run(self, first: date, last: date) -> Iterator[tuple[date, Replayed]]:
        """Puts the sums of the days right, and those of their months with them; tells of each that is done.

        Harmless however often, and while records come. Raises `OpenDayError` before it changes anything,
        `SumsChangedError`, and `NoRecordsError`, for such a day's records have expired rather than that its
        sums are wrong.
        """
        costs = self.recount.costs
        through = ClosedDays(costs.client, costs.table).through()
        if last.isoformat() > through:
            at = closes_at(last, self.recount.zone).astimezone(self.recount.zone)
            message = (
                f"The sums of {last} are still being added to. They are closed within an hour of "
                f"{at:%Y-%m-%d %H:%M}, and can be replayed from then on. Nothing was changed."
            )
            raise OpenDayError(message)
        for day in (first + timedelta(days=offset) for offset in range((last - first).days + 1)):
            yield day, self._day(day)

    def _day(self, day: date) -> Replayed:
        costs = self.recount.costs
        corrections = DayCorrections.of(costs.client, costs.table, day.isoformat())
        marked = MarkedRecords(costs.client, costs.table)
        sums: dict[Aggregate, Tally] = defaultdict(Tally)
        records = refused = 0
        for entry, completed_at in self.recount.completed(day, day):
            records += 1
            if not all(cost_items.fits(aggregate) for aggregate, _ in entry.aggregates()):
                refused += 1
                continue
            if self._may_be_on_its_way(entry, completed_at):
                marked.mark(entry)
            for aggregate, tally in entry.aggregates():
                if aggregate.period == day.isoformat():
                    sums[aggregate] += tally
        stored = self.recount.stored(day.isoformat(), sums)
        if stored and not records:
            message = (
                f"There are sums of {day}, but no usage records. "
                "Days before it were replayed; this one was not."
            )
            raise NoRecordsError(message)
        needed = corrections.needed(sums, stored)
        for correction in needed:
            corrections.make(correction)
        return Replayed(records, refused, len(needed))

    def _may_be_on_its_way(self, entry: CostEntry, completed_at: datetime) -> bool:
        """Only what was written after the day's end: the stream has brought all else before it was closed."""
        return completed_at >= max(end_of(entry.day, self.recount.zone), self.clock() - _ON_ITS_WAY)
