"""Whether an environment that serves many calls keeps more and more of them: make leaks

Calls in one piece, and every tenth a stream, one after the other through one process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.bench.gateway import bench_stack, gateway_events
from tests.bench.gateway.process_figures import memory, open_files

if TYPE_CHECKING:
    from tests.bench.gateway.bench_stack import BenchStack
    from tests.bench.gateway.execution_environment import ExecutionEnvironment

CALLS, WARM_UP = 20_000, 2_000
_STREAM_EVERY = 10


def measure(calls: int = CALLS, warm_up: int = WARM_UP) -> list[dict[str, int]]:
    """Calls served, bytes of memory, open files and sockets among them: at first, warm, and in the end."""
    with bench_stack.running() as stack:
        environment = stack.environment("proxy")
        figures: list[dict[str, int]] = []
        for more in (1, warm_up - 1, calls - warm_up):
            serve(environment, stack, more)
            served = more + (figures[-1]["calls"] if figures else 0)
            figures.append(figures_of(environment, served))
        return figures


def serve(environment: ExecutionEnvironment, stack: BenchStack, calls: int) -> None:
    small: dict[str, Any] = {"words": 20, "tokens": 20}
    whole = gateway_events.call(stack.key(1), gateway_events.body(**small))
    streamed = gateway_events.call(stack.key(1), gateway_events.body(**small, stream=True))
    for number in range(1, calls + 1):
        environment.invoke(whole if number % _STREAM_EVERY else streamed).require_success()


def figures_of(environment: ExecutionEnvironment, calls: int) -> dict[str, int]:
    files, sockets = open_files(environment.pid)
    return {"calls": calls, "memory": memory(environment.pid), "files": files, "sockets": sockets}
