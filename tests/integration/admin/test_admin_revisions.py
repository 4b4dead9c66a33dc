"""Optimistic concurrency: what is edited has a revision, which an edit may require."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.admin_client import PROVIDER, Admin
from tests.support.concurrent_admins import Edit, Editors, editing

if TYPE_CHECKING:
    from collections.abc import Iterator

DEFAULTS = {
    "budgetAlertThresholds": [],
    "debounceSeconds": 60,
    "remindAfterSeconds": None,
    "forecastDays": 0,
    "notifyRecovery": False,
    "adminEmails": [],
    "consoleUrl": None,
}


def provider(admin: Admin) -> tuple[str, str, dict]:
    return "PATCH", f"/providers/{admin.provider()['id']}", {"baseUrl": "https://api.example.com/v2"}


def model(admin: Admin) -> tuple[str, str, dict]:
    return (
        "PATCH",
        f"/models/{admin.model(admin.provider(name='of-model')['id'])['id']}",
        {"outputLimit": 100},
    )


def defaults(admin: Admin) -> tuple[str, str, dict]:
    return "PUT", "/alerts/defaults", DEFAULTS


EDITABLE = {each.__name__: each for each in (provider, model, defaults)}
editable = pytest.mark.parametrize("made", EDITABLE.values(), ids=EDITABLE)


@editable
def test_an_edit_of_the_revision_that_was_seen_is_made_and_shows_the_next(admin, made):
    method, path, body = made(admin)
    seen = admin("GET", path)
    assert seen.headers["etag"] == f'"{seen.json["revision"]}"'

    edited = admin(method, path, body, headers={"if-match": seen.headers["etag"]})

    assert edited.status == 200, edited.text
    assert edited.json["revision"] == seen.json["revision"] + 1
    assert edited.headers["etag"] == f'"{edited.json["revision"]}"' == admin("GET", path).headers["etag"]


@editable
def test_an_edit_that_changes_nothing_is_not_stored_and_not_audited(admin, made):
    method, path, body = made(admin)
    edited = admin(method, path, body).json
    audited = admin("GET", "/audit").json["data"]

    again = admin(method, path, body, headers={"if-match": f'"{edited["revision"]}"'})

    assert (again.status, again.json) == (200, edited)
    assert admin("GET", path).json == edited
    assert admin("GET", "/audit").json["data"] == audited
    assert admin(method, path, body, headers={"if-match": f'"{edited["revision"] - 1}"'}).status == 412


@editable
def test_an_edit_of_another_revision_is_refused_naming_the_one_there_is(admin, made):
    method, path, body = made(admin)
    seen = admin("GET", path).json

    for tag in ('"77"', 'W/"1", W/"0"', '"77", "78"', '""'):
        refused = admin(method, path, body, headers={"if-match": tag})
        assert refused.status == 412, tag
        assert f"revision {seen['revision']}" in refused.json["detail"]
    assert admin("GET", path).json == seen


@editable
@pytest.mark.parametrize("tags", ["*", '"77", "{revision}"', '"a,b" ,, W/"1","{revision}"'])
def test_an_edit_may_require_one_of_several_revisions_or_any(admin, made, tags):
    method, path, body = made(admin)
    tags = tags.replace("{revision}", str(admin("GET", path).json["revision"]))

    assert admin(method, path, body, headers={"If-Match": tags}).status == 200


@editable
@pytest.mark.parametrize("tags", ["1", '"1', "", "*, *", '"1" "2"', 'w/"1"'])
def test_a_requirement_that_can_not_be_read_is_a_bad_request(admin, made, tags):
    method, path, body = made(admin)
    seen = admin("GET", path).json

    assert admin(method, path, body, headers={"if-match": tags}).status == 400
    assert admin("GET", path).json == seen


def test_a_key_of_a_provider_is_not_stored_by_an_edit_of_another_revision(admin):
    path = f"/providers/{admin.provider()['id']}"

    assert admin("PATCH", path, {"apiKey": "sk-2"}, headers={"if-match": '"9"'}).status == 412
    assert [stored for (stored,) in admin.services.credentials.stored.values()] == ["sk-provider"]


def test_what_is_created_has_no_revision_to_require(admin):
    created = admin("POST", "/providers", {**PROVIDER, "name": "another"}, headers={"if-match": '"9"'})
    assert created.status == 201


@pytest.fixture(scope="module")
def editors(dynamodb_endpoint) -> Iterator[Editors]:
    with editing(dynamodb_endpoint) as made:
        yield made


@editable
def test_of_two_at_once_who_saw_the_same_revision_exactly_one_edits(admin, editors, made):
    method, path, body = made(admin)
    for _ in range(5):
        seen = admin("GET", path)
        edit = Edit(method, path, body, seen.headers["etag"])
        assert sorted(editors.at_once(admin.services.settings, edit, edit)) == [200, 412]
        assert admin("GET", path).json["revision"] == seen.json["revision"] + 1
        # An edit that changes nothing would not be refused either.
        assert admin(method, path, {name: seen.json[name] for name in body}).status == 200


def test_of_two_at_once_who_require_nothing_both_edit(admin, editors):
    method, path, body = provider(admin)
    seen = admin("GET", path).json["revision"]

    edits = Edit(method, path, body), Edit(method, path, {"authHeader": "x-api-key"})
    assert editors.at_once(admin.services.settings, *edits) == [200, 200]

    edited = admin("GET", path).json
    assert (edited["baseUrl"], edited["authHeader"]) == (body["baseUrl"], "x-api-key")
    assert edited["revision"] == seen + 2
