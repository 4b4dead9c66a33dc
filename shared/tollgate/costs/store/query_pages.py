"""Rows as they were when a query was made, kept in the costs table for its later pages.

What rows a query has and in what order changes with every request that ends. Pages that go on where another
one ended are of the same rows only if those are kept. They are cut into items, each compressed by itself, so
that a page is in one or two of them.
"""

from __future__ import annotations

import json
import secrets
import zlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tollgate.aws import dynamodb
from tollgate.aws.dynamodb import item
from tollgate.clock import Clock, utc_now
from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

LIFE = timedelta(minutes=15)
# An item has 400 KB at most, its names and key included. Text that doesn't compress gets a little longer.
_MAX_BYTES = 350_000
_MAX_ROWS = 1000

Row = list[Any]


class NoSnapshotError(Exception):
    """There is none under that cursor any more, or never was."""


class OtherQueryError(Exception):
    """The snapshot is of another query."""


@dataclass(frozen=True, slots=True)
class SnapshotTable:
    """A cursor names a snapshot, an item of it, and a row in that. Rows are of what JSON can hold."""

    client: DynamoDBClient
    table: str
    clock: Clock = utc_now

    def keep(self, query: str, rows: Sequence[Row]) -> str:
        """Keeps the rows of a query that are still to come, and returns the cursor of the first."""
        snapshot_id = secrets.token_urlsafe(16)
        expires_at = int((self.clock() + LIFE).timestamp())
        chunks = list(_chunks(rows))
        for number, chunk in enumerate(chunks):
            stored = {
                "dimension_period": _partition(snapshot_id),
                "dimension_value": str(number),
                "query": query,
                "rows": zlib.compress(chunk),
                "last": number == len(chunks) - 1,
                "expires_at": expires_at,
            }
            self.client.put_item(TableName=self.table, Item=item(stored))
        return f"{snapshot_id}.0.0"

    def page(self, cursor: str, query: str, size: int) -> tuple[list[Row], str | None]:
        """At most `size` rows from a cursor on, and where to go on, None at the end.

        Raises `NoSnapshotError` and `OtherQueryError`.
        """
        snapshot_id, *place = cursor.split(".")
        number, start = map(int, place)
        page: list[Row] = []
        while True:
            rows, is_last = self._chunk(snapshot_id, number, query)
            end = start + size - len(page)
            page += rows[start:end]
            if end < len(rows):
                return page, f"{snapshot_id}.{number}.{end}"
            if is_last:
                return page, None
            number, start = number + 1, 0
            if len(page) == size:
                return page, f"{snapshot_id}.{number}.0"

    def _chunk(self, snapshot_id: str, number: int, query: str) -> tuple[list[Row], bool]:
        found = dynamodb.get(
            self.client, self.table, dimension_period=_partition(snapshot_id), dimension_value=str(number)
        )
        # DynamoDB may take days to delete what has expired.
        if found is None or found["expires_at"] <= self.clock().timestamp():
            raise NoSnapshotError
        if found["query"] != query:
            raise OtherQueryError
        return json.loads(zlib.decompress(found["rows"])), found["last"]


def _partition(snapshot_id: str) -> str:
    return f"snapshot#{snapshot_id}"


def _chunks(rows: Sequence[Row]) -> Iterator[bytes]:
    """As JSON, each with as many rows as fit into an item."""
    chunk: list[str] = []
    size = 0
    for row in rows:
        text = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
        length = len(text.encode()) + 1
        if chunk and (len(chunk) == _MAX_ROWS or size + length > _MAX_BYTES):
            yield _array(chunk)
            chunk, size = [], 0
        chunk.append(text)
        size += length
    if chunk:
        yield _array(chunk)


def _array(rows: Sequence[str]) -> bytes:
    return f"[{','.join(rows)}]".encode()
