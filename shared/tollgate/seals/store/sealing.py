"""Sealing days that are over: leaf lists first, then the seal, each put on the condition that there is none.

What is put stays. So a run may stop anywhere, at its deadline too: the next one reads the lists that there
are and goes on behind the last leaf of them. Of two runs at once each takes up what the other was quicker to
put.
"""

from __future__ import annotations

import logging
from itertools import islice
from typing import TYPE_CHECKING

from tollgate.clock import Clock, utc_now
from tollgate.identifiers import moment_of
from tollgate.lean_dataclass import dataclass
from tollgate.seals import leaf_lists, sealing_times
from tollgate.seals.chain_check import StoredSeal
from tollgate.seals.day_seals import LATE, NO_SEAL, OF_THE_DAY, Kind, Name, Seal, Section
from tollgate.seals.leaf_lists import LIST_SIZE, LeafList
from tollgate.seals.sealing_times import DAY, LOOK_BACK
from tollgate.seals.store.sealed_lists import numbered_lists, sealed_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import date, datetime

    from tollgate.seals.day_seals import SealedPart
    from tollgate.seals.leaf_lists import Leaf, ListSummary
    from tollgate.seals.store.day_items import DayItems
    from tollgate.seals.store.seal_bucket import SealBucket
    from tollgate.seals.store.seal_table import SealTable

logger = logging.getLogger(__name__)


class ForkedChainError(Exception):
    """The table's chain and the bucket's are two."""

    def __init__(self, day: date) -> None:
        super().__init__(
            f"The seal of {day} is another in the bucket than in the table, or follows from another"
        )
        self.day = day


class SealAheadError(Exception):
    """The last seal is of a day that couldn't be sealed yet: no day before it would be sealed any more."""

    def __init__(self, day: date) -> None:
        super().__init__(f"There is a seal of {day} already: it was put by a clock that is off, or is forged")
        self.day = day


class _OutOfTimeError(Exception):
    """The next run goes on."""


@dataclass(frozen=True, slots=True)
class SealingReport:
    """`overdue` is how many days should have been sealed a day ago, or before."""

    seals: tuple[Seal, ...]
    overdue: int
    out_of_time: bool

    @property
    def late(self) -> int:
        return sum(seal.parts[section].size for seal in self.seals for section in LATE.values())


