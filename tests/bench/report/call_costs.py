"""The report's dollars: kinds of calls that are worth telling, with what was measured of them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from infra.local.environment import ROOT
from infra.local.tables import read_template
from tests.bench.gateway.arms import TOLLGATE
from tests.bench.report import dollars
from tests.bench.report.dollars import PROVIDER_SECONDS, CallCosts
from tests.bench.report.markdown import table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# What dollars are worked out from.
MEASURED = frozenset({"processor_time", "units_by_kind", "rollup_units"})
NAMES = {1: "a root key", 2: "a key below one parent, two tags"}
_KIND = "a chat in one piece"


def default_memory() -> int:
    """The proxy's, in MB."""
    return default_of("ProxyMemory")


@cache
def default_of(parameter: str) -> int:
    """The template's."""
    default: int = read_template(ROOT / "template.yaml")["Parameters"][parameter]["Default"]
    return default


def kinds(results: Mapping[str, Any]) -> Iterator[CallCosts]:
    """What a chat in one piece needs, by the depth of its key; its record comes to the rollup alone."""
    used = results["processor_time"]["figures"]
    for depth, name in NAMES.items():
        units = results["units_by_kind"]["figures"][_KIND][str(depth)]
        yield CallCosts(
            name=name,
            writes=units["writes"],
            reads=units["reads"],
            rollup_writes=results["rollup_units"]["figures"]["alone"][str(depth)]["units"],
            processor_ms=used["calls"][str(depth)][TOLLGATE],
            logged_bytes=used["logged"][TOLLGATE],
            round_trips=units["round trips"],
        )


def by_seconds(results: Mapping[str, Any]) -> dict[tuple[str, int], Mapping[str, float]]:
    """Dollars per million calls by what is paid, for each kind and each time that a provider takes."""
    return {
        (call.name, seconds): dollars.per_million(call, seconds, default_memory())
        for call in kinds(results)
        for seconds in PROVIDER_SECONDS
    }


def text(results: Mapping[str, Any]) -> str:
    rows = by_seconds(results)
    parts = list(next(iter(rows.values())))
    return table(
        ["$ per million calls", *parts, "all"],
        [
            [
                f"{name}, {seconds} s",
                *(f"{row[part]:.2f}" for part in parts),
                f"**{sum(row.values()):.1f}**",
            ]
            for (name, seconds), row in rows.items()
        ],
    )
