"""The proxies that are compared, side by side in one run: Tollgate's, and what stands for others."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.gateway.execution_environment import STREAM

if TYPE_CHECKING:
    from tests.bench.gateway.bench_stack import BenchStack
    from tests.bench.gateway.execution_environment import ExecutionEnvironment

TOLLGATE, OVER_BOTO3, BEFORE = "Tollgate", "over boto3", "before"
BOTO3_STREAM = "tests.bench.gateway.boto3_proxy.stream"
# A folder with another revision of this repository, which is then measured, too.
_OTHER = "BENCH_AGAINST"


def started(stack: BenchStack) -> dict[str, ExecutionEnvironment]:
    environments = {
        TOLLGATE: stack.environment("proxy"),
        OVER_BOTO3: stack.environment("proxy over boto3", handler=BOTO3_STREAM),
    }
    other = os.environ.get(_OTHER)
    if other:
        environments[BEFORE] = stack.environment("proxy before", handler=STREAM, folder=Path(other))
    return environments
