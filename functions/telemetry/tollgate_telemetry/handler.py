"""The usage table's stream, told to OpenTelemetry's receivers."""

from __future__ import annotations

import logging
import sys
import time
import uuid
from functools import cache
from typing import TYPE_CHECKING, Any

import tollgate
from aws_wire import attribute_values
from tollgate.aws import boto3_clients
from tollgate.aws.metrics import EmbeddedMetrics
from tollgate.catalog.store.catalog_table import CatalogTable
from tollgate.clock import utc_now
from tollgate.ledger.store import record_items
from tollgate_telemetry import settings
from tollgate_telemetry.call_export import Delivered, Exporter
from tollgate_telemetry.otlp.otlp_client import OtlpClient
from tollgate_telemetry.otlp.otlp_settings import KnownSettings
from tollgate_telemetry.signals.known_providers import KnownProviders
from tollgate_telemetry.signals.metric_series import MetricSeries

if TYPE_CHECKING:
    from collections.abc import Mapping

logger = logging.getLogger(__name__)
logger.setLevel(logging.INFO)

# In seconds. What is begun must be done before the function is stopped: a request, and its answer.
_TO_FINISH = 50.0


@cache
def exporter() -> Exporter:
    """Of this execution environment, made with its first event."""
    deployed = settings.from_environment()
    stack = deployed.stack_name or "local"
    return Exporter(
        KnownSettings(boto3_clients.ssm(), deployed.otlp_parameter, deployed.headers_prefix, time.monotonic),
        KnownProviders(CatalogTable(boto3_clients.dynamodb(), deployed.catalog_table), time.monotonic),
        OtlpClient(),
        MetricSeries(utc_now()),
        resource={
            "service.name": "tollgate",
            "service.namespace": stack,
            "service.version": tollgate.__version__,
            "cloud.provider": "aws",
            "cloud.platform": "aws_lambda",
            "cloud.region": deployed.region,
        },
        instance=str(uuid.uuid4()),
        clock=utc_now,
        meter=EmbeddedMetrics(deployed.stack_name, sys.stdout.write, utc_now),
    )


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Answers with the first record that isn't done, from which the stream then goes on."""
    left = context.get_remaining_time_in_millis() / 1000
    return take(event, exporter(), time.monotonic() + max(left - _TO_FINISH, 1))


def take(event: Mapping[str, Any], to: Exporter, give_up_at: float) -> dict[str, Any]:
    batch: list[Delivered] = []
    unread = 0
    for each in event["Records"]:
        number = each["dynamodb"]["SequenceNumber"]
        try:
            image = attribute_values.plain(each["dynamodb"]["NewImage"])
            batch.append(Delivered(number, record_items.to_record(image)))
        except Exception:
            # Another try would find the same, and keep all others waiting.
            logger.exception("Record %s of the stream can't be read, and is not told", number)
            unread += 1
    first = to.export(batch, unread, give_up_at)
    return {"batchItemFailures": [] if first is None else [{"itemIdentifier": first}]}
