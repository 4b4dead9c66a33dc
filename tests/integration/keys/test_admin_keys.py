"""The admin API's keys and their budgets over real tables, and who may ask for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from tests.support.admin_client import TOKEN
from tollgate.clock import from_rfc3339, utc_now
from tollgate.keys import api_keys
from tollgate.ledger.quotas import Quota, QuotaSettings
from tollgate.ledger.windows import Period, Schedule
from tollgate_admin import composition


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
    placed = {**shown, "pathNames": ["a key"], "childCount": 0}
    assert listed.json == {"data": [placed], "nextCursor": None}
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
    "a period that isn't there": ({"name": "a", "quotaLimit": 1, "quotaPeriod": "year"}, "quotaPeriod"),
    "a period of no quota": ({"name": "a", "quotaPeriod": "week"}, "quotaPeriod"),
    "a start day of no quota": ({"name": "a", "quotaLimit": None, "quotaStartDay": 2}, "quotaStartDay"),
    "carrying over no quota": ({"name": "a", "quotaCarryUnused": True}, "quotaCarryUnused"),
    "a zone that isn't there": ({"name": "a", "quotaLimit": 1, "quotaZone": "Mars/Olympus"}, "quotaZone"),
    "the eighth day of a week": (
        {"name": "a", "quotaLimit": 1, "quotaPeriod": "week", "quotaStartDay": 8},
        "quotaStartDay",
    ),
    "the second day of a day": (
        {"name": "a", "quotaLimit": 1, "quotaPeriod": "day", "quotaStartDay": 2},
        "quotaStartDay",
    ),
    "the 32nd of a month": ({"name": "a", "quotaLimit": 1, "quotaStartDay": 32}, "quotaStartDay"),
    "no requests a minute": ({"name": "a", "rpmLimit": 0}, "rpmLimit"),
    "tokens without end": ({"name": "a", "tpmLimit": 1_000_000_001}, "tpmLimit"),
    "too many at a time": ({"name": "a", "maxParallel": 1001}, "maxParallel"),
    "a parent that is no id": ({"name": "a", "parentId": "sk-tg-secret"}, "parentId"),
    "a parent that isn't there": ({"name": "a", "parentId": "key_0123456789abcdef"}, "parentId"),
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


def test_a_key_that_is_created_with_metering_has_as_much_available_as_one_that_gets_it_later(admin):
    metering = {"billingMode": "hybrid", "overage": "metered", "overageLimit": "3"}
    created = admin.key(quotaLimit="2", **metering)
    edited = admin.key(quotaLimit="2")
    admin("PATCH", f"/apiKey/{edited['id']}", metering)
    scopes = [admin.services.keys.get(each["id"]) for each in (created, edited)]
    assert [scope.quota.available for scope in scopes] == [5, 5]
    assert [scope.quota_held() for scope in scopes] == [0, 0]


def test_the_budget_is_raised_lowered_and_removed_and_what_is_used_stays(admin, ledgers):
    created = admin.key(budgetLimit=10)
    ledgers.spend(api_keys.parse(created["key"]), "4")
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


def test_the_last_use_of_a_key_is_shown(admin, ledgers):
    created = admin.key()
    ledgers.spend(api_keys.parse(created["key"]), "0.1")
    assert admin("GET", f"/apiKey/{created['id']}").json["lastUsedAt"] == "2026-03-14T15:09:27.535Z"


def test_every_limit_is_set_shown_and_edited(admin):
    created = admin.key(
        enforcement="hard",
        budgetLimit="100",
        quotaLimit="20",
        quotaPeriod="week",
        quotaZone="Europe/Berlin",
        quotaStartDay=7,
        quotaCarryUnused=True,
        rpmLimit=60,
        tpmLimit=100_000,
        maxParallel=4,
        overcommit=False,
    )
    expected = {
        "enforcement": "hard",
        "budgetHeld": "0",
        "quotaLimit": "20",
        "quotaPeriod": "week",
        "quotaZone": "Europe/Berlin",
        "quotaStartDay": 7,
        "quotaCarryUnused": True,
        "quotaCarryOverspend": False,
        "quotaUsed": "0",
        "quotaHeld": "0",
        "quotaAllowance": "20",
        "quotaRemaining": "20",
        "rpmLimit": 60,
        "tpmLimit": 100_000,
        "maxParallel": 4,
        "temporaryLimits": [],
        "requestsOpen": 0,
        "overcommit": False,
        "parentId": None,
        "path": [created["id"]],
    }
    assert {name: created[name] for name in expected} == expected
    assert from_rfc3339(created["quotaResetsAt"]).astimezone(ZoneInfo("Europe/Berlin")).isoweekday() == 7

    path = f"/apiKey/{created['id']}"
    edited = admin("PATCH", path, {"rpmLimit": None, "tpmLimit": 7, "maxParallel": None}).json
    assert (edited["rpmLimit"], edited["tpmLimit"], edited["maxParallel"]) == (None, 7, None)
    edited = admin("PATCH", path, {"quotaPeriod": "month"}).json
    assert (edited["quotaStartDay"], edited["quotaZone"], edited["quotaCarryUnused"]) == (
        1,
        "Europe/Berlin",
        True,
    )
    edited = admin("PUT", f"{path}/budget", {"budgetLimit": None, "quotaLimit": None}).json
    quota = {name: value for name, value in edited.items() if name.startswith("quota")}
    assert {value for value in quota.values() if value is not False} == {None}


def test_a_quota_is_by_the_month_unless_it_says_otherwise(admin):
    created = admin.key(quotaLimit=5)
    assert (created["quotaPeriod"], created["quotaZone"], created["quotaStartDay"]) == ("month", "UTC", 1)


def test_roots_get_the_deployments_default_quota_and_children_inherit(admin):
    services = admin.services
    deployed = replace(services.settings, default_monthly_quota=Decimal("12.5"))
    admin.services = composition.build_services(services.keys.client, deployed, services.connect_credentials)

    root = admin.key()
    assert (root["quotaLimit"], root["quotaPeriod"]) == ("12.5", "month")
    assert admin.key(quotaZone="Asia/Tokyo")["quotaLimit"] == "12.5"
    assert admin.key(quotaLimit=None)["quotaLimit"] is None
    assert admin.key(quotaLimit=3, quotaPeriod="day")["quotaPeriod"] == "day"
    assert admin.key(parentId=root["id"])["quotaLimit"] is None


def test_what_is_held_and_used_of_a_quota_is_shown(admin, ledgers):
    created = admin.key(enforcement="hard", budgetLimit=10, quotaLimit=5)
    key = api_keys.parse(created["key"])
    now = utc_now()
    ledgers.spend(key, "1.5", at=now)
    ledgers.admit(key, cost="2", at=now)

    shown = admin("GET", f"/apiKey/{created['id']}").json

    assert (shown["budgetUsed"], shown["budgetHeld"], shown["budgetRemaining"]) == ("1.5", "2", "6.5")
    assert (shown["quotaUsed"], shown["quotaHeld"], shown["quotaRemaining"]) == ("1.5", "2", "1.5")
    assert shown["requestsOpen"] == 1


def test_a_window_that_is_over_is_not_shown_as_used(admin, ledgers):
    past = utc_now() - timedelta(days=40)
    quota = Quota(past).rescheduled(past, QuotaSettings(limit=Decimal(5), schedule=Schedule(Period.DAY)))
    key = ledgers.add(quota=replace(quota, used=Decimal(4), available=Decimal(1)))

    shown = admin("GET", f"/apiKey/{key.key_id}").json

    assert (shown["quotaUsed"], shown["quotaRemaining"]) == ("0", "5")
    assert from_rfc3339(shown["quotaResetsAt"]) > utc_now()


def test_a_used_budget_is_reset_and_what_is_held_stays_held(admin, ledgers):
    created = admin.key(budgetLimit=10, quotaLimit=5)
    key = api_keys.parse(created["key"])
    ledgers.spend(key, "2", at=utc_now())
    ledgers.admit(key, cost="1", at=utc_now())
    path = f"/apiKey/{created['id']}/budget/reset"

    quota_only = admin("POST", path, {"budget": False}).json
    assert (quota_only["budgetUsed"], quota_only["quotaUsed"]) == ("2", "0")
    both = admin("POST", path).json
    assert (both["budgetUsed"], both["budgetHeld"], both["budgetRemaining"]) == ("0", "1", "10")
    assert admin("POST", path, {"all": True}).errors.keys() == {"all"}


def test_a_tree_is_built_listed_and_changed(admin):
    root = admin.key(name="company", budgetLimit=100)
    team = admin.key(name="team", parentId=root["id"], budgetLimit=50)
    person = admin.key(name="person", parentId=team["id"])

    assert person["path"] == [root["id"], team["id"], person["id"]]
    children = admin("GET", f"/apiKey/{root['id']}/children").json
    assert ([each["id"] for each in children["data"]], children["nextCursor"]) == ([team["id"]], None)
    assert admin("GET", "/apiKey/key_0123456789abcdef/children").status == 404
    listed = {each["id"]: each["path"] for each in admin("GET", "/apiKey").json["data"]}
    assert listed == {each["id"]: each["path"] for each in (root, team, person)}

    above = admin("PUT", f"/apiKey/{team['id']}/budget", {"budgetLimit": 101})
    assert above.status == 422
    assert above.errors == {
        "budgetLimit": f"must not exceed the budget of its ancestor {root['id']}: 100 USD"
    }
    assert admin("PATCH", f"/apiKey/{root['id']}", {"parentId": person["id"]}).errors == {
        "parentId": "names a descendant of the key"
    }
    moved = admin("PATCH", f"/apiKey/{person['id']}", {"parentId": None}).json
    assert (moved["parentId"], moved["path"]) == (None, [person["id"]])


def test_a_key_is_not_moved_and_changed_at_once(admin):
    parent, key = admin.key(), admin.key()
    path = f"/apiKey/{key['id']}"

    answer = admin("PATCH", path, {"parentId": parent["id"], "name": "renamed"})
    assert answer.errors == {"parentId": "can't be changed together with other fields; send it alone"}
    assert admin("PATCH", path, {"parentId": None, "name": "renamed"}).json["name"] == "renamed"
