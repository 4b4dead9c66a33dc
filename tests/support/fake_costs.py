"""The costs table in memory: as much of DynamoDB as the aggregates and their queries ask of it."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

from aws_wire.errors import ServiceError

# So few that even small tables are read in several pages.
_PAGE = 3

Item = dict[str, Any]


class FakeCosts:
    """A client of one table, whose transactions are all or nothing and whose pages are short."""

    def __init__(self) -> None:
        self.items: dict[str, dict[str, Item]] = defaultdict(dict)

    def transact_write_items(self, TransactItems: list[Any]) -> None:  # noqa: N803 - boto3's names
        """Puts of what must not be there yet, and updates that add."""
        parts = [part for each in TransactItems for part in each.items()]
        there = [kind == "Put" and self._find(part["Item"]) is not None for kind, part in parts]
        if any(there):
            reasons = [{"Code": "ConditionalCheckFailed" if each else "None"} for each in there]
            error: Any = {
                "Error": {"Code": "TransactionCanceledException", "Message": "cancelled"},
                "CancellationReasons": reasons,
            }
            raise ServiceError("TransactWriteItems", error)
        for kind, part in parts:
            self._put(part["Item"]) if kind == "Put" else self._add(part)

    def query(self, **request: Any) -> Any:
        partition = self.items.get(request["ExpressionAttributeValues"][":partition"]["S"], {})
        after = request.get("ExclusiveStartKey", {}).get("dimension_value", {}).get("S", "")
        found = [partition[value] for value in sorted(partition) if value > after]
        answer = {"Items": [_projected(item, request) for item in found[:_PAGE]]}
        return answer | ({"LastEvaluatedKey": found[_PAGE - 1]} if len(found) > _PAGE else {})

    def batch_get_item(self, RequestItems: Any) -> Any:  # noqa: N803
        """Answers half of what is asked at once, as DynamoDB may."""
        ((table, request),) = RequestItems.items()
        keys = request["Keys"]
        served, left = keys[: -(-len(keys) // 2)], keys[-(-len(keys) // 2) :]
        found = [item for item in map(self._find, served) if item is not None]
        return {
            "Responses": {table: [_projected(item, request) for item in found]},
            "UnprocessedKeys": {table: {**request, "Keys": left}} if left else {},
        }

    def put_item(self, TableName: str, Item: Item) -> None:  # noqa: N803
        self._put(Item)

    def get_item(self, TableName: str, Key: Item, ConsistentRead: bool) -> Any:  # noqa: N803
        found = self._find(Key)
        return {"Item": found} if found is not None else {}

    def _find(self, key: Item) -> Item | None:
        return self.items.get(key["dimension_period"]["S"], {}).get(key["dimension_value"]["S"])

    def _put(self, item: Item) -> None:
        self.items[item["dimension_period"]["S"]][item["dimension_value"]["S"]] = dict(item)

    def _add(self, update: Any) -> None:
        item = self._find(update["Key"]) or dict(update["Key"])
        for addition in update["UpdateExpression"].removeprefix("ADD ").split(", "):
            name, placeholder = addition.split()
            added = Decimal(update["ExpressionAttributeValues"][placeholder]["N"])
            item[name] = {"N": str(Decimal(item.get(name, {"N": "0"})["N"]) + added)}
        self._put(item)


def _projected(item: Item, request: Any) -> Item:
    projection = request.get("ProjectionExpression")
    wanted = projection.split(", ") if projection else item
    return {name: item[name] for name in wanted if name in item}
