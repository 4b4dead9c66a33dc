"""Keys and records of version 0.1, as administrators and holders of keys see and change them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from aws_wire.attribute_values import values
from tests.support import old_items
from tests.support.builders import NOW, record
from tests.support.key_client import KeyClient
from tests.support.key_setting_samples import A_KEY, SAMPLES, sample
from tollgate import identifiers
from tollgate.keys import api_keys
from tollgate.ledger.key_settings import SETTINGS, SetBy, Setting
from tollgate.ledger.store import record_items

if TYPE_CHECKING:
    from tests.support.admin_client import Admin

OF_BODIES = [each for each in SETTINGS if each.set_by is not SetBy.NOBODY and each.path != "parent_id"]
DAY = NOW.date().isoformat()
SPAN: dict[str, Any] = {"from": DAY, "to": DAY}


@pytest.fixture
def admin(shared_admin: Admin) -> Admin:
    return shared_admin


@pytest.fixture
def old(admin: Admin) -> api_keys.ApiKey:
    """With a call open."""
    key = api_keys.issue()
    put(admin, old_items.holding(old_items.key_item(key), "req_old", old_items.own_hold()))
    return key


def put(admin: Admin, item: dict[str, Any]) -> None:
    keys = admin.services.keys
    keys.client.put_item(TableName=keys.table, Item=values(item))


def test_an_old_key_is_shown_as_it_is(admin: Admin, old: api_keys.ApiKey) -> None:
    shown = admin("GET", f"/apiKey/{old.key_id}").json
    expected = {
        "name": "an old key",
        "enforcement": "hard",
        "budgetLimit": "10",
        "budgetUsed": "2",
        "budgetHeld": "0.5",
        "quotaLimit": "5",
        "quotaPeriod": "month",
        "quotaZone": "UTC",
        "quotaStartDay": 1,
        "quotaCarryUnused": False,
        "overcommit": True,
        "priority": "normal",
        "priceFactor": "1",
        "keepBodies": False,
        "manageChildren": False,
        "allowedModels": ["large", "small"],
        "tags": {"team": "search"},
        "requestsOpen": 1,
        "createdAt": "2026-03-14T15:09:26.535Z",
        "lastUsedAt": "2026-03-14T15:09:26.535Z",
    }
    assert {name: shown[name] for name in expected} == expected


@pytest.mark.parametrize("setting", OF_BODIES, ids=lambda setting: setting.path)
def test_each_setting_of_an_old_key_is_edited_and_no_other(
    admin: Admin, old: api_keys.ApiKey, setting: Setting
) -> None:
    with_sample = sample(SAMPLES, setting)
    assert with_sample.value != A_KEY
    method, route = with_sample.edit
    before = admin("GET", f"/apiKey/{old.key_id}").json
    field = next(name for name in before if name.lower() == setting.wire.replace("_", ""))
    edited = admin(method, f"/apiKey/{old.key_id}{route}", {field: with_sample.value}).json
    cleared = admin(method, f"/apiKey/{old.key_id}{route}", {field: before[field]}).json
    assert edited[field] == with_sample.value
    settings = [name for name in before if name.lower() in {each.wire.replace("_", "") for each in SETTINGS}]
    assert {name: cleared[name] for name in settings} == {name: before[name] for name in settings}


def test_holders_see_an_old_key(admin: Admin, old: api_keys.ApiKey) -> None:
    holder = KeyClient(admin, old.reveal())
    found = holder("GET", "/usage")
    assert found.status == 200, found.text
    total, _month = found.json["budgets"]
    assert (total["limit"], total["used"], total["held"], total["remaining"]) == ("10", "2", "0.5", "7.5")
    assert found.json["rateLimits"]["parallel"] == {"limit": 100, "remaining": 99}


def test_a_holder_of_an_old_key_that_manages_children_gives_one(admin: Admin) -> None:
    key = api_keys.issue()
    put(admin, old_items.key_item(key, manage_children=True))
    child = KeyClient(admin, key.reveal()).child(allowedModels=["small"])
    assert admin("GET", f"/apiKey/{child['id']}").json["parentId"] == key.key_id


def test_an_old_key_that_was_never_used_is_deleted(admin: Admin) -> None:
    key = api_keys.issue()
    unused = old_items.key_item(key, budget_used=0, budget_available=10, quota_used=0, quota_available=5)
    del unused["last_used_at"]
    put(admin, unused)
    assert admin("DELETE", f"/apiKey/{key.key_id}").status == 200
    assert admin("GET", f"/apiKey/{key.key_id}").status == 404


def test_old_records_are_shown_and_exported_as_new_ones_are(admin: Admin) -> None:
    key, request_id = api_keys.issue(), identifiers.request_id(NOW)
    put(admin, old_items.key_item(key))
    usage = admin.services.usage
    usage.client.put_item(TableName=usage.table, Item=values(old_items.record_item(request_id, key)))
    (old,) = admin("GET", "/requests", keyId=key.key_id, **SPAN).json["data"]

    (read,) = list(usage.records(key.key_id, NOW, NOW.replace(hour=23)))
    written = record_items.to_item(read, timedelta(days=400))
    stored = {name: value for name, value in written.items() if value is not None}
    usage.client.put_item(TableName=usage.table, Item=values(stored))
    (new,) = admin("GET", "/requests", keyId=key.key_id, **SPAN).json["data"]

    assert new == old
    assert (old["calculatedCost"], len(old["attempts"])) == ("2", 1)
    assert read.usage == record(request_id).usage
