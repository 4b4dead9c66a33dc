"""What the proxy reads when it starts, which every cold call waits for."""

from __future__ import annotations

import subprocess
import sys

import pytest

from infra.local.environment import ROOT

# Each module that is read makes all cold starts longer. Lower these whenever fewer are read.
MAX_OWN_MODULES = 165
MAX_MODULES = 530


@pytest.fixture(scope="module")
def read():
    """What a start imports, beyond what the interpreter has by then."""
    program = "import lambda_streaming.__main__, tollgate_proxy.handler; print(*sys.modules.keys() - before)"
    paths = [str(ROOT / "shared"), str(ROOT / "functions/proxy")]
    run = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {paths!r}; before = set(sys.modules); {program}"],
        check=True,
        capture_output=True,
        text=True,
    )
    return set(run.stdout.split())


def test_calls_go_without_what_only_estimates_need(read):
    assert "tollgate_proxy.gateway" in read
    assert read.isdisjoint({"tollgate.ledger.dry_run", "tollgate_proxy.side.cost_estimates", "pydantic"})


def test_a_start_reads_no_more_modules_than_it_did(read):
    own = {
        name for name in read if name.partition(".")[0] in {"tollgate", "tollgate_proxy", "lambda_streaming"}
    }
    assert len(own) <= MAX_OWN_MODULES, sorted(own)
    assert len(read) <= MAX_MODULES, sorted(read)
