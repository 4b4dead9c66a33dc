"""Update expressions, put together clause by clause.

DynamoDB knows no arithmetic in conditions, and one plus or minus of two operands in a SET.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_wire.attribute_values import values

if TYPE_CHECKING:
    from tollgate.aws.dynamodb import Item


class Update:
    """One conditional UpdateItem of a table's item."""

    def __init__(self, table: str, **key: str) -> None:
        self._table = table
        self._key = key
        self._names: dict[str, str] = {}
        self._values: Item = {}
        self._set: list[str] = []
        self._remove: list[str] = []
        self._conditions: list[str] = []

    def name(self, placeholder: str, name: str) -> None:
        self._names[placeholder] = name

    def value(self, placeholder: str, value: Any) -> None:
        self._values[placeholder] = value

    def require(self, *conditions: str) -> None:
        self._conditions += conditions

    def set(self, *clauses: str) -> None:
        self._set += clauses

    def remove(self, *paths: str) -> None:
        self._remove += paths

    def put(self, attribute: str, value: Any) -> None:
        """Sets an attribute, or removes it where the value is None."""
        self.name(f"#{attribute}", attribute)
        if value is None:
            self.remove(f"#{attribute}")
        else:
            self.value(f":{attribute}", value)
            self.set(f"#{attribute} = :{attribute}")

    def require_as_seen(self, attribute: str, seen: Any) -> None:
        """Requires that an attribute is still what it was, None being absent."""
        self.name(f"#{attribute}", attribute)
        if seen is None:
            self.require(f"attribute_not_exists(#{attribute})")
        else:
            self.value(f":seen_{attribute}", seen)
            self.require(f"#{attribute} = :seen_{attribute}")

    def request(self) -> dict[str, Any]:
        """What UpdateItem takes; the new image is returned, on failure the old one."""
        clauses = [
            f"{verb} {', '.join(clauses)}"
            for verb, clauses in (("SET", self._set), ("REMOVE", self._remove))
            if clauses
        ]
        request: dict[str, Any] = {
            "TableName": self._table,
            "Key": values(self._key),
            "UpdateExpression": " ".join(clauses),
            "ConditionExpression": " AND ".join(self._conditions),
            "ReturnValues": "ALL_NEW",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        if self._names:
            request["ExpressionAttributeNames"] = dict(self._names)
        if self._values:
            request["ExpressionAttributeValues"] = values(self._values)
        return request
