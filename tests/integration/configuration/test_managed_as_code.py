"""Keys, models and providers say which configuration manages them: a label, which decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.key_client import KeyClient

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.admin_client import Admin

LABEL = "platform/keys-1_a.b"


def key(admin: Admin, name: str, **body: Any) -> str:
    return f"/apiKey/{admin.key(name=name, **body)['id']}"


def provider(admin: Admin, name: str, **body: Any) -> str:
    return f"/providers/{admin.provider(name=name, **body)['id']}"


def model(admin: Admin, name: str, **body: Any) -> str:
    known = admin("GET", "/providers").json["data"] or [admin.provider()]
    return f"/models/{admin.model(known[0]['id'], systemName=name, **body)['id']}"


MADE: dict[str, Callable[..., str]] = {each.__name__: each for each in (key, provider, model)}
each_kind = pytest.mark.parametrize("made", MADE.values(), ids=MADE)


def label_of(admin: Admin, path: str) -> Any:
    return admin("GET", path).json["managedBy"]


@each_kind
def test_a_label_is_given_at_creation_or_later_changed_and_taken_away(admin, made):
    assert label_of(admin, made(admin, "labelled", managedBy=LABEL)) == LABEL
    path = made(admin, "plain")
    assert label_of(admin, path) is None

    for label in (LABEL, "x" * 64, None):
        edited = admin("PATCH", path, {"managedBy": label})
        assert (edited.status, edited.json["managedBy"]) == (200, label)
        assert label_of(admin, path) == label


@each_kind
@pytest.mark.parametrize("label", ["", "x" * 65, "a b", "a:b", "é", "a\n", 7, ["a"], {}], ids=repr)
def test_what_is_no_label_is_refused(admin, made, label):
    path = made(admin, "plain")
    assert admin("PATCH", path, {"managedBy": label}).errors.keys() == {"managedBy"}
    assert label_of(admin, path) is None


@each_kind
def test_the_audit_notes_who_has_changed_a_label(admin, made):
    path = made(admin, "labelled", managedBy=LABEL)
    admin("PATCH", path, {"managedBy": "other"})

    changed, *_, created = admin("GET", "/audit", entity=path.rpartition("/")[2]).json["data"]

    assert (changed["before"], changed["after"]) == ({"managedBy": LABEL}, {"managedBy": "other"})
    assert created["after"]["managedBy"] == LABEL


@each_kind
def test_a_label_stays_whatever_else_is_edited(admin, made):
    path = made(admin, "labelled", managedBy=LABEL)
    other: dict[str, Any] = {
        "key": {"rpmLimit": 5},
        "provider": {"betaHeaders": ["a"]},
        "model": {"inputPrice": "3", "outputLimit": 7},
    }
    assert admin("PATCH", path, other[made.__name__]).json["managedBy"] == LABEL


def test_a_keys_label_stays_through_all_that_is_done_with_it(admin):
    path = key(admin, "labelled", managedBy=LABEL, budgetLimit="5")
    parent = admin.key(name="parent", budgetLimit="50")["id"]
    for method, suffix, body in (
        ("PATCH", "", {"parentId": parent}),
        ("PUT", "/budget", {"budgetLimit": "6"}),
        ("POST", "/rotate", None),
        ("POST", "/budget/reset", None),
        ("POST", "/revoke", None),
        ("POST", "/reinstate", None),
        ("POST", "/packs", {"amount": "1"}),
    ):
        assert admin(method, f"{path}{suffix}", body).status in {200, 201}
        assert label_of(admin, path) == LABEL


def test_a_creation_that_is_sent_again_is_compared_by_its_label_too(admin):
    body = {"name": "mine", "externalId": "mine", "managedBy": LABEL}
    assert admin("POST", "/apiKey", body).status == 201
    assert admin("POST", "/apiKey", body).status == 200
    refused = admin("POST", "/apiKey", {**body, "managedBy": "other"})
    assert (refused.status, refused.errors.keys()) == (409, {"managedBy"})


@each_kind
def test_lists_show_what_has_a_label_on_however_many_pages(admin, made):
    mine = {made(admin, f"mine{number}", managedBy=LABEL).rpartition("/")[2] for number in range(5)}
    for number in range(5):
        made(admin, f"other{number}", **({"managedBy": "platform"} if number % 2 else {}))
    listing = made(admin, "last").rpartition("/")[0]

    found, query = [], {"managedBy": LABEL, "limit": "2"}
    for _ in range(20):
        page = admin("GET", listing, **query).json
        assert len(page["data"]) <= 2
        found += page["data"]
        if page["nextCursor"] is None:
            break
        query["cursor"] = page["nextCursor"]

    assert sorted(each["id"] for each in found) == sorted(mine)
    assert {each["managedBy"] for each in found} == {LABEL}
    assert admin("GET", listing, managedBy="nobody").json == {"data": [], "nextCursor": None}
    assert admin("GET", listing, managedBy="no label").errors.keys() == {"managedBy"}


def test_children_are_listed_by_label_too(admin):
    parent = admin.key(name="parent")["id"]
    child = admin.key(name="child", parentId=parent, managedBy=LABEL)["id"]
    admin.key(name="other", parentId=parent)
    for listing, query in ((f"/apiKey/{parent}/children", {}), ("/apiKey", {"parentId": parent})):
        found = admin("GET", listing, managedBy=LABEL, **query).json["data"]
        assert [each["id"] for each in found] == [child]


def test_holders_neither_see_nor_set_a_label(admin):
    holder = KeyClient(admin, admin.managing_key(managedBy=LABEL)["key"])
    child = holder.child()
    admin("PATCH", f"/apiKey/{child['id']}", {"managedBy": LABEL})

    for method, path, body in (("POST", "/keys", {"name": "x"}), ("PATCH", f"/keys/{child['id']}", {})):
        refused = holder(method, path, {**body, "managedBy": "mine"})
        assert (refused.status, refused.json["error"]["param"]) == (400, "managedBy")
    assert holder("GET", "/keys", None, managedBy=LABEL).status == 400
    renamed = holder("PATCH", f"/keys/{child['id']}", {"name": "renamed"})
    for shown in (renamed, holder("GET", "/keys"), holder("GET", f"/keys/{child['id']}")):
        assert shown.status == 200
        assert "managedBy" not in shown.text
        assert LABEL not in shown.text
    assert label_of(admin, f"/apiKey/{child['id']}") == LABEL


def test_what_is_older_than_labels_has_none(admin, dynamodb, tables):
    """Whoever has none has no attribute for it, as everything had that was stored before."""
    paths = [made(admin, "plain") for made in MADE.values()]
    for table in ("KeysTable", "CatalogTable"):
        for item in dynamodb.scan(TableName=tables[table])["Items"]:
            assert "managed_by" not in item
    assert [label_of(admin, path) for path in paths] == [None, None, None]
