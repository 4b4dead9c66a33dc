"""The most memory that a proxy's process has had, after ever larger bodies.

Everything goes through one process, the smallest first, so that each figure has what came before in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.bench.gateway import bench_stack, gateway_events
from tests.bench.gateway.process_figures import memory

if TYPE_CHECKING:
    from collections.abc import Mapping

_CALLS = 20
# Of a prompt's words, and of those of the mock's answers, which are longer.
_ASKED, _ANSWERED = 200_000, 154_500


def _answer(megabytes: int) -> dict[str, Any]:
    tokens = megabytes * _ANSWERED
    return {"tokens": tokens, "max_tokens": tokens}


STEPS: Mapping[str, tuple[int, dict[str, Any]]] = {
    "chats of 500 words": (_CALLS, {}),
    "streams of 2,000 chunks": (3, {"stream": True, "tokens": 2000}),
    "a stream of 14,000 chunks": (1, {"stream": True, "tokens": 14_000}),
    "a prompt of 4.8 MB": (1, {"words": int(4.8 * _ASKED)}),
    "an answer of 9 MB": (1, _answer(9)),
    "an answer of 19 MB": (1, _answer(19)),
    "an answer of 58 MB (64 MB are read)": (1, _answer(58)),
}


def measure() -> dict[str, int]:
    """Bytes of the largest resident set so far, by what came last."""
    with bench_stack.running() as stack:
        environment = stack.environment("proxy")
        found = {"the start": memory(environment.pid, "VmHWM")}
        for name, (times, members) in STEPS.items():
            event = gateway_events.call(stack.key(1), gateway_events.body(**members))
            for _ in range(times):
                environment.invoke(event).require_success()
            found[name] = memory(environment.pid, "VmHWM")
        return found
