"""Tables on DynamoDB Local that one test after the other uses, emptied in between."""

from __future__ import annotations

import threading
import uuid
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from infra.local.tables import create_tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# What a table is emptied of, one batch after the other; one that holds more is sooner made anew.
_BATCH, _MAX_ITEMS = 25, 200


class TablePool:
    """Makes a table only where none is idle: DynamoDB Local slows with each that it has ever had.

    After 3,000 tables it takes eight times as long for the next one, though all of them are gone.
    """

    def __init__(self, client: DynamoDBClient, schemas: Mapping[str, dict[str, Any]]) -> None:
        self.schemas = schemas
        self._client = client
        self._idle: defaultdict[str, deque[str]] = defaultdict(deque)
        self._altered: set[str] = set()
        for operation in ("UpdateTable", "DeleteTable"):
            client.meta.events.register(f"provide-client-params.dynamodb.{operation}", self._note)

    def take(self, logical_id: str) -> str:
        """The name of an empty table as template.yaml declares it."""
        while self._idle[logical_id]:
            name = self._idle[logical_id].popleft()
            # Here and not when it was given back: whoever still had it then may have written since.
            if self._emptied(name, logical_id):
                return name
            self._client.delete_table(TableName=name)
        schema = {logical_id: self.schemas[logical_id]}
        return create_tables(self._client, schema, prefix=f"test-{uuid.uuid4().hex[:12]}")[logical_id]

    def give_back(self, logical_id: str, name: str) -> None:
        if name in self._altered:
            self._client.delete_table(TableName=name)
        else:
            self._idle[logical_id].append(name)

    def _emptied(self, name: str, logical_id: str) -> bool:
        """Whether it had little enough in it to be emptied."""
        found = self._client.scan(TableName=name, ConsistentRead=True)
        if "LastEvaluatedKey" in found or len(found["Items"]) > _MAX_ITEMS:
            return False
        attributes = [each["AttributeName"] for each in self.schemas[logical_id]["KeySchema"]]
        keys = [{attribute: item[attribute] for attribute in attributes} for item in found["Items"]]
        for start in range(0, len(keys), _BATCH):
            deletions: Any = [{"DeleteRequest": {"Key": key}} for key in keys[start : start + _BATCH]]
            answer = self._client.batch_write_item(RequestItems={name: deletions})
            assert not answer["UnprocessedItems"]
        return True

    def _note(self, params: dict[str, Any], **_event: Any) -> None:
        self._altered.add(params["TableName"])


class Tables(Mapping[str, str]):
    """Table names by logical id. A table is taken when it is first asked for: few tests need all."""

    def __init__(self, pool: TablePool) -> None:
        self._pool = pool
        self._taken: dict[str, str] = {}
        self._taking = threading.Lock()

    def __getitem__(self, logical_id: str) -> str:
        with self._taking:
            if logical_id not in self._taken:
                self._taken[logical_id] = self._pool.take(logical_id)
            return self._taken[logical_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._pool.schemas)

    def __len__(self) -> int:
        return len(self._pool.schemas)

    def give_back(self) -> None:
        for logical_id, name in self._taken.items():
            self._pool.give_back(logical_id, name)


@contextmanager
def empty_tables(pool: TablePool) -> Iterator[Tables]:
    tables = Tables(pool)
    yield tables
    tables.give_back()
