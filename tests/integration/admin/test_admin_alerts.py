"""The admin API's alerts over real tables: their defaults, thresholds of keys, history, and tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from aws_wire.attribute_values import values
from tests.support.builders import NOW, scope
from tests.support.notices import notice
from tollgate import identifiers
from tollgate.alerts.alerts import AlertContent, AlertKind, new_alert
from tollgate.aws.dynamodb import pages
from tollgate.clock import utc_now
from tollgate.conflicts import EditConflictError
from tollgate.keys import api_keys
from tollgate.ledger.thresholds import Level

if TYPE_CHECKING:
    from datetime import datetime

    from tests.support.admin_client import Admin
    from tollgate.alerts.alerts import Alert

DEFAULTS = {
    "budgetAlertThresholds": [
        {"percent": 80, "level": "warning", "notify": ["owner"]},
        {"percent": 90, "level": "warning", "notify": ["owner"]},
        {"percent": 95, "level": "urgent", "notify": ["owner", "admin"]},
        {"percent": 100, "level": "limit", "notify": ["owner", "admin"]},
    ],
    "debounceSeconds": 3600,
    "remindAfterSeconds": None,
    "forecastDays": 7,
    "notifyRecovery": True,
    "adminEmails": [],
    "consoleUrl": None,
}
OTHERS = {
    "budgetAlertThresholds": [
        {"percent": 50, "level": "warning", "notify": ["owner", "team@example.com"]},
        {"percent": 120, "level": "limit", "notify": ["admin"]},
    ],
    "debounceSeconds": 0,
    "remindAfterSeconds": 86_400,
    "forecastDays": 0,
    "notifyRecovery": False,
    "adminEmails": ["admin@example.com", "boss@example.com"],
    "consoleUrl": "https://console.example.com/tollgate/#/keys",
}
OWN = [{"percent": 60, "level": "urgent", "notify": ["owner", "admin", "team@example.com"]}]


def set_defaults(admin: Admin, **changes: Any) -> dict[str, Any]:
    answer = admin("PUT", "/alerts/defaults", {**OTHERS, **changes})
    assert answer.status == 200, answer.text
    return answer.json


def test_until_somebody_sets_defaults_the_deployments_hold(admin):
    assert admin("GET", "/alerts/defaults").json == {**DEFAULTS, "revision": 0}


def test_defaults_that_are_set_are_those_that_hold(admin):
    assert set_defaults(admin) == {**OTHERS, "revision": 1}
    assert admin("GET", "/alerts/defaults").json == {**OTHERS, "revision": 1}


def test_defaults_can_be_put_back_as_they_were_got(admin):
    set_defaults(admin)
    got = admin("GET", "/alerts/defaults").json
    assert set_defaults(admin, forecastDays=14)["revision"] == 2
    assert admin("PUT", "/alerts/defaults", got).status == 412
    assert admin("PUT", "/alerts/defaults", DEFAULTS).json == {**DEFAULTS, "revision": 3}


def test_defaults_that_are_in_force_already_are_not_stored(admin):
    assert admin("PUT", "/alerts/defaults", DEFAULTS).json == {**DEFAULTS, "revision": 0}
    set_defaults(admin)
    assert set_defaults(admin)["revision"] == 1
    assert len(admin("GET", "/audit", entity="alerts").json["data"]) == 1


INVALID_DEFAULTS = {
    "an unknown field": ({"debounce": 1}, "debounce"),
    "no thresholds at all": ({"budgetAlertThresholds": None}, "budgetAlertThresholds"),
    "a debounce below 0": ({"debounceSeconds": -1}, "debounceSeconds"),
    "a debounce of more than a year": ({"debounceSeconds": 31_536_001}, "debounceSeconds"),
    "reminders that don't end": ({"remindAfterSeconds": 3599}, "remindAfterSeconds"),
    "a reminder after more than a year": ({"remindAfterSeconds": 31_536_001}, "remindAfterSeconds"),
    "a forecast beyond a year": ({"forecastDays": 367}, "forecastDays"),
    "a forecast of the past": ({"forecastDays": -1}, "forecastDays"),
    "an admin without an address": ({"adminEmails": ["admin"]}, "adminEmails.0"),
    "an admin twice": ({"adminEmails": ["a@example.com", "A@example.com"]}, "adminEmails"),
    "too many admins": ({"adminEmails": [f"a{n}@example.com" for n in range(21)]}, "adminEmails"),
    "a console that anyone reads along": ({"consoleUrl": "http://console.example.com"}, "consoleUrl"),
    "a console that is a script": ({"consoleUrl": "javascript:alert(1)"}, "consoleUrl"),
    "a console with a user": ({"consoleUrl": "https://console.example.com@evil.example"}, "consoleUrl"),
    "a console that ends a link": ({"consoleUrl": 'https://console.example.com/"><b>'}, "consoleUrl"),
}


@pytest.mark.parametrize(("changes", "wrong"), INVALID_DEFAULTS.values(), ids=INVALID_DEFAULTS)
def test_defaults_that_can_not_be_are_refused_naming_the_field(admin, changes, wrong):
    answer = admin("PUT", "/alerts/defaults", {**OTHERS, **changes})

    assert answer.status == 422
    assert set(answer.errors) == {wrong}
    assert admin("GET", "/alerts/defaults").json == {**DEFAULTS, "revision": 0}


@pytest.mark.parametrize("left_out", DEFAULTS)
def test_defaults_are_the_whole_document(admin, left_out):
    body = {name: value for name, value in OTHERS.items() if name != left_out}
    answer = admin("PUT", "/alerts/defaults", body)
    assert (answer.status, set(answer.errors)) == (422, {left_out})


def test_a_change_of_the_defaults_has_one_entry_in_the_audit(admin):
    set_defaults(admin)
    set_defaults(admin, forecastDays=14, adminEmails=[])
    set_defaults(admin, forecastDays=14, adminEmails=[])

    second, first = admin("GET", "/audit", entity="alerts").json["data"]

    assert (first["entity"], first["actions"], first["actor"]) == ("alerts", ["alerts.update"], "admin")
    assert (first["before"], first["after"]) == (DEFAULTS, OTHERS)
    assert second["before"] == {"forecastDays": 0, "adminEmails": OTHERS["adminEmails"]}
    assert second["after"] == {"forecastDays": 14, "adminEmails": []}


def test_of_two_who_set_defaults_at_once_neither_is_lost_from_the_audit(admin, monkeypatch):
    """The second one reads before the first has stored, and so has to begin anew."""
    table = type(admin.services.alert_policy)
    read, was_overtaken = table.read, False

    def overtaken(self):
        nonlocal was_overtaken
        seen = read(self)
        if not was_overtaken:
            was_overtaken = True
            set_defaults(admin, forecastDays=1)
        return seen

    monkeypatch.setattr(table, "read", overtaken)
    assert set_defaults(admin, forecastDays=2)["forecastDays"] == 2

    second, first = admin("GET", "/audit", entity="alerts").json["data"]
    assert first["after"]["forecastDays"] == 1
    assert (second["before"], second["after"]) == ({"forecastDays": 1}, {"forecastDays": 2})


def test_defaults_that_never_get_through_are_a_conflict_and_leave_no_entry(admin, monkeypatch):
    def refuse(*_):
        raise EditConflictError

    monkeypatch.setattr(type(admin.services.alert_policy), "replace", refuse)
    monkeypatch.setattr("tollgate_admin.web.revisions.time.sleep", lambda _: None)

    assert admin("PUT", "/alerts/defaults", OTHERS).status == 409
    assert admin("GET", "/audit", entity="alerts").json["data"] == []


def shown(key: dict[str, Any]) -> tuple[Any, ...]:
    return (key["budgetAlertThresholds"], key["budgetAlertThresholdsInherited"], *shown_debounce(key))


def shown_debounce(key: dict[str, Any]) -> tuple[int, bool]:
    return key["alertDebounceSeconds"], key["alertDebounceSecondsInherited"]


@pytest.mark.parametrize("body", [{}, {"budgetAlertThresholds": None, "alertDebounceSeconds": None}])
def test_a_key_without_thresholds_of_its_own_follows_the_defaults(admin, body):
    created = admin.key(**body)
    assert shown(created) == (DEFAULTS["budgetAlertThresholds"], True, 3600, True)
    stored = admin.services.keys.get(created["id"])
    assert (stored.thresholds, stored.alert_debounce_seconds) == (None, None)

    set_defaults(admin)

    got = admin("GET", f"/apiKey/{created['id']}").json
    assert shown(got) == (OTHERS["budgetAlertThresholds"], True, 0, True)
    (listed,) = admin("GET", "/apiKey").json["data"]
    assert listed == {**got, "pathNames": [got["name"]], "childCount": 0}


def test_a_keys_own_thresholds_and_debounce_are_its_own_whatever_the_defaults(admin):
    created = admin.key(budgetAlertThresholds=OWN, alertDebounceSeconds=60)
    set_defaults(admin)
    assert shown(admin("GET", f"/apiKey/{created['id']}").json) == (OWN, False, 60, False)


EDITS = {"PATCH": ("", {}), "PUT": ("/budget", {"budgetLimit": 1})}


@pytest.mark.parametrize("method", EDITS)
def test_null_gives_a_key_the_defaults_and_an_empty_list_no_alerts(admin, method):
    created = admin.key(budgetAlertThresholds=OWN)
    route, body = EDITS[method]

    def edit(thresholds: Any) -> tuple[Any, ...]:
        path = f"/apiKey/{created['id']}{route}"
        return shown(admin(method, path, {**body, "budgetAlertThresholds": thresholds}).json)[:2]

    assert edit([]) == ([], False)
    assert edit(None) == (DEFAULTS["budgetAlertThresholds"], True)
    assert edit(OWN) == (OWN, False)


def test_an_edit_of_something_else_leaves_thresholds_and_debounce(admin):
    created = admin.key(budgetAlertThresholds=OWN, alertDebounceSeconds=60)
    admin("PUT", f"/apiKey/{created['id']}/budget", {"budgetLimit": 1})
    assert shown(admin("PATCH", f"/apiKey/{created['id']}", {"name": "b"}).json) == (OWN, False, 60, False)
    back = admin("PATCH", f"/apiKey/{created['id']}", {"alertDebounceSeconds": None}).json
    assert shown(back) == (OWN, False, 3600, True)


def test_the_audit_shows_a_keys_own_thresholds(admin):
    created = admin.key()
    path = f"/apiKey/{created['id']}"
    admin("PATCH", path, {"budgetAlertThresholds": OWN, "alertDebounceSeconds": 60})
    admin("PATCH", path, {"budgetAlertThresholds": None, "alertDebounceSeconds": None})

    back, there, creation = admin("GET", "/audit", entity=created["id"]).json["data"]

    inherited = {"budgetAlertThresholds": None, "alertDebounceSeconds": None}
    own = {"budgetAlertThresholds": OWN, "alertDebounceSeconds": 60}
    assert inherited.items() <= creation["after"].items()
    assert (there["before"], there["after"]) == (inherited, own)
    assert (back["before"], back["after"]) == (own, inherited)


def test_the_defaults_are_read_once_for_a_list_of_keys(admin, monkeypatch):
    for _ in range(3):
        admin.key()
    table = type(admin.services.alert_policy)
    read, reads = table.read, []

    def noted(self):
        reads.append(self)
        return read(self)

    monkeypatch.setattr(table, "read", noted)

    assert len(admin("GET", "/apiKey").json["data"]) == 3

    assert len(reads) == 1


def told(**changes: Any) -> AlertContent:
    fields = {
        "kind": AlertKind.THRESHOLD,
        "level": Level.URGENT,
        "window": "total",
        "percent": 95,
        "also": (80, 90),
        "limit": Decimal("10.50"),
        "used": Decimal("9.999999999999999999"),
        "resets_at": None,
        "exhausted_at": None,
        "recipients": ("owner", "admin", "team@example.com"),
    }
    return AlertContent(**{**fields, **changes})


def raised(admin: Admin, key: api_keys.ApiKey, at: datetime = NOW, **changes: Any) -> Alert:
    alert = new_alert(
        scope(key, name="a key", owner_email="owner@example.com"), told(**changes), ["admin@example.com"], at
    )
    admin.services.alerts.put(alert)
    return alert


def listed(admin: Admin, **query: Any) -> list[dict[str, Any]]:
    """All pages, each of which has to be of two alerts at most."""
    found, cursor = [], {}
    for _ in range(20):
        answer = admin("GET", "/alerts", limit="2", **query, **cursor)
        assert answer.status == 200, answer.text
        assert len(answer.json["data"]) <= 2
        found += answer.json["data"]
        if answer.json["nextCursor"] is None:
            return found
        cursor = {"cursor": answer.json["nextCursor"]}
    raise AssertionError("The list has no end.")


@pytest.mark.parametrize(
    ("kind", "field", "shown"),
    [
        (
            AlertKind.PACK_NEARLY_USED,
            "pack",
            {
                "id": "pck_0123456789abcdefghij",
                "name": "Spring credits",
                "expiresAt": "2026-03-21T15:09:26.535Z",
                "models": ["large", "small"],
            },
        ),
        (
            AlertKind.LIMIT_RAISED,
            "temporaryLimit",
            {"base": "10", "limit": "15", "until": "2026-03-15T15:09:26.535Z"},
        ),
        (AlertKind.METERING, "metering", {"overageFactor": "1.5", "overageLimit": "20"}),
        (
            AlertKind.DOWNGRADING,
            "downgrade",
            {
                "exitPercent": 80,
                "rules": [
                    {"from": "large", "to": ["medium", "small"]},
                    {"from": "huge", "to": ["large"]},
                ],
            },
        ),
    ],
)
def test_an_alert_is_shown_with_its_news(admin, kind, field, shown):
    told = notice(kind=kind).alert
    alert = replace(told, id=identifiers.alert_id(NOW), key_id=api_keys.issue().key_id)
    admin.services.alerts.put(alert)
    (found,) = admin("GET", "/alerts", keyId=alert.key_id).json["data"]
    assert (found["kind"], found[field]) == (kind, shown)
    others = {"pack", "temporaryLimit", "metering", "downgrade"} - {field}
    assert {found[name] for name in others} == {None}


def test_an_alert_is_shown_with_what_became_of_each_delivery(admin):
    key, table = api_keys.issue(), admin.services.alerts
    alert = raised(admin, key)
    names = {each.address: name for name, each in alert.deliveries.items()}
    assert table.confirm(alert, names["owner@example.com"], NOW + timedelta(seconds=1))
    assert table.note_failure(alert, names["team@example.com"], "Refused: no", is_final=False)
    assert table.note_failure(alert, names[None], "Refused: never", is_final=True)

    assert admin("GET", "/alerts").json == {
        "data": [
            {
                "id": alert.id,
                "keyId": key.key_id,
                "keyName": "a key",
                "kind": "threshold",
                "level": "urgent",
                "window": "total",
                "percent": 95,
                "alsoPassed": [80, 90],
                "limit": "10.5",
                "used": "9.999999999999999999",
                "resetsAt": None,
                "exhaustedAt": None,
                "pack": None,
                "temporaryLimit": None,
                "metering": None,
                "downgrade": None,
                "createdAt": "2026-03-14T15:09:26.535Z",
                "deliveries": [
                    delivery("email", "admin@example.com"),
                    delivery(
                        "email",
                        "owner@example.com",
                        state="sent",
                        attempts=1,
                        sentAt="2026-03-14T15:09:27.535Z",
                    ),
                    delivery("email", "team@example.com", attempts=1, error="Refused: no"),
                    delivery("topic", None, state="failed", attempts=1, error="Refused: never"),
                ],
            }
        ],
        "nextCursor": None,
    }


def delivery(channel: str, address: str | None, **changes: Any) -> dict[str, Any]:
    pending = {"state": "pending", "attempts": 0, "sentAt": None, "error": None}
    return {"channel": channel, "address": address, **pending, **changes}


def test_a_forecast_of_a_quota_is_shown_with_its_times(admin):
    raised(
        admin,
        api_keys.issue(),
        kind=AlertKind.FORECAST,
        window="month",
        percent=None,
        also=(),
        resets_at=NOW + timedelta(days=2),
        exhausted_at=NOW + timedelta(days=1),
    )
    (shown,) = admin("GET", "/alerts").json["data"]
    assert (shown["kind"], shown["window"], shown["percent"]) == ("forecast", "month", None)
    assert shown["resetsAt"] == "2026-03-16T15:09:26.535Z"
    assert shown["exhaustedAt"] == "2026-03-15T15:09:26.535Z"


def test_alerts_come_newest_first_page_by_page_of_all_keys_or_of_one(admin):
    keys = [api_keys.issue() for _ in range(2)]
    alerts = [raised(admin, keys[number % 2], NOW + timedelta(minutes=number)) for number in range(6)]
    newest_first = [alert.id for alert in reversed(alerts)]

    assert [each["id"] for each in listed(admin)] == newest_first
    for place, key in enumerate(keys):
        of_key = [each["id"] for each in listed(admin, keyId=key.key_id)]
        assert of_key == newest_first[1 - place :: 2]


def test_alerts_larger_than_dynamodbs_pages_are_all_listed(admin):
    """DynamoDB answers a query with 1 MB at most."""
    key = api_keys.issue()
    long = tuple(f"{'a' * 240}{number}@example.com" for number in range(700))
    alerts = [raised(admin, key, NOW + timedelta(minutes=number), recipients=long) for number in range(5)]
    for query in ({}, {"keyId": key.key_id}):
        found, cursor = [], {}
        for _ in range(10):
            page = admin("GET", "/alerts", limit="200", **query, **cursor).json
            found += [each["id"] for each in page["data"]]
            if page["nextCursor"] is None:
                break
            cursor = {"cursor": page["nextCursor"]}
        assert found == [alert.id for alert in reversed(alerts)]


def test_an_alert_that_is_put_again_because_an_answer_was_lost_stays_as_it_is(admin):
    alert, table = raised(admin, api_keys.issue()), admin.services.alerts
    confirmed = table.confirm(alert, "topic", NOW)
    table.put(alert)
    assert table.get(alert.key_id, alert.id) == confirmed


def test_what_was_told_of_a_budget_is_no_alert(admin, dynamodb, tables):
    """Marks are items of the same table."""
    key_id = api_keys.issue().key_id
    mark = {"key_id": key_id, "alert": "mark#total", "due": "due", "due_at": 1}
    dynamodb.put_item(TableName=tables["AlertsTable"], Item=values(mark))
    assert admin("GET", "/alerts").json == {"data": [], "nextCursor": None}
    assert admin("GET", "/alerts", keyId=key_id).json == {"data": [], "nextCursor": None}


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ({"keyId": "sk-tg-secret"}, "keyId"),
        ({"limit": "0"}, "limit"),
        ({"limit": "201"}, "limit"),
        ({"cursor": "alr_"}, "cursor"),
    ],
)
def test_a_query_that_can_not_be_is_refused(admin, query, wrong):
    answer = admin("GET", "/alerts", **query)
    assert (answer.status, set(answer.errors)) == (422, {wrong})


def spent(admin: Admin, ledgers: Any, cost: str, **body: Any) -> dict[str, Any]:
    created = admin.key(ownerEmail="owner@example.com", **body)
    ledgers.spend(api_keys.parse(created["key"]), cost)
    return created


def test_a_test_tells_those_whom_the_highest_threshold_would_of_the_budget_as_it_stands(admin, ledgers):
    set_defaults(admin, budgetAlertThresholds=DEFAULTS["budgetAlertThresholds"])
    created = spent(admin, ledgers, "4", budgetLimit=10)

    answer = admin("POST", "/alerts/test", {"keyId": created["id"]})

    assert answer.status == 202
    alert = answer.json
    assert (alert["kind"], alert["level"], alert["percent"]) == ("test", "limit", 100)
    assert (alert["window"], alert["limit"], alert["used"]) == ("total", "10", "4")
    assert alert["deliveries"] == [
        delivery("email", "admin@example.com"),
        delivery("email", "boss@example.com"),
        delivery("email", "owner@example.com"),
        delivery("topic", None),
    ]
    assert listed(admin, keyId=created["id"]) == [alert]


def test_a_test_is_due_at_once_and_changes_nothing_of_what_was_told(admin, dynamodb, tables):
    created = admin.key(budgetLimit=10)
    alert = admin("POST", "/alerts/test", {"keyId": created["id"]}).json
    due = admin.services.alerts.due(utc_now(), 10)
    assert [(each.key_id, each.alert_id) for each in due] == [(created["id"], alert["id"])]
    assert len(list(pages(dynamodb.scan, TableName=tables["AlertsTable"]))) == 1


def test_a_test_of_a_percent_tells_those_whom_that_one_would(admin):
    created = admin.key(ownerEmail="owner@example.com", budgetLimit=10)
    alert = admin("POST", "/alerts/test", {"keyId": created["id"], "percent": 80}).json
    assert (alert["level"], alert["percent"]) == ("warning", 80)
    assert alert["deliveries"] == [delivery("email", "owner@example.com")]


def test_a_test_of_a_key_without_an_owner_goes_to_the_admins(admin):
    set_defaults(admin)
    created = admin.key(budgetAlertThresholds=[{"percent": 80, "level": "warning", "notify": ["owner"]}])
    alert = admin("POST", "/alerts/test", {"keyId": created["id"]}).json
    assert [each["address"] for each in alert["deliveries"]] == [
        "admin@example.com",
        "boss@example.com",
        None,
    ]
    assert (alert["limit"], alert["used"]) == ("0", "0")


def test_a_test_shows_the_budget_that_is_nearest_to_its_limit(admin, ledgers):
    created = spent(admin, ledgers, "2", budgetLimit=10, quotaLimit=4)
    alert = admin("POST", "/alerts/test", {"keyId": created["id"]}).json
    assert (alert["window"], alert["limit"], alert["used"]) == ("month", "4", "2")
    assert alert["resetsAt"] == created["quotaResetsAt"]


def test_a_test_of_a_key_that_isnt_there_finds_nothing(admin):
    assert admin("POST", "/alerts/test", {"keyId": "key_0123456789abcdef"}).status == 404


@pytest.mark.parametrize(
    ("thresholds", "percent", "wrong"),
    [
        (None, 85, "percent"),
        (OWN, 80, "percent"),
        ([], None, "keyId"),
        ([], 80, "keyId"),
    ],
)
def test_a_test_that_would_tell_nobody_is_refused(admin, thresholds, percent, wrong):
    created = admin.key(budgetAlertThresholds=thresholds)
    answer = admin("POST", "/alerts/test", {"keyId": created["id"], "percent": percent})
    assert (answer.status, set(answer.errors)) == (422, {wrong})
    assert admin("GET", "/alerts").json["data"] == []
