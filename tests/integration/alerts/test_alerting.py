"""What requests that spend a budget make owners and admins hear."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.alerts_world import ADMIN, HOUR, OWNER, TOPIC
from tests.support.builders import NOW
from tollgate.alerts.alerts import AlertKind, DeliveryState
from tollgate.ledger.quotas import Quota, QuotaSettings
from tollgate.ledger.thresholds import Level, Threshold
from tollgate.ledger.windows import Period, Schedule
from tollgate.refusals import RefusedError

MINUTE = timedelta(minutes=1)


def daily(limit: str) -> Quota:
    return Quota(NOW).rescheduled(NOW, QuotaSettings(limit=Decimal(limit), schedule=Schedule(Period.DAY)))


def follow(alerts) -> None:
    """Takes what the stream has by now, as a batch of its own, at a moment of its own."""
    alerts.now += timedelta(milliseconds=1)
    assert alerts.take(alerts.stream.read()) == []


def spend(alerts, key, *costs: str) -> None:
    for cost in costs:
        alerts.spend(key, cost)
        follow(alerts)


def test_a_key_that_is_used_up_is_four_alerts_to_those_whom_they_concern(alerts):
    key = alerts.add(budget_limit="10")
    spend(alerts, key, *["0.5"] * 20)
    with pytest.raises(RefusedError):
        spend(alerts, key, "0.5")
    assert alerts.percents(key) == [80, 90, 95, 100]
    assert alerts.sent() == [
        (80, OWNER),
        (90, OWNER),
        (95, OWNER),
        (95, TOPIC),
        (100, OWNER),
        (100, TOPIC),
    ]
    assert alerts.process_due() == 0


def test_an_alert_says_how_the_budget_stood(alerts):
    key = alerts.add(budget_limit="10")
    spend(alerts, key, "9.75")
    (alert,) = alerts.alerts(key)
    told = alert.content
    assert (told.kind, told.level, told.percent, told.also) == (
        AlertKind.THRESHOLD,
        Level.URGENT,
        95,
        (80, 90),
    )
    assert (told.limit, told.used, told.window, told.resets_at) == (
        Decimal(10),
        Decimal("9.75"),
        "total",
        None,
    )
    assert (alert.key_name, alert.owner_email, alert.created_at) == ("a key", OWNER, alerts.now)
    assert {each.state for each in alert.deliveries.values()} == {DeliveryState.SENT}
    assert {each.sent_at for each in alert.deliveries.values()} == {alerts.now}
    assert alerts.meter.counted == {"AlertsDelivered": 2}


def test_admins_get_mail_besides_the_topic_where_that_is_set(alerts):
    alerts.deployed = replace(alerts.deployed, admin_emails=(ADMIN,))
    key = alerts.add(budget_limit="10")
    spend(alerts, key, "10")
    assert sorted(alerts.sent(), key=str) == [(100, ADMIN), (100, OWNER), (100, TOPIC)]


def test_a_key_without_an_owner_is_its_admins_concern(alerts):
    key = alerts.add(budget_limit="10", owner_email=None)
    spend(alerts, key, "8")
    assert alerts.sent() == [(80, TOPIC)]


def test_a_key_may_have_thresholds_and_recipients_of_its_own(alerts):
    own = (Threshold(50, Level.WARNING, ("cfo@example.com",)), Threshold(120, Level.URGENT, ("admin",)))
    key = alerts.add(budget_limit="10", thresholds=own)
    spend(alerts, key, "5", "4", "3")
    assert alerts.sent() == [(50, "cfo@example.com"), (120, TOPIC)]


def test_what_admins_set_takes_the_place_of_what_was_deployed(alerts):
    policies = alerts.alerting().policies
    chosen = replace(alerts.deployed, thresholds=(Threshold(30, Level.WARNING, ("owner",)),))
    policies.replace(policies.read(), chosen)
    key = alerts.add(budget_limit="10")
    spend(alerts, key, "3", "6")
    assert alerts.percents(key) == [30]


def test_a_raise_arms_the_thresholds_again_and_says_that_the_block_is_lifted(alerts):
    key = alerts.add(budget_limit="10")
    spend(alerts, key, "10")
    alerts.ledgers.edit(key, budget_limit=Decimal(20))
    follow(alerts)
    alerts.now += HOUR
    spend(alerts, key, "6", "4")
    kinds = [(each.content.kind, each.content.percent) for each in alerts.alerts(key)]
    assert kinds == [
        (AlertKind.THRESHOLD, 100),
        (AlertKind.RECOVERY, 100),
        (AlertKind.THRESHOLD, 80),
        (AlertKind.THRESHOLD, 100),
    ]


def test_a_second_way_up_within_the_interval_is_told_of_when_it_is_over(alerts):
    key = alerts.add(budget_limit="10")
    spend(alerts, key, "8")
    alerts.now += 10 * MINUTE
    alerts.ledgers.edit(key, budget_limit=Decimal(20))
    follow(alerts)
    spend(alerts, key, "8")
    assert alerts.percents(key) == [80]
    assert alerts.process_due(after=49 * MINUTE) == 0
    assert alerts.percents(key) == [80]
    assert alerts.process_due(after=MINUTE) == 1
    assert alerts.sent() == [(80, OWNER), (80, OWNER)]
    assert alerts.process_due(after=MINUTE) == 0


def test_what_was_held_back_is_forgotten_if_usage_falls_meanwhile(alerts):
    key = alerts.add(budget_limit="10")
    spend(alerts, key, "8")
    for limit in (20, 10, 30):
        alerts.ledgers.edit(key, budget_limit=Decimal(limit))
        follow(alerts)
    assert alerts.process_due(after=HOUR) == 0
    assert alerts.percents(key) == [80]


@pytest.mark.parametrize("limit", [None, Decimal(0)], ids=["none", "zero"])
def test_a_budget_that_is_taken_away_while_an_alert_is_held_back_leaves_nothing_due(alerts, limit):
    key = alerts.add(budget_limit="10")
    spend(alerts, key, "8")
    for changed in (Decimal(20), Decimal(10), limit):
        alerts.ledgers.edit(key, budget_limit=changed)
        follow(alerts)
    alerts.process_due(after=HOUR)
    assert alerts.process_due(after=HOUR) == 0
    assert alerts.percents(key) == [80]
    alerts.ledgers.edit(key, budget_limit=Decimal(10))
    follow(alerts)
    assert alerts.percents(key) == [80, 80]


def test_something_due_of_a_key_that_is_no_more_is_done_with(alerts):
    key = alerts.add(budget_limit="10")
    spend(alerts, key, "8")
    for limit in (20, 10):
        alerts.ledgers.edit(key, budget_limit=Decimal(limit))
        follow(alerts)
    alerts.client.delete_item(TableName=alerts.tables["KeysTable"], Key={"key_id": {"S": key.key_id}})
    assert alerts.process_due(after=HOUR) == 1
    assert alerts.process_due(after=HOUR) == 0


def test_a_reset_arms_the_thresholds_again_even_if_nobody_looks_in_between(alerts):
    key = alerts.add(budget_limit="10")
    spend(alerts, key, "8.1")
    alerts.now += HOUR
    alerts.ledgers.keys.reset_used(alerts.ledgers.scope(key), alerts.now)
    alerts.spend(key, "8.2")
    follow(alerts)
    assert alerts.percents(key) == [80, 80]


def test_every_ancestor_is_told_of_on_its_own_account(alerts):
    root = alerts.add(budget_limit="20", owner_email="root@example.com")
    keys = [alerts.add(budget_limit="10", parent_id=root.key_id, owner_email=None) for _ in range(2)]
    spend(alerts, keys[0], "7.9")
    spend(alerts, keys[1], "7.9", "0.2")
    assert alerts.sent(keys[0]) == []
    assert alerts.sent(keys[1]) == [(80, TOPIC)]
    assert alerts.sent(root) == [(80, "root@example.com")]


def test_a_budget_and_a_quota_are_two_things_to_tell_of(alerts):
    key = alerts.add(budget_limit="20", quota=daily("10"))
    spend(alerts, key, "8", "2")
    alerts.now += timedelta(days=1)
    spend(alerts, key, "7")
    assert [(each.content.window, each.content.percent) for each in alerts.alerts(key)] == [
        ("day", 80),
        ("day", 100),
        ("total", 80),
    ]
    alerts.now += HOUR
    spend(alerts, key, "2")
    told = {(each.content.window, each.content.percent) for each in alerts.alerts(key)[3:]}
    assert told == {("total", 95), ("day", 90)}


def test_a_new_window_begins_anew_whether_or_not_a_request_has_begun_it(alerts):
    key = alerts.add(budget_limit=None, quota=daily("10"))
    spend(alerts, key, "10")
    alerts.now += timedelta(days=1)
    alerts.look(key)
    spend(alerts, key, "8")
    (blocked, warned) = alerts.alerts(key)
    assert (blocked.content.percent, warned.content.percent) == (100, 80)
    assert warned.content.resets_at == blocked.content.resets_at + timedelta(days=1)


def test_an_alert_of_a_window_that_ended_is_not_repeated_in_the_next(alerts):
    """Told of shortly before midnight, held back shortly after, and by then nothing is used."""
    key = alerts.add(budget_limit=None, quota=daily("10"))
    midnight = alerts.ledgers.scope(key).quota.resets_at
    alerts.now = midnight - 10 * MINUTE
    spend(alerts, key, "8")
    alerts.now = midnight + 10 * MINUTE
    spend(alerts, key, "8")
    assert alerts.percents(key) == [80]
    assert alerts.process_due(after=41 * MINUTE) == 1
    assert alerts.percents(key) == [80, 80]
    assert alerts.process_due(after=timedelta(days=1)) == 0


def test_a_reminder_comes_while_usage_stays(alerts):
    alerts.deployed = replace(alerts.deployed, remind_after=24 * HOUR)
    key = alerts.add(budget_limit="10")
    spend(alerts, key, "9")
    assert alerts.process_due(after=23 * HOUR) == 0
    assert alerts.process_due(after=HOUR) == 1
    alerts.ledgers.edit(key, budget_limit=Decimal(100))
    follow(alerts)
    assert alerts.process_due(after=48 * HOUR) == 0
    assert [(each.content.kind, each.content.percent) for each in alerts.alerts(key)] == [
        (AlertKind.THRESHOLD, 90),
        (AlertKind.REMINDER, 90),
    ]


def test_a_budget_that_will_not_last_is_told_of_in_advance(alerts):
    alerts.deployed = replace(alerts.deployed, forecast_days=7)
    key = alerts.add(budget_limit="10", created_at=alerts.now - 24 * HOUR)
    alerts.rolled_up(key, "2")
    spend(alerts, key, "2", "0.5")
    (alert,) = alerts.alerts(key)
    assert (alert.content.kind, alert.content.percent) == (AlertKind.FORECAST, None)
    assert alert.content.exhausted_at == alert.created_at + timedelta(days=4)
    assert alerts.sent() == [(None, OWNER)]


def test_requests_in_flight_are_nothing_to_tell_of(alerts):
    key = alerts.add(budget_limit="10")
    for _ in range(3):
        alerts.ledgers.admit(key, cost="4")
    follow(alerts)
    assert alerts.percents(key) == []


def test_an_alert_to_nobody_is_history_and_nothing_is_due(alerts):
    key = alerts.add(budget_limit="10", thresholds=(Threshold(50, Level.WARNING, ()),))
    spend(alerts, key, "6")
    assert alerts.percents(key) == [50]
    assert alerts.process_due() == 0
