"""DynamoDB's requests, answers and errors, and items as plain Python values."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from aws_wire.attribute_values import plain, values
from aws_wire.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

Item = dict[str, Any]

# DynamoDB's limit for one BatchGetItem.
_BATCH = 100
# Of a partition key and a sort key:
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
_MAX_KEY_BYTES = (2048, 1024)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def item(attributes: Mapping[str, Any]) -> Item:
    """An item to put: absent values (None) are left out, for an index or a condition to rely on."""
    return values({name: value for name, value in attributes.items() if value is not None})


def condition_failed(error: ServiceError) -> bool:
    return error.code == "ConditionalCheckFailedException"


@contextmanager
def suppress_failed_condition() -> Iterator[None]:
    """For a write that has nothing to do where its condition fails."""
    try:
        yield
    except ServiceError as error:
        if not condition_failed(error):
            raise


def in_transaction(error: ServiceError) -> bool:
    """Whether a write came into the midst of a transaction."""
    return error.code == "TransactionConflictException"


def is_too_large(error: ServiceError) -> bool:
    """Whether an item would have become larger than DynamoDB takes, 400 KB, for which it has no code."""
    reasons: Any = error.response.get("CancellationReasons", [])
    said = [error.response["Error"], *reasons]
    return any("tem size" in (each.get("Message") or "") for each in said)


def image_of_failure(error: ServiceError) -> Item | None:
    """The item as it stood when a condition failed, or None if there was none."""
    wire: Any = error.response.get("Item")
    return plain(wire) if wire else None


def get(client: DynamoDBClient, table: str, **key: str) -> Item | None:
    """The item under a key, read consistently; None if there is none. The partition key comes first.

    What clients call things by may be what can be no key, which DynamoDB answers with an error.
    """
    if not all(map(_may_be_key, key.values(), _MAX_KEY_BYTES)):
        return None
    answer: Any = client.get_item(TableName=table, Key=values(key), ConsistentRead=True)
    return plain(answer["Item"]) if "Item" in answer else None


def _may_be_key(text: str, max_bytes: int) -> bool:
    if text.isascii():
        return 0 < len(text) <= max_bytes
    try:
        return len(text.encode()) <= max_bytes
    except UnicodeEncodeError:  # half of a character
        return False


def get_batch(
    client: DynamoDBClient, table: str, keys: Sequence[Mapping[str, str]], **options: Any
) -> Iterator[Item]:
    """Those items that there are, in no particular order; `options` are BatchGetItem's for the table."""
    return map(plain, get_wire_batch(client, table, list(map(values, keys)), **options))


def get_wire_batch(
    client: DynamoDBClient, table: str, keys: Sequence[Item], **options: Any
) -> Iterator[Item]:
    """`get_batch` in the wire format, for keys and items alike."""
    for start in range(0, len(keys), _BATCH):
        request: Any = {table: {"Keys": keys[start : start + _BATCH], **options}}
        while request:
            answer = client.batch_get_item(RequestItems=request)
            yield from answer["Responses"].get(table, [])
            request = answer["UnprocessedKeys"]


def pages(operation: Any, **request: Any) -> Iterator[Item]:
    """Every item of a Query or Scan, page by page."""
    return map(plain, wire_pages(operation, **request))


def wire_pages(operation: Any, **request: Any) -> Iterator[Item]:
    """`pages` in the wire format, where there are many items of few attributes."""
    for answer in answers(operation, **request):
        yield from answer["Items"]


def answers(operation: Any, **request: Any) -> Iterator[Item]:
    """Every answer of a Query or Scan, a page each."""
    while True:
        answer: Any = operation(**request)
        yield answer
        if "LastEvaluatedKey" not in answer:
            return
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def integer(number: Decimal | None) -> int | None:
    """A whole number that may be absent."""
    return None if number is None else int(number)


def epoch(moment: datetime) -> Decimal:
    """Seconds since 1970 in whole milliseconds, so that a condition can compare moments."""
    return Decimal((moment - _EPOCH) // _MILLISECOND).scaleb(-3)


def moment(seconds: Decimal) -> datetime:
    return _EPOCH + _MILLISECOND * int(seconds.scaleb(3))
