"""The usage table's stream, folded into cost aggregates."""

from __future__ import annotations

import logging
import os
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from tollgate.adapters import dynamodb
from tollgate.adapters.costs import CostsTable, chunks
from tollgate.costs import Entry, Tally
from tollgate.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

logger = logging.getLogger(__name__)
logger.setLevel(logging.INFO)


@cache
def _costs() -> CostsTable:
    return CostsTable(client=dynamodb.connect(), table=os.environ["COSTS_TABLE"])


def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Adds a batch of new usage records to the aggregates.

    Answers with the first record that could not be added, from which the stream then goes on:
    a record that is delivered again is not counted again.
    """
    return roll_up(event["Records"], _costs())


def roll_up(records: list[Mapping[str, Any]], costs: CostsTable) -> dict[str, Any]:
    sequence_numbers: dict[str, str] = {}
    entries: dict[str, Entry] = {}
    for record in records:
        entry = entry_of(dynamodb.plain(record["dynamodb"]["NewImage"]))
        sequence_numbers.setdefault(entry.request_id, record["dynamodb"]["SequenceNumber"])
        entries.setdefault(entry.request_id, entry)
    for chunk in chunks(entries.values()):
        try:
            costs.add(chunk)
        except Exception:
            logger.exception("A chunk of %d usage records was not added", len(chunk))
            return {"batchItemFailures": [{"itemIdentifier": sequence_numbers[chunk[0].request_id]}]}
    return {"batchItemFailures": []}


def entry_of(usage: Mapping[str, Any]) -> Entry:
    """What a usage item adds to the aggregates."""
    return Entry(
        request_id=usage["request_id"],
        key_id=usage["key_id"],
        model=usage["model"],
        day=date.fromisoformat(usage["created_at"][:10]),
        tally=Tally(
            requests=1,
            failed=int(usage["outcome"] == Outcome.FAILED),
            prompt_tokens=int(usage["prompt_tokens"]),
            completion_tokens=int(usage["completion_tokens"]),
            cost=usage["calculated_cost"],
        ),
        scopes=tuple(usage["scopes"]),
    )
