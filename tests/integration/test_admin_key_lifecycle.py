"""The life of a key by the admin API: rotated, deleted, and found by its name elsewhere."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tollgate import api_keys
from tollgate.clock import from_rfc3339, utc_now


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


@pytest.mark.parametrize("grace", [-1, 2_592_001, "a day", None])
def test_a_grace_is_some_seconds_or_days(admin, grace):
    key_id = admin.key()["id"]
    answer = admin("POST", f"/apiKey/{key_id}/rotate", {"graceSeconds": grace})
    assert answer.status == 422
    assert list(answer.errors) == ["graceSeconds"]


def test_a_key_that_is_not_there_can_not_be_rotated(admin):
    assert admin("POST", f"/apiKey/key_{'0' * 16}/rotate").status == 404
