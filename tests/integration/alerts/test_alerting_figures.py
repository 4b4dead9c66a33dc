"""What messages say was spent of late, by the stream that starts them: ahead of all sums."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.support.alerts_world import AlertsWorld, FakeMessenger
from tollgate.alerts.alerts import Spending, SpendingBurst
from tollgate_alerts.message.content import message_content
from tollgate_alerts.message.mail import mail

if TYPE_CHECKING:
    from tollgate.alerts.alerts import Delivery, Notice

SECOND, MINUTE, HOUR, DAY = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))


class Reader(FakeMessenger):
    """Takes every message, and keeps it."""

    def send(self, notice: Notice, delivery: Delivery) -> None:
        super().send(notice, delivery)
        self.notices = [*getattr(self, "notices", []), notice]

    @property
    def last(self) -> Notice:
        return self.notices[-1]


@pytest.fixture
def alerts(dynamodb, tables) -> AlertsWorld:
    world = AlertsWorld(dynamodb, tables)
    world.clear()
    world.messenger = Reader(world.clock)
    return world


def streamed(alerts: AlertsWorld) -> None:
    assert alerts.take(alerts.stream.read()) == []


def test_a_mail_of_a_burst_tells_the_burst(alerts):
    """On a key that has been there for long, and with sums that know a fifth of it."""
    key = alerts.add(budget_limit="0.0300", created_at=alerts.now - 40 * DAY)
    for number in range(43):
        alerts.now += SECOND
        alerts.spend(key, "0.0006")
        if number == 7:
            alerts.rolled_up(key, "0.005")
        streamed(alerts)
    notice = alerts.messenger.last
    assert notice.alert.content.percent == 80
    amount = Decimal("0.024")
    assert notice.spending == Spending(
        amount, (("small", Decimal("0.005")),), burst=SpendingBurst(amount, 39 * SECOND)
    )
    assert message_content(notice).facts[4:] == (
        ("Spent in the last 24 hours", "$0.024"),
        ("Spent in less than a minute", "$0.024"),
        ("At this rate", "Less than a minute left"),
    )
    assert message_content(notice).top_models == (
        ("small", "$0.005"),
        ("Others, or not yet attributed", "$0.019"),
    )
    for said in ("Spent in less than a minute", "Less than a minute left", "$0.019"):
        assert said in mail(notice).text
        assert said in mail(notice).html


def test_a_batch_that_holds_all_of_a_burst_tells_all_of_it(alerts):
    key = alerts.add(budget_limit="10", created_at=alerts.now - 40 * DAY)
    for _ in range(3):
        alerts.now += 10 * SECOND
        alerts.spend(key, "3")
    streamed(alerts)
    spending = alerts.messenger.last.spending
    assert (spending.last_day, spending.burst) == (Decimal(9), SpendingBurst(Decimal(9), 20 * SECOND))


def test_a_parent_is_told_what_all_below_it_have_spent(alerts):
    parent = alerts.add(budget_limit="10", created_at=alerts.now - 40 * DAY)
    children = [alerts.add(parent_id=parent.key_id, budget_limit=None) for _ in range(2)]
    for child in children * 2:
        alerts.now += MINUTE
        alerts.spend(child, "2.1")
        streamed(alerts)
    assert alerts.messenger.last.alert.key_id == parent.key_id
    assert alerts.messenger.last.spending.last_day == Decimal("8.4")


def test_the_day_ends_24_hours_ago(alerts):
    key = alerts.add(budget_limit="10", created_at=alerts.now - 40 * DAY)
    for _ in range(4):
        alerts.spend(key, "2")
        streamed(alerts)
        alerts.now += 10 * HOUR
    assert alerts.messenger.last.spending.last_day == Decimal(6)


def test_a_message_that_comes_late_tells_what_was_spent_when_it_was_decided(alerts):
    """What it says to be used is of then, too."""
    key = alerts.add(budget_limit="10", created_at=alerts.now - 40 * DAY)
    alerts.spend(key, "8.5")
    alerts.messenger.bouncing = {"owner@example.com"}
    streamed(alerts)
    alerts.messenger.bouncing = set()
    alerts.spend(key, "0.1")
    alerts.process_due(after=HOUR)
    assert alerts.messenger.last.spending.last_day == Decimal("8.5")


def test_a_delivery_again_changes_no_sample(alerts):
    key = alerts.add(budget_limit="10", created_at=alerts.now - 40 * DAY)
    alerts.spend(key, "1")
    records = alerts.stream.read()
    alerts.take(records)
    alerts.now += MINUTE
    alerts.spend(key, "8")
    alerts.take([*records, *alerts.stream.read()])
    assert alerts.messenger.last.spending.last_day == Decimal(9)


def test_samples_are_kept_for_little_more_than_a_day(alerts):
    key = alerts.add(budget_limit="10")
    alerts.spend(key, "1")
    streamed(alerts)
    (item,) = [
        each
        for each in alerts.client.scan(TableName=alerts.table.table)["Items"]
        if each["alert"]["S"].startswith("spent#")
    ]
    expires_after = int(item["expires_at"]["N"]) - int(alerts.now.timestamp())
    assert DAY.total_seconds() < expires_after < 2 * DAY.total_seconds()
