"""The keys table's stream, and a schedule: who has to hear of a budget, and how each key stands."""

from __future__ import annotations

import logging
import sys
from contextlib import ExitStack
from datetime import timedelta
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import boto3
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from botocore.config import Config

from tollgate.alerts.decisions import AlertPolicy
from tollgate.alerts.store.alert_policy import AlertPolicyTable
from tollgate.alerts.store.alerts_table import AlertsTable
from tollgate.alerts.store.fresh_spending import FreshSpending
from tollgate.alerts.store.recent_spending import RecentSpending
from tollgate.alerts.store.samples_table import SamplesTable
from tollgate.audit.store.audit_table import AuditTable
from tollgate.aws import boto3_clients
from tollgate.aws.metrics import EmbeddedMetrics
from tollgate.budget_health.store.summaries_table import SummariesTable, SummaryWriter
from tollgate.clock import utc_now
from tollgate.costs.store.costs_table import CostsTable
from tollgate.keys.store.automatic_increases import AutomaticIncreases
from tollgate.keys.store.hierarchy import Hierarchy
from tollgate.keys.store.keys_table import KeysTable
from tollgate.keys.store.pack_definitions_table import PackDefinitionTable
from tollgate.lean_dataclass import dataclass
from tollgate.ledger.admissions import MAX_SCOPES
from tollgate_alerts import settings
from tollgate_alerts.alerting import Alerting
from tollgate_alerts.messenger import AwsMessenger
from tollgate_alerts.triggers import (
    budget_triggers,
    grant_triggers,
    health_triggers,
    increase_triggers,
    sample_triggers,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

    from tollgate_alerts.triggers.budget_triggers import ItemChange

logger = logging.getLogger(__name__)
logger.setLevel(logging.INFO)

# One try: what isn't taken is sent again in a minute, and one whose answer got lost isn't sent twice at once.
_SENDING = Config(
    connect_timeout=2,
    read_timeout=5,
    retries={"mode": "standard", "total_max_attempts": 1},
    tcp_keepalive=True,
)
# What is begun must be done before the function is stopped: a message to be sent and noted.
_TO_FINISH = timedelta(seconds=20)


@cache
def alerting() -> Alerting:
    """What this execution environment works with, made with its first event."""
    deployed = settings.from_environment()
    client = boto3_clients.dynamodb()
    return Alerting(
        scopes=KeysTable(client, deployed.keys_table),
        policies=AlertPolicyTable(client, deployed.catalog_table, AlertPolicy(debounce=deployed.debounce)),
        table=AlertsTable(client, deployed.alerts_table),
        spending=FreshSpending(
            SamplesTable(client, deployed.alerts_table),
            RecentSpending(CostsTable(client, deployed.costs_table), deployed.reporting_zone),
        ),
        messenger=AwsMessenger(
            boto3.client("sesv2", config=_SENDING),
            boto3.client("sns", config=_SENDING),
            deployed.sender_email,
            deployed.topic_arn,
        ),
        meter=EmbeddedMetrics(deployed.stack_name, sys.stdout.write, utc_now),
        clock=utc_now,
        stage=deployed.stage,
        packs=PackDefinitionTable(client, deployed.catalog_table),
    )


@cache
def increases() -> AutomaticIncreases:
    """What this execution environment raises limits with, by their keys' own policies."""
    deployed, client = settings.from_environment(), boto3_clients.dynamodb()
    keys = KeysTable(client, deployed.keys_table, AuditTable(client, deployed.audit_table))
    return AutomaticIncreases(Hierarchy.over(keys, MAX_SCOPES))


@cache
def spent() -> SamplesTable:
    """Where this execution environment keeps what keys have spent when."""
    return SamplesTable(boto3_clients.dynamodb(), settings.from_environment().alerts_table)


@cache
def summary_writer() -> SummaryWriter:
    """What this execution environment writes budget summaries with."""
    deployed = settings.from_environment()
    client = boto3_clients.dynamodb()
    return SummaryWriter(KeysTable(client, deployed.keys_table), SummariesTable(client, deployed.costs_table))


def handler(event: dict[str, Any], context: Any) -> Any:
    """Takes a batch of the stream, or does what is due when the schedule asks.

    Of a batch, the records that failed are named; the stream then begins again from the first of them.
    """
    until = utc_now() + timedelta(milliseconds=context.get_remaining_time_in_millis()) - _TO_FINISH
    if "Records" not in event:
        due = alerting().process_due(until)
        alerting().meter.count({"AlertsDue": due})
        logger.info("%d scheduled items were due", due)
        return None
    return take(event, until, context, alerting(), summary_writer(), charged=spent(), raises=increases())


@dataclass(frozen=True, slots=True)
class _Following:
    """Whoever follows up what happens to keys."""

    budgets: Alerting
    summaries: SummaryWriter
    charged: SamplesTable
    raises: AutomaticIncreases
    policy: AlertPolicy
    until: datetime

    def steps(
        self, key_id: str, change: ItemChange, wires: Sequence[Mapping[str, Any]]
    ) -> Iterator[Callable[[], object]]:
        """What follows from a key's changes, in that order: a look goes by what was noted before."""
        for sample in sample_triggers.samples_in(wires):
            yield partial(self.charged.put, key_id, sample)
        for request_id in grant_triggers.ended_in(wires):
            yield partial(self.budgets.follow_up, key_id, request_id, self.until)
        if increase_triggers.is_due(change):
            yield partial(self.raises.at_percent, key_id)
        if any(map(health_triggers.changes_summary, wires)):
            yield partial(self.summaries.note, key_id)
        if change.is_worth_a_look(self.policy):
            yield partial(self.budgets.look, key_id, self.until)
        if change.is_news():
            yield partial(self.budgets.look_at_events, key_id, self.until)


def take(
    event: dict[str, Any],
    until: datetime,
    context: Any,
    budgets: Alerting,
    summaries: SummaryWriter,
    *,
    charged: SamplesTable,
    raises: AutomaticIncreases,
) -> Any:
    """Notes what keys were charged and which stand differently, and looks at budgets with reason to.

    Limits that rise by themselves do so before that.
    """
    records = event["Records"]
    changes, waiting = budget_triggers.changes(records), health_triggers.by_key(records)
    policy = budgets.policies.alert_policy()
    following = _Following(budgets, summaries, charged, raises, policy, until)

    def look(record: DynamoDBRecord) -> None:
        """A key is looked at with its first record: if that fails, all its changes are delivered again."""
        key_id = record.raw_event["dynamodb"]["Keys"]["key_id"]["S"]
        if key_id not in changes:
            return
        change, wires = changes.pop(key_id), waiting.pop(key_id)
        try:
            # None keeps back the others. A look goes by what was noted before.
            with ExitStack() as steps:
                for step in reversed([*following.steps(key_id, change, wires)]):
                    steps.callback(step)
        except Exception:
            logger.exception("The budgets of %s could not be checked", key_id)
            raise

    processor = BatchProcessor(event_type=EventType.DynamoDBStreams, raise_on_entire_batch_failure=False)
    return process_partial_response(event=event, record_handler=look, processor=processor, context=context)
