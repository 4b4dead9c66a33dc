"""Settings: defaults for keys that are created without saying."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

import tollgate
from infra.local.environment import ROOT
from tests.support.turns import InterruptedClient
from tollgate.clock import from_rfc3339
from tollgate_admin import composition, settings

PRODUCTS = {
    "defaultMonthlyQuota": None,
    "defaultEnforcement": "soft",
    "defaultRpmLimit": None,
    "defaultTpmLimit": None,
    "defaultMaxParallel": None,
    "defaultExpiryDays": None,
    "rotationGraceSeconds": 86400,
    "selfServiceMailDomains": [],
    "selfServiceMinDebounceSeconds": 900,
}
CHOSEN = {
    "defaultMonthlyQuota": "20.5",
    "defaultEnforcement": "hard",
    "defaultRpmLimit": 60,
    "defaultTpmLimit": 100_000,
    "defaultMaxParallel": 5,
    "defaultExpiryDays": 90,
    "rotationGraceSeconds": 0,
    "selfServiceMailDomains": ["example.com", "mail.example.org"],
    "selfServiceMinDebounceSeconds": 60,
}


def setting(value, default, source):
    return {"value": value, "default": default, "source": source}


def test_settings_are_the_products_until_admins_choose_others(admin):
    deployed = admin.services.settings
    deployment = {
        "version": tollgate.__version__,
        "reportingZone": deployed.reporting_zone.key,
        "maxKeyDepth": deployed.max_key_depth,
    }
    assert admin("GET", "/settings").json == {
        **{name: setting(value, value, "product") for name, value in PRODUCTS.items()},
        "deployment": deployment,
        "revision": 0,
    }

    chosen = admin("PATCH", "/settings", CHOSEN)

    assert chosen.status == 200
    assert chosen.json == admin("GET", "/settings").json
    assert chosen.json == {
        **{name: setting(value, PRODUCTS[name], "settings") for name, value in CHOSEN.items()},
        "deployment": deployment,
        "revision": 1,
    }


def test_a_setting_that_is_null_goes_back_to_its_default_and_others_stay(admin):
    admin("PATCH", "/settings", CHOSEN)

    back = admin("PATCH", "/settings", {"defaultRpmLimit": None, "defaultMaxParallel": 7}).json

    assert back["defaultRpmLimit"] == setting(None, None, "product")
    assert back["defaultMaxParallel"] == setting(7, None, "settings")
    assert back["defaultTpmLimit"] == setting(100_000, None, "settings")
    assert back["revision"] == 2


def test_a_deployments_default_shows_as_its_own_until_it_is_overridden(admin):
    services = admin.services
    deployed = replace(services.settings, default_monthly_quota=Decimal(12))
    admin.services = composition.build_services(services.keys.client, deployed, services.connect_credentials)

    assert admin("GET", "/settings").json["defaultMonthlyQuota"] == setting("12", "12", "deployment")
    admin("PATCH", "/settings", {"defaultMonthlyQuota": "3"})
    assert admin("GET", "/settings").json["defaultMonthlyQuota"] == setting("3", "12", "settings")
    assert admin.key()["quotaLimit"] == "3"
    admin("PATCH", "/settings", {"defaultMonthlyQuota": None})
    assert admin.key()["quotaLimit"] == "12"


def test_a_deployment_bounds_keys_that_name_no_bound_for_requests_at_once(admin):
    """So that no key takes all that Lambda runs for the account."""
    services = admin.services
    deployed = replace(services.settings, default_max_parallel=100)
    admin.services = composition.build_services(services.keys.client, deployed, services.connect_credentials)

    assert admin("GET", "/settings").json["defaultMaxParallel"] == setting(100, 100, "deployment")
    assert admin.key()["maxParallel"] == 100
    assert admin.key(maxParallel=300)["maxParallel"] == 300
    assert admin.key(maxParallel=None)["maxParallel"] is None
    admin("PATCH", "/settings", {"defaultMaxParallel": 7})
    assert admin.key()["maxParallel"] == 7


@pytest.mark.parametrize(("variable", "limit"), [("100", 100), ("0", None)])
def test_zero_is_no_bound_for_requests_at_once(monkeypatch, variable, limit):
    environments = json.loads((ROOT / "tests/events/environment.json").read_text())
    for name, value in environments["AdminFunction"].items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DEFAULT_MAX_PARALLEL", variable)
    assert settings.from_environment.__wrapped__().default_max_parallel == limit


def test_keys_are_created_with_the_settings_unless_they_say_otherwise(admin):
    earlier = admin.key()
    admin("PATCH", "/settings", CHOSEN)

    key = admin.key()
    assert (key["quotaLimit"], key["quotaPeriod"], key["enforcement"]) == ("20.5", "month", "hard")
    assert (key["rpmLimit"], key["tpmLimit"], key["maxParallel"]) == (60, 100_000, 5)
    assert from_rfc3339(key["expiresAt"]) - from_rfc3339(key["createdAt"]) == timedelta(days=90)

    own = admin.key(
        quotaLimit=None, enforcement="soft", rpmLimit=None, tpmLimit=None, maxParallel=9, expiresAt=None
    )
    assert (own["quotaLimit"], own["enforcement"], own["expiresAt"]) == (None, "soft", None)
    assert (own["rpmLimit"], own["tpmLimit"], own["maxParallel"]) == (None, None, 9)

    child = admin.key(parentId=key["id"])
    assert (child["quotaLimit"], child["enforcement"], child["rpmLimit"]) == (None, "hard", 60)
    assert admin("GET", f"/apiKey/{earlier['id']}").json["rpmLimit"] is None


def test_each_change_of_settings_is_in_the_audit(admin):
    admin("PATCH", "/settings", {"defaultMonthlyQuota": "20", "defaultRpmLimit": 60})
    admin("PATCH", "/settings", {"defaultMonthlyQuota": "20"})
    admin("PATCH", "/settings", {"defaultMonthlyQuota": None, "defaultRpmLimit": 30})

    last, first = admin("GET", "/audit", entity="settings").json["data"]

    assert first["actions"] == last["actions"] == ["settings.update"]
    assert (first["before"], first["after"]) == ({}, {"defaultMonthlyQuota": "20", "defaultRpmLimit": 60})
    assert last["before"] == {"defaultMonthlyQuota": "20", "defaultRpmLimit": 60}
    assert last["after"] == {"defaultRpmLimit": 30}
    assert admin("GET", "/settings").json["revision"] == 2


INVALID = {
    "a negative quota": {"defaultMonthlyQuota": -1},
    "an enforcement that isn't there": {"defaultEnforcement": "none"},
    "no requests a minute": {"defaultRpmLimit": 0},
    "too many at a time": {"defaultMaxParallel": 1001},
    "keys that expire at once": {"defaultExpiryDays": 0},
    "a grace without end": {"rotationGraceSeconds": 2_592_001},
    "an unknown setting": {"defaultBudget": 1},
}


@pytest.mark.parametrize("body", INVALID.values(), ids=INVALID)
def test_a_setting_that_can_not_be_is_refused_naming_the_field(admin, body):
    answer = admin("PATCH", "/settings", body)
    assert (answer.status, answer.errors.keys()) == (422, body.keys())
    assert admin("GET", "/settings").json["revision"] == 0


def test_a_setting_that_another_sets_meanwhile_is_kept(admin):
    services = admin.services
    client = InterruptedClient(
        services.keys.client,
        "transact_write_items",
        "keys",
        lambda: admin("PATCH", "/settings", {"defaultRpmLimit": 60}),
    )
    admin.services = replace(services, key_defaults=replace(services.key_defaults, client=client))

    merged = admin("PATCH", "/settings", {"defaultTpmLimit": 1000}).json

    assert client.was_interrupted
    assert (merged["defaultRpmLimit"]["value"], merged["defaultTpmLimit"]["value"]) == (60, 1000)
    assert len(admin("GET", "/audit", entity="settings").json["data"]) == 2


def test_an_edit_of_settings_can_require_the_revision_that_was_seen(admin):
    admin("PATCH", "/settings", {"defaultRpmLimit": 60}, headers={"If-Match": '"0"'})

    stale = admin("PATCH", "/settings", {"defaultRpmLimit": 30}, headers={"If-Match": '"0"'})

    assert stale.status == 412
    assert admin("GET", "/settings").json["defaultRpmLimit"]["value"] == 60
    fresh = admin("PATCH", "/settings", {"defaultRpmLimit": 30}, headers={"If-Match": '"1"'})
    assert (fresh.status, fresh.json["revision"]) == (200, 2)
