"""What the mock was asked, for tests to look at."""

from collections import deque
from collections.abc import Mapping
from typing import Any

JOURNAL_LENGTH = 1000


class Journal:
    """The last JOURNAL_LENGTH API requests, oldest first."""

    def __init__(self) -> None:
        self._entries: deque[dict[str, Any]] = deque(maxlen=JOURNAL_LENGTH)
        self._recorded = 0

    def record(
        self, method: str, path: str, headers: Mapping[str, str], body: object, query: str = ""
    ) -> int:
        """Returns the request's number, counted from 1 and not reset, so that it can tell requests apart."""
        self._entries.append(
            {"method": method, "path": path, "query": query, "headers": dict(headers), "body": body}
        )
        self._recorded += 1
        return self._recorded

    def entries(self) -> list[dict[str, Any]]:
        return list(self._entries)

    def clear(self) -> None:
        self._entries.clear()
