"""The usage table's stream, folded into cost aggregates, and the schedule that closes days."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from aws_wire import attribute_values
from tollgate.aws import boto3_clients
from tollgate.aws.metrics import EmbeddedMetrics
from tollgate.clock import utc_now
from tollgate.costs.store.cost_entries import entry_of
from tollgate.costs.store.day_closing import DayClosing
from tollgate.costs.store.marked_records import MarkedRecords
from tollgate.costs.store.rollup import Rollup, StreamRecord
from tollgate.costs.store.shard_sums import ShardSums
from tollgate_rollup import settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

logger = logging.getLogger(__name__)
logger.setLevel(logging.INFO)


@cache
def _rollup() -> Rollup:
    client, deployed = boto3_clients.dynamodb(), settings.from_environment()
    return Rollup(
        ShardSums(client, deployed.costs_table, deployed.reporting_zone),
        MarkedRecords(client, deployed.costs_table),
    )


@cache
def _closing() -> DayClosing:
    deployed = settings.from_environment()
    return DayClosing(boto3_clients.dynamodb(), deployed.costs_table, deployed.reporting_zone)


def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Adds a batch of new usage records to the aggregates, or closes days, as the schedule's `task` says."""
    metrics = EmbeddedMetrics(settings.from_environment().stack_name, sys.stdout.write, utc_now)
    if "task" in event:
        closed = _TASKS[event["task"]]().run()
        metrics.count({"DaysClosed": len(closed)})
        return {"closed": [day.isoformat() for day in closed]}
    answer = take(event, _rollup())
    if event.get("Records"):
        metrics.count(_figures(event["Records"], answer["batchItemFailures"]))
    return answer


_TASKS = {"close": _closing}


def _figures(
    delivered: Sequence[Mapping[str, Any]], lacking: Sequence[Mapping[str, str]]
) -> dict[str, float]:
    """Records that don't come again, and how long ago the first of the batch was written, milliseconds."""
    numbers = list(map(_number, delivered))
    added = numbers.index(lacking[0]["itemIdentifier"]) if lacking else len(numbers)
    oldest = min(float(each["dynamodb"]["ApproximateCreationDateTime"]) for each in delivered)
    return {"RecordsAdded": added, "RollupLag": round(max(0.0, utc_now().timestamp() - oldest) * 1000)}


def take(event: Mapping[str, Any], rollup: Rollup) -> dict[str, Any]:
    """Answers with the first record that was not added, from which the stream then goes on.

    A record that is delivered again is not counted again. Lambda names the shard only if the mapping has
    windows, of which nothing else is used: neither their state nor that they end, with an event that has no
    records. https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-windows.html
    """
    records: list[StreamRecord] = []
    unread: set[str] = set()
    delivered = event.get("Records", [])
    for record in delivered:
        number = record["dynamodb"]["SequenceNumber"]
        try:
            records.append(_stream_record(record["dynamodb"], rollup))
        except Exception:
            logger.exception("Record %s of the stream can't be read", number)
            unread.add(number)
    lacking = rollup.add(event.get("shardId"), records, unread)
    first = next((number for number in map(_number, delivered) if number in lacking), None)
    return {"batchItemFailures": [] if first is None else [{"itemIdentifier": first}], "state": {}}


def _stream_record(record: Mapping[str, Any], rollup: Rollup) -> StreamRecord:
    entry = entry_of(attribute_values.plain(record["NewImage"]), rollup.shards.zone)
    written_at = datetime.fromtimestamp(float(record["ApproximateCreationDateTime"]), UTC)
    return StreamRecord(record["SequenceNumber"], written_at, entry)


def _number(record: Mapping[str, Any]) -> str:
    number: str = record["dynamodb"]["SequenceNumber"]
    return number