@dataclass(frozen=True, slots=True)
class Sealing:
    """`stack` is named in each seal, and `retention_days` is how long records are kept."""

    items: DayItems
    table: SealTable
    stack: str
    retention_days: int
    bucket: SealBucket | None = None
    clock: Clock = utc_now
    list_size: int = LIST_SIZE

    def run(self, deadline: datetime | None = None) -> SealingReport:
        """Seals every day that may be, one after the other; the first of all is the latest of these.

        Raises `ForkedChainError`, `SealAheadError`, `SealError` and `LeafListError` where what there is can't
        be gone on from.
        """
        seals: list[Seal] = []
        last = self.table.last()
        if last is not None and sealing_times.is_ahead(last.day, self.clock()):
            raise SealAheadError(last.day)
        day = self._first_day() if last is None else last.day + DAY
        out_of_time = False
        try:
            if self.bucket is not None:
                self._copy_missing(self.bucket, deadline)
            while sealing_times.due_at(day) <= self.clock():
                last = self._next(day, last, deadline)
                seals.append(last.seal)
                day += DAY
        except _OutOfTimeError:
            out_of_time = True
            logger.warning("Time is up before %s is sealed; the next run goes on there", day)
        return SealingReport(
            tuple(seals), sealing_times.days_overdue(day, self.clock()), out_of_time=out_of_time
        )

    def _first_day(self) -> date:
        """Of a chain that the table has nothing of: what was before is the bucket's to say."""
        begun = self.bucket.first_day() if self.bucket is not None else None
        return begun or sealing_times.latest_due(self.clock())

    def _next(self, day: date, last: StoredSeal | None, deadline: datetime | None) -> StoredSeal:
        stored = self._taken_back(day, last) if self.bucket is not None else None
        if stored is None:
            stored = self.table.put_seal(self._sealed(day, last, deadline))
            if self.bucket is not None:
                self._copy(self.bucket, stored)
        if stored.seal.previous != _head(last):
            raise ForkedChainError(day)
        return stored

    def _sealed(self, day: date, last: StoredSeal | None, deadline: datetime | None) -> StoredSeal:
        parts: dict[Section, SealedPart] = {}
        lists: dict[Section, bytes] = {}
        for section, leaves in self._leaves(day, deadline).items():
            size, summaries = self._listed(day, section, leaves, deadline)
            parts[section] = leaf_lists.part_of(summaries, size)
            lists[section] = leaf_lists.pack(summaries)
        seal = Seal(
            stack=self.stack,
            day=day,
            previous=_head(last),
            sealed_at=self.clock(),
            retention_days=self.retention_days,
            list_size=self.list_size,
            parts=parts,
        )
        return StoredSeal(day, seal.text(), lists)

    def _leaves(
        self, day: date, deadline: datetime | None
    ) -> Mapping[Section, Callable[[Name | None], Iterator[Leaf]]]:
        def own(kind: Kind) -> Callable[[Name | None], Iterator[Leaf]]:
            return lambda after: self.items.leaves(kind, day, after)

        def late(kind: Kind) -> Callable[[Name | None], Iterator[Leaf]]:
            return lambda after: self._late(kind, day, after, deadline)

        return {OF_THE_DAY[kind]: own(kind) for kind in Kind} | {LATE[kind]: late(kind) for kind in Kind}

    def _listed(
        self,
        day: date,
        section: Section,
        leaves: Callable[[Name | None], Iterator[Leaf]],
        deadline: datetime | None,
    ) -> tuple[int, list[ListSummary]]:
        """Has all leaves in lists; answers how many there are, and the lists' summaries."""
        size, last = 0, None
        summaries: list[ListSummary] = []
        rest: Iterator[Leaf] | None = None
        while True:
            self._require_time(deadline)
            kept = self.table.leaf_list(day, section, len(summaries)) if rest is None else None
            if kept is None:
                rest = leaves(last) if rest is None else rest
                made = LeafList(tuple(islice(rest, self.list_size)))
                if not made.leaves:
                    return size, summaries
                kept = self.table.put_leaf_list(day, section, len(summaries), made)
                if kept != made:
                    rest = None
            summaries.append(kept.summary())
            size, last = size + len(kept.leaves), kept.last
            if len(kept.leaves) < self.list_size:
                return size, summaries

    def _late(self, kind: Kind, day: date, after: Name | None, deadline: datetime | None) -> Iterator[Leaf]:
        """What is there of days that were sealed before, and in none of their seals."""
        before = [each for each in self.table.chain(day - LOOK_BACK[kind]) if each.day < day]
        known = {name for each in before for name in sealed_names(self.table, each, LATE[kind])}
        found: list[Name] = []
        for each in before:
            self._require_time(deadline)
            if kind is Kind.USAGE and self._has_all(each, known):
                continue
            sealed = sealed_names(self.table, each, OF_THE_DAY[kind])
            found += (
                name for name in _without(self.items.names(kind, each.day), sealed) if name not in known
            )
        return self.items.leaves_of(kind, [name for name in sorted(found) if after is None or name > after])

    def _has_all(self, stored: StoredSeal, late: set[Name]) -> bool:
        """Whether a day has as many records as are sealed of it, which can be asked of many days quickly."""
        sealed = stored.seal.parts[Section.USAGE].size
        late_of_day = sum(moment_of(name.sort).date() == stored.day for name in late)
        return self.items.count_records(stored.day) == sealed + late_of_day

    def _taken_back(self, day: date, last: StoredSeal | None) -> StoredSeal | None:
        """The bucket's seal of a day that the table has lost, put there again with its lists."""
        bucket = self.bucket
        stored = bucket.seal(day) if bucket is not None else None
        if bucket is None or stored is None:
            return None
        if (stored.seal.day, stored.seal.previous) != (day, _head(last)):
            raise ForkedChainError(day)
        for section, number in numbered_lists(stored):
            if (leaf_list := bucket.leaf_list(day, section, number)) is not None:
                self.table.put_leaf_list(day, section, number, leaf_list)
        logger.warning("The seal of %s was missing, and is the bucket's again", day)
        return self.table.put_seal(stored)

    def _copy_missing(self, bucket: SealBucket, deadline: datetime | None) -> None:
        """What a run that died had not copied, and all if the bucket is new."""
        missing: list[StoredSeal] = []
        for stored in self.table.newest_first(10):
            copied = bucket.seal(stored.day)
            if copied is not None:
                if copied.text != stored.text:
                    raise ForkedChainError(stored.day)
                break
            missing.append(stored)
        for stored in reversed(missing):
            self._require_time(deadline)
            self._copy(bucket, stored)

    def _copy(self, bucket: SealBucket, stored: StoredSeal) -> None:
        """The lists first: a day that has a seal has them."""
        for section, number in numbered_lists(stored):
            if (leaf_list := self.table.leaf_list(stored.day, section, number)) is not None:
                bucket.put_leaf_list(stored.day, section, number, leaf_list)
        bucket.put_seal(stored)

    def _require_time(self, deadline: datetime | None) -> None:
        if deadline is not None and self.clock() >= deadline:
            raise _OutOfTimeError


def _head(last: StoredSeal | None) -> str:
    return NO_SEAL if last is None else last.seal.head


def _without(names: Iterable[Name], others: Iterator[Name]) -> Iterator[Name]:
    """Those that aren't among the others; both are in order."""
    other = next(others, None)
    for name in names:
        while other is not None and other < name:
            other = next(others, None)
        if other != name:
            yield name
