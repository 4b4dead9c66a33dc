"""Tables of the report, each made of one measurement's figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.bench.measurements.artefacts import LAYER
from tests.bench.report.markdown import table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Figures = Mapping[str, Any]

MEGABYTE = 1024 * 1024
UNIT_BYTES = 1024


def calls(figures: Figures) -> str:
    """Processor time of calls and chunks, by proxy."""
    proxies = list(figures["chunks"])
    rows = [
        [f"a call in one piece, depth {depth}, ms", *(f"{by[name]:.2f}" for name in proxies)]
        for depth, by in figures["calls"].items()
    ]
    agents, begun, chunk = figures["an agent's call, ms"], figures["first chunk, ms"], figures["chunks"]
    rows += [
        ["a call with 98 KB and 40 tools, ms", *(f"{agents[name]:.2f}" for name in proxies)],
        ["a stream of one chunk, ms", *(f"{begun[name]:.2f}" for name in proxies)],
        ["each further chunk, µs", *(f"{chunk[name]:.0f}" for name in proxies)],
        ["requests per second and core, depth 1", *_per_core(figures, proxies)],
        ["bytes logged a call", *(f"{figures['logged'][name]:.0f}" for name in proxies)],
    ]
    return table(["", *proxies], rows)


def _per_core(figures: Figures, proxies: Sequence[str]) -> list[str]:
    return [f"{1000 / figures['calls']['1'][name]:.0f}" for name in proxies]


def writes(figures: Figures) -> str:
    """Processor time of one UpdateItem, by client."""
    clients = list(dict.fromkeys(client for by in figures.values() for client in by))
    return table(
        ["µs of an UpdateItem", *clients],
        [
            [name, *(f"{by[client]:.0f}" if client in by else "" for client in clients)]
            for name, by in figures.items()
        ],
    )


def starts(figures: Figures) -> str:
    whole = table(
        ["imports, and what they put together", "ms", "modules"],
        [[name, f"{ms:.0f}", f"{figures['modules'][name]}"] for name, ms in figures["milliseconds"].items()],
    )
    parts = table(["a part", "ms"], [[name, f"{ms:.0f}"] for name, ms in figures["parts"].items()])
    return f"{whole}\n\n{parts}"


def memory(figures: Figures) -> str:
    return table(
        ["after", "peak memory, MB"], [[name, f"{size / MEGABYTE:.0f}"] for name, size in figures.items()]
    )


def latencies(figures: Figures) -> str:
    """Direct calls beside those through a proxy, and what the difference is."""
    rows = []
    for who, name in (("alone", "1 client"), ("crowd", "16 clients")):
        direct, through = figures[who]["direct"], figures[who]["through"]
        for what in ("first byte", "whole"):
            for part in ("median", "p95"):
                without, with_it = direct[what][part], through[what][part]
                added = f"{with_it - without:.1f}"
                rows.append([f"{name}, {what}, {part}", f"{without:.1f}", f"{with_it:.1f}", added])
    return table(["ms", "direct", "through a proxy", "added"], rows)


def units(figures: Figures) -> str:
    depths = list(next(iter(figures.values())))
    return table(
        ["a call", *(f"depth {depth}" for depth in depths)],
        [[kind, *(_units(by.get(depth)) for depth in depths)] for kind, by in figures.items()],
    )


def _units(found: Mapping[str, float] | None) -> str:
    if found is None:
        return ""
    return f"{found['writes']:g} + {found['reads']:g} in {found['round trips']:g}"


def stored(figures: Figures) -> str:
    """Bytes, and the units of a write, by how many calls are open."""
    growing = table(
        ["calls open at once", "the key, bytes", "units a write", "its root, bytes", "units a write"],
        [
            [count, *(text for name in ("key", "root") for text in _weight(by[name]))]
            for count, by in figures["open"].items()
        ],
    )
    written = table(
        ["written once a call", "bytes", "units"],
        [
            [name, *_weight(figures[name])]
            for name in ("record", "record after a failed attempt", "index entry")
        ],
    )
    return f"{growing}\n\n{written}"


def _weight(size: int) -> list[str]:
    return [f"{size:,}", f"{-(-size // UNIT_BYTES)}"]


def rollup(figures: Figures) -> str:
    """Units a record, alone and in traffic; then whether many shards keep up."""
    rows = [
        [f"alone, depth {depth}, {by['tags']} tags", "1", f"{by['units']:g}", ""]
        for depth, by in figures["alone"].items()
    ]
    rows += [
        [
            f"{by['rate']:g} a second, window of {by['window']} s, shards: {by['shards']}",
            f"{by['records a batch']:.0f}",
            f"{by['added']:.1f}",
            f"{by['closed']:.2f}",
        ]
        for by in figures["traffic"]
    ]
    return table(["records", "a batch", "write units a record", "closing its day"], rows)


def shards(figures: Figures) -> str:
    populations = figures["populations"]
    sizes = list(populations[0]["busy"])
    return table(
        ["keys and models", "writes a record", *(f"busy, {int(memory):,} MB" for memory in sizes)],
        [
            [
                f"{by['keys']:,} and {by['models']}",
                f"{by['writes']:.2f}",
                *(f"{by['busy'][memory]:.0%}" for memory in sizes),
            ]
            for by in populations
        ],
    )


def artefacts(figures: Figures) -> str:
    with_layer = {name: size["zipped"] + figures[LAYER]["zipped"] for name, size in figures.items()}
    return table(
        ["artefact", "zipped, KB", "with the layer, KB", "unpacked, KB", "of it bytecode, KB"],
        [
            [
                name,
                f"{size['zipped'] / 1000:,.0f}",
                "" if name == LAYER else f"{with_layer[name] / 1000:,.0f}",
                f"{size['unpacked'] / 1000:,.0f}",
                f"{size['bytecode'] / 1000:,.0f}",
            ]
            for name, size in figures.items()
        ],
    )


def queries(figures: Figures) -> str:
    return table(
        ["query", "processor time, s", "waiting for DynamoDB Local, s"],
        [[name, f"{by['processor']:.1f}", f"{by['waiting']:.1f}"] for name, by in figures["queries"].items()],
    )


def leaks(figures: Sequence[Mapping[str, int]]) -> str:
    return table(
        ["calls served", "memory, MB", "open files", "of them sockets"],
        [
            [f"{at['calls']:,}", f"{at['memory'] / MEGABYTE:.1f}", f"{at['files']}", f"{at['sockets']}"]
            for at in figures
        ],
    )
