"""What was aimed at, and whether the figures reach it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.bench.gateway.arms import OVER_BOTO3, TOLLGATE
from tests.bench.report import call_costs
from tests.bench.report.figure_tables import table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Aim = tuple[str, float, float, str]

_MEGABYTE = 1_000_000


def text(results: Mapping[str, Any]) -> str:
    """A line for each aim whose figure is there."""
    return table(
        ["aim", "at most", "measured", "met"],
        [
            [
                what,
                f"{most:g} {unit}",
                f"{found:.{_decimals(most)}f} {unit}",
                "yes" if found <= most else "**no**",
            ]
            for what, most, found, unit in _aims(results)
        ],
    )


def _aims(results: Mapping[str, Any]) -> Iterator[Aim]:
    figures = {name: result["figures"] for name, result in results.items()}
    if "processor_time" in figures:
        calls, chunks = figures["processor_time"]["calls"]["1"], figures["processor_time"]["chunks"]
        yield "processor time of a call in one piece, root key", 2.5, calls[TOLLGATE], "ms"
        yield "the same, of what it is over boto3", 25, 100 * calls[TOLLGATE] / calls[OVER_BOTO3], "%"
        yield "processor time of a streamed chunk", 50, chunks[TOLLGATE], "µs"
    if "proxy_starts" in figures:
        starts = figures["proxy_starts"]["milliseconds"]
        yield "cold start, of what it is over boto3", 40, 100 * starts[TOLLGATE] / starts[OVER_BOTO3], "%"
    if "artefacts" in figures:
        zipped = figures["artefacts"]["proxy"]["zipped"] + figures["artefacts"]["layer"]["zipped"]
        yield "the proxy's package with the layer, zipped", 5, zipped / _MEGABYTE, "MB"
    if {"processor_time", "units_by_kind"} <= figures.keys():
        for name, row in call_costs.by_seconds(results).items():
            if name.endswith(", 3 s"):
                yield f"dollars per million calls of {name}", 35, sum(row.values()), "$"


def _decimals(most: float) -> int:
    return 2 if most < 10 else 0
