"""The admin API's keys and their budgets over real tables, and who may ask for them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.admin_client import TOKEN
from tests.builders import NOW, admission, record
from tollgate import api_keys
from tollgate.adapters.ledger import Ledger


@pytest.mark.parametrize("token", [None, "", "wrong", TOKEN + "x", TOKEN[:-1]])
def test_without_the_admin_token_nothing_is_told(admin, token):
    for method, path in (("GET", "/apiKey"), ("POST", "/apiKey"), ("GET", "/nothing-there")):
        answer = admin(method, path, token=token)
        assert answer.status == 401
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"] == "Bearer"


def test_a_created_key_is_shown_once_and_never_again(admin):
    created = admin.key(ownerEmail="owner@example.com", budgetLimit="10.50", tags={"team": "search"})

    assert api_keys.parse(created["key"]).key_id == created["id"]
    assert created["budgetLimit"] == "10.5"
    assert created["budgetUsed"] == "0"
    assert created["budgetRemaining"] == "10.5"
    assert created["enforcement"] == "soft"
    assert created["alertDebounceSeconds"] == 3600
    assert [each["percent"] for each in created["budgetAlertThresholds"]] == [80, 90, 95, 100]
    shown = {name: value for name, value in created.items() if name != "key"}
    assert admin("GET", f"/apiKey/{created['id']}").json == shown
    listed = admin("GET", "/apiKey")
    assert listed.json == {"data": [shown], "nextCursor": None}
    assert created["key"] not in listed.text


INVALID_KEYS = {
    "no name": ({}, "name"),
    "an empty name": ({"name": " "}, "name"),
    "a negative limit": ({"name": "a", "budgetLimit": -1}, "budgetLimit"),
    "a limit that is no number": ({"name": "a", "budgetLimit": "ten"}, "budgetLimit"),
    "not a number": ({"name": "a", "budgetLimit": "NaN"}, "budgetLimit"),
    "an unbounded limit": ({"name": "a", "budgetLimit": "1e13"}, "budgetLimit"),
    "more digits than are kept": ({"name": "a", "budgetLimit": "0.0000000000000000001"}, "budgetLimit"),
    "an unknown field": ({"name": "a", "budget": 1}, "budget"),
    "a field in snake case": ({"name": "a", "budget_limits": 1}, "budget_limits"),
    "no email": ({"name": "a", "ownerEmail": "owner"}, "ownerEmail"),
    "an enforcement that isn't there": ({"name": "a", "enforcement": "none"}, "enforcement"),
    "a time without a zone": ({"name": "a", "expiresAt": "2030-01-01T00:00:00"}, "expiresAt"),
    "a time beyond all time": ({"name": "a", "expiresAt": "9999-12-31T23:59:59-05:00"}, "expiresAt"),
    "no allowed model at all": ({"name": "a", "allowedModels": []}, "allowedModels"),
    "a threshold below 1": (
        {"name": "a", "budgetAlertThresholds": [{"percent": 0, "level": "warning", "notify": ["owner"]}]},
        "budgetAlertThresholds.0.percent",
    ),
    "a threshold twice": (
        {
            "name": "a",
            "budgetAlertThresholds": [{"percent": 80, "level": "warning", "notify": ["owner"]}] * 2,
        },
        "budgetAlertThresholds",
    ),
}


@pytest.mark.parametrize(("body", "wrong"), INVALID_KEYS.values(), ids=INVALID_KEYS)
def test_a_key_that_can_not_be_is_refused_naming_the_field(admin, body, wrong):
    answer = admin("POST", "/apiKey", body)

    assert answer.status == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert wrong in answer.errors
    assert admin("GET", "/apiKey").json["data"] == []


@pytest.mark.parametrize("body", ["{", "", "[]", "null", '"text"'])
def test_a_body_that_is_no_json_object_is_refused(admin, body):
    assert admin("POST", "/apiKey", body).status in {400, 422}


def test_money_in_a_json_number_is_taken_to_the_last_digit(admin):
    created = admin("POST", "/apiKey", '{"name": "a", "budgetLimit": 123456789.123456789123456789}').json
    assert created["budgetLimit"] == "123456789.123456789123456789"


def test_the_budget_is_raised_lowered_and_removed_and_what_is_used_stays(admin, dynamodb, tables):
    created = admin.key(budgetLimit=10)
    key = api_keys.parse(created["key"])
    ledger = Ledger(dynamodb, tables["KeysTable"], tables["UsageTable"], timedelta(days=400))
    asked = admission(key)
    ledger.admit(asked)
    ledger.settle(record(asked.request_id, key=key, cost="4"))
    path = f"/apiKey/{created['id']}/budget"

    raised = admin("PUT", path, {"budgetLimit": "20.5"}).json
    assert (raised["budgetLimit"], raised["budgetUsed"], raised["budgetRemaining"]) == ("20.5", "4", "16.5")
    lowered = admin("PUT", path, {"budgetLimit": 0.00001}).json
    assert (lowered["budgetLimit"], lowered["budgetUsed"], lowered["budgetRemaining"]) == (
        "0.00001",
        "4",
        "0",
    )
    removed = admin("PUT", path, {"budgetLimit": None}).json
    assert (removed["budgetLimit"], removed["budgetUsed"], removed["budgetRemaining"]) == (None, "4", None)


def test_setting_the_budget_sets_thresholds_and_owner_and_leaves_the_rest(admin):
    created = admin.key(ownerEmail="first@example.com", tags={"team": "search"})
    thresholds = [{"percent": 50, "level": "urgent", "notify": ["admin"]}]

    edited = admin(
        "PUT",
        f"/apiKey/{created['id']}/budget",
        {
            "budgetLimit": 1,
            "ownerEmail": "second@example.com",
            "budgetAlertThresholds": thresholds,
            "enforcement": "soft",
        },
    ).json

    assert edited["budgetAlertThresholds"] == thresholds
    assert edited["ownerEmail"] == "second@example.com"
    assert edited["tags"] == {"team": "search"}


def test_setting_the_budget_needs_a_limit_or_null(admin):
    created = admin.key(budgetLimit=10)
    answer = admin("PUT", f"/apiKey/{created['id']}/budget", {"ownerEmail": "owner@example.com"})
    assert answer.status == 422
    assert "budgetLimit" in answer.errors


def test_a_key_is_edited_revoked_and_reinstated(admin):
    path = f"/apiKey/{admin.key(ownerEmail='owner@example.com', allowedModels=['small'])['id']}"

    edited = admin(
        "PATCH", path, {"name": "renamed", "ownerEmail": None, "allowedModels": ["large", "a/b"]}
    ).json
    assert (edited["name"], edited["ownerEmail"], edited["allowedModels"]) == (
        "renamed",
        None,
        ["a/b", "large"],
    )
    assert admin("PATCH", path, {"allowedModels": None}).json["allowedModels"] is None
    assert admin("PATCH", path, {"expiresAt": "2020-01-01T00:00:00+01:00"}).json["status"] == "expired"
    assert admin("PATCH", path, {"expiresAt": None}).json["status"] == "active"
    assert admin("POST", f"{path}/revoke").json["status"] == "revoked"
    assert admin("POST", f"{path}/reinstate").json["status"] == "active"
    assert admin("PATCH", path, {"name": None}).errors.keys() == {"name"}


def test_what_is_not_there_is_not_found(admin):
    missing = "key_0123456789abcdef"
    for method, path, body in (
        ("GET", f"/apiKey/{missing}", None),
        ("PATCH", f"/apiKey/{missing}", {"name": "a"}),
        ("PUT", f"/apiKey/{missing}/budget", {"budgetLimit": 1}),
        ("POST", f"/apiKey/{missing}/revoke", None),
        ("GET", "/providers/prv_0123456789abcdef0123", None),
        ("GET", "/models/mdl_0123456789abcdef0123", None),
        ("GET", "/nothing", None),
    ):
        answer = admin(method, path, body)
        assert answer.status == 404, (method, path, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"


def test_an_api_key_in_a_path_is_refused_without_being_repeated(admin):
    secret = api_keys.issue().reveal()
    answer = admin("GET", f"/apiKey/{secret}")
    assert answer.status in {404, 422}
    assert secret not in answer.text


def test_the_last_use_of_a_key_is_shown(admin, dynamodb, tables):
    created = admin.key()
    key = api_keys.parse(created["key"])
    Ledger(dynamodb, tables["KeysTable"], tables["UsageTable"], timedelta(days=400)).admit(admission(key))
    assert admin("GET", f"/apiKey/{created['id']}").json["lastUsedAt"] == "2026-03-14T15:09:26.535Z"
    assert NOW.isoformat().startswith("2026-03-14T15:09:26.535")
