"""Lists of keys, models and providers: page by page, searched and filtered, while others write."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.faults import CountingClient
from tests.support.tree_world import TreeWorld
from tollgate.keys import api_keys
from tollgate.keys.store import hierarchy as hierarchy_module
from tollgate.keys.store import keys_table as keys_module
from tollgate.ledger.store import scope_items
from tollgate_admin import composition

if TYPE_CHECKING:
    from tests.support.admin_client import Admin
    from tollgate.ledger.scopes import Scope

_MAX_PAGES = 500


def listed(admin: Admin, path: str, **query: Any) -> list[dict[str, Any]]:
    """Everything on all the pages of a list."""
    found: list[dict[str, Any]] = []
    for _ in range(_MAX_PAGES):
        page = admin("GET", path, **query)
        assert page.status == 200, page.text
        found += page.json["data"]
        if page.json["nextCursor"] is None:
            return found
        query["cursor"] = page.json["nextCursor"]
    message = "The list has no end."
    raise AssertionError(message)


def names(found: list[dict[str, Any]]) -> list[str]:
    return sorted(each["name"] for each in found)


def test_keys_are_searched_and_filtered(admin, ledgers):
    parent = admin.key(name="parent", priority="critical")
    spent = admin.key(
        name="Spent", ownerEmail="Ann@example.com", tags={"team": "search"}, budgetLimit=1, externalId="x-1"
    )
    ledgers.spend(api_keys.parse(spent["key"]), "1")
    admin.key(name="child", parentId=parent["id"], priority="high", budgetLimit=5, tags={"team": "ads"})
    admin.key(name="other", parentId=parent["id"], ownerEmail="bob@example.com")
    admin("POST", f"/apiKey/{admin.key(name='gone')['id']}/revoke")

    assert len(names(listed(admin, "/apiKey"))) == 5
    assert names(listed(admin, "/apiKey", search="EXAMPLE.com")) == ["Spent", "other"]
    assert names(listed(admin, "/apiKey", search="X-1")) == ["Spent"]
    assert names(listed(admin, "/apiKey", search=parent["id"].upper())) == ["parent"]
    assert names(listed(admin, "/apiKey", status="revoked")) == ["gone"]
    assert names(listed(admin, "/apiKey", owner="ann@example.com")) == ["Spent"]
    assert names(listed(admin, "/apiKey", tag="team")) == ["Spent", "child"]
    assert names(listed(admin, "/apiKey", tag="team=ads")) == ["child"]
    assert names(listed(admin, "/apiKey", priority="high")) == ["child"]
    assert names(listed(admin, "/apiKey", budgetState="exhausted")) == ["Spent"]
    assert names(listed(admin, "/apiKey", budgetState="unlimited")) == ["gone", "other", "parent"]
    assert names(listed(admin, "/apiKey", parentId=parent["id"])) == ["child", "other"]
    assert names(listed(admin, "/apiKey", parentId=parent["id"], budgetState="fine")) == ["child"]
    assert names(listed(admin, f"/apiKey/{parent['id']}/children", search="OTH")) == ["other"]
    assert listed(admin, "/apiKey", parentId="key_0000000000000000") == []
    (shown,) = listed(admin, "/apiKey", search="spent")
    assert (shown["budgetState"], shown["priority"]) == ("exhausted", "normal")


def test_the_roots_are_listed_alone_with_how_many_keys_are_below_each(admin):
    parent, moved = admin.key(name="parent"), admin.key(name="moved")
    child = admin.key(name="child", parentId=parent["id"], ownerEmail="ann@example.com")
    admin.key(name="grandchild", parentId=child["id"])
    admin.key(name="lone", ownerEmail="ann@example.com")

    roots = listed(admin, "/apiKey", roots="true", limit="1")
    assert {each["name"]: each["childCount"] for each in roots} == {"parent": 1, "moved": 0, "lone": 0}
    assert names(listed(admin, "/apiKey", roots="true", owner="ann@example.com")) == ["lone"]
    assert listed(admin, "/apiKey", roots="true", parentId=parent["id"]) == []
    assert len(listed(admin, "/apiKey", roots="false")) == 5

    admin("PATCH", f"/apiKey/{moved['id']}", {"parentId": parent["id"]})
    roots = listed(admin, "/apiKey", roots="true")
    assert {each["name"]: each["childCount"] for each in roots} == {"parent": 2, "lone": 0}


def test_a_listed_key_tells_its_way_from_the_root_by_name(admin):
    parent = admin.key(name="parent")
    child = admin.key(name="child", parentId=parent["id"])
    admin.key(name="grandchild", parentId=child["id"])

    (found,) = listed(admin, "/apiKey", search="grandchild")
    assert (found["pathNames"], found["childCount"]) == (["parent", "child", "grandchild"], 0)
    (found,) = listed(admin, f"/apiKey/{parent['id']}/children")
    assert (found["pathNames"], found["childCount"]) == (["parent", "child"], 1)


def test_what_is_below_roots_is_not_read_into_their_list(admin, monkeypatch):
    """A page of roots goes past more keys below them than the function would want to look at."""
    monkeypatch.setattr(keys_module, "_SCANNED_AT_ONCE", 4)
    monkeypatch.setattr(keys_module, "_MAX_SCANS", 2)
    parent = admin.key(name="parent")
    for number in range(9):
        admin.key(name=f"child {number}", parentId=parent["id"])
    seen: list[str] = []
    to_scope = scope_items.to_scope

    def noted(image: Any) -> Scope:
        seen.append(image["name"])
        return to_scope(image)

    monkeypatch.setattr(scope_items, "to_scope", noted)

    assert names(listed(admin, "/apiKey", roots="true")) == ["parent"]
    assert seen == ["parent"]


INVALID = {
    "roots that are neither": {"roots": "some"},
    "a status that isn't there": {"status": "gone"},
    "a state that isn't there": {"budgetState": "over"},
    "a priority that isn't there": {"priority": "urgent"},
    "a parent that is no id": {"parentId": "sk-tg-secret"},
    "a search for nothing": {"search": ""},
    "too many at once": {"limit": "101"},
}


@pytest.mark.parametrize("query", INVALID.values(), ids=INVALID)
def test_what_can_not_be_listed_is_refused_naming_the_filter(admin, query):
    answer = admin("GET", "/apiKey", **query)
    assert (answer.status, answer.errors.keys()) == (422, query.keys())


def test_a_page_reads_no_more_than_it_may_however_little_it_finds(admin, monkeypatch):
    """Then pages come empty, and the list still gets to its end."""
    monkeypatch.setattr(keys_module, "_SCANNED_AT_ONCE", 2)
    monkeypatch.setattr(keys_module, "_MAX_SCANS", 2)
    monkeypatch.setattr(hierarchy_module, "_MAX_READ", 4)
    monkeypatch.setattr(hierarchy_module, "_READ_AT_ONCE", 2)
    parent = admin.key(name="parent")
    for number in range(9):
        admin.key(name=f"child {number}", parentId=parent["id"])
    counting: Any = CountingClient(admin.services.keys.client)
    services = admin.services
    admin.services = composition.build_services(counting, services.settings, services.connect_credentials)

    for path in ("/apiKey", f"/apiKey/{parent['id']}/children"):
        found, cursor, sizes = [], {}, []
        for _ in range(_MAX_PAGES):
            counting.operations.clear()
            page = admin("GET", path, search="child 7", limit="1", **cursor).json
            assert counting.operations.count("scan") <= 2
            # And for the path of the one found, and what is below it.
            assert counting.operations.count("batch_get_item") <= 2 + 3
            sizes.append(len(page["data"]))
            found += page["data"]
            if page["nextCursor"] is None:
                break
            cursor = {"cursor": page["nextCursor"]}
        assert names(found) == ["child 7"]
        assert sizes.count(0) >= 2


@pytest.mark.parametrize(
    ("of_parent", "filters"), [(False, {}), (True, {"search": "stays"})], ids=["keys", "children"]
)
def test_a_key_that_is_there_throughout_is_listed_once_while_others_come_go_and_change(
    admin, dynamodb, tables, filters, of_parent
):
    tree = TreeWorld(dynamodb, tables)
    parent = tree.add(name="stays, too")
    stays = [tree.add(parent.key_id, name=f"stays {number}").key_id for number in range(12)]
    expected = sorted(stays if of_parent else [parent.key_id, *stays])
    path = f"/apiKey/{parent.key_id}/children" if of_parent else "/apiKey"
    done = threading.Event()

    def come_and_go(number: int) -> None:
        while not done.is_set():
            key = tree.add(parent.key_id if of_parent else None, name="comes and goes")
            if of_parent:
                tree.move(key.key_id, None)
            dynamodb.delete_item(TableName=tables["KeysTable"], Key={"key_id": {"S": key.key_id}})

    def change(number: int) -> None:
        edits = 0
        while not done.is_set():
            edits += 1
            tree.edit(stays[(edits * 2 + number) % len(stays)], name=f"stays as edit {edits}")

    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(work, number) for work in (come_and_go, change) for number in range(2)]
        try:
            for _ in range(2):
                ids = [each["id"] for each in listed(admin, path, limit="3", **filters)]
                assert sorted(each for each in ids if each in expected) == expected
        finally:
            done.set()
        for each in writers:
            each.result()


def test_children_that_are_not_its_own_any_more_are_not_listed(admin):
    parent, other = admin.key(name="parent"), admin.key(name="other")
    child = admin.key(name="child", parentId=parent["id"])
    admin("PATCH", f"/apiKey/{child['id']}", {"parentId": other["id"]})

    assert listed(admin, "/apiKey", parentId=parent["id"]) == []
    assert names(listed(admin, "/apiKey", parentId=other["id"])) == ["child"]


def test_models_and_providers_are_listed_by_name_page_by_page(admin):
    ids = [admin.provider(name=f"provider {letter}")["id"] for letter in "cabd"]
    for name in ("gpt-b", "gpt-a", "claude", "gpt-c"):
        admin.model(ids[0], systemName=name, remoteId=f"remote {name}")

    providers = listed(admin, "/providers", limit="3")
    assert [each["name"] for each in providers] == [f"provider {letter}" for letter in "abcd"]
    models = listed(admin, "/models", limit="1")
    assert [each["systemName"] for each in models] == ["claude", "gpt-a", "gpt-b", "gpt-c"]
    found = listed(admin, "/models", limit="2", search="REMOTE GPT")
    assert [each["systemName"] for each in found] == ["gpt-a", "gpt-b", "gpt-c"]
    assert [each["name"] for each in listed(admin, "/providers", search="Er B")] == ["provider b"]
    assert [each["id"] for each in listed(admin, "/providers", search=ids[3])] == [ids[3]]
    assert admin("GET", "/models", limit="0").errors.keys() == {"limit"}


def test_a_model_has_a_safety_level_that_can_be_changed_and_is_in_the_audit(admin):
    provider = admin.provider()["id"]
    model = admin.model(provider)
    assert model["safetyLevel"] == 0
    assert admin.model(provider, systemName="wild", safetyLevel=80)["safetyLevel"] == 80

    assert admin("PATCH", f"/models/{model['id']}", {"safetyLevel": 30}).json["safetyLevel"] == 30
    assert admin("GET", f"/models/{model['id']}").json["safetyLevel"] == 30
    change = admin("GET", "/audit", entity=model["id"]).json["data"][0]
    assert (change["before"], change["after"]) == ({"safetyLevel": 0}, {"safetyLevel": 30})
    refused = admin("PATCH", f"/models/{model['id']}", {"safetyLevel": 101})
    assert refused.errors.keys() == {"safetyLevel"}


def test_a_key_has_attributes_that_can_be_changed_and_are_in_the_audit(admin):
    plain = admin.key()
    usual = {"safetyLevel": None, "priority": "normal", "keepBodies": False, "manageChildren": False}
    assert {name: plain[name] for name in usual} == usual
    chosen = {"safetyLevel": 40, "priority": "high", "keepBodies": True, "manageChildren": True}
    key = admin.key(**chosen)
    assert {name: key[name] for name in chosen} == chosen

    edited = admin("PATCH", f"/apiKey/{key['id']}", {"safetyLevel": 30, "priority": "low"}).json
    assert (edited["safetyLevel"], edited["priority"], edited["keepBodies"]) == (30, "low", True)
    last, first = admin("GET", "/audit", entity=key["id"]).json["data"]
    assert last["actions"] == ["safety.lower", "priority.lower"]
    assert (last["before"], last["after"]) == (
        {"priority": "high", "safetyLevel": 40},
        {"priority": "low", "safetyLevel": 30},
    )
    assert {name: first["after"][name] for name in chosen} == chosen
    removed = admin("PATCH", f"/apiKey/{key['id']}", {"safetyLevel": None}).json
    assert removed["safetyLevel"] is None
    for body in ({"safetyLevel": 101}, {"safetyLevel": -1}, {"priority": "urgent"}, {"keepBodies": None}):
        assert admin("PATCH", f"/apiKey/{key['id']}", body).errors.keys() == body.keys()


def test_a_childs_priority_is_its_parents_where_it_would_be_more_unless_it_is_asked_for(admin):
    low, high = admin.key(priority="low"), admin.key(priority="high", safetyLevel=40)

    assert admin.key(parentId=low["id"])["priority"] == "low"
    assert admin.key(parentId=high["id"])["priority"] == "normal"
    refused = admin("POST", "/apiKey", {"name": "a", "parentId": low["id"], "priority": "normal"})
    assert refused.errors == {"priority": f"must not exceed that of its parent {low['id']}, low"}
    refused = admin("POST", "/apiKey", {"name": "a", "parentId": high["id"], "safetyLevel": 50})
    assert refused.errors == {"safetyLevel": f"must not exceed that of its ancestor {high['id']}, 40"}


def test_models_are_filtered_by_who_serves_them_and_by_whether_they_have_a_price(admin):
    first, second = (admin.provider(name=name)["id"] for name in ("first", "second"))
    price = {"inputPrice": "1", "outputPrice": "2"}
    admin.model(first, systemName="a", **price)
    admin.model(second, systemName="b")
    admin.model(first, systemName="c", inputPrice="1", alternatives=[{"providerId": second}])

    def names(**query: str) -> list[str]:
        return [each["systemName"] for each in listed(admin, "/models", limit="1", **query)]

    assert names(providerId=first) == ["a", "c"]
    assert names(providerId=second) == ["b", "c"]
    # A chat model needs a price of its output, too.
    assert names(priced="false") == ["b", "c"]
    assert names(priced="true") == ["a"]
    admin.model(first, systemName="d/*")  # whose models have the shipped catalog's
    assert names(priced="true") == ["a", "d/*"]
    assert names(priced="false", providerId=first, search="C") == ["c"]
    assert names(providerId="prv_nobody") == []
