"""A DynamoDB client that notes what its writes cost."""

from __future__ import annotations

from typing import Any, NamedTuple

_WRITES = frozenset({"put_item", "update_item", "delete_item"})


class WriteUnits(NamedTuple):
    operation: str
    table: str
    units: float
    index_units: float


class MeteredClient:
    """`writes` are those that were let through, in their order."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.writes: list[WriteUnits] = []

    def __getattr__(self, operation: str) -> Any:
        call = getattr(self._client, operation)
        if operation not in _WRITES:
            return call

        def metered(**request: Any) -> Any:
            answer = call(**request, ReturnConsumedCapacity="INDEXES")
            consumed = answer["ConsumedCapacity"]
            indexes = consumed.get("GlobalSecondaryIndexes", {}).values()
            self.writes.append(
                WriteUnits(
                    operation,
                    consumed["TableName"],
                    consumed["Table"]["CapacityUnits"],
                    sum(each["CapacityUnits"] for each in indexes),
                )
            )
            return answer

        return metered

    def take_units(self) -> list[float]:
        """Of each write since the last time, its index's included."""
        found = [each.units + each.index_units for each in self.writes]
        self.writes.clear()
        return found
