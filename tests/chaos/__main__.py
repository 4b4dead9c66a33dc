"""python -m tests.chaos [--seed N] [--runs N] [--rounds N] [--calls N] [--seconds N] [--log]: chaos.

Each run has tables of its own, and a seed of its own, which it prints first: with it, the same is drawn
again, though threads may meet in another order.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import secrets
import sys

from infra.local import dynamodb_local
from infra.local.environment import ROOT, isolated
from infra.local.tables import create_tables, read_template, table_schemas
from tests.chaos.chaos_run import ChaosError, run
from tests.chaos.consumers import boto3_client


def main() -> None:
    parsed = argparse.ArgumentParser(prog="make chaos ARGS=...")
    parsed.add_argument("--seed", type=int, help="of the first run; those after it have the numbers after it")
    parsed.add_argument("--runs", type=int, default=1)
    parsed.add_argument("--rounds", type=int, default=20, help="a run")
    parsed.add_argument("--calls", type=int, default=60, help="a round")
    parsed.add_argument("--seconds", type=float, default=300, help="a run begins no further round after that")
    parsed.add_argument("--log", action="store_true", help="show what the functions log, too")
    asked = parsed.parse_args()
    environment = isolated(os.environ)
    os.environ.clear()
    os.environ.update(environment)
    if not asked.log:
        logging.disable(logging.CRITICAL)
    first = secrets.randbelow(10**6) if asked.seed is None else asked.seed
    schemas = table_schemas(read_template(ROOT / "template.yaml"))
    with dynamodb_local.running() as endpoint_url:
        client = boto3_client(endpoint_url)
        for seed in range(first, first + asked.runs):
            print(f"seed {seed}", flush=True)
            tables = create_tables(client, schemas, prefix=f"chaos-{seed}")
            try:
                figures = run(
                    client,
                    tables,
                    seed,
                    calls=asked.calls,
                    rounds=asked.rounds,
                    seconds=asked.seconds,
                )
            except ChaosError as error:
                sys.exit(str(error))
            print(json.dumps(figures.described(), indent=2), flush=True)


if __name__ == "__main__":
    main()
