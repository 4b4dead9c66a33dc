"""Who may call which route, asked of every route that there is."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import admin_routes
from tests.support.admin_client import TOKEN, Admin
from tollgate.admins import admins
from tollgate.admins.admins import Role
from tollgate_admin.web import access

# What people have written to models, and models to them.
PRIVATE = {"GET /requests/{request_id}/bodies"}
OWNERS_ONLY = {name for name in admin_routes.names() if "/admins" in name and "/admins/me" not in name}


@pytest.fixture
def holders(admin: Admin) -> dict[Role, dict[str, Any]]:
    return {role: admin("POST", "/admins", {"name": f"a {role}", "role": role}).json for role in Role}


def ask(admin: Admin, name: str, token: str | None) -> Any:
    return admin(name.split(maxsplit=1)[0], admin_routes.path_of(name), {}, token=token)


def test_every_route_has_a_role_or_is_public_and_no_other_has():
    assert set(admin_routes.names()) >= access.PUBLIC
    assert access.NEEDED.keys() | access.PUBLIC == set(admin_routes.names())


def test_without_a_token_no_route_says_anything_but_those_that_are_public(admin):
    for name in {*admin_routes.names(), "GET /nothing", "HEAD /apiKey", "OPTIONS /apiKey"}:
        for token in (None, "", "x", f"{TOKEN}x", "Ä"):
            answer = ask(admin, name, token)
            if name in access.PUBLIC:
                assert answer.status != 401, name
            else:
                assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer"), name


def test_a_viewer_can_call_no_write_and_an_operator_no_route_of_identities(admin, holders):
    for name in admin_routes.names():
        reads = (name.split()[0] == "GET" and name not in PRIVATE) or name == "POST /costs/what-if"
        may = {
            Role.VIEWER: reads and name not in OWNERS_ONLY,
            Role.OPERATOR: name not in OWNERS_ONLY,
            Role.OWNER: True,
        }
        for role, allowed in may.items():
            answer = ask(admin, name, holders[role]["token"])
            assert (answer.status != 403) is allowed, (role, name, answer.text)


def test_who_is_refused_is_told_the_role_that_is_needed(admin, holders):
    refused = ask(admin, "POST /apiKey", holders[Role.VIEWER]["token"])
    assert refused.status == 403
    assert refused.headers["content-type"] == "application/problem+json"
    assert "requires the role operator; " in refused.json["detail"]
    assert (
        "requires the role owner; "
        in ask(admin, "GET /admins", holders[Role.OPERATOR]["token"]).json["detail"]
    )


def test_a_route_that_nobody_gave_a_role_is_refused_to_all(admin, monkeypatch):
    left = {name: role for name, role in access.NEEDED.items() if name != "GET /apiKey"}
    monkeypatch.setattr(access, "NEEDED", left)
    assert ask(admin, "GET /apiKey", TOKEN).status == 403


def test_a_path_that_is_not_there_and_a_method_that_it_does_not_have_are_told_apart(admin, holders):
    token = holders[Role.VIEWER]["token"]
    assert ask(admin, "GET /nothing", token).status == 404
    for method in ("HEAD", "OPTIONS", "DELETE"):
        answer = ask(admin, f"{method} /providers", token)
        assert (answer.status, answer.headers["allow"]) == (405, "GET, POST")
        if method != "HEAD":
            assert f"/providers accepts GET and POST, not {method}." in answer.json["detail"]


def test_a_token_is_shown_once_and_stored_nowhere(admin, dynamodb, tables):
    created = admin("POST", "/admins", {"name": "ci", "role": "viewer"}).json
    rotated = admin("POST", f"/admins/{created['id']}/rotate").json
    path = f"/admins/{created['id']}"

    shown = [admin("GET", path), admin("GET", "/admins"), admin("PATCH", path, {"name": "x"})]
    shown += [admin("POST", f"{path}/revoke"), admin("GET", "/audit", entity=created["id"])]
    stored = [dynamodb.scan(TableName=tables[name])["Items"] for name in ("CatalogTable", "AuditTable")]
    hashed = admin.services.admins.get(created["id"]).secret_hash
    for token in (created["token"], rotated["token"]):
        secret = token.removeprefix("tg-admin-")[16:-6]
        assert secret not in str(stored)
        for answer in shown:
            assert answer.status == 200, answer.text
            assert secret not in answer.text
            assert hashed not in answer.text
    assert hashed not in str(stored[1])


def test_an_identity_is_created_found_and_edited(admin):
    expires = "2099-01-01T00:00:00.000Z"
    created = admin("POST", "/admins", {"name": " ci ", "role": "operator", "expiresAt": expires})
    assert created.status == 201
    path = f"/admins/{created.json['id']}"
    assert (created.json["name"], created.json["status"], created.json["expiresAt"]) == (
        "ci",
        "active",
        expires,
    )
    shown = {name: value for name, value in created.json.items() if name != "token"}
    assert admin("GET", path).json == shown
    assert admin("GET", path, token=created.json["token"]).status == 403

    edited = admin("PATCH", path, {"name": "deployer", "role": "owner", "expiresAt": None}).json

    assert (edited["name"], edited["role"], edited["expiresAt"]) == ("deployer", "owner", None)
    assert edited["revision"] == 2
    assert admin("GET", path, token=created.json["token"]).json == edited
    assert admin("PATCH", path, {"name": "deployer"}).json == edited
    assert admin("GET", "/admins/adm_0123456789abcdef").status == 404


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"name": "x"}, "role"),
        ({"name": "x", "role": "root"}, "role"),
        ({"name": "", "role": "owner"}, "name"),
        ({"name": "x\n", "role": "owner"}, "name"),
        ({"name": "x", "role": "owner", "expiresAt": 5}, "expiresAt"),
        ({"name": "x", "role": "owner", "token": "x"}, "token"),
    ],
)
def test_an_identity_that_can_not_be_is_refused_naming_the_field(admin, body, wrong):
    answer = admin("POST", "/admins", body)
    assert (answer.status, answer.errors.keys()) == (422, {wrong})


def test_everybody_can_see_who_they_are(admin, holders):
    stack = {"id": "admin", "name": "admin", "role": "owner", "expiresAt": None}
    assert admin("GET", "/admins/me").json == stack
    for role, holder in holders.items():
        shown = {"id": holder["id"], "name": f"a {role}", "role": role, "expiresAt": None}
        assert admin("GET", "/admins/me", token=holder["token"]).json == shown
    expires = "2099-01-01T00:00:00.000Z"
    admin("PATCH", f"/admins/{holders[Role.VIEWER]['id']}", {"expiresAt": expires})
    assert admin("GET", "/admins/me", token=holders[Role.VIEWER]["token"]).json["expiresAt"] == expires


def test_who_is_revoked_is_out_at_once_and_for_good(admin, holders):
    holder = holders[Role.OWNER]
    path = f"/admins/{holder['id']}"
    assert admin("GET", "/apiKey", token=holder["token"]).status == 200

    revoked = admin("POST", f"{path}/revoke", token=holder["token"])

    assert (revoked.status, revoked.json["status"]) == (200, "revoked")
    refused = admin("GET", "/apiKey", token=holder["token"])
    assert (refused.status, refused.json["detail"]) == (401, "This admin token has been revoked.")
    # Of who only knows the id, nothing is told.
    stranger = admins.AdminToken(holder["id"], "x" * 32).reveal()
    assert "revoked" not in admin("GET", "/apiKey", token=stranger).text
    assert admin("POST", f"{path}/revoke").json == revoked.json
    assert admin("PATCH", path, {"role": "owner"}).status == 409
    assert admin("POST", f"{path}/rotate").status == 409
    assert admin("GET", "/admins/me").status == 200


def test_a_rotated_token_ends_the_one_before_at_once(admin, holders):
    holder = holders[Role.VIEWER]
    rotated = admin("POST", f"/admins/{holder['id']}/rotate").json

    assert admin("GET", "/apiKey", token=holder["token"]).status == 401
    assert admin("GET", "/apiKey", token=rotated["token"]).status == 200


def test_who_has_expired_is_out_and_comes_back_when_given_time(admin, holders):
    holder = holders[Role.VIEWER]
    path = f"/admins/{holder['id']}"

    assert admin("PATCH", path, {"expiresAt": "2020-01-01T00:00:00Z"}).json["status"] == "expired"
    refused = admin("GET", "/apiKey", token=holder["token"])
    assert (refused.status, refused.json["detail"]) == (401, "This admin token has expired.")
    assert admin("POST", f"{path}/rotate").status == 409
    admin("PATCH", path, {"expiresAt": None})
    assert admin("GET", "/apiKey", token=holder["token"]).status == 200


def test_who_loses_a_role_loses_it_at_once(admin, holders):
    holder = holders[Role.OWNER]
    path = f"/admins/{holder['id']}"
    assert admin("PATCH", path, {"role": "viewer"}, token=holder["token"]).json["role"] == "viewer"
    assert admin("PATCH", path, {"role": "owner"}, token=holder["token"]).status == 403


def test_identities_are_listed_page_by_page_while_others_come(admin):
    created = {admin("POST", "/admins", {"name": "x", "role": "viewer"}).json["id"] for _ in range(5)}

    listed, cursor = [], {}
    while True:
        page = admin("GET", "/admins", limit="2", **cursor).json
        listed += [each["id"] for each in page["data"]]
        admin("POST", "/admins", {"name": "later", "role": "viewer"})
        if page["nextCursor"] is None or len(listed) > 50:
            break
        cursor = {"cursor": page["nextCursor"]}

    assert len(set(listed)) == len(listed)
    assert created <= set(listed)


def test_when_the_token_can_not_be_compared_the_request_fails_and_is_not_let_in(admin, monkeypatch):
    def fails(_self: Any, _id: str) -> None:
        raise RuntimeError

    monkeypatch.setattr(type(admin.services.admins), "get", fails)
    answer = admin("GET", "/apiKey", token="tg-admin-0123456789abcdefSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSS1GkgAw")
    assert (answer.status, answer.headers["content-type"]) == (500, "application/problem+json")
