"""All that is measured of what things cost: python -m tests.bench [name ...]

Without names it measures everything and writes docs/benchmarks.md. With names it measures those alone; the
page is made of what was measured last, which .local/bench.json keeps: `report` makes it of that as it is.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from infra.local.environment import LOCAL
from tests.bench.report import benchmarks_page, machine

if TYPE_CHECKING:
    from collections.abc import Callable

RESULTS = LOCAL / "bench.json"
MEASUREMENTS = ("processor_time", "proxy_starts", "latencies", "units_by_kind", "artefacts")
# Benchmarks of parts, which print their tables.
PARTS = ("cold_start", "overhead", "ledger", "rollup", "cost_queries", "bounds")


def main(names: list[str]) -> None:
    known = {**dict.fromkeys((*MEASUREMENTS, "leaks"), _measured), **dict.fromkeys(PARTS, _printed)}
    unknown = set(names) - {*known, "report"}
    if unknown:
        sys.exit(f"There is no {', '.join(sorted(unknown))}; choose of report, {', '.join(known)}.")
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for name in names or (*MEASUREMENTS, *PARTS):
        if name != "report":
            results[name] = _timed(name, known[name])
            RESULTS.parent.mkdir(exist_ok=True)
            RESULTS.write_text(json.dumps(results, indent=1))
    benchmarks_page.write(results)


def _timed(name: str, measure: Callable[[str], Any]) -> dict[str, Any]:
    """A measurement with the day and the machine that it is of."""
    print(f"== {name}", flush=True)
    begun = time.monotonic()
    figures = measure(name)
    print(f"   {time.monotonic() - begun:.0f} s", flush=True)
    return {"of": f"{datetime.now(UTC):%Y-%m-%d}", "machine": machine.described(), "figures": figures}


def _measured(name: str) -> Any:
    return importlib.import_module(f"tests.bench.measurements.{name}").measure()


def _printed(name: str) -> str:
    """What a part prints, shown as it goes."""
    text = io.StringIO()
    with contextlib.redirect_stdout(_Both(text)):
        importlib.import_module(f"tests.bench.{name}").main()
    return text.getvalue()


class _Both(io.TextIOBase):
    """Writes here and there."""

    def __init__(self, kept: io.StringIO) -> None:
        self._kept, self._shown = kept, sys.stdout

    def write(self, text: str) -> int:
        self._shown.write(text)
        return self._kept.write(text)


if __name__ == "__main__":
    main(sys.argv[1:])
