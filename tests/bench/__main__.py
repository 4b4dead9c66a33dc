"""All that is measured of what things cost: python -m tests.bench [name ...]

Without names it measures everything and writes docs/benchmarks.md. With names it measures those alone; the
page is made of what was measured last, which docs/benchmarks/figures.json keeps: `report` makes it of that as
it is.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from datetime import UTC, datetime
from typing import Any

from tests.bench.report import benchmarks_page, machine
from tests.bench.report.aims import WHOLE_RUN

RESULTS = benchmarks_page.DOCS / "benchmarks/figures.json"
# Those first that suffer most from what else a machine does.
MEASUREMENTS = (
    "processor_time",
    "wire_client",
    "proxy_starts",
    "latencies",
    "peak_memory",
    "unknown_keys",
    "units_by_kind",
    "stored_items",
    "rollup_units",
    "cost_queries",
    "artefacts",
    "leaks",
)
_REPORT = "report"


def main(names: list[str]) -> None:
    unknown = set(names) - {*MEASUREMENTS, _REPORT}
    if unknown:
        sys.exit(
            f"There is no {', '.join(sorted(unknown))}; choose of {', '.join((*MEASUREMENTS, _REPORT))}."
        )
    results = kept() if names else {}
    took: dict[str, float] = {}
    for name in names or MEASUREMENTS:
        if name != _REPORT:
            begun = time.monotonic()
            results[name] = _dated(_measured(name))
            took[name] = time.monotonic() - begun
            print(f"   {took[name]:.0f} s", flush=True)
            _keep(results)
    if not names:
        results[WHOLE_RUN] = _dated(took)
        _keep(results)
        print(f"all of it: {sum(took.values()) / 60:.1f} minutes")
    benchmarks_page.write(results)


def _dated(figures: Any) -> dict[str, Any]:
    """With the day and the machine that they are of."""
    return {"of": f"{datetime.now(UTC):%Y-%m-%d}", "machine": machine.described(), "figures": figures}


def _measured(name: str) -> Any:
    print(f"== {name}", flush=True)
    return importlib.import_module(f"tests.bench.measurements.{name}").measure()


def kept() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    return found


def _keep(results: dict[str, Any]) -> None:
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
