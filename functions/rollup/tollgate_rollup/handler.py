"""The usage table's stream, folded into cost aggregates."""

from __future__ import annotations

import logging
from functools import cache
from typing import TYPE_CHECKING, Any

from aws_wire import attribute_values
from tollgate.aws import boto3_clients
from tollgate.costs.store.cost_entries import entry_of
from tollgate.costs.store.costs_table import CostsTable
from tollgate.costs.store.rollup import EntryOutcome, roll_up
from tollgate_rollup import settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import tzinfo

    from tollgate.costs.aggregates import CostEntry

logger = logging.getLogger(__name__)
logger.setLevel(logging.INFO)


@cache
def _costs() -> CostsTable:
    return CostsTable(client=boto3_clients.dynamodb(), table=settings.from_environment().costs_table)


def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Adds a batch of new usage records to the aggregates.

    Answers with the first record that was not added, from which the stream then goes on: a record that is
    delivered again is not counted again.
    """
    return take(event["Records"], _costs(), settings.from_environment().reporting_zone)


def take(records: Iterable[Mapping[str, Any]], costs: CostsTable, zone: tzinfo) -> dict[str, Any]:
    """A record that can't ever be added keeps no other from it; while the table is out of reach, all wait."""
    waiting: dict[str, str] = {}
    entries: list[CostEntry] = []
    for record in records:
        number = record["dynamodb"]["SequenceNumber"]
        try:
            entry = entry_of(attribute_values.plain(record["dynamodb"]["NewImage"]), zone)
        except Exception:
            logger.exception("Record %s of the stream can't be read", number)
            waiting[number] = number
            continue
        if entry.request_id not in waiting:
            waiting[entry.request_id] = number
            entries.append(entry)
    try:
        for entry, fate in roll_up(costs, entries):
            if fate is not EntryOutcome.REFUSED:
                del waiting[entry.request_id]
    except Exception:
        logger.exception("The rest of %d usage records waits for the costs table", len(waiting))
    first = next(iter(waiting.values()), None)
    return {"batchItemFailures": [] if first is None else [{"itemIdentifier": first}]}
