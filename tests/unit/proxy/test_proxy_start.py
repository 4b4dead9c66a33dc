"""What the proxy reads when it starts, which every cold call waits for."""

from __future__ import annotations

import subprocess
import sys

from infra.local.environment import ROOT


def test_calls_go_without_what_only_estimates_need():
    program = "import sys, tollgate_proxy.handler; print(*sys.modules)"
    paths = [str(ROOT / "shared"), str(ROOT / "functions/proxy")]
    run = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {paths!r}; {program}"],
        check=True,
        capture_output=True,
        text=True,
    )
    read = set(run.stdout.split())
    assert "tollgate_proxy.gateway" in read
    assert read.isdisjoint({"tollgate.ledger.dry_run", "tollgate_proxy.side.cost_estimates", "pydantic"})
