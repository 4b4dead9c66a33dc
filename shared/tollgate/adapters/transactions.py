"""Several writes that apply together or not at all.

For cold items alone: while a transaction is under way, DynamoDB refuses every other write to its items.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tollgate.conflicts import EditConflictError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_CONFLICTS = frozenset({"ConditionalCheckFailed", "TransactionConflict"})
_CONFLICT_ERRORS = frozenset({"ConditionalCheckFailedException", "TransactionConflictException"})


def transact(client: DynamoDBClient, *writes: Any) -> None:
    """Applies all writes; raises `EditConflictError` if a condition fails or another write comes between.

    The client sends a token along, by which a retry finds that its first try has applied.
    """
    try:
        client.transact_write_items(TransactItems=list(writes))
    except ClientError as error:
        reasons: Any = error.response.get("CancellationReasons", [])
        if any(reason.get("Code") in _CONFLICTS for reason in reasons):
            raise EditConflictError from error
        raise


def is_conflict(error: ClientError) -> bool:
    """Whether a write to a cold item came too late, or into the midst of a transaction."""
    return error.response["Error"]["Code"] in _CONFLICT_ERRORS
