"""Keys that manage the keys below them: GET, POST, PATCH, PUT /v1/keys."""

from __future__ import annotations

import pytest

from tests.support.key_client import REQUEST_ID, KeyClient
from tollgate.keys import api_keys


def error_of(answer):
    return answer.json["error"]


@pytest.fixture
def admin(shared_admin):
    return shared_admin


@pytest.fixture
def team(admin):
    """A key with a budget, and its client."""
    made = admin.managing_key(
        name="team",
        budgetLimit="100",
        priceFactor="1.5",
        externalId=api_keys.issue().key_id,
        ownerEmail="lead@example.com",
    )
    return KeyClient(admin, made["key"]), made


def test_a_parent_creates_a_key_below_itself(admin, team):
    client, parent = team

    made = client.child(name="ann", budgetLimit="40", tags={"floor": "2"})

    assert made["key"].startswith(api_keys.PREFIX)
    assert made["path"] == [parent["id"], made["id"]]
    assert made["parentId"] == parent["id"]
    shown = client("GET", f"/keys/{made['id']}").json
    assert shown == {name: value for name, value in made.items() if name != "key"}
    stored = admin("GET", f"/apiKey/{made['id']}").json
    assert stored["priceFactor"] is None
    in_effect = stored["priceTermsInEffect"]
    assert (in_effect["priceFactor"], in_effect["priceFactorFrom"]) == ("1.5", parent["id"]), (
        "it would else be a way around the markup"
    )
    assert stored["externalId"] is None
    assert client("GET", "/keys").json == {"data": [shown], "nextCursor": None}


def test_a_key_shows_nothing_that_is_its_administrators_business(admin):
    root = admin.key(name="company")
    department = admin.managing_key(
        name="department", parentId=root["id"], priceFactor="2", externalId=api_keys.issue().key_id
    )
    client = KeyClient(admin, department["key"])
    child = client.child()

    own, below = client("GET", f"/keys/{department['id']}"), client("GET", f"/keys/{child['id']}")

    assert (own.status, own.json["parentId"], own.json["path"]) == (200, None, [department["id"]])
    assert below.json["path"] == [department["id"], child["id"]]
    for answer in (own, below, client("GET", "/usage"), client("GET", "/keys")):
        assert root["id"] not in answer.text
        assert "price" not in answer.text
        assert "minimumFee" not in answer.text
        assert "externalId" not in answer.text


def test_a_child_further_down_is_created_below_the_key_that_parent_id_names(team):
    client, parent = team
    group = client.child(name="group", budgetLimit="50")

    member = client.child(name="member", parentId=group["id"], budgetLimit="50")

    assert member["path"] == [parent["id"], group["id"], member["id"]]
    listed = client("GET", "/keys", parentId=group["id"]).json["data"]
    assert [key["id"] for key in listed] == [member["id"]]
    assert [key["id"] for key in client("GET", "/keys").json["data"]] == [group["id"]]


def test_children_are_listed_page_by_page(team):
    client, _ = team
    made = sorted(client.child()["id"] for _ in range(3))
    found, cursor = [], {}
    for _ in range(2):
        page = client("GET", "/keys", limit="2", **cursor).json
        found += [key["id"] for key in page["data"]]
        cursor = {"cursor": page["nextCursor"]}
    assert found == made
    assert cursor == {"cursor": None}


def test_a_parent_adjusts_a_key_below_it(admin, team):
    client, _ = team
    child = client.child()

    edited = client("PATCH", f"/keys/{child['id']}", {"name": "bob", "rpmLimit": 5})
    assert (edited.status, edited.json["name"], edited.json["rpmLimit"]) == (200, "bob", 5)
    budget = client("PUT", f"/keys/{child['id']}/budget", {"budgetLimit": "7", "enforcement": "hard"})
    assert (budget.json["budgetLimit"], budget.json["enforcement"]) == ("7", "hard")
    assert client("POST", f"/keys/{child['id']}/revoke").json["status"] == "revoked"
    assert KeyClient(admin, child["key"])("GET", "/usage").status == 401
    assert client("POST", f"/keys/{child['id']}/reinstate").json["status"] == "active"
    rotated = client("POST", f"/keys/{child['id']}/rotate", {"graceSeconds": 0}).json
    assert KeyClient(admin, child["key"])("GET", "/usage").status == 401
    assert KeyClient(admin, rotated["key"])("GET", "/usage").status == 200
    assert admin("GET", f"/apiKey/{child['id']}").json["name"] == "bob"


def test_an_edit_can_require_the_revision_that_was_seen(team):
    client, _ = team
    child = client.child()
    seen = client("GET", f"/keys/{child['id']}").headers["etag"]
    path = f"/keys/{child['id']}"
    assert client("PATCH", path, {"name": "first"}, headers={"if-match": seen}).status == 200
    late = client("PATCH", path, {"name": "second"}, headers={"if-match": seen})
    assert (late.status, error_of(late)["code"]) == (412, "precondition_failed")


