"""A provider's key can't be read, but compared: whoever keeps it elsewhere learns if it is still the one."""

from __future__ import annotations

import logging

import pytest

from aws_wire.errors import ServiceError
from tests.support.admin_client import PROVIDER

STORED = PROVIDER["apiKey"]


def check(admin, provider, candidate, **options):
    return admin("POST", f"/providers/{provider['id']}/api-key/check", {"apiKey": candidate}, **options)


def test_the_key_that_is_stored_matches_and_no_other_does(admin):
    provider = admin.provider()
    for candidate, matches in (
        (STORED, True),
        (f"{STORED}x", False),
        (STORED[:-1], False),
        (STORED.upper(), False),
    ):
        answer = check(admin, provider, candidate)
        assert (answer.status, answer.json) == (200, {"matches": matches})


def test_the_key_of_now_matches_and_those_before_it_do_not(admin):
    provider = admin.provider()
    admin("PATCH", f"/providers/{provider['id']}", {"apiKey": "sk-next"})
    assert check(admin, provider, "sk-next").json == {"matches": True}
    assert check(admin, provider, STORED).json == {"matches": False}


def test_nothing_matches_where_there_is_no_key(admin):
    keyless = admin("POST", "/providers", {**PROVIDER, "authHeader": "none", "apiKey": None})
    assert keyless.status == 422
    body = {name: value for name, value in PROVIDER.items() if name != "apiKey"}
    keyless = admin("POST", "/providers", {**body, "authHeader": "none"}).json
    assert check(admin, keyless, STORED).json == {"matches": False}


@pytest.mark.parametrize("code", ["ParameterNotFound", "ParameterVersionNotFound"])
def test_nothing_matches_a_key_that_is_gone_and_it_can_be_stored_again(admin, monkeypatch, code):
    provider = admin.provider()
    fail(monkeypatch, admin, code)

    assert check(admin, provider, STORED).json == {"matches": False}
    stored = admin("PATCH", f"/providers/{provider['id']}", {"apiKey": STORED}).json
    assert stored["revision"] == provider["revision"] + 1


def test_a_key_that_can_not_be_read_is_no_answer(admin, monkeypatch, caplog):
    provider = admin.provider()
    fail(monkeypatch, admin, "ThrottlingException")

    answer = check(admin, provider, "sk-candidate")

    assert answer.status == 500
    assert "sk-candidate" not in answer.text + caplog.text


def fail(monkeypatch, admin, code):
    def failing(_provider):
        raise ServiceError("GetParameter", {"Error": {"Code": code, "Message": "no"}})

    monkeypatch.setattr(admin.services.credentials, "secret_of", failing)


def test_what_is_compared_is_in_no_log_and_in_no_audit(admin, caplog):
    caplog.set_level(logging.DEBUG)
    provider = admin.provider()
    before = admin("GET", "/audit").json["data"]

    check(admin, provider, "sk-candidate")
    check(admin, provider, STORED)

    assert admin("GET", "/audit").json["data"] == before
    assert "sk-candidate" not in caplog.text
    assert STORED not in caplog.text
    assert admin("GET", f"/providers/{provider['id']}").json == provider


def test_operators_compare_and_viewers_do_not(admin):
    provider = admin.provider()
    tokens = {
        role: admin("POST", "/admins", {"name": role, "role": role}).json["token"]
        for role in ("viewer", "operator")
    }
    assert check(admin, provider, STORED, token=tokens["operator"]).status == 200
    refused = check(admin, provider, STORED, token=tokens["viewer"])
    assert refused.status == 403
    assert STORED not in refused.text


def test_a_provider_that_there_is_not_has_none(admin):
    unknown = check(admin, {"id": "prv_00000000000000000000"}, "sk-candidate")
    assert unknown.status == 404
    assert "sk-candidate" not in unknown.text


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"apiKey": ""},
        {"apiKey": None},
        {"apiKey": "sk candidate"},
        {"apiKey": ["sk-candidate"]},
        {"apiKey": {"sk-candidate": 1}},
        {"apiKey": "sk-candidate" * 1000},
        {"apiKey": "sk-candidate\u00e9"},
        {"apiKey": "sk-right", "key": "sk-candidate"},
        {"api_key": "sk-right", "sk-candidate": "x"},
    ],
    ids=str,
)
def test_a_body_that_can_not_be_taken_is_refused_and_no_value_of_it_repeated(admin, caplog, body):
    provider = admin.provider()
    refused = admin("POST", f"/providers/{provider['id']}/api-key/check", body)
    assert refused.status == 422
    told = refused.text.replace('"field": "sk-candidate"', "")
    assert "candidate" not in told + caplog.text


def test_the_key_that_is_there_is_not_stored_again(admin):
    provider = admin.provider()
    path = f"/providers/{provider['id']}"
    versions = admin.services.credentials.stored[provider["id"]]
    audited = admin("GET", "/audit").json["data"]

    assert admin("PATCH", path, {"apiKey": STORED}).json == provider
    moved = admin("PATCH", path, {"apiKey": STORED, "baseUrl": "https://elsewhere.example.com/v1"}).json

    assert (moved["baseUrl"], moved["revision"]) == (
        "https://elsewhere.example.com/v1",
        provider["revision"] + 1,
    )
    assert versions == [STORED]
    (entry,) = [each for each in admin("GET", "/audit").json["data"] if each not in audited]
    assert entry["actions"] == ["provider.update"]


def test_a_key_that_another_admin_replaces_meanwhile_is_not_taken_to_the_host_of_the_one_before(admin):
    """Compared before, it would be the other's key that a new host is given."""
    provider = admin.provider()
    path = f"/providers/{provider['id']}"
    read = admin.services.credentials.secret_of
    others = iter([{"apiKey": "sk-of-the-old-host"}])

    def overtaken(stored_provider):
        for body in others:
            assert admin("PATCH", path, body).status == 200
        return read(stored_provider)

    admin.services.credentials.secret_of = overtaken
    moved = admin("PATCH", path, {"apiKey": STORED, "baseUrl": "https://elsewhere.example.com/v1"}).json

    assert moved["baseUrl"] == "https://elsewhere.example.com/v1"
    assert check(admin, provider, STORED).json == {"matches": True}
