"""Packs, metering, temporary limits and downgrading, from the stream to a mail: told of once each."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from aws_wire.attribute_values import values
from tests.support.alerts_world import HOUR, OWNER, TOPIC, InBetween
from tests.support.drawn_packs import draw
from tests.support.faults import DyingAtWrites, KilledError
from tollgate.alerts.alerts import AlertKind, DeliveryState
from tollgate.audit.entry import Change
from tollgate.audit.store.audit_table import AuditTable
from tollgate.keys.pack_definitions import PackCategory, PackDefinition, new_pack_id
from tollgate.keys.store.keys_table import KeysTable
from tollgate.keys.store.pack_definitions_table import PackDefinitionTable
from tollgate.keys.store.resource_packs import ResourcePacks
from tollgate.ledger.policies import temporary_limits
from tollgate.ledger.policies.downgrades import Downgrade, DowngradeRule
from tollgate.ledger.policies.temporary_limits import RaisedBy
from tollgate.ledger.quotas import Quota
from tollgate.ledger.windows import Period, Schedule

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.alerts_world import AlertsWorld

DAY = timedelta(days=1)
RULES = Downgrade((DowngradeRule("large", ("small",)),))
MAX_WRITES = 40


def keys_of(alerts: AlertsWorld) -> KeysTable:
    audit = AuditTable(alerts.client, alerts.tables["AuditTable"])
    return KeysTable(alerts.client, alerts.tables["KeysTable"], audit, clock=alerts.clock)


def packs_of(alerts: AlertsWorld) -> ResourcePacks:
    return ResourcePacks(keys_of(alerts), PackDefinitionTable(alerts.client, alerts.tables["CatalogTable"]))


def change(alerts: AlertsWorld, key: Any, action: str) -> Change:
    return Change.of(key.key_id, (action,), {}, {"it": 1}, actor="admin", at=alerts.now, request_id=None)


def give(alerts: AlertsWorld, key: Any, amount: str = "10", **changes: Any) -> str:
    """Adds a pack; returns its id."""
    made = PackDefinition(
        id=new_pack_id(),
        key_id=key.key_id,
        amount=Decimal(amount),
        category=PackCategory.PAID,
        priority=1,
        effective_at=alerts.now,
        created_at=alerts.now,
        name="July credits",
    )
    packs = packs_of(alerts)
    seen = packs.keys.get(key.key_id)
    assert seen is not None
    packs.add(seen, replace(made, **changes), alerts.now, change(alerts, key, "pack.add"))
    return made.id


def put(alerts: AlertsWorld, key: Any, attribute: str, value: Any) -> None:
    """What an admission or an assignment writes."""
    alerts.client.update_item(
        TableName=alerts.tables["KeysTable"],
        Key=values({"key_id": key.key_id}),
        UpdateExpression="SET #name = :value",
        ExpressionAttributeNames={"#name": attribute},
        ExpressionAttributeValues=values({":value": value}),
    )


def pack_is_nearly_used(alerts: AlertsWorld) -> Any:
    key = alerts.add(budget_limit=None)
    pack_id = give(alerts, key)
    assert draw(keys_of(alerts), key.key_id, pack_id, "9.1")
    return key


def metering_begins(alerts: AlertsWorld) -> Any:
    quota = Quota(
        starts_at=alerts.now - DAY,
        limit=Decimal(1),
        schedule=Schedule(Period.MONTH),
        resets_at=alerts.now + 20 * DAY,
        allowance=Decimal(1),
        available=Decimal(1),
    )
    key = alerts.add(budget_limit=None, quota=quota)
    put(alerts, key, "quota_parts", [Decimal(1), Decimal("0.2")])
    return key


def downgrading_begins(alerts: AlertsWorld) -> Any:
    key = alerts.add(budget_limit="10", used="9.2", downgrade=RULES, thresholds=())
    put(alerts, key, "downgrading", True)
    return key


def policy_raises(alerts: AlertsWorld) -> Any:
    key = alerts.add(budget_limit="10")
    raise_limit(alerts, key, "15")
    return key


def raise_limit(alerts: AlertsWorld, key: Any, limit: str) -> None:
    keys = keys_of(alerts)
    before = keys.get(key.key_id)
    assert before is not None
    after = temporary_limits.raised(
        before, "total", Decimal(limit), alerts.now + DAY, by=RaisedBy.POLICY, reference=limit
    )
    keys.edit(before, after, change(alerts, key, "budget.raise"))


BOTH = {OWNER, TOPIC}
HAPPENINGS = [
    (pack_is_nearly_used, AlertKind.PACK_NEARLY_USED, {OWNER}),
    (metering_begins, AlertKind.METERING, BOTH),
    (downgrading_begins, AlertKind.DOWNGRADING, {OWNER}),
    (policy_raises, AlertKind.LIMIT_RAISED, BOTH),
]
EACH = pytest.mark.parametrize(
    ("happens", "kind", "wanted"), HAPPENINGS, ids=[kind.value for _, kind, _ in HAPPENINGS]
)


def sent(alerts: AlertsWorld, key: Any) -> Counter[Any]:
    return Counter((each.kind, each.to) for each in alerts.messenger.sent if each.key_id == key.key_id)


@EACH
def test_it_is_told_of_once_however_often_it_is_delivered(alerts, happens, kind, wanted):
    key = happens(alerts)
    records = alerts.stream.read()
    for batch in (records, records, records[-1:]):
        assert alerts.take(batch) == []
    assert sent(alerts, key) == Counter((kind, to) for to in wanted)
    (alert,) = alerts.alerts(key)
    assert alert.content.news is not None
    assert alerts.process_due(after=HOUR) == 0


@EACH
def test_its_records_come_one_by_one(alerts, happens, kind, wanted):
    key = happens(alerts)
    for record in alerts.stream.read():
        assert alerts.take([record]) == []
    assert sent(alerts, key) == Counter((kind, to) for to in wanted)


@EACH
def test_two_looks_at_once_tell_of_it_once(alerts, happens, kind, wanted):
    key = happens(alerts)
    with ThreadPoolExecutor(4) as pool:
        looks = [pool.submit(alerts.alerting().look_at_events, key.key_id, alerts.later) for _ in range(4)]
        for each in looks:
            each.result()
    alerts.process_due(after=timedelta(minutes=3))
    assert sent(alerts, key) == Counter((kind, to) for to in wanted)


@EACH
def test_a_look_that_meets_another_one_looks_again(alerts, happens, kind, wanted):
    key = happens(alerts)
    alerting = alerts.alerting()
    other = partial(alerts.alerting().look_at_events, key.key_id, alerts.later)
    met = replace(alerting, scopes=InBetween(alerting.scopes, [other]))
    met.look_at_events(key.key_id, alerts.later)
    assert sent(alerts, key) == Counter((kind, to) for to in wanted)


def dies(work: Callable[[Any], object], alerts: AlertsWorld, number: int, applies: bool) -> bool:
    try:
        work(alerts.alerting(DyingAtWrites(alerts.client, number, applies=applies)))
    except KilledError:
        return True
    return False


@pytest.mark.parametrize("applies", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("happens", "kind", "wanted"), [HAPPENINGS[0], HAPPENINGS[3]])
def test_killed_at_any_write_it_is_told_of_and_comes_twice_only_if_nobody_noted_that_it_was_sent(
    alerts, happens, kind, wanted, applies
):
    for number in range(1, MAX_WRITES):
        key = happens(alerts)
        records = alerts.stream.read()
        died = dies(partial(alerts.take, records), alerts, number, applies)
        pending = [
            (kind, each.address)
            for alert in alerts.alerts(key)
            for each in alert.deliveries.values()
            if each.state is DeliveryState.PENDING
        ]
        twice = Counter(each for each in sent(alerts, key).elements() if each in pending)

        assert alerts.take(records) == []
        alerts.process_due()
        alerts.process_due(after=timedelta(minutes=2))
        alerts.process_due()

        assert sent(alerts, key) == Counter((kind, to) for to in wanted) + twice
        assert len(alerts.alerts(key)) == 1
        if not died:
            break
    assert number < MAX_WRITES - 1


def test_a_pack_that_ends_soon_is_told_of_though_nothing_happens_to_the_key(alerts):
    key = alerts.add(budget_limit=None)
    give(alerts, key, expires_at=alerts.now + 30 * DAY)
    assert alerts.take(alerts.stream.read()) == []
    assert sent(alerts, key) == Counter()

    assert alerts.process_due(after=23 * DAY - HOUR) == 0
    assert alerts.process_due(after=HOUR) == 1

    assert sent(alerts, key) == Counter({(AlertKind.PACK_EXPIRING, OWNER): 1})
    (alert,) = alerts.alerts(key)
    assert (alert.content.news.name, alert.content.limit) == ("July credits", 10)
    assert alerts.process_due(after=10 * DAY) == 0


def test_a_temporary_limit_that_ends_is_told_of_though_nothing_happens_to_the_key(alerts):
    key = alerts.add(budget_limit="10")
    raise_limit(alerts, key, "15")
    assert alerts.take(alerts.stream.read()) == []
    told = sent(alerts, key)

    assert alerts.process_due(after=DAY) == 1

    assert sent(alerts, key) - told == Counter({(AlertKind.LIMIT_FELL_BACK, to): 1 for to in BOTH})
    assert alerts.process_due(after=DAY) == 0


def test_each_step_of_a_policy_is_told_of(alerts):
    key = alerts.add(budget_limit="10")
    for limit in ("12", "14"):
        raise_limit(alerts, key, limit)
        assert alerts.take(alerts.stream.read()) == []
        alerts.now += timedelta(minutes=1)
    assert sent(alerts, key) == Counter({(AlertKind.LIMIT_RAISED, to): 2 for to in BOTH})
    assert [each.content.news.limit for each in alerts.alerts(key)] == [12, 14]


def test_downgrading_that_begins_again_is_held_back_until_the_debounce_is_over(alerts):
    key = downgrading_begins(alerts)
    assert alerts.take(alerts.stream.read()) == []
    for value in (False, True):
        put(alerts, key, "downgrading", value)
        assert alerts.take(alerts.stream.read()) == []
    assert sent(alerts, key) == Counter({(AlertKind.DOWNGRADING, OWNER): 1})

    assert alerts.process_due(after=HOUR) == 1
    assert sent(alerts, key) == Counter({(AlertKind.DOWNGRADING, OWNER): 2})


def test_a_deleted_key_is_forgotten(alerts):
    key = alerts.add(budget_limit=None)
    give(alerts, key, expires_at=alerts.now + 30 * DAY)
    assert alerts.take(alerts.stream.read()) == []
    alerts.client.delete_item(TableName=alerts.tables["KeysTable"], Key=values({"key_id": key.key_id}))
    assert alerts.process_due(after=23 * DAY) == 1
    assert alerts.process_due(after=DAY) == 0
    assert sent(alerts, key) == Counter()


def test_what_a_state_says_is_read_as_it_was_written(alerts):
    key = pack_is_nearly_used(alerts)
    for happens in (metering_begins, downgrading_begins, policy_raises):
        other = happens(alerts)
        alerts.alerting().look_at_events(other.key_id, alerts.later)
        state = alerts.table.event_state(other.key_id)
        alerts.table.advance_events(key.key_id, alerts.table.event_state(key.key_id), state, [])
        copied = alerts.table.event_state(key.key_id)
        assert replace(copied, revision=state.revision) == state
