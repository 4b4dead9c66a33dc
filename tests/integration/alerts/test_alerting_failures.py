"""Messages that are not taken: tried again with growing pauses, given up in the end, in nobody's way."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from tests.support.alerts_world import HOUR, OWNER, TOPIC
from tollgate.alerts.alerts import DeliveryState

MINUTE = timedelta(minutes=1)


def told_of(alerts, *costs, **changes):
    key = alerts.add(budget_limit="10", **changes)
    for cost in costs:
        alerts.spend(key, cost)
    assert alerts.take(alerts.stream.read()) == []
    return key


def delivery(alerts, key, address):
    (alert,) = alerts.alerts(key)
    (found,) = [each for each in alert.deliveries.values() if each.address == address]
    return found


def test_a_failure_is_history_and_a_figure_and_holds_up_no_other_recipient(alerts):
    alerts.messenger.bouncing = {OWNER}
    key = told_of(alerts, "10")
    assert alerts.sent() == [(100, TOPIC)]
    failed = delivery(alerts, key, OWNER)
    assert (failed.state, failed.attempts) == (DeliveryState.PENDING, 1)
    assert failed.error == "BouncedError: owner@example.com takes nothing"
    assert alerts.meter.counted["AlertDeliveryFailed"] == 1
    assert alerts.meter.counted["AlertsDelivered"] == 1


def test_pauses_between_tries_grow_until_it_works(alerts):
    alerts.messenger.bouncing = {OWNER}
    key = told_of(alerts, "8")
    for pause in (1, 2, 4, 8):
        assert alerts.process_due(after=pause * MINUTE - timedelta(seconds=1)) == 0
        assert alerts.process_due(after=timedelta(seconds=1)) == 1
    alerts.messenger.bouncing = set()
    assert alerts.process_due(after=15 * MINUTE) == 0
    assert alerts.process_due(after=MINUTE) == 1
    sent = delivery(alerts, key, OWNER)
    assert (sent.state, sent.attempts, sent.error) == (DeliveryState.SENT, 6, None)
    assert alerts.meter.counted["AlertDeliveryFailed"] == 5
    assert alerts.sent() == [(80, OWNER)]
    assert alerts.process_due(after=24 * HOUR) == 0


def test_after_three_days_it_is_given_up(alerts):
    alerts.messenger.bouncing = {OWNER}
    key = told_of(alerts, "8")
    begun = alerts.now
    while alerts.now < begun + 72 * HOUR:
        assert delivery(alerts, key, OWNER).state is DeliveryState.PENDING
        alerts.process_due(after=HOUR)
    alerts.process_due(after=6 * HOUR)
    given_up = delivery(alerts, key, OWNER)
    assert given_up.state is DeliveryState.FAILED
    assert "takes nothing" in given_up.error
    assert 15 < given_up.attempts < 25
    assert alerts.meter.counted["AlertsGivenUp"] == 1
    alerts.messenger.bouncing = set()
    assert alerts.process_due(after=24 * HOUR) == 0
    assert alerts.sent() == []


def test_one_address_that_takes_nothing_holds_up_no_other_keys_alerts(alerts):
    alerts.messenger.bouncing = {OWNER}
    told_of(alerts, "8")
    key = told_of(alerts, "8", owner_email="other@example.com")
    assert alerts.sent() == [(80, "other@example.com")]
    alerts.messenger.bouncing = {OWNER, "other@example.com"}
    alerts.spend(key, "1")
    assert alerts.take(alerts.stream.read()) == []
    alerts.messenger.bouncing = {OWNER}
    alerts.process_due(after=MINUTE)
    assert alerts.sent(key) == [(80, "other@example.com"), (90, "other@example.com")]


def test_an_alert_is_told_of_though_the_one_before_it_is_still_on_its_way(alerts):
    alerts.messenger.bouncing = {OWNER}
    key = told_of(alerts, "8")
    alerts.spend(key, "2")
    assert alerts.take(alerts.stream.read()) == []
    alerts.messenger.bouncing = set()
    alerts.process_due(after=MINUTE)
    assert Counter(alerts.sent(key)) == {(80, OWNER): 1, (100, OWNER): 1, (100, TOPIC): 1}


def test_what_cannot_even_be_read_is_put_off_and_holds_up_nothing(alerts):
    alerts.messenger.bouncing = {OWNER}
    broken, sound = told_of(alerts, "8"), told_of(alerts, "8")
    (alert,) = alerts.alerts(broken)
    where = {"key_id": {"S": broken.key_id}, "alert": {"S": f"alert#{alert.id}"}}
    alerts.client.update_item(
        TableName=alerts.table.table,
        Key=where,
        UpdateExpression="SET #level = :level",
        ExpressionAttributeNames={"#level": "level"},
        ExpressionAttributeValues={":level": {"S": "no such level"}},
    )
    alerts.messenger.bouncing = set()
    assert alerts.process_due(after=MINUTE) == 2
    assert alerts.sent(sound) == [(80, OWNER)]
    assert alerts.process_due(after=4 * MINUTE) == 0
    assert alerts.process_due(after=MINUTE) == 1


@pytest.mark.parametrize(
    "broken",
    ["fresh_spending.FreshSpending.spending_of", "recent_spending.RecentSpending.by_model"],
)
def test_what_a_message_would_like_to_say_besides_does_not_keep_it(alerts, monkeypatch, broken):
    """Without figures of late it goes out all the same."""
    monkeypatch.setattr(f"tollgate.alerts.store.{broken}", lambda *_: 1 / 0)
    told_of(alerts, "8")
    assert alerts.sent() == [(80, OWNER)]


@pytest.mark.parametrize("seconds", [0, 1])
def test_nothing_is_begun_that_could_not_be_finished(alerts, seconds):
    """What a batch has no time to send is due at once, for whoever comes next."""
    keys = [alerts.add(budget_limit="10") for _ in range(2)]
    for key in keys:
        alerts.spend(key, "10")
        alerts.alerting().look(key.key_id, alerts.now - timedelta(seconds=seconds))
    assert alerts.sent() == []
    assert alerts.alerting().process_due(alerts.now - timedelta(seconds=seconds)) == 2
    assert alerts.sent() == []
    assert alerts.process_due() == 2
    assert len(alerts.sent()) == 4
