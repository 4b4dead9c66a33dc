"""Where the request log finds all keys' requests: a day's, in shards.

An index's partition takes 1,000 writes a second, and a table waits for its indexes: if all of a day's records
went to one partition, the ledger's writes would be throttled with it. So a day is spread over several,
which whoever reads the day merges again.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from tollgate import identifiers

if TYPE_CHECKING:
    from datetime import date

INDEX = "by_day"
SHARDS = 8


def of_day(day: date) -> list[str]:
    """All shards of a UTC day."""
    return [_name(day, number) for number in range(SHARDS)]


def of_request(request_id: str) -> str | None:
    """The shard of a request, by its id alone: by the UTC day that it was made on.

    None for what is no id of ours: no record may fail for the log's sake.
    """
    try:
        day = identifiers.moment_of(request_id).date()
    except ValueError:
        return None
    return _name(day, zlib.crc32(request_id.encode()) % SHARDS)


def _name(day: date, number: int) -> str:
    return f"{day.isoformat()}#{number}"
