"""A model's further names: each is one model's alone, and calls by it are the model's in every respect."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from tests.support.builders import KEY, scope
from tests.support.gateway_world import HELLO
from tollgate.catalog.store.catalog_table import CatalogTable
from tollgate_proxy.catalog_cache import CachedCatalog


@pytest.fixture
def provider_id(admin) -> str:
    made: str = admin.provider()["id"]
    return made


def body(name: str, provider_id: str, **fields: Any) -> dict[str, Any]:
    plain = {"systemName": name, "providerId": provider_id, "modelType": "chat", "inputPrice": "1"}
    return {**plain, "outputPrice": "2", **fields}


def named(admin, name: str) -> str | None:
    catalog = CatalogTable(admin.services.catalog.client, admin.services.catalog.table)
    found = CachedCatalog(catalog, 60).model(name)
    assert found == catalog.model_named(name)
    return None if found is None else found.system_name


def test_a_model_is_found_by_the_names_that_it_has_and_by_no_others(admin, provider_id):
    made = admin("POST", "/models", body("large", provider_id, aliases=["big", "team/big@2:x"]))
    assert (made.status, made.json["aliases"]) == (201, ["big", "team/big@2:x"])
    assert [named(admin, name) for name in ("large", "big", "team/big@2:x", "other")] == [
        *["large"] * 3,
        None,
    ]

    edited = admin("PATCH", f"/models/{made.json['id']}", {"aliases": ["big", "huge"]})
    assert edited.json["aliases"] == ["big", "huge"]
    assert [named(admin, name) for name in ("big", "huge", "team/big@2:x")] == ["large", "large", None]
    assert admin("PATCH", f"/models/{made.json['id']}", {"outputLimit": 5}).json["aliases"] == ["big", "huge"]

    assert admin("DELETE", f"/models/{made.json['id']}").status == 204
    assert [named(admin, name) for name in ("large", "big", "huge")] == [None] * 3
    assert admin("POST", "/models", body("big", provider_id)).status == 201


@pytest.fixture(scope="module")
def taking(shared_admin) -> dict[str, Any]:
    """An admin with a model that has a further name and one that has none; what is refused leaves it so."""
    provider_id = shared_admin.provider()["id"]
    shared_admin("POST", "/models", body("large", provider_id, aliases=["big"]))
    made = shared_admin("POST", "/models", body("small", provider_id)).json
    return {"admin": shared_admin, "provider_id": provider_id, "model_id": made["id"]}


@pytest.mark.parametrize(
    ("name", "aliases", "status", "field"),
    [
        ("new", ["large"], 409, "aliases.0"),
        ("new", ["free", "big"], 409, "aliases.1"),
        ("big", [], 409, "systemName"),
        ("new", ["new"], 422, "aliases.0"),
        ("new", ["free", "free"], 422, "aliases.1"),
        ("new", ["a b"], 422, "aliases.0"),
        ("new", [f"a{number}" for number in range(21)], 422, "aliases"),
    ],
)
def test_no_name_is_two_models_or_twice_a_models(taking, name, aliases, status, field):
    admin = taking["admin"]
    answer = admin("POST", "/models", body(name, taking["provider_id"], aliases=aliases))
    assert (answer.status, set(answer.errors)) == (status, {field})
    if name == "new" and aliases != ["new"]:
        answer = admin("PATCH", f"/models/{taking['model_id']}", {"aliases": aliases})
        assert (answer.status, set(answer.errors)) == (status, {field})
    assert named(admin, "big") == "large"


def test_of_those_who_give_a_name_at_once_one_succeeds(admin, provider_id):
    ids = [admin("POST", "/models", body(f"m{each}", provider_id)).json["id"] for each in range(3)]
    wanted = [("PATCH", f"/models/{each}", {"aliases": ["wanted"]}) for each in ids]
    wanted.append(("POST", "/models", body("wanted", provider_id)))
    answers: list[int] = []

    def ask(method: str, path: str, sent: dict[str, Any]) -> None:
        answers.append(admin(method, path, sent).status)

    threads = [threading.Thread(target=ask, args=asked) for asked in wanted]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert sorted(each for each in answers if each != 409) in ([200], [201])
    assert len(answers) == len(wanted)


def test_the_audit_tells_of_names(admin, provider_id):
    made = admin("POST", "/models", body("large", provider_id)).json
    admin("PATCH", f"/models/{made['id']}", {"aliases": ["big"]})
    newest = admin("GET", "/audit").json["data"][0]
    assert (newest["before"], newest["after"]) == ({"aliases": []}, {"aliases": ["big"]})


def test_a_call_by_an_alias_is_the_models_in_every_respect(admin, world):
    model = admin.services.catalog.model("small")
    admin("PATCH", f"/models/{model.id}", {"aliases": ["tiny"]})
    world.keys.edit(world.scope, scope(KEY, allowed_models=frozenset({"small"})))
    gateway = world.gateway(catalog=CachedCatalog(world.catalog, 60))

    answer = world.call({"model": "tiny", "messages": HELLO}, gateway=gateway)

    assert (answer.status, answer.headers["x-tollgate-model"]) == (200, "small")
    (record,) = world.records
    assert (record["model"], record["remote_model"]) == ("small", "small-2026")
    assert world.received[0]["body"]["model"] == "small-2026"
    listed = json.loads(world.call(method="GET", path="/v1/models", gateway=gateway).text)["data"]
    assert [each["id"] for each in listed] == ["small", "tiny"]
    assert json.loads(world.call(method="GET", path="/v1/models/tiny", gateway=gateway).text) == listed[1]
