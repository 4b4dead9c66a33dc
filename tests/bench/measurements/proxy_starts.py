"""What a cold start takes before the first call: imports, and what they put together.

In fresh interpreters that take turns; the least of several runs, in processor time. `tests.bench.cold_start`
has it part by part.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

from infra.local.environment import ROOT, isolated
from tests.bench.gateway import bench_stack
from tests.bench.gateway.execution_environment import SOURCES

RUNS = 9
_PROXY = """
from {module} import {name}
from tollgate_proxy import settings
{name}.gateway(settings.from_environment())
"""
_USUAL = """
import boto3, httpx, pydantic
from aws_lambda_powertools import Logger
boto3.client("dynamodb"), boto3.client("ssm")
httpx.Client()
Logger(service="proxy")
class Settings(pydantic.BaseModel):
    keys_table: str
Settings(keys_table="keys")
"""
PROGRAMS = {
    "Tollgate": _PROXY.format(module="tollgate_proxy", name="handler"),
    "over boto3": _PROXY.format(module="tests.bench.gateway", name="boto3_proxy"),
    "boto3, httpx, pydantic, Powertools": _USUAL,
}


def measure() -> dict[str, Any]:
    """By program: milliseconds, and how many modules there are then."""
    with bench_stack.running() as stack:
        return {
            "milliseconds": _least(PROGRAMS, stack.variables),
            "modules": {
                name: round(_run(f"{program}\nimport sys\ncost = len(sys.modules)", stack.variables))
                for name, program in PROGRAMS.items()
            },
        }


def _least(programs: dict[str, str], variables: dict[str, str]) -> dict[str, float]:
    least = dict.fromkeys(programs, float("inf"))
    for _ in range(RUNS):
        for name, program in programs.items():
            timed = (
                f"import time\nbegun = time.process_time()\n{program}\n"
                "cost = (time.process_time() - begun) * 1000"
            )
            least[name] = min(least[name], _run(timed, variables))
    return least


def _run(program: str, variables: dict[str, str]) -> float:
    environment = isolated(os.environ)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    folders = ":".join(str(ROOT / source) for source in SOURCES)
    done = subprocess.run(
        [sys.executable, "-c", f"{program}\nprint(cost)"],
        check=True,
        capture_output=True,
        text=True,
        env={**environment, **variables, "PYTHONPATH": folders},
    )
    return float(done.stdout.splitlines()[-1])
