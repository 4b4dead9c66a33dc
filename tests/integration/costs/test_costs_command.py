"""`python -m infra.ops.costs`: the aggregates compared with usage records, and what they lack added."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from infra.ops.costs.__main__ import main
from infra.ops.deployment import Deployment
from tests.support.builders import record, scope
from tollgate import identifiers
from tollgate.clock import utc_now
from tollgate.costs.aggregates import ALL, Dimension, Tally
from tollgate.costs.store.cost_entries import entry_of
from tollgate.costs.store.costs_table import CostsTable
from tollgate.keys import api_keys
from tollgate.keys.store.keys_table import KeysTable
from tollgate.ledger.holds import AbandonedPolicy
from tollgate.ledger.store import record_items
from tollgate.ledger.store.record_table import RecordTable

RETENTION = timedelta(days=400)
# Of a month that is over, and of days that markers still know.
DAY = utc_now().replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=3)


class Books:
    def __init__(self, client: Any, tables: dict[str, str]) -> None:
        self.client = client
        self.costs = CostsTable(client, tables["CostsTable"])
        self.keys = KeysTable(client, tables["KeysTable"])
        self.usage = RecordTable(client, tables["UsageTable"], RETENTION)
        self.key = api_keys.issue()
        self.keys.add(scope(self.key))

    def request(
        self, cost: str = "0.25", at: datetime = DAY, *, counted: bool = True, **changes: Any
    ) -> None:
        made = record(
            identifiers.request_id(at),
            key=self.key,
            cost=cost,
            created_at=at,
            completed_at=at + timedelta(seconds=1),
            scopes=(self.key.key_id, "key_root"),
        )
        made = replace(made, **changes)
        self.usage.put(made)
        if counted:
            self.count(made)

    def count(self, made: Any) -> None:
        self.costs.add([entry_of(record_items.to_item(made, RETENTION), UTC)])

    def total(self, period: str) -> Tally:
        return self.costs.by_period(Dimension.TOTAL, ALL, [period]).get(period, Tally())


@pytest.fixture
def books(dynamodb, tables) -> Books:
    return Books(dynamodb, tables)


@pytest.fixture
def command(dynamodb, tables, monkeypatch, capsys):
    """Runs it over the days given; returns its exit code and what it says."""
    deployed = Deployment(
        client=dynamodb,
        keys_table=tables["KeysTable"],
        usage_table=tables["UsageTable"],
        audit_table=tables["AuditTable"],
        costs_table=tables["CostsTable"],
        retention=RETENTION,
        abandoned=AbandonedPolicy.CHARGE,
        reporting_zone=ZoneInfo("UTC"),
    )
    monkeypatch.setattr(Deployment, "of_stack", lambda name: {"tollgate-test": deployed}[name])

    def run(what: str, first: datetime = DAY, last: datetime = DAY) -> tuple[int, str]:
        span = ["--from", str(first.date()), "--to", str(last.date())]
        exit_code = main([what, "--stack", "tollgate-test", *span])
        said = capsys.readouterr()
        return exit_code, said.out + said.err

    return run


def test_aggregates_that_are_what_the_records_add_up_to_pass(books, command):
    books.request()
    books.request("0.5", tags={"team": "red"}, owner_email="a@example.com")
    books.request(at=DAY - timedelta(days=1))
    assert command("check") == (0, "2 usage records compared; no aggregates differ.\n")


def test_days_without_requests_pass(command):
    assert command("check") == (0, "0 usage records compared; no aggregates differ.\n")


def test_a_record_that_was_not_counted_shows_in_every_dimension_and_a_replay_adds_it_once(books, command):
    books.request("0.5")
    books.request("0.25", counted=False)

    exit_code, said = command("check")
    assert exit_code == 1
    day = DAY.date().isoformat()
    assert (
        f"{day}  total all: expected 2 requests, 2400 tokens, 0.75 USD; "
        "found 1 requests, 1200 tokens, 0.5 USD" in said
    )
    assert f"{day}  scope_model small of key_root: expected 2 requests" in said

    assert command("replay") == (0, "1 usage records added; 1 had already been added.\n")
    assert command("check") == (0, "2 usage records compared; no aggregates differ.\n")
    assert command("replay") == (0, "0 usage records added; 2 had already been added.\n")
    assert books.total(day).cost == books.total(day[:7]).cost == Decimal("0.75")


def test_what_no_record_says_is_found(books, command):
    books.request()
    stray = record("req_stray", key=books.key, created_at=DAY, completed_at=DAY, owner_email="b@example.com")
    books.count(stray)

    exit_code, said = command("check")
    assert exit_code == 1
    assert "owner b@example.com: expected 0 requests, 0 tokens, 0 USD; found 1 requests" in said


def test_a_month_that_is_not_its_days_sum_is_found(books, command):
    books.request()
    month = DAY.strftime("%Y-%m")
    books.client.update_item(
        TableName=books.costs.table,
        Key={"dimension_period": {"S": f"total#{month}"}, "dimension_value": {"S": "all"}},
        UpdateExpression="ADD ms_1000 :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )
    exit_code, said = command("check")
    assert exit_code == 1
    assert f"{month}  total all" in said


def test_a_whole_month_is_compared_with_its_records(books, command):
    first = (DAY.replace(day=1) - timedelta(days=1)).replace(day=1)
    last = first + timedelta(days=30)
    last -= timedelta(days=last.day if last.month != first.month else 0)
    books.request(at=first)
    books.request(at=last)
    books.request(at=last, counted=False)
    exit_code, said = command("check", first, last)
    assert exit_code == 1
    assert f"{first.date()}" not in said
    assert f"{first:%Y-%m}  key_model small of {books.key.key_id}: expected 3 requests" in said


def test_the_records_of_a_key_that_is_gone_are_compared_too(books, command):
    books.request()
    books.client.delete_item(TableName=books.keys.table, Key={"key_id": {"S": books.key.key_id}})
    assert command("check") == (0, "1 usage records compared; no aggregates differ.\n")


def test_a_record_that_the_table_does_not_take_keeps_no_other_from_being_added(books, command):
    books.request(counted=False)
    books.request(counted=False, tags={"team": "x" * 1024})
    books.request(counted=False)

    exit_code, said = command("replay")
    assert exit_code == 1
    assert "2 usage records added; 0 had already been added.\n1 usage records can't be added" in said
    assert books.total(DAY.date().isoformat()).requests == 2


def test_nothing_is_replayed_that_markers_may_have_forgotten(books, command):
    long_ago = utc_now() - timedelta(days=30)
    books.request(at=long_ago, counted=False)

    exit_code, said = command("replay", long_ago, DAY)
    assert exit_code == 1
    assert "count them twice" in said
    assert books.total(long_ago.date().isoformat()) == Tally()


def test_a_span_that_ends_before_it_begins_is_refused(command):
    with pytest.raises(SystemExit):
        command("check", DAY, DAY - timedelta(days=1))
