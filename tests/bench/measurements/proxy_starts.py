"""What a cold start takes before the first call: imports, and what they put together.

In fresh interpreters that take turns, with bytecode in place; the least of several runs, in processor time.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

from infra.local.environment import ROOT, isolated
from tests.bench.gateway import bench_stack
from tests.bench.gateway.arms import OVER_BOTO3, TOLLGATE
from tests.bench.gateway.execution_environment import SOURCES

RUNS = 5
OWN_MODULES, URLLIB3 = "Tollgate's own modules, compiled", "urllib3 with a pool, beyond the standard library"
USUAL = "boto3, httpx, pydantic, Powertools"
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
    TOLLGATE: _PROXY.format(module="tollgate_proxy", name="handler"),
    OVER_BOTO3: _PROXY.format(module="tests.bench.gateway", name="boto3_proxy"),
    USUAL: _USUAL,
}
# Everything is there but Tollgate's own modules, which are imported once more: compiled, or from source.
_OWN = "aws_wire", "lambda_streaming", "tollgate", "tollgate_proxy"
_AGAIN = f"""{PROGRAMS[TOLLGATE]}
import sys
for name in [name for name in sys.modules if name.partition(".")[0] in {_OWN!r}]:
    del sys.modules[name]
"""
_FROM_SOURCE = "sys.dont_write_bytecode = True\nsys.pycache_prefix = '/nonexistent'\n"
# What runs first, and what is measured then.
PARTS = {
    OWN_MODULES: (_AGAIN, PROGRAMS[TOLLGATE]),
    "Tollgate's own modules, from source": (_AGAIN + _FROM_SOURCE, PROGRAMS[TOLLGATE]),
    URLLIB3: (
        "import lambda_streaming.__main__, ssl, http.client, email.parser",
        "import urllib3\nurllib3.PoolManager()",
    ),
    "boto3 with clients of DynamoDB and SSM, besides": (
        PROGRAMS[TOLLGATE],
        "import boto3\nboto3.client('dynamodb'), boto3.client('ssm')",
    ),
    "httpx with a client, besides": (PROGRAMS[TOLLGATE], "import httpx\nhttpx.Client()"),
    "pydantic with a model, besides": (
        PROGRAMS[TOLLGATE],
        "import pydantic\nclass Model(pydantic.BaseModel):\n    name: str",
    ),
    "Powertools' logger, besides": (
        PROGRAMS[TOLLGATE],
        "from aws_lambda_powertools import Logger\nLogger(service='proxy')",
    ),
}


def measure() -> dict[str, Any]:
    """By program: milliseconds, and how many modules there are then; milliseconds of single parts."""
    with bench_stack.running() as stack:
        programs = {name: ("", program) for name, program in PROGRAMS.items()}
        least = _least({**programs, **PARTS}, stack.variables)
        return {
            "milliseconds": {name: least[name] for name in PROGRAMS},
            "modules": {
                name: round(_run(f"{program}\nimport sys\ncost = len(sys.modules)", stack.variables))
                for name, program in PROGRAMS.items()
            },
            "parts": {name: least[name] for name in PARTS},
        }


def _least(programs: dict[str, tuple[str, str]], variables: dict[str, str]) -> dict[str, float]:
    least = dict.fromkeys(programs, float("inf"))
    for _ in range(RUNS):
        for name, (before, program) in programs.items():
            timed = (
                f"{before}\nimport time\nbegun = time.process_time()\n{program}\n"
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
        check=False,
        capture_output=True,
        text=True,
        env={**environment, **variables, "PYTHONPATH": folders},
    )
    if done.returncode != 0:
        raise RuntimeError(f"{program}\nfailed:\n{done.stderr}")
    return float(done.stdout.splitlines()[-1])
