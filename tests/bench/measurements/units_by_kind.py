"""Write and read units of a call, by its kind and by the depth of its key: what DynamoDB bills.

The gateway runs here, over a client that has each operation's units told. DynamoDB Local counts as AWS does.
A call is measured when two like it have been before: a key's first one writes more, to open a window.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aws_wire.errors import ServiceError
from tests.bench.gateway import bench_stack, gateway_events
from tests.bench.gateway.local_gateway import gateway_over, request
from tests.support import item_sizes
from tests.support.faults import READS, CountingClient
from tollgate.aws import dynamodb

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.bench.gateway.bench_stack import BenchStack
    from tollgate_proxy.gateway import Gateway

DEPTHS = (1, 2, 4)
_USED_UP = {"budget_limit": "1", "used": "1"}
_NAME = "idempotency_key"


def _no_header(_number: int) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True)
class CallKind:
    """A body for a path; what the key, or the root above it, has besides; headers by the call's number."""

    body: Mapping[str, Any]
    path: str = gateway_events.CHAT
    key: Mapping[str, Any] = field(default_factory=dict)
    above: Mapping[str, Any] | None = None
    headers: Callable[[int], Mapping[str, str]] = _no_header

    def depths(self) -> tuple[int, ...]:
        return tuple(depth for depth in DEPTHS if self.above is None or depth > 1)


KINDS = {
    "a chat in one piece": CallKind(gateway_events.body()),
    "a chat as a stream": CallKind(gateway_events.body(stream=True)),
    "embeddings": CallKind(gateway_events.embeddings(), gateway_events.EMBEDDINGS),
    "a chat whose bodies are kept": CallKind(gateway_events.body(), key={"keep_bodies": True}),
    "a chat with an `Idempotency-Key`": CallKind(
        gateway_events.body(), headers=lambda number: {_NAME: f"call-{number}"}
    ),
    "the same sent again": CallKind(gateway_events.body(), headers=lambda _: {_NAME: "call"}),
    "an estimate": CallKind(gateway_events.body(), gateway_events.ESTIMATE),
    "refused by the provider": CallKind(gateway_events.body(mock={"status": 400})),
    "refused by the key's own budget": CallKind(gateway_events.body(), key=_USED_UP),
    "refused by the root's budget": CallKind(gateway_events.body(), above=_USED_UP),
    "of a model that doesn't exist": CallKind(gateway_events.body(model="unknown")),
}


class UnitMeter:
    """A DynamoDB client that adds up what its operations consume."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.reads, self.writes = 0.0, 0.0

    def __getattr__(self, operation: str) -> Any:
        call = getattr(self._client, operation)
        if not operation.endswith("item") and operation not in READS:
            return call

        def metered(**request: Any) -> Any:
            try:
                answer = call(**request, ReturnConsumedCapacity="TOTAL")
            except ServiceError as error:
                if dynamodb.condition_failed(error):
                    self.writes += _refused_units(error)
                raise
            self._count(operation, answer["ConsumedCapacity"]["CapacityUnits"])
            return answer

        return metered

    def _count(self, operation: str, units: float) -> None:
        if operation in READS:
            self.reads += units
        else:
            self.writes += units


def _refused_units(error: ServiceError) -> int:
    """Of a write whose condition failed, which is billed by the item that there is."""
    weight = item_sizes.size(error.response.get("Item", {}))
    return max(1, -(-weight // item_sizes.UNIT_BYTES))


def measure() -> dict[str, Any]:
    """By kind and depth: `writes` and `reads` in units, and for how many `round trips` a call waits.

    What is sent together is waited for once, as the proxy's own client does.
    """
    with bench_stack.running() as stack:
        meter = UnitMeter(stack.client)
        counting = CountingClient(meter)
        gateway = gateway_over(stack, counting)
        return {
            name: {
                str(depth): _figures(gateway, stack, meter, counting, kind, depth) for depth in kind.depths()
            }
            for name, kind in KINDS.items()
        }


def _figures(
    gateway: Gateway,
    stack: BenchStack,
    meter: UnitMeter,
    counting: CountingClient,
    kind: CallKind,
    depth: int,
) -> dict[str, float]:
    key = stack.new_key(depth, above=kind.above, **kind.key)
    for number in range(3):
        meter.reads, meter.writes = 0.0, 0.0
        counting.clear()
        event = gateway_events.call(key, dict(kind.body), kind.path, **kind.headers(number))
        answer = gateway.handle(request(event))
        b"".join(answer.chunks)
        answer.after()
    return {"writes": meter.writes, "reads": meter.reads, "round trips": counting.round_trips}
