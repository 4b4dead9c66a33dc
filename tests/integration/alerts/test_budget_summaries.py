"""Budget summaries follow keys, whatever the stream does: told twice, in pieces, late, or with others."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.alerts_world import InBetween
from tests.support.faults import CountingClient, LossyClient
from tollgate.audit import entry
from tollgate.audit.store.audit_table import AuditTable
from tollgate.budget_health.states import BudgetState
from tollgate.budget_health.store.summaries_table import SummariesTable
from tollgate.budget_health.summaries import BudgetSummary, WindowSummary
from tollgate.keys import api_keys
from tollgate.keys.store.keys_table import KeysTable
from tollgate.ledger.scopes import KeyStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.alerts_world import AlertsWorld


@pytest.fixture
def table(alerts) -> SummariesTable:
    return SummariesTable(alerts.client, alerts.tables["CostsTable"])


def assert_right(alerts: AlertsWorld, table: SummariesTable, *keys: api_keys.ApiKey) -> None:
    assert table.all() == {
        key.key_id: BudgetSummary.of(alerts.ledgers.scope(key), alerts.now) for key in keys
    }


def shown(table: SummariesTable, key: api_keys.ApiKey) -> tuple[str, int | None]:
    (budget,) = table.all()[key.key_id].budgets
    return budget.state.value, budget.percent


def flapping(alerts: AlertsWorld, *keys: api_keys.ApiKey) -> list[dict[str, Any]]:
    """What the stream has after usage went up and down again and again; it ends near the limit."""
    for key in keys:
        for cost in ("8.5", "10"):
            alerts.spend(key, cost)
            alerts.ledgers.keys.reset_used(alerts.ledgers.scope(key), alerts.now)
        alerts.spend(key, "9.1")
    return alerts.stream.read()


def bisected(alerts: AlertsWorld, records: list[Any]) -> None:
    """Taken as by Lambda where whole batches fail: each is halved down to its records."""
    if len(records) > 1:
        half = len(records) // 2
        bisected(alerts, records[:half])
        bisected(alerts, records[half:])
    assert alerts.take(records) == []


def test_batches_that_come_again_from_any_record_on_and_in_halves_leave_the_last_state(alerts, table):
    keys = [alerts.add(budget_limit="10")]
    records = flapping(alerts, *keys)
    chance = random.Random(7)
    for _ in range(4):
        start = chance.randrange(len(records))
        assert alerts.take(records[start : start + 3]) == []
    assert_right(alerts, table, *keys)
    bisected(alerts, records)
    assert_right(alerts, table, *keys)


def test_a_key_that_is_not_limited_stands_and_is_seen_without_its_requests(alerts, table):
    key = alerts.add(budget_limit=None)
    assert alerts.take(alerts.stream.read()) == []
    assert_right(alerts, table, key)
    alerts.spend(key, "5")
    assert alerts.stream.read() == []


def test_edits_of_a_key_that_is_not_limited_are_seen(alerts, table):
    """A revocation, and a limit taken away, show nothing of a budget in the new image but are edits."""
    unlimited, limited = alerts.add(budget_limit=None), alerts.add(budget_limit="10")
    alerts.take(alerts.stream.read())
    for key, edit in ((unlimited, {"status": KeyStatus.REVOKED}), (limited, {"budget_limit": None})):
        edited(alerts, key, **edit)
    assert alerts.take(alerts.stream.read()) == []
    assert_right(alerts, table, unlimited, limited)
    assert table.all()[unlimited.key_id].status is KeyStatus.REVOKED


def edited(alerts: AlertsWorld, key: api_keys.ApiKey, **changes: Any) -> None:
    """As an admin edits: with an entry for the audit."""
    audits = AuditTable(alerts.client, alerts.tables["AuditTable"])
    before = alerts.ledgers.scope(key)
    change = entry.Change.of(
        key.key_id, ("key.update",), {"a": 1}, {"a": 2}, actor="admin", at=alerts.now, request_id=None
    )
    KeysTable(alerts.client, alerts.tables["KeysTable"], audits).edit(
        before, replace(before, **changes), change
    )


def test_a_deleted_keys_standing_vanishes_and_does_not_come_back(alerts, table):
    keys = [alerts.add(budget_limit=limit) for limit in (None, "10")]
    alerts.take(alerts.stream.read())
    for key in keys:
        alerts.client.delete_item(TableName=alerts.tables["KeysTable"], Key={"key_id": {"S": key.key_id}})
    records = alerts.stream.read()
    assert [each["eventName"] for each in records] == ["REMOVE", "REMOVE"]
    for _ in range(2):
        assert alerts.take(records) == []
        assert table.all() == {}


def overtaken(alerts: AlertsWorld, key: api_keys.ApiKey, happens: Callable[[], None]) -> None:
    """A writer has read the key; then the rest happens; then it writes."""
    slow = alerts.budget_summaries()
    replace(slow, keys=InBetween(slow.keys, [happens])).note(key.key_id)


def test_a_writer_that_has_read_an_old_state_does_not_replace_a_newer_one(alerts, table):
    key = alerts.add(budget_limit="10")
    alerts.spend(key, "5")
    alerts.take(alerts.stream.read())

    def more() -> None:
        alerts.spend(key, "4")
        assert alerts.take(alerts.stream.read()) == []

    overtaken(alerts, key, more)
    assert shown(table, key) == ("near", 90)


def test_a_slow_writer_is_noticed_though_the_standing_was_right_all_along(alerts, table):
    """It saw what came and went within the next batch, which changes nothing that is stored."""
    key = alerts.add(budget_limit="10")
    alerts.spend(key, "5")
    alerts.take(alerts.stream.read())
    alerts.spend(key, "5")

    def back() -> None:
        edited(alerts, key, budget_limit=Decimal(20))
        assert alerts.take(alerts.stream.read()) == []

    overtaken(alerts, key, back)
    assert shown(table, key) == ("fine", 50)


def test_a_slow_writer_does_not_bring_a_deleted_key_back(alerts, table):
    key = alerts.add(budget_limit="10")

    def gone() -> None:
        alerts.client.delete_item(TableName=alerts.tables["KeysTable"], Key={"key_id": {"S": key.key_id}})
        assert alerts.take(alerts.stream.read()) == []

    overtaken(alerts, key, gone)
    assert table.all() == {}


def test_workers_at_once_leave_the_last_state(alerts, table):
    keys = [alerts.add(budget_limit="10") for _ in range(2)]
    for _ in range(2):
        for key in keys:
            alerts.ledgers.keys.reset_used(alerts.ledgers.scope(key), alerts.now)
        records = flapping(alerts, *keys)

        def work(start: int, records: list[Any] = records) -> None:
            left = records[start:]
            for _ in range(20):
                left = alerts.take(left)
                if not left:
                    return
            raise AssertionError("A batch was not taken.")

        with ThreadPoolExecutor(4) as pool:
            for done in [pool.submit(partial(work, start)) for start in (0, 3, 5, 0)]:
                done.result()
        assert_right(alerts, table, *keys)


@pytest.mark.parametrize("applies", [False, True])
def test_a_write_whose_answer_got_lost_is_made_when_the_batch_comes_again(
    alerts, table, monkeypatch, applies
):
    key = alerts.add(budget_limit="10")
    records = alerts.stream.read()
    lossy = alerts.budget_summaries(LossyClient(alerts.client, {3}, applies=applies))
    with monkeypatch.context() as patched:
        patched.setattr(alerts, "budget_summaries", lambda: lossy)
        assert alerts.take(records) == records
    assert len(table.all()) == applies
    assert alerts.take(records) == []
    assert_right(alerts, table, key)


def test_a_busy_key_costs_a_write_a_percent_and_not_one_a_request(alerts, monkeypatch):
    key = alerts.add(budget_limit="10000")
    alerts.take(alerts.stream.read())
    counting = CountingClient(alerts.client)
    monkeypatch.setattr(alerts, "budget_summaries", partial(alerts.budget_summaries, counting))
    for cost in ("30", "30", "30", "30"):
        alerts.spend(key, cost)
        alerts.take(alerts.stream.read())
    assert Counter(counting.operations) == {"get_item": 2, "put_item": 1}


def test_what_was_lost_is_repaired_by_comparing_with_all_keys(alerts, table):
    """Summaries that were never written, are old, or belong to keys that are gone."""
    missing, old, right, gone = (alerts.add(budget_limit="10") for _ in range(4))
    for key in (old, right, gone):
        alerts.budget_summaries().note(key.key_id)
    alerts.spend(old, "9")
    alerts.client.delete_item(TableName=alerts.tables["KeysTable"], Key={"key_id": {"S": gone.key_id}})
    scopes = {key.key_id: alerts.ledgers.scope(key) for key in (missing, old, right)}

    assert alerts.budget_summaries().reconcile(scopes, alerts.now) == 0
    assert alerts.budget_summaries().reconcile(scopes, alerts.later) == 3

    assert_right(alerts, table, missing, old, right)
    assert alerts.budget_summaries().reconcile(scopes, alerts.later) == 0


def test_five_thousand_keys_fit_on_two_pages(alerts, table):
    """A page is a megabyte, and every four kilobytes of it are half a unit."""
    budgets = (
        WindowSummary("total", BudgetState.EXHAUSTED, 1000),
        WindowSummary("month", BudgetState.EXHAUSTED, 1000, alerts.now, BudgetState.EXHAUSTED),
    )
    for _ in range(40):
        table.put(api_keys.issue().key_id, BudgetSummary(KeyStatus.REVOKED, alerts.now, budgets), 0)
    units = 0.0

    def consumed(parsed: dict[str, Any], **_: Any) -> None:
        nonlocal units
        units += parsed["ConsumedCapacity"]["CapacityUnits"]

    def asked(params: dict[str, Any], **_: Any) -> None:
        params["ReturnConsumedCapacity"] = "TOTAL"

    events = alerts.client.meta.events
    hooks = (("provide-client-params.dynamodb.Query", asked), ("after-call.dynamodb.Query", consumed))
    for name, hook in hooks:
        events.register(name, hook)
    try:
        assert len(table.all()) == 40
    finally:
        for name, hook in hooks:
            events.unregister(name, hook)
    assert 0 < units * 2 * 4096 / 40 * 5000 < 2 * 1024**2
