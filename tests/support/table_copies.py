"""Tables as of one instant: exported as DynamoDB writes them to S3, and made anew from that.

DynamoDB Local has neither exports nor imports. This is what they do with items, in the format that they have:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
"""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

from infra.local.keeping import to_bytes, to_text
from tests.support.faults import READS, OneByOne
from tollgate.aws.dynamodb import wire_pages
from tollgate_cli.operations.recovery.restorable_tables import NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DURABLE = tuple(f"{name}Table" for name in NAMES.values())
_AT_ONCE = 25

Exports = dict[str, bytes]
"""By logical id, a table's items as a file of an export."""


def exported(client: Any, tables: Mapping[str, str], *names: str) -> Exports:
    """Nothing may be written meanwhile: then it is of one instant."""
    return {name: _file(client, tables[name]) for name in names or DURABLE}


def imported(client: Any, tables: Mapping[str, str], exports: Exports) -> dict[str, int]:
    """How many items each of the tables, which are empty, has got."""
    return {name: _filled(client, tables[name], data) for name, data in exports.items()}


def _file(client: Any, table: str) -> bytes:
    found = wire_pages(client.scan, TableName=table, ConsistentRead=True)
    lines = [json.dumps({"Item": to_text(item)}) for item in found]
    return gzip.compress("".join(f"{line}\n" for line in lines).encode(), mtime=0)


def _filled(client: Any, table: str, data: bytes) -> int:
    items = [to_bytes(json.loads(line)["Item"]) for line in gzip.decompress(data).splitlines()]
    for start in range(0, len(items), _AT_ONCE):
        puts = [{"PutRequest": {"Item": item}} for item in items[start : start + _AT_ONCE]]
        while puts:
            puts = client.batch_write_item(RequestItems={table: puts})["UnprocessedItems"].get(table, [])
    return len(items)


class InstantClient(OneByOne):
    """Calls `look` before each write, with the number of writes before it."""

    def __init__(self, client: Any, look: Callable[[int], None]) -> None:
        self._client = client
        self._look = look
        self._writes = 0

    def __getattr__(self, operation: str) -> Any:
        call = getattr(self._client, operation)
        if operation in READS or not callable(call):
            return call

        def looked(**request: Any) -> Any:
            self._look(self._writes)
            self._writes += 1
            return call(**request)

        return looked
