"""Records of the usage table's stream into the sums."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tollgate.clock import Clock, utc_now
from tollgate.costs.day_ends import is_late, is_live
from tollgate.costs.store import cost_items
from tollgate.costs.store.shard_sums import Numbered, ShardSums

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tollgate.costs.aggregates import CostEntry
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

    Those that are no part of their day's live sums, and all whose shard has no name, are added one by one.
    """

    shards: ShardSums
    marked: MarkedRecords
    clock: Clock = utc_now

    def add(self, shard: str | None, records: Sequence[StreamRecord]) -> set[str]:
        """Adds the records of a batch, each once in each sum; returns the numbers of those that lack in any.

        One that can't ever be added keeps no other from it.
        """
        zone = self.shards.zone
        live, single, lacking = [], [], set()
        for record in records:
            day = record.entry.day
            if not all(map(cost_items.fits, record.entry.aggregates())):
                logger.error("Record %s has a name that no sum can have", record.number)
                lacking.add(record.number)
            elif shard is None or is_late(day, record.written_at, zone):
                single.append(record)
            elif is_live(day, self.clock(), zone):
                live.append(record)
            else:
                logger.error("Record %s comes when the sums of %s are complete", record.number, day)
                lacking.add(record.number)
        return lacking | self._add_live(shard, live) | self._add_single(single)

    def _add_live(self, shard: str | None, records: Sequence[StreamRecord]) -> set[str]:
        if shard is None or not records:
            return set()
        try:
            # What was added before the mapping had windows, by a batch that comes again.
            known = self.marked.among(record.entry for record in records)
        except Exception:
            logger.exception("%d usage records wait for the costs table", len(records))
            return {record.number for record in records}
        return self.shards.add(
            shard,
            [
                Numbered(record.number, record.entry)
                for record in records
                if record.entry.request_id not in known
            ],
        )

    def _add_single(self, records: Sequence[StreamRecord]) -> set[str]:
        lacking = set()
        for record in records:
            try:
                self.marked.add(record.entry)
            except Exception:
                logger.exception("Usage record %s can't be added", record.entry.request_id)
                lacking.add(record.number)
        return lacking
