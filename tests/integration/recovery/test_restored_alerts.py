"""Which alerts are told again by tables that are as of an earlier instant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.alerts_world import HOUR, OWNER, AlertsWorld
from tests.support.table_copies import exported, imported
from tests.support.table_pool import Tables, empty_tables

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def restored(table_pool) -> Iterator[Tables]:
    with empty_tables(table_pool) as names:
        yield names


def test_what_was_told_by_the_instant_is_not_told_again_and_what_was_told_since_is(
    dynamodb, tables, restored, alerts
):
    key = alerts.add(budget_limit="10")
    alerts.spend(key, "8.5")
    alerts.look(key)
    assert alerts.sent() == [(80, OWNER)]
    snapshot = exported(dynamodb, tables, "KeysTable", "AlertsTable")
    alerts.spend(key, "0.7")
    alerts.look(key)
    assert alerts.sent()[1:] == [(90, OWNER)]

    imported(dynamodb, restored, snapshot)
    again = AlertsWorld(dynamodb, restored)
    again.now = alerts.now + 2 * HOUR
    again.look(key)
    assert again.sent() == []  # 85 %, as it was then
    again.spend(key, "0.7")
    again.look(key)
    assert again.sent() == [(90, OWNER)]
    assert again.percents(key) == [80, 90]


def test_what_was_to_be_sent_at_the_instant_is_sent_once_more(dynamodb, tables, restored, alerts):
    alerts.messenger.bouncing = {OWNER}
    key = alerts.add(budget_limit="10")
    alerts.spend(key, "8.5")
    alerts.look(key)
    snapshot = exported(dynamodb, tables, "KeysTable", "AlertsTable")
    alerts.messenger.bouncing = set()
    alerts.process_due(after=HOUR)
    assert alerts.sent() == [(80, OWNER)]

    imported(dynamodb, restored, snapshot)
    again = AlertsWorld(dynamodb, restored)
    again.now = alerts.now
    again.process_due(after=HOUR)
    assert again.sent() == [(80, OWNER)]
    assert again.process_due(after=HOUR) == 0
