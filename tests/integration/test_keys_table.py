"""Edits of a key's settings beside the spending that goes on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.builders import KEY, NOW, admission, record, scope
from tollgate import api_keys
from tollgate.adapters.keys import KeysTable
from tollgate.adapters.ledger import Ledger
from tollgate.conflicts import EditConflictError
from tollgate.scopes import KeyStatus
from tollgate.thresholds import Level, Recipient, Threshold


@pytest.fixture
def keys(dynamodb, tables) -> KeysTable:
    return KeysTable(dynamodb, tables["KeysTable"])


@pytest.fixture
def ledger(dynamodb, tables) -> Ledger:
    return Ledger(dynamodb, tables["KeysTable"], tables["UsageTable"], timedelta(days=400))


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


def test_changing_the_limit_loses_no_concurrent_spend(keys, ledger):
    keys.add(scope(budget_limit="1000"))

    def spend() -> None:
        for _ in range(10):
            asked = admission()
            ledger.admit(asked)
            ledger.settle(record(asked.request_id, cost="0.01"))

    def edit() -> None:
        for limit in (None, Decimal(500), Decimal(2000), None, Decimal(1500)):
            current = keys.get(KEY.key_id)
            keys.edit(current, replace(current, budget_limit=limit))

    with ThreadPoolExecutor(8) as pool:
        for done in [*(pool.submit(spend) for _ in range(7)), pool.submit(edit)]:
            done.result()

    after = keys.get(KEY.key_id)
    assert after.budget_used == Decimal("0.70")
    assert after.budget_limit == 1500
    assert after.budget_available == Decimal("1499.30")


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
