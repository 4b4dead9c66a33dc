"""What each size of the proxy's memory means: its share of a processor makes it slower, and cheaper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.bench.gateway.arms import TOLLGATE
from tests.bench.report import call_costs, dollars
from tests.bench.report.dollars import PROVIDER_SECONDS
from tests.bench.report.markdown import table

if TYPE_CHECKING:
    from collections.abc import Mapping

MEASURED = call_costs.MEASURED | {"proxy_starts"}
_SIZES = (256, 512, 1024, dollars.WHOLE_PROCESSOR_MB)


def text(results: Mapping[str, Any]) -> str:
    """By size, a root key's call in one piece; dollars are Lambda's, for memory and requests."""
    root, *_ = call_costs.kinds(results)
    chunk = results["processor_time"]["figures"]["chunks"][TOLLGATE]
    start = results["proxy_starts"]["figures"]["milliseconds"][TOLLGATE]
    rows = []
    for memory in _SIZES:
        share = dollars.share(memory)
        lambdas = [
            (dollars.memory_dollars(root, seconds, memory) + dollars.LAMBDA_REQUEST) * 1e6
            for seconds in PROVIDER_SECONDS
        ]
        name = f"**{memory:,} MB**" if memory == call_costs.default_memory() else f"{memory:,} MB"
        rows.append(
            [
                name,
                f"{share:.2f}",
                f"{root.processor_ms / share:.1f} ms",
                f"{chunk / share:.0f} µs",
                f"{start / share:,.0f} ms",
                *(f"${each:.1f}" for each in lambdas),
            ]
        )
    head = ["memory", "share", "own time of a call", "of a chunk", "a start's imports, at worst"]
    return table([*head, *(f"{seconds} s" for seconds in PROVIDER_SECONDS)], rows)
