"""Tables of the report, each made of one measurement's figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MEGABYTE = 1024 * 1024


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Markdown; the first column's entries are names, all others figures."""
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def calls(figures: Mapping[str, Any]) -> str:
    """Processor time of calls and chunks, by proxy."""
    proxies = list(figures["chunks"])
    rows = [
        [f"a call in one piece, depth {depth}, ms", *(f"{by[name]:.2f}" for name in proxies)]
        for depth, by in figures["calls"].items()
    ]
    begun, chunk = figures["first chunk, ms"], figures["chunks"]
    rows += [
        ["a stream of one chunk, ms", *(f"{begun[name]:.2f}" for name in proxies)],
        ["each further chunk, µs", *(f"{chunk[name]:.0f}" for name in proxies)],
        ["requests per second and core, depth 1", *_per_core(figures, proxies)],
        ["memory at most, MB", *(f"{figures['peak memory'][name] / MEGABYTE:.0f}" for name in proxies)],
        ["bytes logged a call", *(f"{figures['logged'][name]:.0f}" for name in proxies)],
    ]
    return table(["", *proxies], rows)


def _per_core(figures: Mapping[str, Any], proxies: Sequence[str]) -> list[str]:
    return [f"{1000 / figures['calls']['1'][name]:.0f}" for name in proxies]


def starts(figures: Mapping[str, Any]) -> str:
    return table(
        ["imports, and what they put together", "ms", "modules"],
        [[name, f"{ms:.0f}", f"{figures['modules'][name]}"] for name, ms in figures["milliseconds"].items()],
    )


def latencies(figures: Mapping[str, Any]) -> str:
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


def units(figures: Mapping[str, Any]) -> str:
    depths = list(next(iter(figures.values())))
    return table(
        ["a call", *(f"depth {depth}" for depth in depths)],
        [
            [kind, *(f"{by[depth]['writes']:g} + {by[depth]['reads']:g}" for depth in depths)]
            for kind, by in figures.items()
        ],
    )


def artefacts(figures: Mapping[str, Any]) -> str:
    return table(
        ["package", "zipped, KB", "unpacked, KB"],
        [
            [name, f"{size['zipped'] / 1024:,.0f}", f"{size['unpacked'] / 1024:,.0f}"]
            for name, size in figures.items()
        ],
    )


def leaks(figures: Sequence[Mapping[str, int]]) -> str:
    return table(
        ["calls served", "memory, MB", "open files", "of them sockets"],
        [
            [f"{at['calls']:,}", f"{at['memory'] / MEGABYTE:.1f}", f"{at['files']}", f"{at['sockets']}"]
            for at in figures
        ],
    )
