"""docs/benchmarks.md, made of what was measured: never written by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from infra.local.environment import ROOT
from tests.bench.gateway.arms import BEFORE, OVER_BOTO3
from tests.bench.report import aims, bars, call_costs, figure_tables, memory_sizes, unknown_key_costs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    Figures = Mapping[str, Any]

DOCS = ROOT / "docs"
_INTRODUCTION = f"""\
# Benchmarks

What Tollgate costs a call: in processor time, in waiting, in memory and in dollars. `make bench` measures all
of it in one run and writes this page from [its figures](benchmarks/figures.json). Compare columns with each
other, not with those of another machine. [Cold starts](cold-start.md) and [the ledger](ledger.md) say what is
behind them.

Processor time is the operating system's account of the whole proxy process: its sockets, the runtime's loop
and the durable writes are in it. The proxy runs as on Lambda, under a Runtime API on the loopback interface,
against Amazon's DynamoDB Local and the mock provider. A call has 500 words each way, and a key with hard
budgets. *{OVER_BOTO3.capitalize()}* is the same gateway, put together with boto3's clients, as it was before
Tollgate had its own.
"""


@dataclass(frozen=True)
class Section:
    """What is made of all results. It appears below its title when each of `needs` has been measured."""

    title: str
    needs: frozenset[str]
    text: Callable[[Figures], str]


def write(results: Figures, docs: Path = DOCS) -> None:
    """Writes the page and its charts; what hasn't been measured is left out."""
    charts = docs / "benchmarks"
    charts.mkdir(exist_ok=True)
    (docs / "benchmarks.md").write_text(page(results))
    for name, (needs, draw) in _CHARTS.items():
        if needs <= results.keys():
            (charts / name).write_text(draw(results))


def page(results: Figures) -> str:
    sections = [
        f"## {each.title}\n\n{each.text(results)}" for each in _SECTIONS if each.needs <= results.keys()
    ]
    pieces = [_INTRODUCTION, _machine(results), *sections]
    return "\n\n".join(piece.strip("\n") for piece in pieces) + "\n"


def _machine(results: Figures) -> str:
    """Days and machines of the figures, each once, with what was measured then if that isn't all of it."""
    found: dict[str, list[str]] = {}
    for name, each in results.items():
        machine = ", ".join(f"{part} {what}" for part, what in each["machine"].items())
        found.setdefault(f"{each['of']}: {machine}", []).append(name)
    of = {machine: f" ({', '.join(names)})" if len(found) > 1 else "" for machine, names in found.items()}
    return "Measured on\n\n" + "\n".join(f"- {machine}{names}" for machine, names in of.items())


def _calls(results: Figures) -> str:
    figures = results["processor_time"]["figures"]
    before = f"\n\n*{BEFORE}* is the revision in the folder that `BENCH_AGAINST` names." * (
        BEFORE in figures["chunks"]
    )
    return (
        f"{figure_tables.calls(figures)}{before}\n\n"
        "![Processor time of a call by its key's depth](benchmarks/processor-time.svg)\n\n"
        "A plain call logs one line, of [its metrics](observability.md). Lambda at `SystemLogLevel=WARN`, "
        "the default, logs nothing unless something fails; [`INFO`]"
        "(deployment.md#memory-start-traces-and-logs) adds nearly a kilobyte a call."
    )


def _writes(results: Figures) -> str:
    return (
        "By [the proxy's own client](decisions/019-own-wire-client.md) and by boto3, of user and "
        "system time. Who has waited finds the processor's caches cold.\n\n"
        f"{figure_tables.writes(results['wire_client']['figures'])}"
    )


def _starts(results: Figures) -> str:
    return (
        "Processor time in fresh interpreters, with bytecode in place.\n\n"
        f"{figure_tables.starts(results['proxy_starts']['figures'])}\n\n"
        "*Besides* means in an interpreter that has the proxy already: what it would cost to import "
        "that, too.\n\n"
        "![Processor time of imports and construction](benchmarks/cold-start.svg)"
    )


def _latencies(results: Figures) -> str:
    figures = results["latencies"]["figures"]
    return (
        "Streams of 50 chunks, against the same calls to the provider itself. One client's provider "
        f"answers at once, that of 16 clients after {figures['provider takes, ms']['crowd']} ms. Here "
        "16 proxies share the processors with each other and with DynamoDB Local, whose writes are "
        "slower than DynamoDB's; on Lambda each has its own.\n\n"
        f"{figure_tables.latencies(figures)}"
    )


def _units(results: Figures) -> str:
    return (
        "Of the proxy's tables, writes + reads, in so many round trips that the call waits for. By "
        "kind and by the depth of the key, when two like it have been before; [what the rollup "
        "writes](#what-the-rollup-writes) comes on top.\n\n"
        f"{figure_tables.units(results['units_by_kind']['figures'])}"
    )


def _stored(results: Figures) -> str:
    return (
        "Of a key as many deployments have them: two tags, a monthly quota, three models, an owner. "
        "DynamoDB charges each write by the whole item, a unit for 1,024 bytes; [the "
        "ledger](ledger.md#what-it-costs-and-what-one-item-can-take) says what that means for busy "
        "keys.\n\n"
        f"{figure_tables.stored(results['stored_items']['figures'])}"
    )


