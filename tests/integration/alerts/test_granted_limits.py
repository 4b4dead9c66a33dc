"""Limits that were granted for a time: who asked hears of their end before it comes, and when it has."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.alerts_world import OWNER
from tests.support.faults import DyingAtWrites, KilledError
from tollgate.alerts.alerts import AlertKind, DeliveryState
from tollgate.budget_requests.budget_requests import BudgetRequest, Decision, Place, Stage
from tollgate.budget_requests.store.budget_requests_table import BudgetRequestsTable
from tollgate.budget_requests.store.grants_table import GrantsTable
from tollgate.keys.store.keys_table import KeysTable
from tollgate.ledger.policies import temporary_limits
from tollgate.ledger.policies.temporary_limits import RaisedBy

DAYS = 5
DAY = timedelta(days=1)


@pytest.fixture
def keys(alerts):
    return KeysTable(alerts.client, alerts.tables["KeysTable"], clock=alerts.clock)


@pytest.fixture
def grant(alerts, keys):
    """A key that was granted 20 instead of 10 USD, until a time."""

    def made(span=timedelta(days=DAYS)):
        key = alerts.add(budget_limit="10")
        until = alerts.now + span
        decision = Decision("admin", "admin", alerts.now, limit=Decimal(20), until=until, change_id="chg_1")
        request = BudgetRequest(
            Place(key.key_id, "total", 1),
            Decimal(20),
            Decimal(10),
            "a release",
            until,
            key.key_id,
            alerts.now,
            Stage.APPROVED,
            decision,
        )
        watched = GrantsTable(alerts.client, alerts.tables["AlertsTable"]).begin_writes(request)
        BudgetRequestsTable(alerts.client, alerts.tables["AlertsTable"]).add(request, [], *watched)
        seen = keys.get(key.key_id)
        raised = temporary_limits.raised(
            seen, "total", Decimal(20), until, by=RaisedBy.APPROVAL, reference=request.id
        )
        keys.edit(seen, replace(raised, updated_at=alerts.now))
        return key

    return made


def told(alerts, key):
    return [(each.kind, each.to) for each in alerts.messenger.sent if each.key_id == key.key_id]


ENDING, ENDED = (AlertKind.INCREASE_ENDING, OWNER), (AlertKind.INCREASE_ENDED, OWNER)


def test_the_end_is_told_a_day_before_and_when_it_has_come(alerts, grant):
    key = grant()
    assert alerts.process_due(after=(DAYS - 1) * DAY - timedelta(seconds=1)) == 0
    alerts.process_due(after=timedelta(seconds=1))
    assert told(alerts, key) == [ENDING]
    assert alerts.process_due(after=DAY - timedelta(seconds=1)) == 0
    alerts.process_due(after=timedelta(seconds=1))
    assert told(alerts, key) == [ENDING, ENDED]
    assert alerts.alerts(key)[-1].content.limit == 10
    assert alerts.process_due(after=10 * DAY) == 0


def test_a_short_grant_has_no_word_before_its_end(alerts, grant):
    key = grant(timedelta(hours=5))
    assert alerts.process_due(after=timedelta(hours=4)) == 0
    alerts.process_due(after=timedelta(hours=1))
    assert told(alerts, key) == [ENDED]


@pytest.mark.parametrize("limit", [8, 30])
def test_a_grant_that_an_edit_ends_is_told_of_at_once(alerts, keys, grant, limit):
    key = grant()
    alerts.take(alerts.stream.read())
    assert told(alerts, key) == []
    seen = keys.get(key.key_id)
    keys.edit(seen, replace(seen, budget_limit=Decimal(limit), updated_at=alerts.now))
    records = alerts.stream.read()
    alerts.take(records)
    alerts.take(records)
    assert told(alerts, key) == [ENDED]
    assert alerts.alerts(key)[-1].content.limit == limit
    assert alerts.process_due(after=10 * DAY) == 0


@pytest.mark.parametrize("applies", [False, True], ids=["before", "after"])
def test_whoever_dies_the_end_is_told_once(alerts, grant, applies):
    for number in range(1, 20):
        key = grant()
        alerts.now += DAYS * DAY
        died = True
        with contextlib.suppress(KilledError):
            alerts.process_due(alerts.alerting(DyingAtWrites(alerts.client, number, applies=applies)))
            died = False
        alerts.process_due(after=timedelta(minutes=3))
        alerts.process_due(after=timedelta(minutes=3))
        assert set(told(alerts, key)) == {ENDED}
        (alert,) = alerts.alerts(key)
        assert {each.state for each in alert.deliveries.values()} == {DeliveryState.SENT}
        if not died:
            break
    assert number > 3
