"""The keys table's stream, and a schedule: who has to hear of a budget."""

from __future__ import annotations

import logging
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

from tollgate.adapters import dynamodb, key_items, metrics
from tollgate.adapters.alert_policy import AlertPolicyTable
from tollgate.adapters.alerts import AlertsTable
from tollgate.adapters.costs import CostsTable
from tollgate.adapters.keys import KeysTable
from tollgate.adapters.spending import RecentSpending
from tollgate.alert_decisions import AlertPolicy
from tollgate.clock import utc_now
from tollgate_alerts import settings
from tollgate_alerts.alerting import Alerting
from tollgate_alerts.images import is_worth_a_look
from tollgate_alerts.messenger import AwsMessenger

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

    from tollgate.scopes import Scope

logger = logging.getLogger(__name__)
logger.setLevel(logging.INFO)


@cache
def alerting() -> Alerting:
    """What this execution environment works with, made with its first event."""
    deployed = settings.from_environment()
    client = dynamodb.connect()
    return Alerting(
        scopes=KeysTable(client, deployed.keys_table),
        policies=AlertPolicyTable(client, deployed.catalog_table, AlertPolicy(debounce=deployed.debounce)),
        table=AlertsTable(client, deployed.alerts_table),
        spending=RecentSpending(CostsTable(client, deployed.costs_table)),
        messenger=AwsMessenger(
            boto3.client("sesv2"), boto3.client("sns"), deployed.sender_email, deployed.topic_arn
        ),
        meter=metrics,
        clock=utc_now,
        stage=deployed.stage,
    )


def handler(event: dict[str, Any], context: Any) -> Any:
    """Takes a batch of the stream, or does what is due when the schedule asks.

    Of a batch, the records that failed are named; the stream then begins again from the first of them.
    """
    if "Records" not in event:
        logger.info("%d things were due", alerting().come_back())
        return None
    processor = BatchProcessor(event_type=EventType.DynamoDBStreams, raise_on_entire_batch_failure=False)
    newest = {record["dynamodb"]["Keys"]["key_id"]["S"]: record["eventID"] for record in event["Records"]}

    def take(record: DynamoDBRecord) -> None:
        """Only a key's newest image counts: a look reads what is true by now."""
        wire = record.raw_event["dynamodb"]
        if newest[wire["Keys"]["key_id"]["S"]] == record.event_id:
            after = _scope(wire.get("NewImage"))
            if after is not None and is_worth_a_look(first.get(after.key_id), after, policy):
                alerting().look(after.key_id)

    first: dict[str, Scope | None] = {}
    for record in event["Records"]:
        before = _scope(record["dynamodb"].get("OldImage"))
        first.setdefault(record["dynamodb"]["Keys"]["key_id"]["S"], before)
    policy = alerting().policies.alert_policy()
    return process_partial_response(event=event, record_handler=take, processor=processor, context=context)


def _scope(image: dict[str, Any] | None) -> Scope | None:
    """A key as an image shows it; None for what else the table holds."""
    plain = dynamodb.plain(image) if image else {}
    return key_items.to_scope(plain) if "secret_hash" in plain else None
