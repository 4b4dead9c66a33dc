"""Closed days into the archive: each record of a day once, whatever happens in between.

A day of few requests is one file; of others each hour has a file, whose name no other hour's has. The first
run to begin a day decides which, by a conditional put of its manifest, and all others follow: no request is
ever in two files. What is written again takes the place of what was there, and a run that ended anywhere is
gone on with. A day whose sum has got further requests since is written once more.
"""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING

from tollgate import money
from tollgate.costs.aggregates import ALL, Dimension
from tollgate.costs.store.closed_days import ClosedDays
from tollgate.lean_dataclass import dataclass
from tollgate.request_log.log_filter import LogFilter
from tollgate_admin.archive.archive_bucket import charges_key, part_name, requests_key
from tollgate_admin.archive.archive_manifests import ArchivedPart, Manifest
from tollgate_admin.costs.focus import focus_export
from tollgate_admin.costs.focus.focus_export import FocusQuery
from tollgate_admin.request_log import exports
from tollgate_admin.web.date_ranges import DateRange

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal
    from zoneinfo import ZoneInfo

    from tollgate.ledger.records import LedgerRecord
    from tollgate_admin.archive.archive_bucket import ArchiveBucket
    from tollgate_admin.composition import Services

logger = logging.getLogger(__name__)
_HOUR = timedelta(hours=1)
# What one file of a day may have, but for what comes late: a few seconds' reading, and a few megabytes.
_FEW = 10_000
# A request's id is from when it came, its day from when it was let in: never so much later.
_WAIT = timedelta(hours=1)


class OutOfTimeError(Exception):
    """The rest is for another run."""


@dataclass(frozen=True, slots=True)
class DayState:
    """Of a closed day: how many requests its sum has, and what is archived of it."""

    day: date
    counted: int
    manifest: Manifest | None

    @property
    def is_archived(self) -> bool:
        """Whether nothing has come since it was written."""
        return self.manifest is not None and self.manifest.complete and self.manifest.counted == self.counted


@dataclass(frozen=True, slots=True)
class DayArchiving:
    """`retention` is how long usage records are kept, `few` how many requests a day's only file may have.

    Days are those of the reporting zone.
    """

    services: Services
    bucket: ArchiveBucket
    retention: timedelta
    few: int = _FEW

    def states(self, first: date, last: date) -> Iterator[DayState]:
        """Of those of the days that are closed, the first one first."""
        closed = ClosedDays(self.services.costs.client, self.services.costs.table).through()
        if not closed:
            return
        span = self._span(first, min(last, date.fromisoformat(closed)))
        if span.length < 1:
            return
        sums = self.services.costs.by_period(Dimension.TOTAL, ALL, span.days())
        for name in span.days():
            day = date.fromisoformat(name)
            counted = sums[name].requests if name in sums else 0
            yield DayState(day, counted, self.bucket.manifest(day))

    def run(self, first: date, last: date, deadline: datetime) -> Iterator[date]:
        """Writes those that are closed and not yet archived; tells of each that is done.

        A day of which records may have expired is left as it is. Raises `OutOfTimeError`.
        """
        for state in self.states(max(first, self._oldest()), last):
            if not state.is_archived:
                self._write(state, deadline)
                yield state.day

    def _oldest(self) -> date:
        """The first day all of whose records are still there."""
        now = self.services.clock()
        return (now - self.retention).astimezone(self._zone).date() + timedelta(days=1)

    def _write(self, state: DayState, deadline: datetime) -> None:
        manifest = state.manifest or self._begun(state)
        if manifest.complete or manifest.counted != state.counted:
            manifest = manifest.anew(state.counted)
        for begin, end in self._parts(manifest):
            name = part_name(begin)
            if name in manifest.parts:
                continue
            if self.services.clock() >= deadline:
                raise OutOfTimeError
            manifest = manifest.with_part(name, self._write_part(state.day, name, begin, end))
            self.bucket.put_manifest(manifest)
        self._write_charges(state.day)
        self.bucket.put_manifest(manifest.completed(self.services.clock()))
        logger.info("The day %s is archived: %d requests", state.day, manifest.records)
        if manifest.records < state.counted:
            logger.warning("The sums of %s have more: %d requests", state.day, state.counted)

    def _begun(self, state: DayState) -> Manifest:
        by_hours = state.counted > self.few
        return self.bucket.begin(
            Manifest(day=state.day, zone=str(self._zone), counted=state.counted, by_hours=by_hours)
        )

    def _parts(self, manifest: Manifest) -> Iterator[tuple[datetime, datetime]]:
        """When the parts of the day begin and end."""
        day = self._span(manifest.day, manifest.day)
        length = _HOUR if manifest.by_hours else day.until - day.since
        begin = day.since
        while begin < day.until:
            yield begin, min(begin + length, day.until)
            begin += length

    def _write_part(self, day: date, name: str, begin: datetime, end: datetime) -> ArchivedPart:
        tally = _PartTally()
        batches = tally.counting(self._records(day, begin, end))
        first = next(batches, None)
        if first is None:
            return ArchivedPart(key=None, records=0, charged=money.ZERO)
        key = requests_key(day, name)
        self.bucket.put(key, exports.to_jsonl(chain([first], batches)))
        return ArchivedPart(key=key, records=tally.records, charged=tally.charged)

    def _records(self, day: date, begin: datetime, end: datetime) -> Iterator[list[LedgerRecord]]:
        # What came in just before midnight may have been let in after it.
        since = begin - _WAIT if begin == self._span(day, day).since else begin
        for batch in self.services.log.batches(LogFilter(since, end)):
            wanted = [each for each in batch if each.created_at.astimezone(self._zone).date() == day]
            if wanted:
                yield wanted

    def _write_charges(self, day: date) -> None:
        query = FocusQuery.model_validate({"from": day.isoformat(), "to": day.isoformat()})
        span = self._span(day, day)
        self.bucket.put(charges_key(day), focus_export.to_csv(self.services, query, span))

    def _span(self, first: date, last: date) -> DateRange:
        today = self.services.clock().astimezone(self._zone).date()
        return DateRange(first, last, self._zone, today=today)

    @property
    def _zone(self) -> ZoneInfo:
        return self.services.settings.reporting_zone


@dataclass(slots=True)
class _PartTally:
    records: int = 0
    charged: Decimal = money.ZERO

    def counting(self, batches: Iterator[list[LedgerRecord]]) -> Iterator[list[LedgerRecord]]:
        for batch in batches:
            self.records += len(batch)
            with money.exact():
                self.charged += sum((each.calculated_cost for each in batch), money.ZERO)
            yield batch
