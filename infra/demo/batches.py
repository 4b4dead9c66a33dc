"""Many items at once into a table of a local stack."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_BATCH, _THREADS = 25, 4


def put_all(client: Any, table: str, items: Sequence[Mapping[str, Any]]) -> None:
    """Puts items, on the wire, whatever is there under their keys."""

    def put(start: int) -> None:
        request: Any = {table: [{"PutRequest": {"Item": each}} for each in items[start : start + _BATCH]]}
        while request:
            request = client.batch_write_item(RequestItems=request)["UnprocessedItems"]

    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(put, range(0, len(items), _BATCH)))
