"""The audit: one entry for each change, saying what it was."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.builders import NOW
from tests.support.faults import KilledError, MortalClient
from tollgate.aws.dynamodb import pages
from tollgate.keys import api_keys


def entries(admin, entity: str) -> list[dict]:
    """Oldest first."""
    answer = admin("GET", "/audit", entity=entity)
    assert answer.status == 200, answer.text
    return answer.json["data"][::-1]


EDITS = {
    "the budget is raised": ("PUT", "/budget", {"budgetLimit": "20"}, ["budget.raise"]),
    "the budget is lowered": ("PUT", "/budget", {"budgetLimit": 5}, ["budget.lower"]),
    "the budget is removed": ("PUT", "/budget", {"budgetLimit": None}, ["budget.remove"]),
    "the quota is raised": ("PATCH", "", {"quotaLimit": 6}, ["quota.raise"]),
    "the quota is lowered": ("PATCH", "", {"quotaLimit": 4}, ["quota.lower"]),
    "the quota is removed": ("PATCH", "", {"quotaLimit": None}, ["quota.remove"]),
    "the quota is for weeks": ("PATCH", "", {"quotaPeriod": "week"}, ["quota.reschedule"]),
    "the quota carries over": ("PATCH", "", {"quotaCarryUnused": True}, ["quota.reschedule"]),
    "the enforcement is hardened": ("PATCH", "", {"enforcement": "hard"}, ["enforcement.harden"]),
    "the key is renamed": ("PATCH", "", {"name": "renamed"}, ["key.update"]),
    "the key is revoked": ("POST", "/revoke", None, ["key.revoke"]),
    "several at once": (
        "PUT",
        "/budget",
        {"budgetLimit": 9, "quotaLimit": 6, "enforcement": "hard"},
        ["budget.lower", "quota.raise", "enforcement.harden"],
    ),
}


@pytest.mark.parametrize(("method", "route", "body", "actions"), EDITS.values(), ids=EDITS)
def test_each_change_of_a_key_has_one_entry_that_says_what_it_was(admin, method, route, body, actions):
    before = admin.key(budgetLimit=10, quotaLimit=5)
    path = f"/apiKey/{before['id']}"

    after = admin(method, f"{path}{route}", body).json
    admin(method, f"{path}{route}", body)

    created, edited = entries(admin, before["id"])
    assert created["actions"] == ["key.create"]
    assert created["before"] == {}
    assert created["after"]["budgetLimit"] == "10"
    assert edited["actions"] == actions
    assert edited["before"] == {name: before[name] for name in edited["before"]}
    assert edited["after"] == {name: after[name] for name in edited["after"]}
    assert edited["before"] != edited["after"]
    assert (edited["entity"], edited["actor"], edited["requestId"]) == (before["id"], "admin", "1")


def test_a_budget_that_is_set_where_there_was_none_is_set(admin):
    key = admin.key()
    admin("PUT", f"/apiKey/{key['id']}/budget", {"budgetLimit": 1, "quotaLimit": 2})

    _, edited = entries(admin, key["id"])

    assert edited["actions"] == ["budget.set", "quota.set"]
    assert edited["before"] == {
        "budgetLimit": None,
        "quotaLimit": None,
        "quotaPeriod": None,
        "quotaZone": None,
        "quotaStartDay": None,
    }


def test_a_reset_says_what_it_took_off(admin, ledgers):
    key = admin.key(budgetLimit=10, quotaLimit=10)
    path = f"/apiKey/{key['id']}/budget/reset"
    assert admin("POST", path).status == 200
    ledgers.spend(api_keys.parse(key["key"]), "1.5")

    assert admin("POST", path, {"quota": False}).json["budgetUsed"] == "0"

    _, edited = entries(admin, key["id"])
    assert (edited["actions"], edited["before"], edited["after"]) == (
        ["budget.reset"],
        {"budgetUsed": "1.5"},
        {"budgetUsed": "0"},
    )


def test_a_move_says_from_where_to_where(admin):
    first, second = admin.key(), admin.key()
    child = admin.key(parentId=first["id"])
    admin("PATCH", f"/apiKey/{child['id']}", {"parentId": second["id"]})
    admin("PATCH", f"/apiKey/{child['id']}", {"parentId": second["id"]})

    created, moved = entries(admin, child["id"])

    assert created["after"]["parentId"] == first["id"]
    assert (moved["actions"], moved["before"], moved["after"]) == (
        ["key.move"],
        {"parentId": first["id"]},
        {"parentId": second["id"]},
    )


def test_providers_and_models_have_their_entries_without_their_secrets(admin):
    provider = admin.provider()
    admin("PATCH", f"/providers/{provider['id']}", {"baseUrl": "https://b.example.com", "apiKey": "sk-2"})
    model = admin.model(provider["id"], inputPrice="1", outputPrice="2")
    admin("PATCH", f"/models/{model['id']}", {"inputPrice": "1.5"})
    admin("PATCH", f"/models/{model['id']}", {"outputLimit": 100})
    admin("PATCH", f"/models/{model['id']}", {"outputLimit": 100})
    assert (
        admin(
            "POST", "/models", {"systemName": "small", "providerId": provider["id"], "modelType": "chat"}
        ).status
        == 409
    )

    of_provider, of_model = entries(admin, provider["id"]), entries(admin, model["id"])

    assert [each["actions"] for each in of_provider] == [
        ["provider.create"],
        ["provider.credential"],
        ["provider.update", "provider.credential"],
    ]
    assert of_provider[2]["after"] == {"baseUrl": "https://b.example.com/v1", "credentialVersion": 2}
    assert "sk-" not in str(of_provider)
    assert [each["actions"] for each in of_model] == [["model.create"], ["model.price"], ["model.update"]]
    (version,) = of_model[1]["after"].values()
    assert (version["inputPrice"], version["outputPrice"]) == ("1.5", "2")
    assert of_model[2]["before"] == {"outputLimit": None}


def test_entries_come_newest_first_page_by_page(admin):
    key = admin.key()
    for number in range(4):
        admin("PATCH", f"/apiKey/{key['id']}", {"name": f"name {number}"})

    listed, cursor = [], {}
    while True:
        page = admin("GET", "/audit", entity=key["id"], limit="2", **cursor).json
        listed += [each["after"]["name"] for each in page["data"]]
        if page["nextCursor"] is None:
            break
        cursor = {"cursor": page["nextCursor"]}

    assert listed == ["name 3", "name 2", "name 1", "name 0", "a key"]


@pytest.mark.parametrize(
    "query",
    [
        {"entity": "prv_1"},
        {"entity": "key_0123456789abcdef", "cursor": "x"},
        {"from": "yesterday"},
        {"from": "0"},
        {"from": "2026-13-01"},
        {"from": "2026-01-01T00:00:00"},
        {"from": "2026-01-02", "to": "2026-01-01"},
        {"from": "1999-12-31"},
        {"to": "9999-01-01"},
        {"actor": ""},
        {"action": "raise"},
        {"limit": "201"},
        {"by": "admin"},
    ],
)
def test_a_query_of_nothing_that_could_be_is_refused(admin, query):
    assert admin("GET", "/audit", **query).status == 422


def test_an_edit_that_died_before_its_entry_was_appended_is_noted_before_the_next(admin, dynamodb, tables):
    key = admin.key()
    keys = admin.services.keys
    before = keys.get(key["id"])
    change = keys.audit_table.page(key["id"], size=1, after=None)[0][0]
    mortal = MortalClient(dynamodb, 1, applies=True)
    dead = replace(keys, client=mortal, audit_table=replace(keys.audit_table, client=mortal))
    with pytest.raises(KilledError):
        dead.edit(before, replace(before, name="first", updated_at=NOW), replace(change, id="chg_1"))
    assert len(list(pages(dynamodb.scan, TableName=tables["AuditTable"]))) == 1

    assert admin("PATCH", f"/apiKey/{key['id']}", {"name": "second"}).json["name"] == "second"

    assert len(list(pages(dynamodb.scan, TableName=tables["AuditTable"]))) == 3
    assert [each["after"].get("name") for each in entries(admin, key["id"])][-1] == "second"