def test_what_a_key_does_is_audited_as_its_own_doing(admin, team):
    client, parent = team
    child = client.child()
    path = f"/keys/{child['id']}"
    for method, suffix, body in (
        ("PATCH", "", {"name": "bob"}),
        ("PUT", "/budget", {"budgetLimit": "7"}),
        ("POST", "/rotate", {}),
        ("POST", "/revoke", None),
        ("POST", "/reinstate", None),
        ("DELETE", "", None),
    ):
        assert client(method, path + suffix, body).status == 200
    changes = admin("GET", "/audit", entity=child["id"]).json["data"]
    assert [action for change in changes[::-1] for action in change["actions"]] == [
        "key.create",
        "key.update",
        "budget.set",
        "key.rotate",
        "key.revoke",
        "key.reinstate",
        "key.delete",
    ]
    assert {(change["actor"], change["actorName"]) for change in changes} == {(parent["id"], "team")}
    assert {change["requestId"] for change in changes} == {REQUEST_ID}


@pytest.mark.parametrize(
    ("parents", "asked", "field"),
    [
        ({"budgetLimit": "10"}, {"budgetLimit": "10.01"}, "budgetLimit"),
        ({"quotaLimit": "10"}, {"quotaLimit": "11"}, "quotaLimit"),
        ({"rpmLimit": 10}, {"rpmLimit": 11}, "rpmLimit"),
        ({"tpmLimit": 10}, {"tpmLimit": 11}, "tpmLimit"),
        ({"maxParallel": 10}, {"maxParallel": 11}, "maxParallel"),
        ({"expiresAt": "2101-01-01T00:00:00Z"}, {"expiresAt": "2101-01-01T00:00:01Z"}, "expiresAt"),
        ({"allowedModels": ["small"]}, {"allowedModels": ["large", "small"]}, "allowedModels"),
        ({"safetyLevel": 10}, {"safetyLevel": 11}, "safetyLevel"),
        ({"priority": "low"}, {"priority": "normal"}, "priority"),
    ],
)
@pytest.mark.parametrize("further_down", [False, True])
def test_a_child_gets_no_more_than_its_parent_has(admin, parents, asked, field, further_down):
    client = KeyClient(admin, admin.managing_key(**parents)["key"])
    # One in between that has no limit itself.
    below = {"parentId": client.child()["id"]} if further_down else {}

    created = client("POST", "/keys", {"name": "child", **below, **asked})
    child = client.child(**below, **({} if field == "priority" else parents))
    edited = client("PATCH", f"/keys/{child['id']}", asked if field != "budgetLimit" else {})
    put = client("PUT", f"/keys/{child['id']}/budget", {"budgetLimit": None, **asked})

    assert (created.status, error_of(created)["code"], error_of(created)["param"]) == (
        400,
        "invalid_parameter",
        field,
    )
    if field != "budgetLimit":
        assert (edited.status, error_of(edited)["param"]) == (400, field)
    assert (put.status, error_of(put)["param"]) == (400, field)


@pytest.mark.parametrize(
    "field", ["priceFactor", "keepBodies", "externalId", "parentId", "status", "budgetUsed"]
)
def test_what_is_an_administrators_to_set_is_refused_by_name(team, field):
    client, parent = team
    child = client.child()
    edited = client("PATCH", f"/keys/{child['id']}", {field: parent["id"]})
    assert (edited.status, error_of(edited)["param"]) == (400, field)
    if field != "parentId":
        created = client("POST", "/keys", {"name": "x", field: "1"})
        assert (created.status, error_of(created)["param"]) == (400, field)


def test_a_child_without_a_list_of_models_has_its_parents(admin):
    root = admin.key(allowedModels=["large", "medium", "small"])
    client = KeyClient(
        admin, admin.managing_key(parentId=root["id"], allowedModels=["medium", "small"])["key"]
    )
    child = client.child()
    assert child["allowedModels"] == ["medium", "small"]
    narrowed = client("PATCH", f"/keys/{child['id']}", {"allowedModels": ["small"]}).json
    assert narrowed["allowedModels"] == ["small"]
    widened = client("PATCH", f"/keys/{child['id']}", {"allowedModels": None}).json
    assert widened["allowedModels"] == ["medium", "small"]


def test_a_child_of_a_key_of_low_priority_has_that_unless_it_names_another(admin):
    client = KeyClient(admin, admin.managing_key(priority="low")["key"])
    assert client.child()["priority"] == "low"
    assert KeyClient(admin, admin.managing_key()["key"]).child()["priority"] == "normal"


def test_a_parent_that_does_not_overcommit_gives_its_children_no_more_than_it_has(admin):
    client = KeyClient(admin, admin.managing_key(budgetLimit="10", overcommit=False)["key"])
    client.child(budgetLimit="6")
    refused = client("POST", "/keys", {"name": "x", "budgetLimit": "5"})
    assert (refused.status, error_of(refused)["param"]) == (400, "budgetLimit")


