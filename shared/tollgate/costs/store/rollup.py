"""Records of the usage table's stream into the sums."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tollgate.clock import Clock, utc_now
from tollgate.costs.day_ends import is_late, is_live
from tollgate.costs.store import cost_items
from tollgate.costs.store.set_aside import SetAside
from tollgate.costs.store.shard_sums import Numbered, ShardSums

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from tollgate.costs.cost_entry import CostEntry
    from tollgate.costs.store.marked_records import MarkedRecords

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StreamRecord:
    """A usage record as the stream brings it: its number there, when it was written, and what it adds."""

    number: str
    written_at: datetime
    entry: CostEntry


@dataclass(frozen=True, slots=True)
class Rollup:
    """Adds what a shard delivers to the shard's live sums.

    Those that are no part of their day's live sums, those that could not be read at first, and all whose
    shard has no name, are added one by one.
    """

    shards: ShardSums
    marked: MarkedRecords
    clock: Clock = utc_now

    def add(
        self, shard: str | None, records: Sequence[StreamRecord], unread: Collection[str] = ()
    ) -> set[str]:
        """Adds the records of a batch, each once in each sum; returns the numbers of those that lack in any.

        One that can't ever be added keeps no other from it, nor do those that could not be read, of which
        there is only the number.
        """
        fit = [record for record in records if _fits(record)]
        lacking = {*unread, *(record.number for record in records)} - {record.number for record in fit}
        if shard is None:
            return lacking | self._add_single(fit)
        try:
            single = self._set_aside(shard, fit, lacking)
            # What was added before the mapping had windows, by a batch that comes again.
            known = self.marked.among(record.entry for record in fit)
        except Exception:
            logger.exception("%d usage records wait for the costs table", len(fit))
            return lacking | {record.number for record in fit}
        zone = self.shards.zone
        alone, live = [], []
        for record in fit:
            day = record.entry.day
            if record.number in single or is_late(day, record.written_at, zone):
                alone.append(record)
            elif not is_live(day, self.clock(), zone):
                logger.error("Record %s comes when the sums of %s are complete", record.number, day)
                lacking.add(record.number)
            elif record.entry.request_id in known:
                alone.append(record)  # some of its parts may be missing yet
            else:
                live.append(Numbered(record.number, record.entry))
        return lacking | self.shards.add(shard, live) | self._add_single(alone)

    def _set_aside(self, shard: str, fit: Sequence[StreamRecord], lacking: Collection[str]) -> set[str]:
        """Notes what can't be read; returns the numbers of those that once could not."""
        aside = SetAside(self.shards.client, self.shards.table, self.clock)
        noted = aside.among(shard, {*lacking, *(record.number for record in fit)})
        aside.note(shard, sorted(set(lacking) - noted))
        return noted

    def _add_single(self, records: Sequence[StreamRecord]) -> set[str]:
        lacking = set()
        for record in records:
            try:
                self.marked.add(record.entry)
            except Exception:
                logger.exception("Usage record %s can't be added", record.entry.request_id)
                lacking.add(record.number)
        return lacking


def _fits(record: StreamRecord) -> bool:
    if all(cost_items.fits(aggregate) for aggregate, _ in record.entry.aggregates()):
        return True
    logger.error("Record %s has a name that no sum can have", record.number)
    return False
