"""What requests cost that nobody is known to send, by list prices and by what was measured of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.bench.measurements.unknown_keys import MADE_UP
from tests.bench.report import call_costs, dollars
from tests.bench.report.dollars import CallCosts
from tests.bench.report.markdown import table

if TYPE_CHECKING:
    from collections.abc import Mapping

MEASURED = frozenset({"unknown_keys"})
# A condition that fails on an item that isn't there is charged as the least write:
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
_FAILED_WRITE = 1


def text(results: Mapping[str, Any]) -> str:
    rows = []
    for name, measured in results["unknown_keys"]["figures"].items():
        asked = name.startswith(MADE_UP.format(""))
        request = CallCosts(
            name=name,
            writes=_FAILED_WRITE if asked else 0,
            reads=0,
            rollup_writes=0,
            processor_ms=measured["ms"],
            logged_bytes=measured["logged"],
            round_trips=int(asked),
        )
        by_part = dollars.per_million(request, 0, call_costs.default_memory())
        rows.append([name, f"{measured['ms']:.1f}", str(request.writes), f"{sum(by_part.values()):.2f}"])
    return table(["what is sent", "processor, ms", "write units", "$ per million"], rows)
