"""Entries into the costs table, in as few transactions as they fit in."""

from __future__ import annotations

import logging
from collections import defaultdict
from enum import StrEnum
from itertools import chain
from typing import TYPE_CHECKING

from tollgate.costs.store.costs_table import ChunkRefusedError, chunks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from tollgate.costs.aggregates import CostEntry
    from tollgate.costs.store.costs_table import CostsTable

logger = logging.getLogger(__name__)


class EntryOutcome(StrEnum):
    """What has become of an entry: added now, added before, or not taken by the table."""

    ADDED = "added"
    KNOWN = "known"
    REFUSED = "refused"


def roll_up(costs: CostsTable, entries: Iterable[CostEntry]) -> Iterator[tuple[CostEntry, EntryOutcome]]:
    """Adds the entries and says of each what became of it as soon as that is known, the first one first.

    One that can't ever be added keeps no other from it. Raises if the table is out of reach, in time or
    for good: then nothing is known of those that are left.
    """
    for chunk in chunks(_neighbours(entries)):
        yield from _add(costs, chunk)


def _neighbours(entries: Iterable[CostEntry]) -> Iterator[CostEntry]:
    """Those that share aggregates come together: the fewer of these a transaction has, the more records.

    The first comes first, so that a stream that goes on from the first that is left does go on.
    """
    groups: dict[tuple[date, tuple[str, ...]], dict[str, list[CostEntry]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for entry in entries:
        groups[entry.day, entry.scopes][entry.model].append(entry)
    for by_model in groups.values():
        yield from chain.from_iterable(by_model.values())


def _add(costs: CostsTable, chunk: Sequence[CostEntry]) -> Iterator[tuple[CostEntry, EntryOutcome]]:
    try:
        new = {entry.request_id for entry in costs.add(chunk)}
    except ChunkRefusedError:
        if len(chunk) == 1:
            logger.exception("Usage record %s can't be added", chunk[0].request_id)
            yield chunk[0], EntryOutcome.REFUSED
            return
        for entry in chunk:
            yield from _add(costs, [entry])
        return
    for entry in chunk:
        yield entry, EntryOutcome.ADDED if entry.request_id in new else EntryOutcome.KNOWN
