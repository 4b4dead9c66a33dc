"""The shipped catalog through the admin API: what an import would change, and what it does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from aws_wire.errors import ServiceError
from tollgate_admin.catalog import model_commands
from tollgate_admin.catalog.shipped import shipped_prices

if TYPE_CHECKING:
    from tests.support.admin_client import Admin

ENTRY = {
    "systemName": "acme-1",
    "modelType": "chat",
    "inputPrice": "2",
    "outputPrice": "8",
    "toolPrices": {"web_search": "0.01"},
    "contextLimit": 128_000,
    "outputLimit": 16_000,
    "source": "https://example.com/pricing",
    "sourcedAt": "2026-10-14",
}
UNKNOWN = "prv_0123456789abcdef0123"


@pytest.fixture
def provider(admin) -> str:
    return admin.provider()["id"]


def listed(admin: Admin, provider: str, **query: Any) -> dict[str, dict[str, Any]]:
    answer = admin("GET", f"/providers/{provider}/catalog", limit="100", **query)
    assert answer.status == 200, answer.text
    return {entry["systemName"]: entry for entry in answer.json["data"]}


def imported(admin: Admin, provider: str, **body: Any) -> list[tuple[str, str]]:
    answer = admin("POST", f"/providers/{provider}/catalog/import", body)
    assert answer.status == 200, answer.text
    return [(each["systemName"], each["outcome"]) for each in answer.json["data"]]


def model_named(admin: Admin, name: str) -> dict[str, Any]:
    found = {model["systemName"]: model for model in admin("GET", "/models", search=name).json["data"]}
    return found[name]


def versions(admin: Admin, model: dict[str, Any]) -> list[dict[str, Any]]:
    data: list[dict[str, Any]] = admin("GET", f"/models/{model['id']}/prices").json["data"]
    return data


def test_the_whole_catalog_is_listed_page_by_page(admin, provider):
    names, cursor = [], {}
    for _ in range(20):
        page = admin("GET", f"/providers/{provider}/catalog", limit="20", **cursor).json
        names += [entry["systemName"] for entry in page["data"]]
        if page["nextCursor"] is None:
            break
        cursor = {"cursor": page["nextCursor"]}

    assert names == sorted(entry.system_name for entry in shipped_prices.read().models)


def test_entries_are_found_by_vendor_name_and_what_an_import_would_do(admin, provider):
    claude = listed(admin, provider, vendor="anthropic")
    assert {entry["vendor"] for entry in claude.values()} == {"anthropic"}
    assert all("mini" in name for name in listed(admin, provider, search="MINI"))
    assert listed(admin, provider, search="google").keys() == listed(admin, provider, vendor="google").keys()
    assert listed(admin, provider, state="unchanged") == {}
    imported(admin, provider, systemNames=["gpt-5"])
    assert listed(admin, provider, state="unchanged").keys() == {"gpt-5"}


def test_an_import_does_what_the_list_has_said(admin, provider):
    before = listed(admin, provider)["gemini-2.5-pro"]
    assert (before["state"], before["modelId"], before["before"]) == ("new", None, None)
    assert before["after"]["tiers"][0]["abovePromptTokens"] == 200_000

    assert imported(admin, provider, systemNames=["gemini-2.5-pro"]) == [("gemini-2.5-pro", "created")]

    model = model_named(admin, "gemini-2.5-pro")
    assert (model["providerId"], model["remoteId"], model["priced"]) == (provider, "gemini-2.5-pro", True)
    assert (model["contextLimit"], model["outputLimit"]) == (before["contextLimit"], before["outputLimit"])
    marks = {"priceVersion", "effectiveAt"}
    for name in before["after"].keys() - marks:
        assert model[name] == before["after"][name], name
    after = listed(admin, provider)["gemini-2.5-pro"]
    assert (after["state"], after["modelId"]) == ("unchanged", model["id"])
    assert after["before"] == after["after"]


def test_an_import_that_is_sent_again_changes_nothing(admin, provider):
    names = ["gpt-5", "gpt-5-mini"]
    imported(admin, provider, systemNames=names)
    seen = admin("GET", "/models").json

    assert imported(admin, provider, systemNames=names) == [(name, "kept") for name in names]
    again = imported(admin, provider, systemNames=names, existing="update")
    assert again == [(name, "unchanged") for name in names]

    assert admin("GET", "/models").json == seen


def test_a_new_price_of_the_catalogs_is_a_new_version_and_takes_away_what_it_lacks(admin, provider):
    imported(admin, provider, entries=[ENTRY])
    dearer = {**ENTRY, "inputPrice": "3", "toolPrices": {}, "sourcedAt": "2026-11-20"}

    assert imported(admin, provider, entries=[dearer]) == [("acme-1", "kept")]
    assert imported(admin, provider, entries=[dearer], existing="update") == [("acme-1", "updated")]

    model = model_named(admin, "acme-1")
    assert (model["inputPrice"], model["toolPrices"], model["sourcedAt"]) == ("3", {}, "2026-11-20")
    old, new = versions(admin, model)
    assert (old["inputPrice"], old["sourcedAt"]) == ("2", "2026-10-14")
    assert new["priceVersion"] == model["priceVersion"]


def test_the_same_figures_read_on_a_later_day_make_no_version(admin, provider):
    imported(admin, provider, entries=[ENTRY])

    later = {**ENTRY, "sourcedAt": "2026-11-20"}

    assert imported(admin, provider, entries=[later], existing="update") == [("acme-1", "unchanged")]
    assert len(versions(admin, model_named(admin, "acme-1"))) == 1


def test_a_price_set_by_hand_is_only_replaced_if_that_is_asked_for(admin, provider):
    imported(admin, provider, systemNames=["gpt-5"])
    model = model_named(admin, "gpt-5")
    catalogs = model["inputPrice"]
    admin("PATCH", f"/models/{model['id']}", {"inputPrice": "99"})

    shown = listed(admin, provider)["gpt-5"]
    assert (shown["state"], shown["before"]["inputPrice"]) == ("edited", "99")
    assert shown["after"]["inputPrice"] == catalogs
    body = {"systemNames": ["gpt-5"], "existing": "update"}
    answer = admin("POST", f"/providers/{provider}/catalog/import", body)
    (refused,) = answer.json["data"]
    assert (refused["outcome"], "set by hand" in refused["detail"]) == ("refused", True)
    assert model_named(admin, "gpt-5")["inputPrice"] == "99"

    assert imported(admin, provider, systemNames=["gpt-5"], existing="replace") == [("gpt-5", "updated")]
    assert model_named(admin, "gpt-5")["inputPrice"] == catalogs
    assert listed(admin, provider)["gpt-5"]["state"] == "unchanged"


def test_the_catalogs_figures_set_by_hand_are_no_conflict(admin, provider):
    figures = {name: ENTRY[name] for name in ("inputPrice", "outputPrice", "toolPrices")}
    admin.model(provider, systemName="acme-1", **figures)
    assert imported(admin, provider, entries=[ENTRY], existing="update") == [("acme-1", "unchanged")]


def test_a_model_without_a_price_gets_the_catalogs(admin, provider):
    admin.model(provider, systemName="gpt-5")

    shown = listed(admin, provider)["gpt-5"]
    assert (shown["state"], shown["before"]) == ("price_changed", None)
    assert imported(admin, provider, systemNames=["gpt-5"], existing="update") == [("gpt-5", "updated")]
    assert model_named(admin, "gpt-5")["priced"] is True


def test_a_model_of_another_provider_is_left_alone(admin, provider):
    other = admin.provider(name="other")["id"]
    admin.model(other, systemName="gpt-5", inputPrice="7", outputPrice="7")

    assert listed(admin, provider)["gpt-5"]["state"] == "elsewhere"
    assert listed(admin, other)["gpt-5"]["state"] == "edited"
    assert imported(admin, provider, systemNames=["gpt-5"], existing="replace") == [("gpt-5", "refused")]
    assert model_named(admin, "gpt-5")["inputPrice"] == "7"


def test_prices_that_have_ended_are_shown_as_such_and_not_imported(admin, provider):
    now = datetime(2027, 3, 1, tzinfo=UTC)
    admin.services = replace(admin.services, clock=lambda: now)

    shown = listed(admin, provider)
    assert shown["gemini-4-argon"]["validUntil"] == "2026-11-30"
    assert (shown["gemini-4-argon"]["state"], shown["gpt-5"]["state"]) == ("ended", "new")
    assert shown["gpt-5"]["stale"] is True
    names = ["gemini-4-argon", "gpt-5"]
    outcomes = imported(admin, provider, systemNames=names)
    assert outcomes == [("gemini-4-argon", "refused"), ("gpt-5", "created")]


def test_an_entry_that_fails_keeps_no_other_from_being_imported(admin, provider, monkeypatch):
    create = model_commands.create

    def failing(stored, asked, body):
        if body.system_name == "acme-2":
            raise ServiceError("PutItem", {"Error": {"Code": "ThrottlingException", "Message": ""}})
        return create(stored, asked, body)

    monkeypatch.setattr(model_commands, "create", failing)
    inexact = {**ENTRY, "serviceTiers": {"a": "1.001", "b": "1.001"}}
    sound = [{**ENTRY, "systemName": f"acme-{number}"} for number in (1, 2, 3)]
    entries = [{**inexact, "systemName": "acme-0"}, *sound]

    answer = admin("POST", f"/providers/{provider}/catalog/import", {"entries": entries})

    outcomes = {each["systemName"]: each for each in answer.json["data"]}
    assert [each["outcome"] for each in outcomes.values()] == ["refused", "created", "refused", "created"]
    assert [error["field"] for error in outcomes["acme-0"]["errors"]] == ["serviceTiers"]
    assert "Import it again" in outcomes["acme-2"]["detail"]
    monkeypatch.undo()
    assert imported(admin, provider, entries=sound) == [
        ("acme-1", "kept"),
        ("acme-2", "created"),
        ("acme-3", "kept"),
    ]


def test_each_import_of_a_model_is_in_the_audit(admin, provider):
    imported(admin, provider, entries=[ENTRY])
    imported(admin, provider, entries=[{**ENTRY, "outputPrice": "9"}], existing="update")

    entity = model_named(admin, "acme-1")["id"]
    price, creation = admin("GET", "/audit", entity=entity).json["data"]
    assert (creation["actions"], price["actions"]) == (["model.create"], ["model.price"])


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, "systemNames"),
        ({"systemNames": ["gpt-5"], "entries": [ENTRY]}, "systemNames"),
        ({"systemNames": []}, "systemNames"),
        ({"systemNames": ["gpt-5", "gpt-99"]}, "systemNames.1"),
        ({"systemNames": ["gpt-5", "gpt-5"]}, "systemNames"),
        ({"entries": [ENTRY, ENTRY]}, "entries"),
        ({"entries": [{**ENTRY, "inputPrice": None}]}, "entries.0.inputPrice"),
        ({"entries": [{**ENTRY, "vendor": "acme"}]}, "entries.0.vendor"),
        ({"systemNames": ["gpt-5"], "existing": "delete"}, "existing"),
    ],
)
def test_an_import_that_can_not_be_made_names_what_is_wrong_and_imports_nothing(admin, provider, body, wrong):
    answer = admin("POST", f"/providers/{provider}/catalog/import", body)
    assert answer.status == 422, answer.text
    assert answer.errors.keys() == {wrong}
    assert admin("GET", "/models").json["data"] == []


def test_a_provider_that_does_not_exist_has_no_catalog(admin):
    assert admin("GET", f"/providers/{UNKNOWN}/catalog").status == 404
    body = {"systemNames": ["gpt-5"]}
    assert admin("POST", f"/providers/{UNKNOWN}/catalog/import", body).status == 404
