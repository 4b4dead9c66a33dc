"""What a call costs at DynamoDB, by its kind and its key's depth: exact, so that a change shows itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.bench.gateway import bench_stack
from tests.bench.measurements import processor_time, units_by_kind

if TYPE_CHECKING:
    from collections.abc import Mapping

# By depth: units written, units read, and the round trips that a call waits for.
Costs = tuple[float, float, int]
CALL: Mapping[int, Costs] = {1: (4, 0, 3), 2: (6, 0, 4), 4: (10, 0, 4)}
EXPECTED: Mapping[str, Mapping[int, Costs]] = {
    "a chat in one piece": CALL,
    "a chat as a stream": CALL,
    "embeddings": CALL,
    "a chat whose bodies are kept": {1: (7, 0, 5), 2: (9, 0, 6), 4: (13, 0, 6)},
    "a chat with an `Idempotency-Key`": {1: (7, 1, 6), 2: (9, 1, 7), 4: (13, 1, 7)},
    "the same sent again": {1: (4, 1, 4), 2: (6, 1, 5), 4: (10, 1, 5)},
    "an estimate": {1: (2, 1, 3), 2: (4, 2, 5), 4: (8, 4, 7)},
    "refused by the provider": CALL,
    "refused by the key's own budget": {1: (1, 0, 1), 2: (1, 0, 1), 4: (1, 0, 1)},
    "refused by the root's budget": {2: (3, 0, 3), 4: (7, 0, 4)},
    "of a model that doesn't exist": dict.fromkeys((1, 2, 4), (0, 3, 3)),
}
TOLD = (
    "docs/benchmarks.md (make bench ARGS=units_by_kind) and docs/ledger.md (What it costs) say otherwise: "
    "change them with this"
)


def test_units_and_round_trips_of_a_call() -> None:
    found = {
        kind: {int(depth): (by["writes"], by["reads"], by["round trips"]) for depth, by in by_depth.items()}
        for kind, by_depth in units_by_kind.measure().items()
    }
    assert found == EXPECTED, TOLD


def test_a_plain_call_logs_its_metrics_and_nothing_else() -> None:
    with bench_stack.running() as stack:
        environment = stack.environment("proxy")
        processor_time.served(environment, stack, depth=2, calls=2)
        log = environment.child.log
        assert log is not None
        lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    assert [line["CallsAdmitted"] for line in lines] == [1, 1]
    assert [line["CallsFailed"] for line in lines] == [0, 0]
