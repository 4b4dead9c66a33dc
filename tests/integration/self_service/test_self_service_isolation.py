"""A key sees itself and what is below it; anything else is as unknown as a key that was never made."""

from __future__ import annotations

import re

import pytest

from tests.support.key_client import KeyClient
from tollgate.keys import api_keys
from tollgate_admin.self_service.app import app

BODIES = {
    ("POST", "/keys"): {"name": "x"},
    ("PATCH", "/keys/{key_id}"): {"name": "x"},
    ("PUT", "/keys/{key_id}/budget"): {"budgetLimit": "1"},
}
ROUTES = sorted((route.method, route.path) for route in app.routes)
ID = re.compile(r"key_[0-9A-Za-z]{16}")


@pytest.fixture
def family(shared_admin):
    """Keys by name. Below the grandparent: parent > (me > child > grandchild, sibling), uncle > cousin."""
    made = {}

    def add(name, parent=None):
        made[name] = shared_admin.managing_key(
            name=name, **({"parentId": made[parent]["id"]} if parent else {})
        )

    for name, parent in (
        ("grandparent", None),
        ("parent", "grandparent"),
        ("me", "parent"),
        ("sibling", "parent"),
        ("child", "me"),
        ("grandchild", "child"),
        ("uncle", "grandparent"),
        ("cousin", "uncle"),
        ("stranger", None),
    ):
        add(name, parent)
    made["nobody"] = {"id": api_keys.issue().key_id}
    made["family#me"] = {"id": f"family%23{made['me']['id']}"}
    return made


def test_the_routes_are_those_that_this_module_looks_at():
    assert ROUTES == [
        ("DELETE", "/keys/{key_id}"),
        ("GET", "/keys"),
        ("GET", "/keys/{key_id}"),
        ("GET", "/usage"),
        ("PATCH", "/keys/{key_id}"),
        ("POST", "/keys"),
        ("POST", "/keys/{key_id}/reinstate"),
        ("POST", "/keys/{key_id}/revoke"),
        ("POST", "/keys/{key_id}/rotate"),
        ("PUT", "/keys/{key_id}/budget"),
    ]


def answer_for(client, method, path, key_id):
    """What a route answers that is asked about a key, wherever the route takes one."""
    body, query = BODIES.get((method, path)), {}
    if path == "/usage":
        query = {"keyId": key_id}
    elif path == "/keys" and method == "GET":
        query = {"parentId": key_id}
    elif path == "/keys":
        body = {**body, "parentId": key_id}
    return client(method, path.replace("{key_id}", key_id), body, **query)


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_no_route_tells_another_key_from_one_that_does_not_exist(shared_admin, family, method, path):
    client = KeyClient(shared_admin, family["me"]["key"])
    expected = answer_for(client, method, path, family["nobody"]["id"])
    assert expected.status == 404
    assert expected.json["error"]["code"] == "key_not_found"
    before = {name: shared_admin("GET", f"/apiKey/{made['id']}").json for name, made in family.items()}

    for name in ("grandparent", "parent", "sibling", "uncle", "cousin", "stranger"):
        answer = answer_for(client, method, path, family[name]["id"])
        assert answer.status == 404, name
        assert ID.sub("", answer.text) == ID.sub("", expected.text), name
        assert answer.headers == expected.headers

    after = {name: shared_admin("GET", f"/apiKey/{made['id']}").json for name, made in family.items()}
    assert after == before


@pytest.mark.parametrize("odd", ["family#me", "key_", "%2e%2e", "move"])
def test_what_is_no_keys_id_is_not_found_either(shared_admin, family, odd):
    client = KeyClient(shared_admin, family["me"]["key"])
    key_id = family[odd]["id"] if odd in family else odd
    assert client("GET", f"/keys/{key_id}").status == 404
    assert client("GET", "/usage", keyId=key_id).status == 404
    assert client("GET", "/keys", parentId=key_id).status == 404


@pytest.mark.parametrize("below", ["me", "child", "grandchild"])
def test_a_key_sees_itself_and_what_is_below_it(shared_admin, family, below):
    client = KeyClient(shared_admin, family["me"]["key"])
    path = ["me", "child", "grandchild"]
    seen = client("GET", f"/keys/{family[below]['id']}")
    assert seen.status == 200
    assert seen.json["path"] == [family[name]["id"] for name in path[: path.index(below) + 1]]
    assert client("GET", "/usage", keyId=family[below]["id"]).json["name"] == below
    listed = client("GET", "/keys", parentId=family[below]["id"]).json["data"]
    assert [key["name"] for key in listed] == path[path.index(below) + 1 :][:1]


def test_no_cursor_reaches_another_keys_children(shared_admin, family):
    client = KeyClient(shared_admin, family["me"]["key"])
    for cursor in ("", "0", *(made["id"] for made in family.values())):
        page = client("GET", "/keys", cursor=cursor, limit="1").json
        assert {key["name"] for key in page["data"]} <= {"child"}
        assert page["nextCursor"] is None


def test_a_key_that_is_moved_away_is_not_seen_any_more(shared_admin, family):
    client, child = KeyClient(shared_admin, family["me"]["key"]), family["child"]["id"]
    moved = shared_admin("PATCH", f"/apiKey/{child}", {"parentId": family["sibling"]["id"]})
    assert moved.status == 200, moved.text
    assert client("GET", f"/keys/{child}").status == 404
    assert client("GET", f"/keys/{family['grandchild']['id']}").status == 404
    assert client("GET", "/keys").json["data"] == []
    assert (
        KeyClient(shared_admin, family["sibling"]["key"])("GET", f"/keys/{family['grandchild']['id']}").status
        == 200
    )