def test_a_key_can_not_change_itself(team):
    client, parent = team
    for method, path, body in (
        ("PATCH", "", {"name": "me"}),
        ("PUT", "/budget", {"budgetLimit": "1000"}),
        ("POST", "/rotate", None),
        ("POST", "/revoke", None),
        ("POST", "/reinstate", None),
        ("DELETE", "", None),
    ):
        answer = client(method, f"/keys/{parent['id']}{path}", body)
        assert (answer.status, error_of(answer)["type"]) == (403, "permission_error")


def test_a_key_that_may_not_manage_others_sees_them_all_the_same(admin, team):
    client, parent = team
    child = client.child()
    assert admin("PATCH", f"/apiKey/{parent['id']}", {"manageChildren": False}).status == 200
    assert client("GET", f"/keys/{child['id']}").status == 200
    for method, path in (("POST", "/keys"), ("PATCH", f"/keys/{child['id']}")):
        answer = client(method, path, {"name": "x"})
        assert (answer.status, error_of(answer)["code"]) == (403, "key_management_not_allowed")


def test_what_a_parent_may_not_do_any_more_its_children_may_not_do_either(admin, team):
    client, parent = team
    child = KeyClient(admin, client.child()["key"])
    admin("POST", f"/apiKey/{parent['id']}/revoke")
    for each in (client, child):
        answer = each("GET", "/keys")
        assert (answer.status, error_of(answer)["code"]) == (401, "key_revoked")


@pytest.mark.parametrize("header", ["authorization", "x-api-key"])
def test_only_a_key_in_force_is_served(team, header):
    client, _ = team
    assert client.with_key(client.key, header)("GET", "/keys").status == 200
    for stranger in (api_keys.issue().reveal(), "sk-tg-mistyped", ""):
        answer = client.with_key(stranger, header)("GET", "/keys")
        assert (answer.status, error_of(answer)["code"]) == (401, "invalid_api_key")
        assert answer.headers["x-request-id"] == REQUEST_ID


@pytest.mark.parametrize(
    ("method", "path", "body", "code", "param"),
    [
        ("POST", "/keys", "{", "invalid_json", None),
        ("POST", "/keys", [], "invalid_parameter", "body"),
        ("POST", "/keys", {}, "invalid_parameter", "name"),
        ("POST", "/keys", {"name": "x", "tags": {"a": 1}}, "invalid_parameter", "tags.a"),
        ("GET", "/keys", None, "invalid_parameter", "limit"),
    ],
)
def test_an_error_names_the_field_in_openais_shape(team, method, path, body, code, param):
    client, _ = team
    answer = client(method, path, body, **({"limit": "0"} if method == "GET" else {}))
    assert answer.status == 400
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-should-retry"] == "false"
    error = error_of(answer)
    assert (error["type"], error["code"], error["param"]) == ("invalid_request_error", code, param)
    assert error["message"]


def test_an_unknown_route_says_so(team):
    client, parent = team
    answer = client("PUT", f"/keys/{parent['id']}/more")
    assert (answer.status, error_of(answer)["code"]) == (404, "unknown_route")
    answer = client("PUT", f"/keys/{parent['id']}")
    assert (answer.status, error_of(answer)["code"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "DELETE, GET, PATCH"


def test_a_body_is_sent_as_json(team):
    client, _ = team
    form = client("POST", "/keys", "name=x", headers={"content-type": "application/x-www-form-urlencoded"})
    assert (form.status, error_of(form)["code"]) == (400, "invalid_json")


@pytest.mark.usefixtures("admin")
def test_a_stranger_does_not_learn_what_is_wrong_with_a_request(admin):
    answer = KeyClient(admin, api_keys.issue().reveal())("POST", "/keys", "{")
    assert answer.status == 401


def test_only_a_key_that_was_never_used_is_deleted(team):
    client, _ = team
    child, grandchild = (client.child() for _ in range(2))
    client.child(parentId=grandchild["id"])
    deleted = client("DELETE", f"/keys/{child['id']}")
    assert (deleted.status, deleted.json["id"]) == (200, child["id"])
    assert client("GET", f"/keys/{child['id']}").status == 404
    kept = client("DELETE", f"/keys/{grandchild['id']}")
    assert (kept.status, error_of(kept)["code"]) == (409, "conflict")


def test_a_key_may_manage_others_only_if_somebody_has_said_so(admin, team):
    client, _ = team
    for key in (admin.key()["key"], client.child()["key"]):
        answer = KeyClient(admin, key)("POST", "/keys", {"name": "x"})
        assert (answer.status, error_of(answer)["code"]) == (403, "key_management_not_allowed")
    assert (
        KeyClient(admin, client.child(manageChildren=True)["key"])("POST", "/keys", {"name": "x"}).status
        == 201
    )


def test_a_budget_in_another_edit_is_told_where_budgets_are_changed(team):
    client, _ = team
    edited = client("PATCH", f"/keys/{client.child()['id']}", {"budgetLimit": 1})
    assert edited.status == 400
    assert error_of(edited)["message"] == (
        "`budgetLimit`: is not a field of this request. Change budgets with PUT /v1/keys/{id}/budget."
    )
