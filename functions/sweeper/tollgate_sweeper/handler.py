"""The ledger's housekeeping: every few minutes a sweep of expired holds, every day the reconciliation.

And every hour the sealing of days that are due, which is most often none.
"""

from __future__ import annotations

import logging
import sys
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from tollgate import money
from tollgate.aws import boto3_clients
from tollgate.aws.metrics import EmbeddedMetrics
from tollgate.budget_health.store.summaries_table import SummariesTable, SummaryWriter
from tollgate.clock import utc_now
from tollgate.data_versions.store.mark_table import MarkTable
from tollgate.keys.store.keys_table import KeysTable
from tollgate.ledger.store.ledger import Ledger
from tollgate.ledger.store.sweeper import Sweeper
from tollgate.reconcile.store.audit_times import AuditTimes
from tollgate.reconcile.store.reconciliation_run import Reconciliation
from tollgate.seals import chain_check
from tollgate.seals.store.day_items import DayItems
from tollgate.seals.store.seal_bucket import SealBucket
from tollgate.seals.store.seal_table import SealTable
from tollgate.seals.store.sealing import Sealing
from tollgate_sweeper import settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient

    from tollgate.ledger.store.sweeper import SweepReport
    from tollgate_sweeper.settings import Settings

logger = logging.getLogger(__name__)
logger.setLevel(logging.INFO)

# Kept for what is under way when time is up, and for the report.
_MARGIN = timedelta(seconds=20)


class SweepFailedError(Exception):
    """Some keys could not be swept; the others were."""


@cache
def _client() -> DynamoDBClient:
    return boto3_clients.dynamodb()


def handler(event: Mapping[str, Any], context: Any) -> None:
    """Does the `task` that the schedule names; fails if it could not be done, for the alarm to see.

    Raises `DataNewerError`, before anything is done, where later code has stored what this code can't read.
    """
    deadline = utc_now() + timedelta(milliseconds=context.get_remaining_time_in_millis()) - _MARGIN
    deployed = settings.from_environment()
    metrics = EmbeddedMetrics(deployed.stack_name, sys.stdout.write, utc_now)
    MarkTable(_client(), deployed.catalog_table).note(utc_now())
    tasks = {"sweep": sweep, "audit": reconcile, "seal": seal}
    tasks[event["task"]](_client(), deployed, metrics, deadline)


def sweep(client: DynamoDBClient, deployed: Settings, metrics: EmbeddedMetrics, deadline: datetime) -> None:
    """Raises `SweepFailedError`."""
    ledger = Ledger(
        client,
        deployed.keys_table,
        deployed.usage_table,
        deployed.usage_retention,
        deployed.abandoned_holds,
    )
    report = Sweeper(ledger).run(deadline)
    metrics.count(_figures(report, AuditTimes(client, deployed.keys_table)))
    logger.info(
        "Swept %d holds of %d keys; %d requests were abandoned, for %s USD",
        report.swept,
        report.keys,
        report.abandoned,
        money.to_string(report.abandoned_cost),
    )
    if report.stopped_at is not None:
        logger.warning("The sweep ran out of time at %s; the next one continues there", report.stopped_at)
    if report.failed:
        message = f"{len(report.failed)} keys could not be swept: {', '.join(report.failed[:20])}"
        raise SweepFailedError(message)


def _figures(report: SweepReport, audits: AuditTimes) -> dict[str, float]:
    """A sweep's metrics. The alarm for audits that don't run goes by the age that every sweep tells."""
    now = utc_now()
    figures: dict[str, float] = {
        "HoldsSwept": report.swept,
        "RequestsAbandoned": report.abandoned,
        "SweepFailures": len(report.failed),
        "AuditAge": round((now - audits.last(now)).total_seconds()),
    }
    if report.oldest is not None:
        figures["HoldAge"] = round(report.oldest.total_seconds() * 1000)
    if report.abandoned_cost:
        figures["CostUsd"] = float(report.abandoned_cost)
    return figures


def reconcile(
    client: DynamoDBClient, deployed: Settings, metrics: EmbeddedMetrics, deadline: datetime
) -> None:
    """Compares what keys count with their records, and summaries with keys; raises `OutOfTimeError`."""
    report = Reconciliation(client, deployed.keys_table, deployed.usage_table).run_and_remember(deadline)
    AuditTimes(client, deployed.keys_table).note(utc_now())
    metrics.count({"LedgerDrift": len(report.drifting), "ScopesAudited": len(report.scopes)})
    for drift in report.drifts:
        fields = {
            "scope": drift.scope_id,
            "counter": drift.counter.value,
            "expected": money.to_string(drift.expected),
            "found": money.to_string(drift.found),
            "exact": drift.exact,
        }
        logger.error("%s drifts: %s", drift.scope_id, fields, extra={"drift": fields})
    logger.info(
        "Reconciled %d scopes with %d records: %d drift, %d counters were too busy to show a small drift",
        len(report.scopes),
        report.records,
        len(report.drifting),
        report.busy,
    )
    summaries = SummaryWriter(
        KeysTable(client, deployed.keys_table), SummariesTable(client, deployed.costs_table)
    )
    logger.info("Rebuilt %d budget summaries", summaries.reconcile(report.scopes, deadline))


def seal(client: DynamoDBClient, deployed: Settings, metrics: EmbeddedMetrics, deadline: datetime) -> None:
    """Seals the days that are due, and looks whether the seals are a chain; see `Sealing.run` for errors.

    The log is a witness of its own: whoever changes the chain in the table would have to change it here, too.
    """
    table = SealTable(client, deployed.audit_table)
    report = Sealing(
        DayItems(client, deployed.usage_table, deployed.audit_table),
        table,
        stack=deployed.stack_name or "",
        retention_days=deployed.usage_retention.days,
        bucket=SealBucket(boto3_clients.s3(), deployed.seal_bucket) if deployed.seal_bucket else None,
    ).run(deadline)
    metrics.count({"DaysSealed": len(report.seals), "DaysOverdue": report.overdue, "SealedLate": report.late})
    for each in report.seals:
        sizes = {section.value: part.size for section, part in each.parts.items()}
        logger.info("Sealed %s: %s. The chain's head is %s", each.day, sizes, each.head)
    if report.seals:
        checked = chain_check.check(table.chain())
        metrics.count({"SealsBroken": len(checked.problems)})
        for day, problem in checked.problems:
            logger.error("%s: %s", day, problem)
