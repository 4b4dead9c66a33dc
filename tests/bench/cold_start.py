"""What the proxy's start costs, part by part: make bench

Each part runs in fresh interpreters, after boto3; the least of several runs is printed, in processor time,
because everything else that a machine does only adds. Milliseconds on this machine: compare the parts, not
the sums, with Lambda's.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

from infra.local.environment import ROOT

RUNS = 9
PATHS = ("shared", "functions/proxy")
CLIENT = "import boto3\nclient = boto3.client('dynamodb', region_name='us-east-1')"
# Python compiles what is imported from here on, as where a build had no Python for its target.
FROM_SOURCE = f"{CLIENT}\nsys.dont_write_bytecode = True\nsys.pycache_prefix = '/nonexistent'"
IMPORTED = "from tollgate_proxy import handler, settings"
MADE = "handler.gateway(settings.from_environment())"
VARIABLES = json.loads((ROOT / "tests/events/environment.json").read_text())["ProxyFunction"]
PARTS = {
    "boto3 with a DynamoDB client (the runtime brings it)": ("", CLIENT),
    "+ the proxy's own modules": (CLIENT, "import tollgate_proxy.handler"),
    "+ these from source, where nothing is compiled": (FROM_SOURCE, "import tollgate_proxy.handler"),
    "+ the gateway, made before the first request": (f"{CLIENT}\n{IMPORTED}", MADE),
    "+ the runtime that streams": (CLIENT, "import lambda_streaming.__main__"),
    "+ an SSM client": (CLIENT, "boto3.client('ssm', region_name='us-east-1')"),
    "+ urllib3 with a pool (chosen)": (CLIENT, "import urllib3\nurllib3.PoolManager()"),
    "+ httpx with a client (instead)": (CLIENT, "import httpx\nhttpx.Client()"),
    "+ pydantic (not used here)": (CLIENT, "import pydantic"),
    "+ Powertools' logger (not used here)": (CLIENT, "import aws_lambda_powertools.logging"),
}


def milliseconds(before: str, part: str) -> float:
    """The least time that `part` takes in an interpreter that has run `before`."""
    program = (
        f"import sys\nsys.path[:0] = {[str(ROOT / path) for path in PATHS]!r}\n{before}\n"
        f"import time\nbegun = time.process_time()\n{part}\nprint((time.process_time() - begun) * 1000)"
    )
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment |= {**VARIABLES, "AWS_DEFAULT_REGION": "us-east-1"}
    return min(
        float(
            subprocess.run(
                [sys.executable, "-c", program], check=True, capture_output=True, text=True, env=environment
            ).stdout
        )
        for _ in range(RUNS)
    )


def main() -> None:
    for name, (before, part) in PARTS.items():
        print(f"{name:55s} {milliseconds(before, part):6.0f} ms", flush=True)


if __name__ == "__main__":
    main()
