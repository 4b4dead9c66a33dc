"""Every call and every message cut before and after it applies: nothing is lost, and nothing comes twice.

But for one case: whose process dies between a message and the note that it was sent gets it again, and
can tell by the alert's id.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ReadTimeoutError

from tests.support.alerts_world import HOUR, OWNER, TOPIC, FakeMessenger
from tests.support.faults import CountingClient, DyingAtWrites, KilledError, LossyClient
from tollgate.alerts.alerts import DeliveryState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.alerts_world import AlertsWorld
    from tollgate_alerts.alerting import Alerting

CUTS = pytest.mark.parametrize("applies", [False, True], ids=["before", "after"])
BOTH = {(95, OWNER), (95, TOPIC)}
MAX_WRITES = 40


def worlds(alerts: AlertsWorld) -> Iterator[tuple[int, Any, list[dict[str, Any]]]]:
    """The number of a call to fail at, a key that has to be told of, and its records."""
    for number in range(1, MAX_WRITES):
        key = alerts.add(budget_limit="10")
        alerts.spend(key, "9.6")
        yield number, key, alerts.stream.read()
    raise AssertionError(f"A look takes {MAX_WRITES} writes.")


def dies(
    work: Callable[[Alerting], object],
    alerts: AlertsWorld,
    number: int,
    applies: bool,
    messenger: FakeMessenger | None = None,
) -> bool:
    """Whether a process that is to die at its `number`-th write came so far."""
    client = DyingAtWrites(alerts.client, number, applies=applies)
    try:
        work(alerts.alerting(client, messenger))
    except KilledError:
        return True
    return False


def sent_but_not_noted(alerts: AlertsWorld, key: Any) -> Counter[Any]:
    """Messages that will come again, by percent and address."""
    sent = Counter(each for each in alerts.messenger.sent if each.key_id == key.key_id)
    pending = {
        (alert.id, each.address)
        for alert in alerts.alerts(key)
        for each in alert.deliveries.values()
        if each.state is DeliveryState.PENDING
    }
    return Counter((each.percent, each.to) for each in sent if (each.alert_id, each.to) in pending)


def recover(alerts: AlertsWorld, records: list[Any]) -> None:
    """The stream delivers again, and the schedule goes on."""
    assert alerts.take(records) == []
    alerts.process_due()
    alerts.process_due(after=timedelta(minutes=2))
    alerts.process_due()
    assert alerts.process_due(after=HOUR) == 0


def assert_told(alerts: AlertsWorld, key: Any, twice: Counter[Any], wanted: set[Any] = BOTH) -> None:
    assert Counter(alerts.sent(key)) == Counter(wanted) + twice
    (alert,) = alerts.alerts(key)
    assert {each.alert_id for each in alerts.messenger.sent if each.key_id == key.key_id} == {alert.id}
    assert {each.state for each in alert.deliveries.values()} == {DeliveryState.SENT}


@CUTS
def test_killed_at_any_write(alerts, applies):
    doubled = 0
    for number, key, records in worlds(alerts):
        died = dies(partial(alerts.take, records), alerts, number, applies)
        twice = sent_but_not_noted(alerts, key)
        recover(alerts, records)
        assert_told(alerts, key, twice)
        doubled += bool(twice)
        if not died:
            break
    assert number == 7  # not at the mark and the alert, two claims, two notes, and when to come back
    assert doubled == (0 if applies else 2)


def test_any_answer_that_is_lost_for_good(alerts):
    doubled = 0
    for number, key, records in worlds(alerts):
        calls = CountingClient(LossyClient(alerts.client, {number}, applies=False))
        try:
            alerts.take(records, alerts.alerting(calls))
        except ReadTimeoutError:
            assert number == 1  # the policy: without it the batch as a whole has to come again
        twice = sent_but_not_noted(alerts, key)
        recover(alerts, records)
        assert_told(alerts, key, twice)
        doubled += bool(twice)
        if len(calls.operations) < number:
            break
    assert number > 15
    assert doubled == 2


@pytest.mark.parametrize("taken", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", [1, 2])
def test_killed_while_a_message_is_sent(alerts, number, taken):
    key = alerts.add(budget_limit="10")
    alerts.spend(key, "9.6")
    records = alerts.stream.read()
    alerts.messenger.dies_at, alerts.messenger.taken = number, taken
    with pytest.raises(KilledError):
        alerts.take(records)
    alerts.messenger.dies_at = None
    twice = sent_but_not_noted(alerts, key)
    assert twice.total() == int(taken)
    recover(alerts, records)
    assert_told(alerts, key, twice)


def test_until_its_lease_is_over_nobody_sends_what_a_dead_process_had_begun(alerts):
    key = alerts.add(budget_limit="10")
    alerts.spend(key, "8")
    records = alerts.stream.read()
    alerts.messenger.dies_at = 1
    with pytest.raises(KilledError):
        alerts.take(records)
    alerts.messenger.dies_at = None
    for _ in range(2):
        alerts.take(records)
        alerts.process_due(after=timedelta(seconds=59))
    assert len(alerts.sent()) == 1
    alerts.process_due(after=timedelta(seconds=2))
    assert alerts.sent() == [(80, OWNER)] * 2
    assert len({each.alert_id for each in alerts.messenger.sent}) == 1


@CUTS
def test_killed_at_any_write_while_what_was_held_back_is_told(alerts, applies):
    doubled = 0
    for number in range(1, MAX_WRITES):
        key = alerts.add(budget_limit="10")
        alerts.spend(key, "8")
        alerts.look(key)
        for limit in (20, 10):
            alerts.ledgers.edit(key, budget_limit=Decimal(limit))
            alerts.look(key)
        alerts.messenger.sent.clear()
        alerts.now += HOUR
        died = dies(alerts.process_due, alerts, number, applies)
        twice = sent_but_not_noted(alerts, key)
        recover(alerts, alerts.stream.read()[-1:])
        assert Counter(alerts.sent(key)) == Counter({(80, OWNER)}) + twice
        assert alerts.percents(key) == [80, 80]
        doubled += bool(twice)
        if not died:
            break
    assert number == 5
    assert doubled == (0 if applies else 1)


@CUTS
def test_killed_at_any_write_while_messages_fail(alerts, applies):
    bouncing = FakeMessenger(alerts.clock, bouncing={OWNER, TOPIC})
    for number, key, records in worlds(alerts):
        died = dies(partial(alerts.take, records), alerts, number, applies, bouncing)
        recover(alerts, records)
        assert_told(alerts, key, Counter())
        if not died:
            break
    assert number == 7
