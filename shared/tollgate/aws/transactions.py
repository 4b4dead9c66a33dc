"""Several writes that apply together or not at all.

For cold items alone: while a transaction is under way, DynamoDB refuses every other write to its items.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_wire.attribute_values import values
from aws_wire.errors import ServiceError
from tollgate.aws.dynamodb import item
from tollgate.conflicts import EditConflictError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from tollgate.aws.dynamodb import Item

_CONFLICTS = frozenset({"ConditionalCheckFailed", "TransactionConflict"})
_CONFLICT_ERRORS = frozenset({"ConditionalCheckFailedException", "TransactionConflictException"})


def transact(client: DynamoDBClient, *writes: Any) -> None:
    """Applies all writes; raises `EditConflictError` if a condition fails or another write comes between.

    The client sends a token along, by which a retry finds that its first try has applied.
    """
    try:
        client.transact_write_items(TransactItems=list(writes))
    except ServiceError as error:
        reasons: Any = error.response.get("CancellationReasons", [])
        if any(reason.get("Code") in _CONFLICTS for reason in reasons):
            raise EditConflictError from error
        raise


def put_revision(client: DynamoDBClient, table: str, new: Item, seen: int, *others: Any) -> None:
    """Puts an item under the revision after the one that was `seen`, 0 if there was none, with other writes.

    Raises `EditConflictError` if it is another one by now.
    """
    put: dict[str, Any] = {
        "TableName": table,
        "Item": item({**new, "revision": seen + 1}),
        "ConditionExpression": "revision = :seen" if seen else "attribute_not_exists(revision)",
    }
    if seen:
        put["ExpressionAttributeValues"] = values({":seen": seen})
    if others:
        transact(client, {"Put": put}, *others)
        return
    try:
        client.put_item(**put)
    except ServiceError as error:
        if is_conflict(error):
            raise EditConflictError from error
        raise


def is_conflict(error: ServiceError) -> bool:
    """Whether a write to a cold item came too late, or into the midst of a transaction."""
    return error.code in _CONFLICT_ERRORS
