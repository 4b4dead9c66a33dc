"""What a request costs that nobody is known to send: processor time, and the log, by what is sent.

A key that was made up passes its checksum, which anybody can work out, so that DynamoDB is asked for it; a
misspelt one doesn't.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from tests.bench.gateway import bench_stack, gateway_events
from tests.bench.gateway.process_figures import processor_seconds
from tollgate.keys import api_keys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.bench.gateway.execution_environment import ExecutionEnvironment

MADE_UP = "a key that was made up, {}"
_WARM_UP, _ROUNDS = 20, 3
# Words of a prompt by what its body comes to: 5 bytes a word. Lambda takes no larger ones than 5 MB.
_WORDS = {"2.5 KB": 500, "100 KB": 20_000, "1 MB": 200_000, "4.5 MB": 900_000}
_CALLS = {"2.5 KB": 50, "100 KB": 20, "1 MB": 5, "4.5 MB": 2}


def measure() -> dict[str, Any]:
    """By what is sent, milliseconds of processor time and bytes of log."""
    with bench_stack.running() as stack:
        environment = stack.environment("proxy")
        key = api_keys.issue()
        small = gateway_events.call(key, gateway_events.body())
        sent = {
            "no key": (_with_key(small, None), 50),
            "a key that is misspelt": (_with_key(small, f"{key.reveal()[:-1]}!"), 50),
            **{
                MADE_UP.format(size): (
                    gateway_events.call(key, gateway_events.body(words=words)),
                    _CALLS[size],
                )
                for size, words in _WORDS.items()
            },
        }
        for event, _ in list(sent.values())[:3]:
            for _ in range(_WARM_UP):
                _refused(environment, event)
        return {name: _figures(environment, event, calls) for name, (event, calls) in sent.items()}


def _with_key(event: bytes, secret: str | None) -> bytes:
    told = json.loads(event)
    kept = {name: value for name, value in told["headers"].items() if name.lower() != "authorization"}
    told["headers"] = kept if secret is None else {**kept, "Authorization": f"Bearer {secret}"}
    return json.dumps(told).encode()


def _figures(environment: ExecutionEnvironment, event: bytes, calls: int) -> Mapping[str, float]:
    log = environment.child.log
    assert log is not None
    least, before = float("inf"), log.stat().st_size
    for _ in range(_ROUNDS):
        begun = processor_seconds(environment.pid)
        for _ in range(calls):
            _refused(environment, event)
        least = min(least, (processor_seconds(environment.pid) - begun) / calls)
    return {"ms": least * 1000, "logged": (log.stat().st_size - before) / calls / _ROUNDS}


def _refused(environment: ExecutionEnvironment, event: bytes) -> None:
    reply = environment.invoke(event)
    if reply.status != HTTPStatus.UNAUTHORIZED:
        raise RuntimeError(f"{reply.status}: {reply.body[:500]!r}")
