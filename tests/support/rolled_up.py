"""Sums of requests, made without the stream that brings their records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate.costs.store.marked_records import MarkedRecords

if TYPE_CHECKING:
    from tollgate.costs.cost_entry import CostEntry
    from tollgate.costs.store.costs_table import CostsTable


def add(costs: CostsTable, *entries: CostEntry) -> None:
    """Adds each to the sums of its day and month, whatever day that is, once."""
    records = MarkedRecords(costs.client, costs.table, pause=lambda _: None)
    for entry in entries:
        records.add(entry)
