"""Raises for a time beside what else happens to the key: edits, other raises, spending, a death between."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.admin_client import Admin
from tests.support.faults import DyingAtWrites, KilledError
from tests.support.ledger_world import LedgerWorld
from tests.support.turns import InterruptedClient
from tollgate.clock import rfc3339, utc_now
from tollgate.keys import api_keys
from tollgate_admin import composition

MAX_WRITES = 10


@pytest.fixture
def key(admin):
    return admin.key(budgetLimit="10")


def through(admin, client):
    """The same admin API by another client of DynamoDB."""
    services = admin.services
    return Admin(composition.build_services(client, services.settings, services.connect_credentials))


def raised(admin, key, limit="15", **headers):
    body = {"window": "total", "limit": limit, "until": rfc3339(utc_now() + timedelta(days=1))}
    return admin("POST", f"/apiKey/{key['id']}/budget/raise", body, headers=headers)


def shown(admin, key):
    return admin("GET", f"/apiKey/{key['id']}").json


def raises_in_audit(admin, key):
    changes = admin("GET", "/audit", entity=key["id"]).json["data"]
    return sum("budget.raise" in each["actions"] for each in changes)


def interrupted(admin, key, happens, limit="15", **headers):
    """What a raise comes to when something else happens between what it reads and what it writes."""
    client = InterruptedClient(admin.services.keys.client, "update_item", key["id"], happens)
    answer = raised(through(admin, client), key, limit, **headers)
    assert client.was_interrupted
    return answer


@pytest.mark.parametrize("applies", [False, True], ids=["before", "after"])
def test_a_raise_that_dies_at_any_write_is_made_once_or_not_at_all(admin, applies):
    for number in range(1, MAX_WRITES):
        key = admin.key(budgetLimit="10")
        try:
            raised(through(admin, DyingAtWrites(admin.services.keys.client, number, applies=applies)), key)
        except KilledError:
            is_over = False
        else:
            is_over = True
        was_raised = shown(admin, key)["budgetLimit"] == "15"
        assert raised(admin, key).status == (422 if was_raised else 200)
        (temporary,) = shown(admin, key)["temporaryLimits"]
        assert (temporary["limit"], temporary["fallsBackTo"]) == ("15", "10")
        assert raises_in_audit(admin, key) == 1
        if is_over:
            assert number > 1
            return
    raise AssertionError("it writes more often than it should")


def test_of_two_raises_that_meet_the_second_goes_by_the_first(admin, key):
    assert interrupted(admin, key, lambda: raised(admin, key, "20")).status == 422
    assert shown(admin, key)["budgetLimit"] == "20"
    other = admin.key(budgetLimit="10")
    assert interrupted(admin, other, lambda: raised(admin, other, "12")).status == 200
    (temporary,) = shown(admin, other)["temporaryLimits"]
    assert (temporary["limit"], temporary["fallsBackTo"]) == ("15", "10")
    assert raises_in_audit(admin, other) == 2


def test_an_edit_in_between_is_kept_and_what_was_seen_before_it_is_refused(admin, key):
    path = f"/apiKey/{key['id']}"
    assert interrupted(admin, key, lambda: admin("PATCH", path, {"name": "edited"})).status == 200
    found = shown(admin, key)
    assert (found["name"], found["budgetLimit"]) == ("edited", "15")
    seen = {"if-match": f'"{found["revision"]}"'}
    edit = {"name": "edited again"}
    assert interrupted(admin, key, lambda: admin("PATCH", path, edit), "18", **seen).status == 412
    other = admin.key(budgetLimit="10")
    revoked = interrupted(admin, other, lambda: admin("POST", f"/apiKey/{other['id']}/revoke"))
    assert (revoked.status, shown(admin, other)["budgetLimit"]) == (409, "10")


def test_what_is_spent_in_between_is_neither_lost_nor_counted_twice(admin, key, dynamodb, tables):
    world, secret = LedgerWorld(dynamodb, tables), api_keys.parse(key["key"])
    now = utc_now()
    opened = world.admit(secret, cost="4", at=now, hold_until=now + timedelta(minutes=5))

    def settles():
        world.ledger.settle(opened, world.record(opened, secret, cost="2.5"))
        world.admit(secret, cost="1", at=now, hold_until=now + timedelta(minutes=5))

    assert interrupted(admin, key, settles).status == 200
    found = shown(admin, key)
    assert (found["budgetUsed"], found["budgetLimit"], found["budgetRemaining"]) == ("2.5", "15", "12.5")
