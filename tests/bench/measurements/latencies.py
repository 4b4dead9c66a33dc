"""What a proxy adds to a provider's answer in time: by one client, and by sixteen at once.

An environment on Lambda serves one call at a time, so sixteen clients have sixteen proxies; here they share
the processors with DynamoDB Local, the provider and each other, so that what is added is more than what
sixteen environments would add. The direct calls are made in the same way, over connections that are kept.
"""

from __future__ import annotations

import http.client
import json
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.bench.gateway import bench_stack, gateway_events

if TYPE_CHECKING:
    from tests.bench.gateway.bench_stack import BenchStack
    from tests.bench.gateway.execution_environment import ExecutionEnvironment

CROWD = 16
# How long the provider takes, so that sixteen clients wait for it most of the time, as they would.
ANSWERS_AFTER_MS = 400
CALLS_ALONE, CALLS_EACH, WARM_UP = 60, 12, 3
_LATE = 0.95

Timed = dict[str, list[float]]


def measure() -> dict[str, Any]:
    """Milliseconds until the first byte and the last: directly, and through a proxy."""
    with bench_stack.running() as stack:
        proxies = [stack.environment(f"proxy {number}") for number in range(CROWD)]
        return {
            "alone": _compared(stack, proxies[:1], CALLS_ALONE, delay=0),
            "crowd": _compared(stack, proxies, CALLS_EACH, delay=ANSWERS_AFTER_MS),
            "provider takes, ms": {"alone": 0, "crowd": ANSWERS_AFTER_MS},
        }


def _compared(
    stack: BenchStack, proxies: list[ExecutionEnvironment], calls: int, *, delay: int
) -> dict[str, Any]:
    body = gateway_events.body(stream=True, tokens=50, mock={"delay_headers_ms": delay})
    direct = _at_once([_Direct(stack, body) for _ in proxies], calls)
    through = _at_once([_Through(stack, proxy, body) for proxy in proxies], calls)
    return {
        "direct": {name: _summary(times) for name, times in direct.items()},
        "through": {name: _summary(times) for name, times in through.items()},
    }


def _at_once(clients: list[Any], calls: int) -> Timed:
    """What all of the clients' calls took, each client's one after the other."""
    with ThreadPoolExecutor(len(clients)) as pool:
        found = list(pool.map(lambda client: [client() for _ in range(WARM_UP + calls)], clients))
    pairs = [pair for each in found for pair in each[WARM_UP:]]
    return {"first byte": [first for first, _ in pairs], "whole": [whole for _, whole in pairs]}


class _Direct:
    """A client of the provider itself."""

    def __init__(self, stack: BenchStack, body: dict[str, Any]) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(stack.provider_url).netloc)
        self._body = json.dumps(body).encode()

    def __call__(self) -> tuple[float, float]:
        begun = time.perf_counter()
        headers = {"Content-Type": "application/json", "Authorization": "Bearer sk-provider"}
        self._connection.request("POST", "/v1/chat/completions", self._body, headers)
        answer = self._connection.getresponse()
        answer.read(1)
        first = time.perf_counter() - begun
        answer.read()
        return first, time.perf_counter() - begun


class _Through:
    """A client of a proxy, with a key of its own."""

    def __init__(self, stack: BenchStack, proxy: ExecutionEnvironment, body: dict[str, Any]) -> None:
        self._proxy = proxy
        self._event = gateway_events.call(stack.new_key(1), body)

    def __call__(self) -> tuple[float, float]:
        reply = self._proxy.invoke(self._event).require_success()
        return reply.first_byte, reply.whole


def _summary(seconds: list[float]) -> dict[str, float]:
    late = sorted(seconds)[int(_LATE * (len(seconds) - 1))]
    return {"median": statistics.median(seconds) * 1000, "p95": late * 1000}
