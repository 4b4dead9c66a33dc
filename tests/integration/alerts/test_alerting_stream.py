"""Whatever the stream does with a change, twice, in pieces or at once with others: it is told of once."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.alerts_world import HOUR, OWNER, TOPIC, InBetween
from tests.support.faults import CountingClient, LossyClient

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.alerts_world import AlertsWorld

ALL = [(80, OWNER), (90, OWNER), (95, OWNER), (95, TOPIC), (100, OWNER), (100, TOPIC)]
STEPS = ("8", "1", "0.5", "0.5")


def steps(alerts: AlertsWorld, keys: list[Any]) -> list[list[dict[str, Any]]]:
    """What the stream has after each request, the keys taking turns."""
    found = [alerts.stream.read()]
    for cost in STEPS:
        for key in keys:
            alerts.spend(key, cost)
            found.append(alerts.stream.read())
    return found


def test_every_batch_delivered_twice(alerts):
    keys = [alerts.add(budget_limit="10") for _ in range(2)]
    for cost in STEPS:
        for key in keys:
            alerts.spend(key, cost)
        records = alerts.stream.read()
        assert alerts.take(records) == []
        assert alerts.take(records) == []
    for key in keys:
        assert sorted(alerts.sent(key), key=str) == sorted(ALL, key=str)


def test_old_batches_delivered_long_after(alerts):
    keys = [alerts.add(budget_limit="10") for _ in range(3)]
    batches = steps(alerts, keys)
    for _ in range(2):
        for batch in batches:
            assert alerts.take(batch) == []
            alerts.now += timedelta(minutes=7)
    assert [alerts.percents(key) for key in keys] == [[100]] * 3
    assert len(alerts.sent()) == 6


@pytest.mark.parametrize("seed", range(2))
def test_batches_of_several_keys_in_any_order(alerts, seed):
    """A key's records keep their order; those of different keys need not."""
    chance = random.Random(seed)
    keys = [alerts.add(budget_limit="10") for _ in range(3)]
    alerts.stream.read()
    for cost in STEPS:
        for key in keys:
            alerts.spend(key, cost)
        waiting: dict[str, list[Any]] = {}
        for record in alerts.stream.read():
            waiting.setdefault(record["dynamodb"]["Keys"]["key_id"]["S"], []).append(record)
        shuffled = []
        while waiting:
            name = chance.choice(sorted(waiting))
            shuffled.append(waiting[name].pop(0))
            waiting = {name: left for name, left in waiting.items() if left}
        while shuffled:
            size = chance.randint(1, 5)
            assert alerts.take(shuffled[:size]) == []
            shuffled = shuffled[size:]
    for key in keys:
        assert alerts.sent(key) == ALL


def bisected(alerts: AlertsWorld, records: list[Any]) -> None:
    """Taken as by Lambda where whole batches fail: each is halved down to its records."""
    if len(records) > 1:
        half = len(records) // 2
        bisected(alerts, records[:half])
        bisected(alerts, records[half:])
    assert alerts.take(records) == []


def test_a_batch_in_halves(alerts):
    keys = [alerts.add(budget_limit="10") for _ in range(2)]
    records = [record for batch in steps(alerts, keys) for record in batch]
    bisected(alerts, records)
    assert [alerts.percents(key) for key in keys] == [[100]] * 2
    assert len(alerts.sent()) == 4


def test_a_look_that_failed_is_looked_at_again_though_the_last_change_says_nothing(alerts):
    """The crossing is in a record before the last; the retry must see it, and the other keys' changes."""
    keys = [alerts.add(budget_limit="10") for _ in range(2)]
    alerts.stream.read()
    for key in keys:
        alerts.spend(key, "8.5")
    alerts.ledgers.admit(keys[0])
    records = alerts.stream.read()
    # Of the first look the second read, which is of the key.
    failing = alerts.alerting(LossyClient(alerts.client, {4}, applies=False))
    again = alerts.take(records, failing)
    assert again == records
    assert alerts.percents(keys[0]) == []
    assert alerts.percents(keys[1]) == [80]
    assert alerts.take(again) == []
    assert [alerts.percents(key) for key in keys] == [[80], [80]]


def test_changes_far_from_any_threshold_cost_one_read_a_batch(alerts):
    keys = [alerts.add(budget_limit="10") for _ in range(3)]
    for key in keys:
        alerts.spend(key, "7.9")
    counting = CountingClient(alerts.client)
    alerts.take(alerts.stream.read(), alerts.alerting(counting))
    assert counting.operations == ["get_item"]


def test_a_worker_with_an_old_state_of_the_key_does_not_take_it_for_a_fall(alerts):
    key = alerts.add(budget_limit="10", alert_debounce_seconds=0)
    alerts.spend(key, "8.5")
    slow = alerts.alerting()
    slow = replace(slow, scopes=InBetween(slow.scopes))

    def overtake() -> None:
        alerts.spend(key, "1.1")
        alerts.look(key)

    slow.scopes.happens.append(overtake)
    alerts.look(key, alerting=slow)
    alerts.look(key)
    alerts.process_due(after=HOUR)
    assert alerts.percents(key) == [95]


def at_once(workers: list[Callable[[], Any]]) -> None:
    with ThreadPoolExecutor(len(workers)) as pool:
        for done in [pool.submit(worker) for worker in workers]:
            done.result()


def test_workers_that_look_at_the_same_keys_at_once_tell_once(alerts):
    keys = [alerts.add(budget_limit="10") for _ in range(3)]
    alerts.stream.read()
    for cost in STEPS:
        for key in keys:
            alerts.spend(key, cost)
        records = alerts.stream.read()

        def work(number: int, records: list[Any] = records) -> None:
            left: Any = records
            for _ in range(20):
                left = alerts.take(left)
                if number % 2:
                    alerts.process_due()
                if not left:
                    return
            raise AssertionError("A batch was not taken.")

        at_once([partial(work, number) for number in range(4)])
        alerts.process_due()
    for key in keys:
        assert sorted(alerts.percents(key)) == [80, 90, 95, 100]
        assert sorted(alerts.sent(key), key=str) == sorted(ALL, key=str)
    assert alerts.process_due(after=HOUR) == 0


def test_workers_that_do_what_is_due_at_once_do_it_once(alerts):
    alerts.messenger.bouncing = {OWNER, TOPIC}
    keys = [alerts.add(budget_limit="10") for _ in range(5)]
    for key in keys:
        alerts.spend(key, "10")
    alerts.take(alerts.stream.read())
    assert alerts.sent() == []
    alerts.messenger.bouncing = set()
    alerts.now += HOUR
    at_once([alerts.process_due] * 4)
    alerts.process_due()
    assert Counter(alerts.sent()) == {(100, OWNER): 5, (100, TOPIC): 5}
    alerts.process_due(after=HOUR)
    assert alerts.process_due(after=HOUR) == 0
    assert len(alerts.sent()) == 10


def test_a_child_and_its_parent_are_told_of_by_the_same_batch(alerts):
    root = alerts.add(budget_limit="10")
    leaf = alerts.add(budget_limit="10", parent_id=root.key_id)
    alerts.spend(leaf, "9.2")
    records = alerts.stream.read()
    assert alerts.take(records) == []
    assert [alerts.percents(each) for each in (root, leaf)] == [[90], [90]]
    alerts.ledgers.edit(root, budget_limit=Decimal(1000))
    assert alerts.take(records) == []
    assert [alerts.percents(each) for each in (root, leaf)] == [[90], [90]]
