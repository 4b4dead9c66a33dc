"""docs/benchmarks.md, made of what was measured: never written by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infra.local.environment import ROOT
from tests.bench.gateway.arms import BEFORE, OVER_BOTO3
from tests.bench.report import aims, bars, call_costs, figure_tables

if TYPE_CHECKING:
    from collections.abc import Mapping

PAGE = ROOT / "docs/benchmarks.md"
CHARTS = ROOT / "docs/benchmarks"

_INTRODUCTION = """\
# Benchmarks

`make bench` measures all of this in one run and writes this page. Compare the columns, not the figures, with
those of another machine. Processor time is the operating system's account of the whole proxy process: its
sockets, the runtime's loop and the durable writes are in it. The proxy runs as on Lambda, under a Runtime API
on the loopback interface, against Amazon's DynamoDB Local and the mock provider. A call has 500 words each
way, and a key with hard budgets. *{over}* is the same gateway, put together with boto3's clients.
"""
_PARTS = {
    "ledger": "What the ledger writes",
    "rollup": "What the rollup writes",
    "cost_queries": "What cost queries take",
    "overhead": "The gateway's own processor time, with stand-ins for ledger and provider",
    "cold_start": "A cold start by its parts",
}


def write(results: Mapping[str, Any]) -> None:
    """Writes the page and its charts; what hasn't been measured is left out."""
    CHARTS.mkdir(exist_ok=True)
    pieces = [_INTRODUCTION.format(over=OVER_BOTO3[0].upper() + OVER_BOTO3[1:]), _machine(results)]
    pieces += [f"## Aims\n\n{aims.text(results)}"]
    for name, section in _SECTIONS.items():
        if name in results:
            pieces.append(section(results[name]["figures"]))
    if {"processor_time", "units_by_kind"} <= results.keys():
        pieces.append(_dollars(results))
    pieces += [
        f"## {title}\n\n```\n{results[name]['figures'].rstrip()}\n```"
        for name, title in _PARTS.items()
        if name in results
    ]
    PAGE.write_text("\n\n".join(piece.strip("\n") for piece in pieces) + "\n")


def _machine(results: Mapping[str, Any]) -> str:
    """Days and machines of the figures, each once."""
    said = dict.fromkeys(
        f"- {each['of']}: " + ", ".join(f"{name} {what}" for name, what in each["machine"].items())
        for each in results.values()
    )
    return "Measured on\n\n" + "\n".join(said)


def _calls(figures: Mapping[str, Any]) -> str:
    rows = {
        f"depth {depth}, {name}": {"": milliseconds}
        for depth, by in figures["calls"].items()
        for name, milliseconds in by.items()
    }
    _draw("processor-time.svg", bars.chart("Processor time of a call in one piece", rows, "ms", 2))
    other = f"\n\n*{BEFORE}* is the revision in the folder that `BENCH_AGAINST` names." * (
        BEFORE in figures["chunks"]
    )
    return (
        f"## Processor time and memory\n\n{figure_tables.calls(figures)}{other}\n\n"
        "![Processor time of a call by its key's depth](benchmarks/processor-time.svg)"
    )


def _starts(figures: Mapping[str, Any]) -> str:
    rows = {name: {"": ms} for name, ms in figures["milliseconds"].items()}
    _draw("cold-start.svg", bars.chart("Imports and construction", rows, "ms", 0))
    return (
        "## Cold start\n\nProcessor time in fresh interpreters, modules already compiled; "
        f"[Cold start](cold-start.md) has more.\n\n{figure_tables.starts(figures)}\n\n"
        "![Processor time of imports and construction](benchmarks/cold-start.svg)"
    )


def _latencies(figures: Mapping[str, Any]) -> str:
    takes = figures["provider takes, ms"]
    return (
        "## Added latency\n\nStreams of 50 chunks, against the same calls to the provider itself. One "
        f"client's provider answers at once, that of 16 clients after {takes['crowd']} ms. Here 16 proxies "
        "share the processors with each other and with DynamoDB Local, whose writes are slower than "
        f"DynamoDB's; on Lambda each has its own.\n\n{figure_tables.latencies(figures)}"
    )


def _units(figures: Mapping[str, Any]) -> str:
    return (
        "## Write and read units\n\nOf the proxy's tables, writes + reads, by the depth of the key; what the "
        f"rollup writes comes on top.\n\n{figure_tables.units(figures)}"
    )


def _artefacts(figures: Mapping[str, Any]) -> str:
    return f"## Artefacts\n\n{figure_tables.artefacts(figures)}"


def _leaks(figures: Any) -> str:
    return (
        "## One environment, many calls\n\n`make leaks`: calls through one process, every tenth a stream.\n\n"
        f"{figure_tables.leaks(figures)}"
    )


def _dollars(results: Mapping[str, Any]) -> str:
    rows = call_costs.by_seconds(results)
    _draw("dollars.svg", bars.chart("US dollars per million calls", rows, "$"))
    return (
        "## Dollars per million calls\n\nList prices of us-east-1, arm64, without free tiers; the proxy "
        f"with {call_costs.MEMORY_MB} MB, tracing off, for providers that take 1, 3 and 10 s. The rollup's "
        f"units are those of a record that comes alone.\n\n{call_costs.text(results)}\n\n"
        "![US dollars per million calls](benchmarks/dollars.svg)"
    )


def _draw(name: str, drawn: str) -> None:
    (CHARTS / name).write_text(drawn)


_SECTIONS = {
    "processor_time": _calls,
    "proxy_starts": _starts,
    "latencies": _latencies,
    "units_by_kind": _units,
    "artefacts": _artefacts,
    "leaks": _leaks,
}
