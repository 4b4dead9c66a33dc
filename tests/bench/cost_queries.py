"""What cost queries take: a year of 2,000,000 records over 5,000 keys, each used in every month.

Processor time is this program's, which is what Lambda would need; the rest of an answer's time is DynamoDB
Local's, which is slower than DynamoDB.
"""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from infra.local.environment import ROOT
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
from tollgate_admin.costs.cost_queries import DaysQuery, HistoryQuery, KeysQuery, ModelsQuery, OwnersQuery
from tollgate_admin.web import date_ranges

if TYPE_CHECKING:
    from collections.abc import Callable

SPAN = {"first": year.FIRST, "to": year.LAST}
# Of Lambda's memory, what comes with one processor.
WHOLE_PROCESSOR = 1769


def main() -> None:
    with connected() as client:
        names = create_tables(client, table_schemas(read_template(ROOT / "template.yaml")), "bench")
        sizes = year.load(client, names["CostsTable"], year.aggregates(detail=True))
        print(f"a month of keys takes {sizes[f'key#{year.MONTHS[2]}'] / 1e6:.1f} MB")
        world = SimpleNamespace(
            clock=lambda: NOW,
            settings=SimpleNamespace(reporting_zone=ZoneInfo("UTC")),
            costs=CostsTable(client, names["CostsTable"]),
            snapshots=SnapshotTable(client, names["CostsTable"]),
            keys=KeysTable(client, names["KeysTable"]),
            budget_summaries=SummariesTable(client, names["CostsTable"]),
        )
        for name, query in queries(world).items():
            measure(name, query)


def queries(world: Any) -> dict[str, Callable[[], Any]]:
    def by(listing: Any, axis: FilterField, query: Any) -> Callable[[], Any]:
        return lambda: cost_pages.answer(
            world,
            listing,
            query,
            None,
            lambda span: cost_sums.by_field(world.costs, axis, query.filters(), span),
        )

    def days(query: Any) -> Any:
        return cost_pages.answer(
            world,
            cost_rows.DAYS,
            query,
            None,
            lambda span: cost_sums.by_day(world.costs, query.filters(), span),
        )

    def months(query: Any) -> Any:
        return cost_pages.answer(
            world,
            cost_rows.MONTHS,
            query,
            None,
            lambda span: cost_sums.by_month(world.costs, query.filters(), span),
        )

    key, model = year.key_id(0), year.model(0)
    return {
        "overview": lambda: cost_overview.overview_of(
            world, date_ranges.DateRangeQuery(**SPAN).span(ZoneInfo("UTC"), NOW), 5
        ),
        "by-key": by(cost_rows.KEYS, FilterField.KEY, KeysQuery(**SPAN)),
        "by-key, CSV": by(cost_rows.KEYS, FilterField.KEY, KeysQuery(**SPAN, form="csv")),
        "by-key of trees": by(cost_rows.KEYS, FilterField.KEY, KeysQuery(**SPAN, tree=True)),
        "by-key of a model": by(cost_rows.KEYS, FilterField.KEY, KeysQuery(**SPAN, model=model)),
        "by-model": by(cost_rows.MODELS, FilterField.MODEL, ModelsQuery(**SPAN)),
        "by-owner": by(cost_rows.OWNERS, FilterField.OWNER, OwnersQuery(**SPAN)),
        "by-owner of a model": by(cost_rows.OWNERS, FilterField.OWNER, OwnersQuery(**SPAN, model=model)),
        "by-day": lambda: days(DaysQuery(**SPAN)),
        "by-month of a tree": lambda: months(HistoryQuery(**SPAN, key_id=key, tree=True)),
    }


def measure(name: str, query: Callable[[], Any]) -> None:
    query()
    begun, worked = time.perf_counter(), time.process_time()
    query()
    took, work = time.perf_counter() - begun, time.process_time() - worked
    at_1024 = work * WHOLE_PROCESSOR / 1024
    print(f"{name:20}: {took:6.2f} s here; processor {work:5.2f} s, {at_1024:5.2f} s at 1,024 MB")


if __name__ == "__main__":
    main()
