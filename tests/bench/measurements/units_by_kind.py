"""Write and read units of a call, by its kind and by the depth of its key: what DynamoDB bills.

The gateway runs here, over a client that has each operation's units told. DynamoDB Local counts as AWS does.
A call is measured when one like it has been before: a key's first one writes more, to open a window.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.bench.gateway import bench_stack, gateway_events
from tests.bench.gateway.local_gateway import gateway_over, request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.bench.gateway.bench_stack import BenchStack
    from tollgate_proxy.gateway import Gateway

DEPTHS = (1, 2, 4)
_READS = {"get_item", "query", "scan", "batch_get_item"}
KINDS: dict[str, dict[str, Any]] = {
    "in one piece": {},
    "a stream": {"stream": True},
    "refused by the provider": {"mock": {"status": 400}},
    "of a model that doesn't exist": {"model": "unknown"},
}


class UnitMeter:
    """A DynamoDB client that adds up what its operations consume."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.reads, self.writes = 0.0, 0.0

    def __getattr__(self, operation: str) -> Any:
        call = getattr(self._client, operation)
        if not operation.endswith("item") and operation not in _READS:
            return call

        def metered(**request: Any) -> Any:
            try:
                answer = call(**request, ReturnConsumedCapacity="TOTAL")
            except self._client.exceptions.ConditionalCheckFailedException:
                self.writes += 1  # which is billed like a write of the item that there is
                raise
            self._count(operation, answer["ConsumedCapacity"]["CapacityUnits"])
            return answer

        return metered

    def _count(self, operation: str, units: float) -> None:
        if operation in _READS:
            self.reads += units
        else:
            self.writes += units


def measure() -> dict[str, Any]:
    """Units by kind and depth, each `{"writes": ..., "reads": ...}`."""
    with bench_stack.running() as stack:
        meter = UnitMeter(stack.client)
        gateway = gateway_over(stack, meter)
        return {
            kind: {str(depth): _units(gateway, stack, meter, depth, members) for depth in DEPTHS}
            for kind, members in KINDS.items()
        }


def _units(
    gateway: Gateway, stack: BenchStack, meter: UnitMeter, depth: int, members: Mapping[str, Any]
) -> dict[str, float]:
    key = stack.new_key(depth)
    for _ in range(3):
        meter.reads, meter.writes = 0.0, 0.0
        answer = gateway.handle(request(gateway_events.chat(key, gateway_events.body(**members))))
        b"".join(answer.chunks)
        answer.after()
    return {"writes": meter.writes, "reads": meter.reads}
