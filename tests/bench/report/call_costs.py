"""The report's dollars: kinds of calls that are worth telling, with what was measured of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.bench.measurements import dollars
from tests.bench.measurements.dollars import PROVIDER_SECONDS, CallCosts
from tests.bench.report.figure_tables import table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MEMORY_MB = 512
# Write units that the rollup takes for a record that comes alone, by `tests.bench.rollup`: of a root key, and
# of one below a parent with two tags.
ROLLUP_UNITS = {1: 38.0, 2: 54.0}
NAMES = {1: "a root key", 2: "a key below one parent, two tags"}
# Trips to the tables that a call waits for: a hold on each scope before the provider, then the record, then
# the holds again.
_ROUND_TRIPS = {1: 3, 2: 5}


def kinds(results: Mapping[str, Any]) -> Iterator[CallCosts]:
    by_kind = results["units_by_kind"]["figures"]["in one piece"]
    used = results["processor_time"]["figures"]
    for depth, name in NAMES.items():
        units = by_kind[str(depth)]
        yield CallCosts(
            name=name,
            writes=units["writes"],
            reads=units["reads"],
            rollup_writes=ROLLUP_UNITS[depth],
            processor_ms=used["calls"][str(depth)]["Tollgate"],
            logged_bytes=used["logged"]["Tollgate"],
            round_trips=_ROUND_TRIPS[depth],
        )


def by_seconds(results: Mapping[str, Any]) -> dict[str, Mapping[str, float]]:
    """Dollars per million calls by what is paid, for each kind and each time that a provider takes."""
    return {
        f"{call.name}, {seconds} s": dollars.per_million(call, seconds, MEMORY_MB)
        for call in kinds(results)
        for seconds in PROVIDER_SECONDS
    }


def text(results: Mapping[str, Any]) -> str:
    rows = by_seconds(results)
    parts = list(next(iter(rows.values())))
    return table(
        ["$ per million calls", *parts, "all"],
        [
            [name, *(f"{row[part]:.2f}" for part in parts), f"**{sum(row.values()):.1f}**"]
            for name, row in rows.items()
        ],
    )
