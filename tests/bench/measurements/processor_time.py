"""All of a proxy process's processor time for a call, a streamed chunk, and what else it takes.

By the operating system's account: sockets, the runtime's loop and the durable writes are in it. The proxies
take turns, and of all rounds the least counts: what else a machine does only adds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.bench.gateway import arms, bench_stack, gateway_events
from tests.bench.gateway.process_figures import processor_seconds

if TYPE_CHECKING:
    from tests.bench.gateway.bench_stack import BenchStack
    from tests.bench.gateway.execution_environment import ExecutionEnvironment

DEPTHS = (1, 2, 4)
WARM_UP, CALLS, ROUNDS = 40, 50, 4
STREAMS = 3
# A chunk's time is the difference of streams of these lengths, over the difference of their lengths.
SHORT, LONG = 1000, 3000


def measure() -> dict[str, Any]:
    """By proxy: milliseconds a call, microseconds a chunk, and bytes of log a call."""
    with bench_stack.running() as stack:
        environments = arms.started(stack)
        for environment in environments.values():
            served(environment, stack, depth=1, calls=WARM_UP)
        return {
            "calls": {str(depth): _calls(environments, stack, depth) for depth in DEPTHS},
            "an agent's call, ms": _agents_calls(environments, stack),
            "chunks": _chunks(environments, stack),
            "first chunk, ms": _stream_begins(environments, stack),
            "logged": {name: logged(each, stack) for name, each in environments.items()},
        }


def served(environment: ExecutionEnvironment, stack: BenchStack, *, depth: int, calls: int) -> None:
    event = gateway_events.call(stack.key(depth), gateway_events.body())
    for _ in range(calls):
        environment.invoke(event).require_success()


def _calls(environments: dict[str, ExecutionEnvironment], stack: BenchStack, depth: int) -> dict[str, float]:
    event = gateway_events.call(stack.key(depth), gateway_events.body())
    return _least(environments, event, CALLS, 1000)


def _agents_calls(environments: dict[str, ExecutionEnvironment], stack: BenchStack) -> dict[str, float]:
    return _least(
        environments, gateway_events.call(stack.key(1), gateway_events.agents_body()), CALLS // 2, 1000
    )


def _chunks(environments: dict[str, ExecutionEnvironment], stack: BenchStack) -> dict[str, float]:
    short, long = (_streams(environments, stack, tokens) for tokens in (SHORT, LONG))
    return {name: (long[name] - short[name]) / (LONG - SHORT) for name in environments}


def _stream_begins(environments: dict[str, ExecutionEnvironment], stack: BenchStack) -> dict[str, float]:
    """Milliseconds of processor time of a stream of one chunk: what a stream takes besides its chunks."""
    event = gateway_events.call(stack.key(1), gateway_events.body(tokens=1, stream=True))
    return _least(environments, event, CALLS, 1000)


def _streams(
    environments: dict[str, ExecutionEnvironment], stack: BenchStack, tokens: int
) -> dict[str, float]:
    event = gateway_events.call(stack.key(1), gateway_events.body(tokens=tokens, stream=True))
    return _least(environments, event, STREAMS, 1_000_000)


def _least(
    environments: dict[str, ExecutionEnvironment], event: bytes, calls: int, unit: int
) -> dict[str, float]:
    """The least processor time of a call in any round, in units of a second."""
    least = dict.fromkeys(environments, float("inf"))
    for _ in range(ROUNDS):
        for name, environment in environments.items():
            begun = processor_seconds(environment.pid)
            for _ in range(calls):
                environment.invoke(event).require_success()
            took = processor_seconds(environment.pid) - begun
            least[name] = min(least[name], took / calls * unit)
    return least


def logged(environment: ExecutionEnvironment, stack: BenchStack) -> float:
    """Bytes that a call leaves in the log, as the proxy writes it; Lambda's own lines come on top."""
    log = environment.child.log
    assert log is not None
    before = log.stat().st_size
    served(environment, stack, depth=2, calls=20)
    return (log.stat().st_size - before) / 20
