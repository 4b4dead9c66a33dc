"""What a request to DynamoDB asks for, with the context that its conditions are compared with.

Condition keys: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
and https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
Transactions: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from infra.local.door.expression_names import named_in, wanted_key
from infra.local.door.policies import Access

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


class UnknownRequestError(Exception):
    """It isn't known here what a request asks for."""


# The parameters of before there were expressions, which nobody here uses.
_LEGACY = frozenset(
    {
        "AttributesToGet",
        "AttributeUpdates",
        "ConditionalOperator",
        "Expected",
        "KeyConditions",
        "QueryFilter",
        "ScanFilter",
    }
)
# By the member of a transaction's part, the action that it takes.
_PARTS = {
    "ConditionCheck": "ConditionCheckItem",
    "Delete": "DeleteItem",
    "Get": "GetItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
}
_SINGLE = frozenset({"DeleteItem", "GetItem", "PutItem", "UpdateItem"})
_READS = frozenset({"BatchGetItem", "GetItem", "Query", "Scan"})
_RETURN_VALUES = frozenset({"ConditionCheckItem", "DeleteItem", "PutItem", "UpdateItem"})


@dataclass(frozen=True)
class Table:
    arn: str
    key: str
    """The partition key."""
    index_keys: Mapping[str, str]
    """That of each index."""


@dataclass(frozen=True)
class DynamoDbRequests:
    """`tables` are by their names."""

    tables: Mapping[str, Table]

    def accesses(self, operation: str, request: Mapping[str, Any]) -> Iterator[Access]:
        """Raises UnknownRequestError."""
        if operation in {"TransactWriteItems", "TransactGetItems"}:
            for each in request["TransactItems"]:
                ((member, part),) = each.items()
                yield self._item(_PARTS[member], part, operation)
        elif operation in {"BatchGetItem", "BatchWriteItem"}:
            for name, part in request["RequestItems"].items():
                yield self._batch(operation, name, part)
        elif operation in _SINGLE:
            yield self._item(operation, request)
        elif operation in {"Query", "Scan"}:
            yield self._search(operation, request)
        else:
            raise UnknownRequestError(f"dynamodb:{operation}")

    def _item(self, action: str, part: Mapping[str, Any], enclosing: str | None = None) -> Access:
        table = self._table(part["TableName"])
        item: Mapping[str, Any] = part.get("Item") or part["Key"]
        context = _context(action, part, item.keys(), [_text(item[table.key])])
        if enclosing is not None:
            context["dynamodb:EnclosingOperation"] = [enclosing]
        return Access(f"dynamodb:{action}", table.arn, context)

    def _batch(self, operation: str, name: str, part: Any) -> Access:
        table = self._table(name)
        if operation == "BatchGetItem":
            items, expressions = part["Keys"], part
        else:
            written = [next(iter(each.values())) for each in part]
            items, expressions = [each.get("Item") or each["Key"] for each in written], {}
        attributes = {attribute for item in items for attribute in item}
        keys = sorted({_text(item[table.key]) for item in items})
        return Access(f"dynamodb:{operation}", table.arn, _context(operation, expressions, attributes, keys))

    def _search(self, operation: str, request: Mapping[str, Any]) -> Access:
        table = self._table(request["TableName"])
        index = request.get("IndexName")
        arn = table.arn if index is None else f"{table.arn}/index/{index}"
        # A scan has no leading keys, for it reads all.
        keys = None
        if operation == "Query":
            value = wanted_key(request, table.key if index is None else table.index_keys[index])
            if value is None:
                raise UnknownRequestError(f"A query of {arn} without a partition key")
            keys = [_text(request["ExpressionAttributeValues"][value])]
        return Access(f"dynamodb:{operation}", arn, _context(operation, request, (), keys))

    def _table(self, name: str) -> Table:
        """Of a name or ARN, either of which a request may have."""
        table = self.tables.get(name.rpartition("/")[2])
        if table is None:
            raise UnknownRequestError(f"The table {name}")
        return table


def _context(
    action: str, part: Mapping[str, Any], attributes: Iterable[str], keys: list[str] | None
) -> dict[str, list[str]]:
    legacy = part.keys() & _LEGACY
    if legacy:
        raise UnknownRequestError(f"dynamodb:{action} with {sorted(legacy)}")
    context = {
        "dynamodb:Attributes": sorted({*attributes, *named_in(part)}),
        "dynamodb:ReturnConsumedCapacity": [part.get("ReturnConsumedCapacity", "NONE")],
    }
    if keys is not None:
        context["dynamodb:LeadingKeys"] = keys
    if action in _READS:
        context["dynamodb:Select"] = [_select(part)]
    if action in _RETURN_VALUES:
        context["dynamodb:ReturnValues"] = [part.get("ReturnValues", "NONE")]
    return context


def _select(part: Mapping[str, Any]) -> str:
    """What a read asks for if it doesn't say so:
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
    """
    if "Select" in part:
        return str(part["Select"])
    if "ProjectionExpression" in part:
        return "SPECIFIC_ATTRIBUTES"
    return "ALL_PROJECTED_ATTRIBUTES" if "IndexName" in part else "ALL_ATTRIBUTES"


def _text(value: Mapping[str, Any]) -> str:
    ((_, text),) = value.items()
    return str(text)