def _rollup(results: Figures) -> str:
    figures = results["rollup_units"]["figures"]
    many = figures["shards"]
    return (
        "Worked out by DynamoDB's rules from the items that the project's own code makes of "
        "simulated traffic: Poisson arrivals, 50 keys of depth 2 with two tags, 5 models ([cost "
        "aggregates](costs.md#what-it-costs)).\n\n"
        f"{figure_tables.rollup(figures)}\n\n"
        f"With {many['rate']:,} records a second over {many['shards']} shards, a batch has "
        f"{many['records a batch']:,} records, and there are {many['seconds apart']:.0f} s until the "
        f"next one. How much of that it takes, with {many['ms a write']:.2f} ms of processor time a "
        "write as measured here over boto3, and 5 ms of waiting (assumed):\n\n"
        f"{figure_tables.shards(figures['shards'])}"
    )


def _dollars(results: Figures) -> str:
    return (
        "List prices of us-east-1, arm64, without free tiers; the proxy with "
        f"{call_costs.default_memory()} MB, tracing off, for providers that take 1, 3 and 10 s. The "
        "rollup's units are those of a record that comes alone, the most that it takes. The "
        "functions behind the streams, alarms and kept data are not in it.\n\n"
        f"{call_costs.text(results)}\n\n"
        "![US dollars per million calls](benchmarks/dollars.svg)"
    )


def _memory_sizes(results: Figures) -> str:
    return (
        "Lambda gives a function memory/1,769 of a processor. A call's processor time by that share "
        "is the most that it can take, for part of it overlaps with waiting. Dollars are Lambda's "
        "for a million calls, memory and requests, with a provider that takes 1, 3 or 10 s.\n\n"
        f"{memory_sizes.text(results)}"
    )


def _unknown_keys(results: Figures) -> str:
    return (
        "Requests that end before they cost anything but the gateway's own work, by the same prices, "
        "and by the size of what is sent with a key that was made up. [Hardening](hardening.md"
        "#what-an-unknown-key-can-spend) says what bounds them.\n\n"
        f"{unknown_key_costs.text(results)}"
    )


def _peaks(results: Figures) -> str:
    return (
        "The proxy's largest resident set so far, one after the other in one process.\n\n"
        f"{figure_tables.memory(results['peak_memory']['figures'])}"
    )


def _artefacts(results: Figures) -> str:
    return (
        "As they are deployed, with bytecode, built for this machine.\n\n"
        f"{figure_tables.artefacts(results['artefacts']['figures'])}"
    )


def _queries(results: Figures) -> str:
    figures = results["cost_queries"]["figures"]
    return (
        "The dearest ones, of all keys over a year: 2,000,000 records over 5,000 keys, each used in "
        f"every month, whose sums of a month take {figures['a month of keys, bytes'] / 1e6:.1f} MB. "
        "[Cost queries](cost-queries.md#time) has more.\n\n"
        f"{figure_tables.queries(figures)}"
    )


def _leaks(results: Figures) -> str:
    return (
        "Calls through one process, every tenth a stream; `make leaks` measures this alone.\n\n"
        f"{figure_tables.leaks(results['leaks']['figures'])}"
    )


def _calls_chart(results: Figures) -> str:
    rows = {
        f"depth {depth}, {name}": {"": milliseconds}
        for depth, by in results["processor_time"]["figures"]["calls"].items()
        for name, milliseconds in by.items()
    }
    return bars.chart("Processor time of a call in one piece", rows, "ms", 2)


def _starts_chart(results: Figures) -> str:
    found = results["proxy_starts"]["figures"]["milliseconds"]
    return bars.chart("Imports and construction", {name: {"": ms} for name, ms in found.items()}, "ms", 0)


def _dollars_chart(results: Figures) -> str:
    rows = {f"{name}, {seconds} s": row for (name, seconds), row in call_costs.by_seconds(results).items()}
    return bars.chart("US dollars per million calls", rows, "$")


_ANY: frozenset[str] = frozenset()
_SECTIONS = (
    Section("Aims", _ANY, aims.text),
    Section("Dollars per million calls", call_costs.MEASURED, _dollars),
    Section("Processor time", frozenset({"processor_time"}), _calls),
    Section("Processor time of a write", frozenset({"wire_client"}), _writes),
    Section("Added latency", frozenset({"latencies"}), _latencies),
    Section("Cold start", frozenset({"proxy_starts"}), _starts),
    Section("Sizes of memory", memory_sizes.MEASURED, _memory_sizes),
    Section("Requests without a key", unknown_key_costs.MEASURED, _unknown_keys),
    Section("Peak memory", frozenset({"peak_memory"}), _peaks),
    Section("Write and read units", frozenset({"units_by_kind"}), _units),
    Section("Sizes of items", frozenset({"stored_items"}), _stored),
    Section("What the rollup writes", frozenset({"rollup_units"}), _rollup),
    Section("Cost queries", frozenset({"cost_queries"}), _queries),
    Section("Artefacts", frozenset({"artefacts"}), _artefacts),
    Section("One environment, many calls", frozenset({"leaks"}), _leaks),
)
_CHARTS = {
    "processor-time.svg": (frozenset({"processor_time"}), _calls_chart),
    "cold-start.svg": (frozenset({"proxy_starts"}), _starts_chart),
    "dollars.svg": (call_costs.MEASURED, _dollars_chart),
}
