"""The stream of keys that version 0.1 has stored: images in its form, in today's, and one of each."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from aws_wire.attribute_values import values
from tests.support import old_items
from tests.support.builders import NOW
from tollgate.budget_health.store.summaries_table import SummariesTable
from tollgate.budget_health.summaries import BudgetSummary
from tollgate.keys import api_keys
from tollgate.ledger.store.hold_items import to_hold

if TYPE_CHECKING:
    from tests.support.alerts_world import AlertsWorld


@pytest.fixture
def key(alerts: AlertsWorld) -> api_keys.ApiKey:
    """A key with a call open, both in the old form; nothing is left to be read of its creation."""
    key = api_keys.issue()
    item = old_items.holding(old_items.key_item(key), "req_old", old_items.own_hold())
    alerts.client.put_item(TableName=alerts.tables["KeysTable"], Item=values(item))
    return key


def test_a_new_item_in_the_old_form_gets_a_summary(alerts: AlertsWorld, key: api_keys.ApiKey) -> None:
    assert alerts.take(alerts.stream.read()) == []
    summaries = SummariesTable(alerts.client, alerts.tables["CostsTable"]).all()
    assert summaries == {key.key_id: BudgetSummary.of(alerts.ledgers.scope(key), NOW)}


def test_what_an_old_key_spends_is_told(alerts: AlertsWorld, key: api_keys.ApiKey) -> None:
    """2 USD of 5 a month are used."""
    alerts.take(alerts.stream.read())
    alerts.spend(key, "2.1")
    before = alerts.stream.read()
    assert [set(each["dynamodb"]["NewImage"]["holds"]["M"]) >= {"req_old"} for each in before] == [True, True]
    assert alerts.take(before) == []
    assert alerts.percents(key) == [80]
    summaries = SummariesTable(alerts.client, alerts.tables["CostsTable"]).all()
    assert summaries[key.key_id] == BudgetSummary.of(alerts.ledgers.scope(key), NOW)


def test_settling_the_old_hold_is_told_as_well(alerts: AlertsWorld, key: api_keys.ApiKey) -> None:
    alerts.take(alerts.stream.read())
    held = to_hold(old_items.own_hold())
    scope = alerts.ledgers.scope(key)
    admitted = alerts.ledgers.admit(key, cost="0.1")
    opened = replace(admitted.opened[0], scope=scope, hold=held)
    ended = replace(admitted, request_id="req_old", opened=(opened,))
    alerts.ledgers.ledger.settle(ended, alerts.ledgers.record(ended, key, cost="2.5"))
    assert alerts.take(alerts.stream.read()) == []
    assert alerts.percents(key) == [90]
    assert alerts.ledgers.scope(key).budget_used == Decimal("4.5")
