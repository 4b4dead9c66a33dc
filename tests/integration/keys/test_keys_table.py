"""Edits of a key's settings beside the spending that goes on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from tests.support.builders import KEY, NOW, scope
from tests.support.crowd import Crowd
from tests.support.faults import CountingClient, RepeatingClient
from tests.support.turns import InterruptedClient
from tollgate.audit.entry import Change
from tollgate.audit.store.audit_table import AuditTable
from tollgate.aws.dynamodb import pages
from tollgate.clock import utc_now
from tollgate.conflicts import EditConflictError
from tollgate.keys import api_keys
from tollgate.keys.store.keys_table import KeysTable
from tollgate.ledger.quotas import Quota, QuotaSettings
from tollgate.ledger.scopes import Enforcement, KeyStatus, Scope
from tollgate.ledger.thresholds import Level, Recipient, Threshold
from tollgate.ledger.windows import Period, Schedule
from tollgate.refusals import RefusedError


@pytest.fixture
def keys(dynamodb, tables) -> KeysTable:
    return KeysTable(dynamodb, tables["KeysTable"])


def test_a_key_comes_back_as_it_was_stored(keys):
    full = scope(
        expires_at=NOW + timedelta(days=30),
        allowed_models=frozenset({"small", "large"}),
        owner_email="owner@example.com",
        external_id="team-7",
        tags={"team": "search"},
        thresholds=(Threshold(50, Level.URGENT, (Recipient.ADMIN,)),),
        alert_debounce_seconds=60,
    )
    keys.add(full)
    assert keys.get(KEY.key_id) == full


def test_an_edit_changes_what_it_names_and_counts_a_revision(keys):
    before = scope(owner_email="owner@example.com")
    keys.add(before)

    after = keys.edit(before, replace(before, name="renamed", owner_email=None, status=KeyStatus.REVOKED))

    assert after == keys.get(KEY.key_id)
    assert (after.name, after.owner_email, after.status) == ("renamed", None, KeyStatus.REVOKED)
    assert after.revision == before.revision + 1


def test_an_edit_of_what_has_changed_since_is_refused(keys):
    before = scope()
    keys.add(before)
    keys.edit(before, replace(before, name="first"))

    with pytest.raises(EditConflictError):
        keys.edit(before, replace(before, name="second"))
    assert keys.get(KEY.key_id).name == "first"


@pytest.mark.parametrize(
    "limits",
    [("10", "20"), ("10", "1"), ("10", None), (None, "3"), ("0", "5")],
    ids=lambda pair: f"{pair[0]}-{pair[1]}",
)
def test_a_changed_limit_keeps_what_is_used(keys, limits):
    old, new = limits
    before = scope(budget_limit=old, used="2")
    keys.add(before)

    after = keys.edit(before, replace(before, budget_limit=None if new is None else Decimal(new)))

    assert after.budget_used == 2
    assert after.budget_limit == (None if new is None else Decimal(new))
    assert after.budget_available == Decimal(new or 0) - 2


def quota(limit: str | None = "100", period: Period = Period.MONTH, **changes: Any) -> Quota:
    schedule = None if limit is None else Schedule(period)
    return Quota(NOW).rescheduled(
        NOW, QuotaSettings(limit=None if limit is None else Decimal(limit), schedule=schedule, **changes)
    )


def change(key_id: str) -> Change:
    return Change.of(
        key_id, ("key.update",), {"a": 0}, {"a": 1}, actor="tester", at=utc_now(), request_id=None
    )


BUDGETS = [
    {"budget_limit": None if limit is None else Decimal(limit)} for limit in (None, 500, 2000, None, 1500)
]
QUOTAS = [{"quota": quota(limit)} for limit in ("90", "2000", "1000", "1500")]
SCHEDULES = [
    {"quota": quota("1000", Period.DAY)},
    {"quota": quota(None)},
    {"quota": quota("1000", Period.WEEK, carries_unused=True)},
    {"quota": quota("1500")},
]
RATES = [{"rpm_limit": 100_000}, {"tpm_limit": 10_000_000}, {"rpm_limit": None}, {"tpm_limit": None}]
SETTINGS = [
    {"name": "renamed"},
    {"enforcement": Enforcement.SOFT},
    {"tags": {"a": "b"}},
    {"overcommit": False},
]


# A new schedule waits for a moment between two changes of the holds: in a larger crowd that is rare.
@pytest.mark.parametrize(
    ("edits_made", "clients"),
    [(BUDGETS, 15), (QUOTAS, 15), (SCHEDULES, 3), (RATES, 15), (SETTINGS, 15)],
    ids=["budgets", "quotas", "schedules", "rates", "settings"],
)
def test_an_edit_beside_requests_loses_none_of_what_they_spend(ledgers, edits_made, clients):
    """Every image that an answer shows is checked by the client, too."""
    key = ledgers.add(
        budget_limit="1000", quota=quota("1000"), enforcement=Enforcement.HARD, tpm_limit=10_000_000
    )
    crowd = Crowd(ledgers, key, clients)
    with crowd.spending():
        for changes in edits_made:
            crowd.edit(partial(ledgers.edit, key, **changes))

    after = ledgers.scope(key)
    assert after.holds == {}
    assert after.budget_used == ledgers.spent() > 0
    for name, value in edits_made[-1].items():
        found = getattr(after, name)
        if name == "quota":
            assert (found.limit, found.schedule) == (value.limit, value.schedule)
        else:
            assert found == value


def test_a_reset_beside_requests_takes_off_what_it_saw_and_loses_nothing(ledgers):
    key = ledgers.add(budget_limit="1000", quota=quota("1000"), enforcement=Enforcement.HARD)
    taken = Decimal(0)

    def reset() -> Scope:
        nonlocal taken
        before = ledgers.scope(key)
        after = ledgers.keys.reset_used(before, NOW)
        taken += before.budget_used
        return after

    crowd = Crowd(ledgers, key, 15)
    with crowd.spending():
        for _ in range(10):
            crowd.edit(reset)

    after = ledgers.scope(key)
    assert after.budget_reset == taken > 0
    assert after.budget_used + after.budget_reset == ledgers.spent()
    assert after.quota.used == after.budget_used


def test_what_is_spent_between_reading_and_resetting_stays(ledgers):
    key = ledgers.add(budget_limit="10", quota=quota("10"))
    ledgers.spend(key, "4")
    seen = ledgers.scope(key)
    ledgers.spend(key, "1")

    after = ledgers.keys.reset_used(seen, NOW)

    assert (after.budget_used, after.budget_available, after.budget_reset) == (1, 9, 4)
    assert (after.quota.used, after.quota.available) == (1, 9)
    with pytest.raises(EditConflictError):
        ledgers.keys.reset_used(seen, NOW)
    assert ledgers.keys.reset_used(after, NOW, budget=False).quota.used == 0
    assert ledgers.scope(key).budget_used == 1


def test_a_quota_whose_window_is_over_has_nothing_to_reset(ledgers):
    key = ledgers.add(quota=quota("10", Period.DAY))
    ledgers.spend(key, "4")
    before = ledgers.scope(key)

    assert ledgers.keys.reset_used(before, NOW + timedelta(days=2), budget=False) == before
    assert ledgers.keys.reset_used(before, NOW + timedelta(days=2)).quota.used == 4


def test_holds_of_a_quotas_old_window_are_not_counted_in_the_one_that_an_edit_begins(ledgers):
    key = ledgers.add(quota=quota("10"), enforcement=Enforcement.HARD)
    ledgers.spend(key, "3")
    opened = [ledgers.admit(key, cost="1", at=NOW + timedelta(milliseconds=number)) for number in range(3)]

    edited = ledgers.edit(key, quota=quota("5", Period.WEEK), updated_at=NOW)

    assert edited.quota.starts_at == NOW + timedelta(milliseconds=3)
    assert (edited.quota.used, edited.quota.available, edited.quota_held()) == (0, 5, 0)
    for admitted in opened:
        ledgers.ledger.settle(admitted, ledgers.record(admitted, key, cost="0.5"))
    ledgers.spend(key, "0.25")
    after = ledgers.scope(key)
    assert (after.quota.used, after.quota.available) == (Decimal("0.25"), Decimal("4.75"))
    assert after.budget_used == Decimal("4.75")


def test_a_hold_that_is_opened_right_before_a_quota_begins_is_counted_on_one_side(ledgers):
    """The client checks every image: what is available is exact on both sides."""
    key = ledgers.add(quota=quota("10"), enforcement=Enforcement.HARD)
    later = NOW + timedelta(seconds=1)
    opened = []
    client = InterruptedClient(
        ledgers.client,
        "update_item",
        key.key_id,
        lambda: opened.append(ledgers.admit(key, cost="1", at=later)),
    )
    before = ledgers.scope(key)

    edited = replace(ledgers.keys, client=client).edit(before, replace(before, quota=quota("5", Period.DAY)))

    assert edited.quota.starts_at > opened[0].opened[0].hold.at
    assert (edited.quota.available, edited.quota_held()) == (5, 0)


def test_a_reset_right_after_a_window_began_takes_nothing_off_the_new_one(ledgers):
    key = ledgers.add(quota=quota("10", Period.DAY))
    ledgers.spend(key, "4")
    before = ledgers.scope(key)
    tomorrow = NOW + timedelta(days=1)
    client = InterruptedClient(
        ledgers.client, "update_item", key.key_id, lambda: ledgers.spend(key, "1", at=tomorrow)
    )

    with pytest.raises(EditConflictError):
        replace(ledgers.keys, client=client).reset_used(before, NOW)

    assert client.was_interrupted
    assert (ledgers.scope(key).budget_used, ledgers.scope(key).quota.used) == (5, 1)


def test_a_changed_quota_limit_keeps_the_window_and_what_is_used_in_it(ledgers):
    key = ledgers.add(quota=quota("10"))
    ledgers.spend(key, "3")
    before = ledgers.scope(key)

    after = ledgers.edit(key, quota=replace(before.quota, limit=Decimal(2)))

    assert after.quota == replace(before.quota, limit=Decimal(2), allowance=Decimal(2), available=Decimal(-1))


def test_a_changed_rate_is_in_force_at_once(ledgers):
    key = ledgers.add(rpm_limit=1)
    ledgers.spend(key, "0.1")
    with pytest.raises(RefusedError):
        ledgers.spend(key, "0.1")

    ledgers.edit(key, rpm_limit=2)

    for _ in range(2):
        ledgers.spend(key, "0.1")
    with pytest.raises(RefusedError):
        ledgers.spend(key, "0.1")


def test_an_edit_whose_answer_was_lost_was_made_and_is_noted_once(dynamodb, tables):
    audit_table = AuditTable(dynamodb, tables["AuditTable"])
    keys = KeysTable(dynamodb, tables["KeysTable"], audit_table)
    keys.add(scope())

    repeating: Any = RepeatingClient(dynamodb)
    after = replace(keys, client=repeating).edit(
        scope(), replace(scope(), name="renamed"), change(KEY.key_id)
    )

    assert (after.name, after.revision) == ("renamed", 2)
    assert len(audit_table.page(KEY.key_id, size=9, after=None)[0]) == 1
    assert len(list(pages(dynamodb.scan, TableName=tables["KeysTable"]))) == 1


def test_an_edit_that_changes_nothing_writes_nothing(dynamodb, tables):
    client: Any = CountingClient(dynamodb)
    keys = KeysTable(client, tables["KeysTable"])
    keys.add(scope())
    client.operations.clear()

    assert keys.edit(scope(), replace(scope(), updated_at=NOW + timedelta(days=1))) == scope()
    assert client.operations == []


def test_pages_list_every_key_once(keys):
    made = [scope(api_keys.issue()) for _ in range(7)]
    for each in made:
        keys.add(each)

    listed, after = [], None
    for _ in range(10):
        page, after = keys.page(3, after)
        listed += page
        if after is None:
            break

    assert sorted(each.key_id for each in listed) == sorted(each.key_id for each in made)


def test_names_of_many_keys_come_in_batches(keys):
    made = [scope(api_keys.issue(), name=f"key {number}") for number in range(130)]
    for each in made:
        keys.add(each)

    names = keys.names([*(each.key_id for each in made), "key_unknown"])

    assert names == {each.key_id: each.name for each in made}
