"""What the proxy reads when it starts, which every cold call waits for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from infra.local.environment import ROOT

# Also what boto3 brings along.
DEAR = {"boto3", "botocore", "s3transfer", "jmespath", "dateutil", "pydantic", "httpx", "requests", "moto"}
ENVIRONMENTS: dict[str, Any] = json.loads((ROOT / "tests/events/environment.json").read_text())
PROGRAM = """
import sys
sys.path[:0] = {paths!r}
before = set(sys.modules)
import lambda_streaming.__main__
from tollgate_proxy import handler, settings
handler.gateway(settings.from_environment())
print(*sys.modules.keys() - before)
"""
# Each module that is read makes all cold starts longer. Lower these whenever fewer are read. Of Python 3.11;
# later versions read some twenty fewer of their own.
MAX_OWN_MODULES = 189
MAX_MODULES = 299
TOLD = "docs/benchmarks.md (make bench ARGS=proxy_starts) and docs/cold-start.md say otherwise"


@pytest.fixture(scope="module")
def read():
    """What it takes to serve a call, beyond what the interpreter has by then."""
    paths = [str(ROOT / "shared"), str(ROOT / "functions/proxy")]
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(paths=paths)],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, **ENVIRONMENTS["ProxyFunction"]},
    )
    return set(run.stdout.split())


def test_a_call_is_served_without_what_is_dear_to_import(read):
    """Neither AWS's nor HTTP's large libraries, nor what only estimates need, in whatever way."""
    assert {"tollgate_proxy.gateway", "aws_wire.dynamodb"} <= read
    assert {name.partition(".")[0] for name in read}.isdisjoint(DEAR)
    assert read.isdisjoint({"tollgate.ledger.dry_run", "tollgate_proxy.side.cost_estimates"})


def test_a_start_reads_no_more_modules_than_it_did(read):
    own = {
        name
        for name in read
        if name.partition(".")[0] in {"aws_wire", "tollgate", "tollgate_proxy", "lambda_streaming"}
    }
    assert len(own) <= MAX_OWN_MODULES, (TOLD, sorted(own))
    assert len(read) <= MAX_MODULES, (TOLD, sorted(read))
