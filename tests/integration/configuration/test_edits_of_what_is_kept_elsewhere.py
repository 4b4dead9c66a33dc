"""Edits by whoever keeps things in files: of the revision that was seen, and none that undoes a raise."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import shown_edits
from tollgate.clock import rfc3339, utc_now

if TYPE_CHECKING:
    from tests.support.admin_client import Admin

UNTIL = rfc3339(utc_now() + timedelta(days=7))
LIMITS = {"budgetLimit", "quotaLimit"}


def raised(admin: Admin, **settings: Any) -> dict[str, Any]:
    """A key whose limits are raised for a time."""
    key = admin.key(budgetLimit="50", quotaLimit="5", quotaPeriod="week", **settings)
    for window, limit in (("total", "100"), ("week", "8")):
        body = {"window": window, "limit": limit, "until": UNTIL}
        assert admin("POST", f"/apiKey/{key['id']}/budget/raise", body).status == 200
    shown: dict[str, Any] = admin("GET", f"/apiKey/{key['id']}").json
    return shown


def lasting(key: dict[str, Any]) -> dict[str, str]:
    return {each["window"]: each["fallsBackTo"] for each in key["temporaryLimits"]}


def test_a_key_shows_what_its_limits_fall_back_to_and_edits_of_the_rest_leave_the_raises(admin):
    key = raised(admin)
    assert (key["budgetLimit"], key["quotaLimit"]) == ("100", "8")
    assert lasting(key) == {"total": "50", "week": "5"}

    rest = {name: value for name, value in shown_edits.key(key).items() if name not in LIMITS}
    assert admin("PATCH", f"/apiKey/{key['id']}", rest).json == key
    edited = admin("PATCH", f"/apiKey/{key['id']}", {**rest, "rpmLimit": 7, "quotaZone": "Asia/Tokyo"}).json
    assert lasting(edited) == {"total": "50", "week": "5"}


@pytest.mark.parametrize("limit", ["100", "50", "60"])
def test_a_limit_that_is_sent_is_a_lasting_one_whatever_was_raised(admin, limit):
    key = raised(admin)
    edited = admin("PUT", f"/apiKey/{key['id']}/budget", {"budgetLimit": limit}).json
    assert (edited["budgetLimit"], lasting(edited)) == (limit, {"week": "5"})
    edited = admin("PATCH", f"/apiKey/{key['id']}", {"quotaLimit": limit}).json
    assert (edited["quotaLimit"], lasting(edited)) == (limit, {})


def test_a_creation_that_is_sent_again_is_compared_with_the_lasting_limits(admin):
    created = {"name": "a key", "budgetLimit": "50", "quotaLimit": "5", "quotaPeriod": "week"}
    key = raised(admin, externalId="mine")

    assert admin("POST", "/apiKey", {**created, "externalId": "mine"}).json["id"] == key["id"]
    refused = admin("POST", "/apiKey", {**created, "externalId": "mine", "budgetLimit": "100"})
    assert (refused.status, refused.errors.keys()) == (409, {"budgetLimit"})
    assert admin("GET", f"/apiKey/{key['id']}").json == key


def test_a_key_gets_an_external_id_later_and_is_found_by_it(admin):
    key, other = admin.key(), admin.key(externalId="taken")
    path = f"/apiKey/{key['id']}"

    assert admin("PATCH", path, {"externalId": "later"}).json["externalId"] == "later"
    (found,) = admin("GET", "/apiKey", externalId="later").json["data"]
    assert found["id"] == key["id"]
    refused = admin("PATCH", path, {"externalId": "taken"})
    assert (refused.status, refused.errors.keys()) == (409, {"externalId"})
    assert other["id"] in refused.errors["externalId"]
    assert admin("GET", path).json["externalId"] == "later"


EDITS: dict[str, tuple[str, str, Any]] = {
    "settings of a key": ("PATCH", "{key}", {"rpmLimit": 7}),
    "a key's parent": ("PATCH", "{key}", {"parentId": "{parent}"}),
    "a key's budget": ("PUT", "{key}/budget", {"budgetLimit": "7"}),
    "a raise": ("POST", "{key}/budget/raise", {"window": "total", "limit": "70", "until": UNTIL}),
    "a rotation": ("POST", "{key}/rotate", {"graceSeconds": 0}),
    "a revocation": ("POST", "{key}/revoke", None),
    "a reinstatement": ("POST", "{key}/reinstate", None),
    "a key's deletion": ("DELETE", "{key}", None),
    "a provider": ("PATCH", "{provider}", {"betaHeaders": ["b"]}),
    "a provider's key": ("PATCH", "{provider}", {"apiKey": "sk-next"}),
    "a provider's deletion": ("DELETE", "{provider}", None),
    "a model": ("PATCH", "{model}", {"outputLimit": 7}),
    "a model's prices": ("PATCH", "{model}", {"inputPrice": "7"}),
    "a model's deletion": ("DELETE", "{model}", None),
    "the settings": ("PATCH", "/settings", {"defaultRpmLimit": 7}),
    "the alerts' defaults": ("PUT", "/alerts/defaults", None),
}


@pytest.mark.parametrize(("method", "path", "body"), EDITS.values(), ids=EDITS)
def test_what_is_at_another_revision_is_not_touched(admin, method, path, body):
    places = {
        "key": f"/apiKey/{admin.key(budgetLimit='5')['id']}",
        "parent": admin.key(name="parent")["id"],
        "provider": f"/providers/{admin.provider(name='unused')['id']}",
        "model": f"/models/{admin.model(admin.provider()['id'])['id']}",
    }
    path, shown_at = path.format(**places), path.partition("}")[0].lstrip("{")
    shown_at = places.get(shown_at, path)
    if path == "/alerts/defaults":
        body = {**shown_edits.alert_defaults(admin("GET", path).json), "forecastDays": 99}
    body = {name: places["parent"] if name == "parentId" else value for name, value in (body or {}).items()}
    seen = admin("GET", shown_at)
    assert seen.headers["etag"] == f'"{seen.json["revision"]}"'

    refused = admin(method, path, body or None, headers={"if-match": f'"{seen.json["revision"] + 1}"'})

    assert refused.status == 412
    assert admin("GET", shown_at).json == seen.json
    assert admin(method, path, body or None, headers={"if-match": seen.headers["etag"]}).status in {200, 204}
