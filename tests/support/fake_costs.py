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
    """A client of one table, whose writes are all or nothing and whose pages are short."""

    def __init__(self, page: int = _PAGE) -> None:
        self.items: dict[str, dict[str, Item]] = defaultdict(dict)
        self._page = page

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
            self._put(part["Item"]) if kind == "Put" else self._update(part)

    def update_item(self, **update: Any) -> None:
        found = self._find(update["Key"])
        if not _holds(update.get("ConditionExpression"), found or {}, update):
            error: Any = {"Error": {"Code": "ConditionalCheckFailedException", "Message": ""}, "Item": found}
            raise ServiceError("UpdateItem", error)
        self._update(update)

    def query(self, **request: Any) -> Any:
        values = request["ExpressionAttributeValues"]
        partition = self.items.get(values[":partition"]["S"], {})
        beginning = values.get(":beginning", {}).get("S", "")
        after = request.get("ExclusiveStartKey", {}).get("dimension_value", {}).get("S", "")
        found = [
            partition[value] for value in sorted(partition) if value > after and value.startswith(beginning)
        ]
        answer = {"Items": [_projected(item, request) for item in found[: self._page]]}
        return answer | ({"LastEvaluatedKey": found[self._page - 1]} if len(found) > self._page else {})

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

    def _update(self, update: Any) -> None:
        """`ADD a :1, b :2 SET c = :3, d = :4`, of which either part may be missing."""
        item = dict(self._find(update["Key"]) or update["Key"])
        names, values = update.get("ExpressionAttributeNames", {}), update["ExpressionAttributeValues"]
        added, _, assigned = update["UpdateExpression"].partition("SET ")
        for addition in filter(None, added.removeprefix("ADD ").strip().split(", ")):
            name, placeholder = addition.split()
            number = Decimal(values[placeholder]["N"])
            item[name] = {"N": str(Decimal(item.get(name, {"N": "0"})["N"]) + number)}
        for assignment in filter(None, assigned.split(", ")):
            name, placeholder = assignment.split(" = ")
            item[names.get(name, name)] = values[placeholder]
        self._put(item)


def _holds(condition: str | None, item: Item, update: Any) -> bool:
    """`attribute_not_exists(a) OR a < :b`, or no condition."""
    if condition is None:
        return True
    missing, compared = condition.split(" OR ")
    name, placeholder = compared.split(" < ")
    assert missing == f"attribute_not_exists({name})"
    return name not in item or item[name]["S"] < update["ExpressionAttributeValues"][placeholder]["S"]


def _projected(item: Item, request: Any) -> Item:
    projection = request.get("ProjectionExpression")
    wanted = projection.split(", ") if projection else item
    return {name: item[name] for name in wanted if name in item}
