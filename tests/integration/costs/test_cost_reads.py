"""How often each cost query reads, over the aggregates of 2,000,000 records: as docs/cost-queries.md says."""

from __future__ import annotations

import csv
import io
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import cost_history as year
from tests.support.builders import NOW, scope
from tollgate import money
from tollgate.keys.api_keys import ApiKey
from tollgate.keys.families import NO_LIMITS, Family, RecordedLimits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.admin_client import Admin

SPAN = {"from": year.FIRST.isoformat(), "to": year.LAST.isoformat()}
KEY, PARENT = year.key_id(1), year.key_id(0)
# Twelve months, and the three days that the span leaves out of them.
PERIODS = 15
# As many as BatchGetItem takes.
BATCH = 100
ROWS = 100
# Rows in an item of those that are kept for later pages.
KEPT = 1000


def batches(items: int) -> int:
    return -(-items // BATCH)


# Each query with the requests to DynamoDB that docs/cost-queries.md says it makes. No partition here is
# of more than a page, 1 MB.
ALL_DAYS, NAMES = batches(362), 1
READS: list[tuple[str, dict[str, str], Counter[str]]] = [
    ("overview", {}, Counter(Query=4 * PERIODS + 1, BatchGetItem=ALL_DAYS + batches(30) + NAMES)),
    (
        "by-key",
        {},
        Counter(Query=PERIODS, BatchGetItem=NAMES, PutItem=-(-(year.KEYS - ROWS) // KEPT)),
    ),
    ("by-key", {"format": "csv"}, Counter(Query=PERIODS, BatchGetItem=batches(year.KEYS))),
    ("by-key", {"tree": "true", "limit": "1000"}, Counter(Query=PERIODS, BatchGetItem=10, PutItem=4)),
    ("by-key", {"model": year.model(0), "limit": "1000"}, Counter(Query=PERIODS, BatchGetItem=batches(250))),
    ("by-key", {"owner": year.owner(0)}, Counter(Query=PERIODS, BatchGetItem=NAMES)),
    ("by-key", {"keyId": KEY}, Counter(BatchGetItem=1 + NAMES)),
    ("by-key", {"keyId": KEY, "model": year.model(1)}, Counter(BatchGetItem=1 + NAMES)),
    ("by-model", {}, Counter(Query=PERIODS)),
    ("by-model", {"keyId": PARENT, "tree": "true"}, Counter(Query=PERIODS)),
    ("by-model", {"owner": year.owner(0)}, Counter(Query=PERIODS)),
    ("by-owner", {}, Counter(Query=PERIODS, PutItem=1)),
    (
        "by-owner",
        {"model": year.model(0)},
        Counter(Query=PERIODS, BatchGetItem=batches(year.OWNERS * 12) + batches(year.OWNERS * 3)),
    ),
    ("by-cost-centre", {}, Counter(Query=PERIODS, BatchGetItem=1)),
    ("by-provider", {}, Counter(Query=PERIODS + 1)),
    ("by-tag", {"tag": "team"}, Counter(Query=PERIODS, BatchGetItem=1)),
    ("by-day", {}, Counter(BatchGetItem=ALL_DAYS)),
    ("by-day", {"keyId": KEY, "model": year.model(1), "tree": "true"}, Counter(BatchGetItem=ALL_DAYS)),
    ("by-month", {}, Counter(BatchGetItem=1)),
    # Eight groups are shown, and what they leave of the whole.
    (
        "series",
        {"group": "key", "interval": "month"},
        Counter(Query=PERIODS, BatchGetItem=batches(8 * PERIODS) + batches(PERIODS) + NAMES),
    ),
    ("series", {"group": "model"}, Counter(Query=PERIODS, BatchGetItem=batches(8 * 362) + ALL_DAYS)),
    ("series", {"keyId": KEY}, Counter(BatchGetItem=ALL_DAYS)),
    ("by-month", {"keyId": PARENT, "tree": "true"}, Counter(BatchGetItem=1)),
    ("by-month", {"owner": year.owner(0), "model": year.model(0)}, Counter(BatchGetItem=1)),
]


class Counted:
    """Calls the admin API over the year's aggregates, and counts what that asks of DynamoDB."""

    def __init__(self, admin: Admin, client: Any) -> None:
        self.admin, self.client = admin, client

    def __call__(self, path: str, **query: Any) -> tuple[Any, Counter[str]]:
        with self._counting() as requests:
            answer = self.admin("GET", path, **query)
        assert answer.status == 200, answer.text
        return answer, requests

    @contextmanager
    def _counting(self) -> Iterator[Counter[str]]:
        requests: Counter[str] = Counter()

        def count(request: Any, **_event: Any) -> None:
            target = request.headers["X-Amz-Target"]
            name = target.decode() if isinstance(target, bytes) else target
            requests[name.rpartition(".")[2]] += 1

        self.client.meta.events.register("before-send.dynamodb", count)
        try:
            yield requests
        finally:
            self.client.meta.events.unregister("before-send.dynamodb", count)


@pytest.fixture
def counted(admin, dynamodb, tables) -> Counted:
    admin.services = replace(admin.services, clock=lambda: NOW)
    year.load(dynamodb, tables["CostsTable"], year.aggregates(every=12))
    members = {year.key_id(number): RecordedLimits(NO_LIMITS, 1) for number in range(1, year.FAMILY)}
    for key_id in (PARENT, *members):
        parent_id = None if key_id == PARENT else PARENT
        admin.services.keys.add(scope(ApiKey(key_id, "S" * 32), parent_id=parent_id))
    admin.services.hierarchy.families.put(
        Family(PARENT, RecordedLimits(NO_LIMITS, 1), overcommit=True, members=members)
    )
    return Counted(admin, dynamodb)


@pytest.mark.timeout(600)
def test_each_query_reads_as_often_as_is_said_and_all_agree(counted):
    """One test, for the aggregates are loaded once."""
    answers: dict[str, Any] = {}
    for route, query, stated in READS:
        answer, requests = counted(f"/costs/{route}", **SPAN, **query)
        assert requests == stated, (route, query)
        answers[f"{route} {query}"] = answer

    whole_year, _ = counted("/costs/by-month", to=f"{year.YEAR}-12-31")
    assert sum(row["requests"] for row in whole_year.json["data"]) >= year.RECORDS
    totals = answers["overview {}"].json["totals"]
    for name in ("series {'group': 'key', 'interval': 'month'}", "series {'group': 'model'}"):
        series = answers[name].json
        rows = [*series["groups"], series["other"]]
        assert money.total(Decimal(row["cost"]) for row in rows) == Decimal(totals["cost"]), name
    table = list(csv.DictReader(io.StringIO(answers["by-key {'format': 'csv'}"].text, newline="")))
    assert len(table) == year.KEYS
    assert money.total(Decimal(row["cost"]) for row in table) == Decimal(totals["cost"])
    for name in ("by-model {}", "by-provider {}", "by-tag {'tag': 'team'}", "by-day {}", "by-month {}"):
        rows = answers[name].json["data"]
        assert money.total(Decimal(row["cost"]) for row in rows) == Decimal(totals["cost"]), name

    first = answers["by-key {}"].json
    rows, cursor = first["data"], first["nextCursor"]
    while cursor:
        answer, requests = counted("/costs/by-key", cursor=cursor, limit="900", **SPAN)
        assert requests["GetItem"] <= 2
        assert requests - Counter(GetItem=2, BatchGetItem=batches(900)) == Counter()
        rows, cursor = rows + answer.json["data"], answer.json["nextCursor"]
    assert len({row["keyId"] for row in rows}) == len(rows) == year.KEYS
    assert money.total(Decimal(row["cost"]) for row in rows) == Decimal(totals["cost"])

    answer, requests = counted(f"/apiKey/{PARENT}/bill", month="2025-05")
    assert requests == Counter(GetItem=2, BatchGetItem=4, Query=3)
    bill = answer.json
    assert bill["tree"]["requests"] == sum(row["requests"] for row in bill["byKey"]) > 0
    assert bill["moved"]["requests"] == 0
