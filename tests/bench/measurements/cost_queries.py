"""What the dearest cost queries take, those of all keys over a year.

The year has 2,000,000 records over 5,000 keys, each used in every month.

Processor time is this program's, which is what Lambda would need; the rest of an answer's time is DynamoDB
Local's, which is slower than DynamoDB.
"""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from aws_wire import dynamodb
from infra.local.environment import CREDENTIAL, REGION, ROOT
from infra.local.tables import create_tables, read_template, table_schemas
from tests.bench.local_client import connected
from tests.support import cost_history as year
from tests.support.builders import NOW
from tollgate.budget_health.store.summaries_table import SummariesTable
from tollgate.costs.store.costs_table import CostsTable
from tollgate.costs.store.query_pages import SnapshotTable
from tollgate.keys.store.keys_table import KeysTable
from tollgate_admin.costs import cost_overview, cost_pages, cost_rows, cost_sums
from tollgate_admin.costs.cost_filters import FilterField
from tollgate_admin.costs.cost_queries import KeysQuery
from tollgate_admin.costs.explorer import cost_series
from tollgate_admin.costs.explorer.series_queries import Group, Interval, SeriesQuery
from tollgate_admin.web import date_ranges

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb import DynamoDBClient

# Seconds: DynamoDB Local is slow to make pages of 1 MB.
_READ_TIMEOUT = 30

SPAN = {"first": year.FIRST, "to": year.LAST}


def measure() -> dict[str, Any]:
    """Seconds of processor time and of waiting by query, and the bytes of a month's sums of keys."""
    with connected() as client:
        names = create_tables(client, table_schemas(read_template(ROOT / "template.yaml")), "bench")
        sizes = year.load(client, names["CostsTable"], year.aggregates(detail=True))
        world = SimpleNamespace(
            clock=lambda: NOW,
            settings=SimpleNamespace(reporting_zone=ZoneInfo("UTC")),
            costs=CostsTable(_wire_client(client), names["CostsTable"]),
            snapshots=SnapshotTable(client, names["CostsTable"]),
            keys=KeysTable(client, names["KeysTable"]),
            budget_summaries=SummariesTable(_wire_client(client), names["CostsTable"]),
        )
        return {
            "a month of keys, bytes": sizes[f"key#{year.MONTHS[2]}"],
            "queries": {name: _timed(query) for name, query in _queries(world).items()},
        }


def _wire_client(client: DynamoDBClient) -> Any:
    """To the same DynamoDB, what the admin function reads sums with."""
    environment = {
        "AWS_ENDPOINT_URL_DYNAMODB": client.meta.endpoint_url,
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": CREDENTIAL,
        "AWS_SECRET_ACCESS_KEY": CREDENTIAL,
    }
    return dynamodb.connect(environment, read_timeout=_READ_TIMEOUT)


def _queries(world: Any) -> dict[str, Callable[[], Any]]:
    def by_key(**form: Any) -> Callable[[], Any]:
        query = KeysQuery(**SPAN, **form)
        return lambda: cost_pages.answer(
            world,
            cost_rows.KEYS,
            query,
            None,
            lambda span: cost_sums.by_field(world.costs, FilterField.KEY, query.filters(), span),
        )

    by_month = SeriesQuery(**SPAN, group=Group.KEY, interval=Interval.MONTH)
    span = date_ranges.DateRangeQuery(**SPAN).span(ZoneInfo("UTC"), NOW)
    return {
        "overview": lambda: cost_overview.overview_of(world, span, 5),
        "by-key": by_key(),
        "by-key, CSV": by_key(form="csv"),
        "series by key and month": lambda: cost_series.series_of(world, by_month, span),
    }


def _timed(query: Callable[[], Any]) -> dict[str, float]:
    begun, worked = time.perf_counter(), time.process_time()
    query()
    worked = time.process_time() - worked
    return {"processor": worked, "waiting": time.perf_counter() - begun - worked}
