"""The life of a key by the admin API: rotated, deleted, and found by its name elsewhere."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tollgate.clock import from_rfc3339, utc_now
from tollgate.keys import api_keys


def changes(admin, key_id):
    return admin("GET", "/audit", entity=key_id).json["data"]


def test_a_rotated_key_has_a_new_secret_and_the_old_one_until_its_grace_is_over(admin):
    created = admin.key()
    begun_at = utc_now()

    answer = admin("POST", f"/apiKey/{created['id']}/rotate", {"graceSeconds": 600})

    assert answer.status == 200
    rotated = answer.json
    assert rotated["id"] == created["id"]
    assert rotated["key"] != created["key"]
    ends_at = from_rfc3339(rotated["previousSecretsValidUntil"])
    grace = timedelta(seconds=600)
    assert begun_at + grace <= ends_at <= utc_now() + grace
    scope = admin.services.keys.get(created["id"])
    assert scope.secret_hash == api_keys.parse(rotated["key"]).secret_hash
    assert scope.old_secrets == {api_keys.parse(created["key"]).secret_hash: ends_at}
    shown = admin("GET", f"/apiKey/{created['id']}").json
    assert shown == {name: value for name, value in rotated.items() if name != "key"}


def test_a_rotation_has_a_day_of_grace_and_may_have_none(admin):
    key_id = admin.key()["id"]
    rotated = admin("POST", f"/apiKey/{key_id}/rotate").json
    assert from_rfc3339(rotated["previousSecretsValidUntil"]) > utc_now() + timedelta(hours=23)

    rotated = admin("POST", f"/apiKey/{key_id}/rotate", {"graceSeconds": 0}).json

    assert rotated["previousSecretsValidUntil"] is None
    assert admin.services.keys.get(key_id).old_secrets_valid_until(utc_now()) is None


def test_a_rotation_is_noted_without_any_secret(admin):
    created = admin.key()
    rotated = admin("POST", f"/apiKey/{created['id']}/rotate").json

    noted, _ = changes(admin, created["id"])

    assert noted["actions"] == ["key.rotate"]
    assert noted["before"] == {"previousSecretsValidUntil": None}
    assert noted["after"] == {"previousSecretsValidUntil": rotated["previousSecretsValidUntil"]}


def test_old_secrets_are_not_piled_up(admin):
    key_id = admin.key()["id"]
    for _ in range(5):
        assert admin("POST", f"/apiKey/{key_id}/rotate").status == 200

    refused = admin("POST", f"/apiKey/{key_id}/rotate")

    assert refused.status == 409
    assert "graceSeconds 0" in refused.json["detail"]
    assert admin("POST", f"/apiKey/{key_id}/rotate", {"graceSeconds": 0}).status == 200


@pytest.mark.parametrize("grace", [-1, 2_592_001, "a day"])
def test_a_grace_is_some_seconds_or_days(admin, grace):
    key_id = admin.key()["id"]
    answer = admin("POST", f"/apiKey/{key_id}/rotate", {"graceSeconds": grace})
    assert answer.status == 422
    assert list(answer.errors) == ["graceSeconds"]


def test_a_key_that_is_not_there_can_not_be_rotated(admin):
    assert admin("POST", f"/apiKey/key_{'0' * 16}/rotate").status == 404


def test_a_key_that_was_never_used_is_deleted_and_shown_as_it_was(admin):
    created = admin.key(name="mistaken", externalId="crm-1", budgetLimit="5")
    shown = admin("GET", f"/apiKey/{created['id']}").json

    answer = admin("DELETE", f"/apiKey/{created['id']}")

    assert (answer.status, answer.json) == (200, shown)
    assert admin("GET", f"/apiKey/{created['id']}").status == 404
    assert admin("DELETE", f"/apiKey/{created['id']}").status == 404
    assert admin("GET", "/apiKey").json["data"] == []
    noted, _ = changes(admin, created["id"])
    assert noted["actions"] == ["key.delete"]
    assert (noted["before"]["name"], noted["after"]) == ("mistaken", {})
    assert admin.key(externalId="crm-1")["id"] != created["id"]


def test_a_key_that_can_not_be_deleted_is_to_be_revoked(admin):
    parent = admin.key()
    admin.key(parentId=parent["id"])

    refused = admin("DELETE", f"/apiKey/{parent['id']}")

    assert refused.status == 409
    assert "it has child keys. Revoke it instead." in refused.json["detail"]


def test_an_operators_retry_of_a_creation_finds_the_first_ones_key(admin):
    parent = admin.key(budgetLimit="10", overcommit=False)
    wanted = {
        "name": "Ada",
        "externalId": "crm-1",
        "parentId": parent["id"],
        "budgetLimit": "10.00",
        "allowedModels": ["b", "a"],
        "expiresAt": "2126-01-01T00:00:00.123456+01:00",
        "tags": {"team": "search"},
    }
    created = admin("POST", "/apiKey", wanted)
    assert created.status == 201

    again = admin("POST", "/apiKey", {**wanted, "allowedModels": ["a", "b"]})

    assert again.status == 200
    assert again.json == {**created.json, "key": None}
    assert len(changes(admin, again.json["id"])) == 1


def test_a_creation_by_an_external_id_whose_key_has_other_settings_is_refused(admin):
    created = admin.key(name="Ada", externalId="crm-1", budgetLimit="5", rpmLimit=3)

    refused = admin(
        "POST", "/apiKey", {"name": "Bob", "externalId": "crm-1", "budgetLimit": 6, "rpmLimit": 3}
    )

    assert refused.status == 409
    assert created["id"] in refused.json["detail"]
    assert refused.errors.keys() == {"name", "budgetLimit"}


def test_an_external_id_that_another_key_has_is_refused(admin):
    taken, key = admin.key(externalId="crm-1"), admin.key()

    refused = admin("PATCH", f"/apiKey/{key['id']}", {"externalId": "crm-1"})

    assert refused.status == 409
    assert refused.errors == {"externalId": f"is already used by API key {taken['id']}"}
    assert admin("PATCH", f"/apiKey/{taken['id']}", {"externalId": "crm-1", "name": "still"}).status == 200


def test_a_key_is_listed_by_its_external_id(admin):
    created = admin.key(externalId="crm 1/ä")
    admin.key(externalId="crm-2")

    listed = admin("GET", "/apiKey", externalId="crm 1/ä").json

    assert [each["id"] for each in listed["data"]] == [created["id"]]
    assert listed["nextCursor"] is None
    assert admin("GET", "/apiKey", externalId="crm-3").json == {"data": [], "nextCursor": None}
