"""What a million calls cost on AWS, by list prices and by what was measured here.

us-east-1, arm64, on demand, without free tiers: https://aws.amazon.com/lambda/pricing/,
https://aws.amazon.com/api-gateway/pricing/, https://aws.amazon.com/dynamodb/pricing/on-demand/,
https://aws.amazon.com/cloudwatch/pricing/. Tracing is off. What the functions behind the streams take, the
alarms and the data that is kept are not in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

GB_SECOND = 0.0000133334
LAMBDA_REQUEST, API_REQUEST = 0.20e-6, 3.50e-6
WRITE_UNIT, READ_UNIT = 0.625e-6, 0.125e-6
LOGGED_GB = 0.50
# Of Lambda's memory, what comes with one processor: less memory is a share of one.
WHOLE_PROCESSOR_MB = 1769
PROVIDER_SECONDS = (1, 3, 10)
# A write's way to a table in the same region and back, which the call waits for (assumed, not measured).
ROUND_TRIP_SECONDS = 0.005
MEMORY, ROLLUP = "Lambda's memory", "the rollup's units"


@dataclass(frozen=True)
class CallCosts:
    """What a kind of call was measured to need; `round_trips` are those that it waits for."""

    name: str
    writes: float
    reads: float
    rollup_writes: float
    processor_ms: float
    logged_bytes: float
    round_trips: float


def share(memory_mb: int) -> float:
    """Of a processor, for a process with one thread."""
    return min(1.0, memory_mb / WHOLE_PROCESSOR_MB)


def memory_dollars(call: CallCosts, provider_seconds: float, memory_mb: int) -> float:
    """Lambda's for the memory of a call, as if none of its own time went by while it waits."""
    processor = call.processor_ms / 1000 / share(memory_mb)
    seconds = provider_seconds + processor + call.round_trips * ROUND_TRIP_SECONDS
    return seconds * memory_mb / 1024 * GB_SECOND


def per_million(call: CallCosts, provider_seconds: float, memory_mb: int) -> Mapping[str, float]:
    """US dollars by what they are paid for."""
    each = {
        MEMORY: memory_dollars(call, provider_seconds, memory_mb),
        "Lambda's requests": LAMBDA_REQUEST,
        "API Gateway": API_REQUEST,
        "the ledger's units": call.writes * WRITE_UNIT + call.reads * READ_UNIT,
        ROLLUP: call.rollup_writes * WRITE_UNIT,
        "logs": call.logged_bytes / 1e9 * LOGGED_GB,
    }
    return {name: dollars * 1e6 for name, dollars in each.items()}
