"""Everything that a running local stack has logged: functions, front and emulator."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import boto3

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.local.stack import Stack

# The mock provider's own log is a vendor's: it isn't part of what is deployed.
_PROGRAMS = ("gateway", "door", "emulator")


def logged(stack: Stack) -> str:
    """The lines of all functions (those that the front runs write to its log) and of the programs around."""
    files = [(Path(stack.logs) / f"{name}.log").read_text(errors="replace") for name in _PROGRAMS]
    return "\n".join([*files, *_of_functions(stack)])


def _of_functions(stack: Stack) -> Iterator[str]:
    logs = boto3.client("logs", endpoint_url=stack.aws_endpoint_url, region_name=stack.region)
    try:
        for page in logs.get_paginator("describe_log_groups").paginate():
            for group in page["logGroups"]:
                lines = logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"])
                yield from (event["message"] for each in lines for event in each["events"])
    finally:
        logs.close()
