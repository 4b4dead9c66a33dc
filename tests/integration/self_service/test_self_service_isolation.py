"""A key sees itself and what is below it; anything else is as unknown as a key that was never made."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.support.key_client import KeyClient
from tollgate.budget_requests.budget_requests import BudgetRequest, Place
from tollgate.keys import api_keys
from tollgate_admin.self_service.app import app

BODIES = {
    ("POST", "/keys"): {"name": "x"},
    ("PATCH", "/keys/{key_id}"): {"name": "x"},
    ("PUT", "/keys/{key_id}/budget"): {"budgetLimit": "1"},
    ("POST", "/budget-requests"): {"window": "total", "limit": "1", "reason": "x"},
    ("POST", "/budget-requests/{request_id}/deny"): {"reason": "x"},
}
ROUTES = sorted((route.method, route.path) for route in app.routes)
ID = re.compile(r"key_[0-9A-Za-z]{16}")


def asked_for(key_id):
    """A request that is pending for a key."""
    return BudgetRequest(
        Place(key_id, "total", 1), Decimal(2), Decimal(1), "x", None, key_id, datetime.now(UTC)
    )


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
    for key in made.values():
        shared_admin.services.budget_requests.add(asked_for(key["id"]), [])
    made["nobody"] = {"id": api_keys.issue().key_id}
    made["family#me"] = {"id": f"family%23{made['me']['id']}"}
    return made


def test_the_routes_are_those_that_this_module_looks_at():
    assert ROUTES == [
        ("DELETE", "/keys/{key_id}"),
        ("GET", "/budget-requests"),
        ("GET", "/budget-requests/{request_id}"),
        ("GET", "/keys"),
        ("GET", "/keys/{key_id}"),
        ("GET", "/packs"),
        ("GET", "/usage"),
        ("PATCH", "/keys/{key_id}"),
        ("POST", "/budget-requests"),
        ("POST", "/budget-requests/{request_id}/approve"),
        ("POST", "/budget-requests/{request_id}/deny"),
        ("POST", "/budget-requests/{request_id}/withdraw"),
        ("POST", "/keys"),
        ("POST", "/keys/{key_id}/reinstate"),
        ("POST", "/keys/{key_id}/revoke"),
        ("POST", "/keys/{key_id}/rotate"),
        ("PUT", "/keys/{key_id}/budget"),
    ]


def answer_for(client, method, path, key_id):
    """What a route answers that is asked about a key, wherever the route takes one."""
    body, query = BODIES.get((method, path)), {}
    if path in {"/usage", "/packs"} or (path == "/budget-requests" and method == "GET"):
        query = {"keyId": key_id}
    elif path == "/keys" and method == "GET":
        query = {"parentId": key_id}
    elif path == "/keys":
        body = {**body, "parentId": key_id}
    elif path == "/budget-requests":
        body = {**body, "keyId": key_id}
    path = path.replace("{key_id}", key_id).replace("{request_id}", asked_for(key_id).id)
    return client(method, path, body, **query)


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_no_route_tells_another_key_from_one_that_does_not_exist(shared_admin, family, method, path):
    client = KeyClient(shared_admin, family["me"]["key"])
    expected = answer_for(client, method, path, family["nobody"]["id"])
    assert expected.status == 404
    what = "budget_request" if "{request_id}" in path else "key"
    assert expected.json["error"]["code"] == f"{what}_not_found"
    before = {name: shared_admin("GET", f"/apiKey/{made['id']}").json for name, made in family.items()}

    for name in ("grandparent", "parent", "sibling", "uncle", "cousin", "stranger"):
        answer = answer_for(client, method, path, family[name]["id"])
        assert answer.status == 404, name
        assert ID.sub("", answer.text) == ID.sub("", expected.text), name
        assert answer.headers == expected.headers

    after = {name: shared_admin("GET", f"/apiKey/{made['id']}").json for name, made in family.items()}
    assert after == before


@pytest.mark.parametrize("odd", ["family#me", "key_", "%2e%2e", "move", "\n"])
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


# A limit of a key above, and what asks for more.
LIMITS = [
    ({"budgetLimit": "7.31"}, {"budgetLimit": "7.32"}),
    ({"quotaLimit": "7.31", "quotaPeriod": "day"}, {"quotaLimit": "7.32", "quotaPeriod": "day"}),
    ({"quotaLimit": "7.31", "quotaPeriod": "day"}, {"quotaLimit": "226.62", "quotaPeriod": "month"}),
    ({"rpmLimit": 7331}, {"rpmLimit": 7332}),
    ({"tpmLimit": 7331}, {"tpmLimit": 7332}),
    ({"maxParallel": 731}, {"maxParallel": 732}),
    ({"expiresAt": "2100-07-31T07:31:00Z"}, {"expiresAt": "2100-07-31T07:32:00Z"}),
    ({"allowedModels": ["model-731", "small"]}, {"allowedModels": ["large"]}),
    ({"safetyLevel": 31}, {"safetyLevel": 32}),
]
OF_BUDGETS = {"budgetLimit", "quotaLimit", "quotaPeriod"}
FIGURES = re.compile(r"7\.31|226\.61|7331|731|07:31|\b31\b")


@pytest.mark.parametrize("between", [True, False])
@pytest.mark.parametrize(("limit", "asked"), LIMITS)
def test_what_a_key_above_does_not_allow_is_refused_without_a_word_on_that_key(
    shared_admin, limit, asked, between
):
    top = shared_admin.key(name="top", **limit)
    parent = shared_admin.key(name="between", parentId=top["id"]) if between else top
    mine = shared_admin.managing_key(name="mine", parentId=parent["id"])
    client = KeyClient(shared_admin, mine["key"])
    child = client.child()
    edit = ("PATCH", "", asked)
    if asked.keys() <= OF_BUDGETS:
        edit = ("PUT", "/budget", {"budgetLimit": None, **asked})

    for answer in (
        client("POST", "/keys", {"name": "x", **asked}),
        client(edit[0], f"/keys/{child['id']}{edit[1]}", edit[2]),
    ):
        error = answer.json["error"]
        assert (answer.status, error["param"]) == (400, next(iter(asked)))
        assert ID.search(answer.text) is None
        assert FIGURES.search(error["message"]) is None, error["message"]
        if "allowedModels" not in asked:
            assert "a key above it allows" in error["message"]


@pytest.mark.parametrize(("limit", "asked"), LIMITS)
def test_the_acting_keys_own_limit_is_named(shared_admin, limit, asked):
    mine = shared_admin.managing_key(name="mine", **limit)
    error = KeyClient(shared_admin, mine["key"])("POST", "/keys", {"name": "x", **asked}).json["error"]
    assert mine["id"] in error["message"] or "allowedModels" in asked


@pytest.mark.parametrize("above", [True, False])
@pytest.mark.parametrize("out", ["revoked", "expired"])
def test_a_key_above_that_is_out_is_not_named(shared_admin, above, out):
    top = shared_admin.key(name="top")
    parent = shared_admin.key(name="between", parentId=top["id"]) if above else top
    mine = shared_admin.managing_key(name="mine", parentId=parent["id"])
    changed = (
        shared_admin("POST", f"/apiKey/{top['id']}/revoke")
        if out == "revoked"
        else shared_admin("PATCH", f"/apiKey/{top['id']}", {"expiresAt": "2020-01-01T00:00:00Z"})
    )
    assert changed.status == 200, changed.text
    answer = KeyClient(shared_admin, mine["key"])("GET", "/usage")
    assert (answer.status, answer.json["error"]["code"]) == (401, f"key_{out}")
    assert answer.json["error"]["message"] == f"A key above this one has {'been ' * (out == 'revoked')}{out}."


def test_how_deep_a_key_stands_is_not_told(shared_admin):
    above = shared_admin.key(name="top")
    mine = shared_admin.managing_key(name="mine", parentId=above["id"])
    client = KeyClient(shared_admin, mine["key"])
    answer = client("POST", "/keys", {"name": "x"})
    for _ in range(9):
        if answer.status == 201:
            answer = client("POST", "/keys", {"name": "x", "parentId": answer.json["id"]})
    error = answer.json["error"]
    assert (answer.status, error["param"]) == (400, "parentId")
    assert not re.search(r"\d", error["message"])


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_an_unknown_id_is_not_repeated(shared_admin, family, method, path):
    client = KeyClient(shared_admin, family["me"]["key"])
    for key_id in (family["nobody"]["id"], family["stranger"]["id"], "key_short", "sk-tg-0123456789abcdef"):
        answer = answer_for(client, method, path, key_id)
        assert answer.status in (400, 404), answer.text
        assert key_id not in answer.text


@pytest.mark.parametrize(("path", "status"), [("/keys/{}", 405), ("/keys/{}/more", 404), ("/{}", 404)])
def test_nor_is_what_stands_for_an_id_in_the_path_of_no_route(shared_admin, family, path, status):
    client = KeyClient(shared_admin, family["me"]["key"])
    for key_id in (family["nobody"]["id"], "sk-tg-0123456789abcdef"):
        answer = client("PUT", path.format(key_id))
        assert answer.status == status
        assert key_id not in answer.text
        assert "/keys/" in answer.text or path == "/{}"


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
