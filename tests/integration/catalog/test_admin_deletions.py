"""Providers and models that are deleted, whatever others do to them meanwhile."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.support.builders import model, provider
from tollgate.conflicts import EditConflictError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from tollgate.catalog.store.audited_catalog import AuditedCatalog


def paths(admin) -> tuple[str, str, str]:
    created = admin.provider()
    model = admin.model(created["id"], inputPrice=1, outputPrice=2)
    return f"/providers/{created['id']}", f"/models/{model['id']}", created["id"]


def test_a_model_is_deleted_and_then_its_provider_with_its_key(admin):
    at_provider, at_model, provider_id = paths(admin)

    assert admin("DELETE", at_model).status == 204
    assert admin("GET", at_model).status == 404
    assert admin("DELETE", at_model).status == 404
    assert admin("GET", "/models").json["data"] == []

    assert admin("DELETE", at_provider).status == 204
    assert admin("GET", at_provider).status == 404
    assert admin("DELETE", at_provider).status == 404
    assert provider_id not in admin.services.credentials.stored


def test_a_provider_that_serves_a_model_stays_with_its_key_and_says_which(admin):
    main, _, provider_id = paths(admin)
    other = admin.provider(name="other")
    admin.model(
        provider_id, systemName="both", alternatives=[{"providerId": other["id"], "remoteId": "there"}]
    )

    refused = admin("DELETE", main)
    assert (refused.status, refused.json["detail"]) == (
        409,
        "The provider mock still serves 2 models: both, small.",
    )
    assert (
        admin("DELETE", f"/providers/{other['id']}").json["detail"]
        == "The provider other still serves 1 model: both."
    )
    assert set(admin.services.credentials.stored) == {provider_id, other["id"]}
    assert admin("GET", main).status == 200


def test_a_deletion_requires_the_revision_that_the_request_names(admin):
    at_provider, at_model, _ = paths(admin)
    for path in (at_model, at_provider):
        assert admin("DELETE", path, headers={"if-match": '"99"'}).status == 412
        tag = admin("GET", path).headers["etag"]
        assert admin("DELETE", path, headers={"if-match": tag}).status == 204


def test_deletions_are_in_the_audit_with_what_was_deleted(admin):
    at_provider, at_model, provider_id = paths(admin)
    admin("DELETE", at_model)
    admin("DELETE", at_provider)

    deleted, *_ = admin("GET", "/audit", entity=at_model.rpartition("/")[2]).json["data"]
    assert deleted["actions"] == ["model.delete"]
    assert deleted["after"] == {}
    assert deleted["before"]["systemName"] == "small"
    (prices,) = (value for name, value in deleted["before"].items() if name.startswith("prices."))
    assert prices["inputPrice"] == "1"
    deleted, *_ = admin("GET", "/audit", entity=provider_id).json["data"]
    assert (deleted["actions"], deleted["before"]["baseUrl"]) == (
        ["provider.delete"],
        "https://api.example.com/v1",
    )


def test_a_name_can_be_taken_again_and_neither_revisions_nor_price_versions_come_back(admin):
    _, at_model, provider_id = paths(admin)
    first = admin("PATCH", at_model, {"inputPrice": 3}).json
    admin("DELETE", at_model)
    unpriced = admin.model(provider_id)
    admin("DELETE", at_model)
    again = admin.model(provider_id, inputPrice=1, outputPrice=2)

    assert again["id"] == first["id"]
    assert [each["revision"] for each in (first, unpriced, again)] == [2, 3, 4]
    assert (first["priceVersion"], again["priceVersion"]) == (f"{first['id']}:2", f"{first['id']}:4")
    assert len(admin("GET", f"{at_model}/prices").json["data"]) == 1
    assert admin("PATCH", at_model, {"inputPrice": 9}).json["priceVersion"] == f"{first['id']}:5"


def test_a_provider_that_takes_the_name_of_a_deleted_one_is_another(admin):
    created = admin.provider()
    admin("DELETE", f"/providers/{created['id']}")
    again = admin.provider(apiKey="sk-second")
    assert again["id"] == created["id"]
    assert again["revision"] > created["revision"]
    assert admin.services.credentials.stored == {created["id"]: ["sk-second"]}


@pytest.fixture
def in_between(admin, monkeypatch) -> Callable[[str, Callable[[], Any]], None]:
    """Lets something happen once, just before a write of the catalog."""

    def install(write: str, happens: Callable[[], Any]) -> None:
        catalog = type(admin.services.catalog)
        original = getattr(catalog, write)
        waiting = [happens]

        def late(self: Any, *given: Any) -> Any:
            if waiting:
                waiting.pop()()
            return original(self, *given)

        monkeypatch.setattr(catalog, write, late)

    return install


def test_a_model_that_is_created_just_before_its_provider_is_deleted_keeps_it(admin, in_between):
    provider_id = admin.provider()["id"]
    in_between("delete_provider", lambda: admin.model(provider_id))
    refused = admin("DELETE", f"/providers/{provider_id}")
    assert (refused.status, refused.json["detail"]) == (409, "The provider mock still serves 1 model: small.")
    assert provider_id in admin.services.credentials.stored


def test_a_model_that_is_moved_to_a_provider_just_before_its_deletion_keeps_it(admin, in_between):
    _, at_model, _ = paths(admin)
    other = admin.provider(name="other")["id"]
    in_between("delete_provider", lambda: admin("PATCH", at_model, {"providerId": other}))
    assert admin("DELETE", f"/providers/{other}").status == 409


def test_a_model_is_not_created_at_a_provider_that_was_just_deleted(admin, in_between):
    provider_id = admin.provider()["id"]
    in_between("add_model", lambda: admin("DELETE", f"/providers/{provider_id}"))
    answer = admin("POST", "/models", {"systemName": "small", "providerId": provider_id, "modelType": "chat"})
    assert (answer.status, answer.errors) == (422, {"providerId": "names a provider that does not exist"})
    assert admin("GET", "/models").json["data"] == []


def test_what_is_edited_just_before_its_deletion_is_deleted_as_it_is_then(admin, in_between):
    at_provider, at_model, provider_id = paths(admin)
    in_between("delete_model", lambda: admin("PATCH", at_model, {"weight": 7}))
    assert admin("DELETE", at_model).status == 204
    entry, *_ = admin("GET", "/audit", entity=at_model.rpartition("/")[2]).json["data"]
    assert entry["before"]["weight"] == 7
    in_between("delete_provider", lambda: admin("PATCH", at_provider, {"outputLimitName": "max_tokens"}))
    assert admin("DELETE", at_provider).status == 204
    entry, *_ = admin("GET", "/audit", entity=provider_id).json["data"]
    assert entry["before"]["outputLimitName"] == "max_tokens"


def test_the_key_of_a_provider_that_takes_the_name_at_once_is_kept(admin, monkeypatch):
    provider_id = admin.provider()["id"]
    catalog = type(admin.services.catalog)
    original = catalog.delete_provider

    def deleted_and_created(self: Any, seen: Any) -> None:
        original(self, seen)
        admin.provider(apiKey="sk-of-the-new-one")

    monkeypatch.setattr(catalog, "delete_provider", deleted_and_created)
    assert admin("DELETE", f"/providers/{provider_id}").status == 204
    assert admin.services.credentials.stored[provider_id][-1] == "sk-of-the-new-one"


def created_at(catalog: AuditedCatalog, provider_id: str, name: str) -> bool:
    for _ in range(50):
        if catalog.provider(provider_id) is None:
            return False
        try:
            catalog.with_provider_references([provider_id]).add_model(model(name, provider_id=provider_id))
        except EditConflictError:
            continue
        return True
    raise AssertionError(f"{name} was not created.")


def deleted(catalog: AuditedCatalog, provider_id: str) -> bool:
    for _ in range(50):
        seen = catalog.provider(provider_id)
        if list(catalog.models()):
            return False
        try:
            catalog.delete_provider(seen)
        except EditConflictError:
            continue
        return True
    raise AssertionError("The provider was not deleted.")


def test_of_creations_and_a_deletion_at_once_no_model_is_left_without_its_provider(admin):
    """What stays is a provider with models, or neither."""
    catalog = admin.services.catalog
    for number in range(6):
        kept = provider(name=f"provider {number}", id=f"prv_{number}")
        catalog.add_provider(kept)
        names = [f"model-{number}-{place}" for place in range(3)]
        with ThreadPoolExecutor(4) as pool:
            creations = [pool.submit(created_at, catalog, kept.id, name) for name in names]
            deletion = pool.submit(deleted, catalog, kept.id)
            created = [each.result() for each in creations]
        models = list(catalog.models())
        assert len(models) == sum(created)
        assert deletion.result() is not any(created)
        assert (catalog.provider(kept.id) is None) is deletion.result()
        for each in models:
            catalog.delete_model(each)
