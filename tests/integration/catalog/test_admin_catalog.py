"""The admin API's providers and models over real tables."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.support.admin_client import PROVIDER
from tollgate.pricing.usage import TokenClass


def test_a_providers_key_is_stored_apart_and_never_returned(admin):
    created = admin.provider()

    assert created["baseUrl"] == "https://api.example.com/v1"
    assert created["hasApiKey"] is True
    assert admin.services.credentials.stored == {created["id"]: ["sk-provider"]}
    edited = admin(
        "PATCH", f"/providers/{created['id']}", {"apiKey": "sk-second", "baseUrl": "https://b.example.com/v1"}
    )
    assert edited.json["baseUrl"] == "https://b.example.com/v1"
    assert admin.services.catalog.provider(created["id"]).credential_version == 2
    for answer in (edited, admin("GET", "/providers"), admin("GET", f"/providers/{created['id']}")):
        assert "sk-" not in answer.text


def test_a_providers_name_is_taken_once_and_its_key_not_overwritten(admin):
    created = admin.provider()
    answer = admin("POST", "/providers", {**PROVIDER, "apiKey": "sk-of-another"})
    assert answer.status == 409
    assert "name" in answer.errors
    assert admin.services.credentials.stored == {created["id"]: ["sk-provider"]}


BASE_URLS = [
    "http://api.example.com",
    "ftp://api.example.com",
    "api.example.com",
    "https://",
    "https://user@api.example.com",
    "https://api.example.com?key=1",
    "https://api.example.com:port",
    "http://127.0.0.1:8080",
    "https://127.0.0.1",
    "https://localhost/v1",
    "https://[::1]/v1",
    "https://169.254.169.254/latest",
    "https://0.0.0.0",
]


@pytest.mark.parametrize("base_url", BASE_URLS)
def test_a_base_url_that_could_reach_inside_is_refused(admin, base_url):
    answer = admin("POST", "/providers", {**PROVIDER, "baseUrl": base_url})
    assert answer.status == 422
    assert answer.errors.keys() == {"baseUrl"}


def test_a_model_keeps_every_price_it_ever_had(admin):
    created = admin.model(admin.provider()["id"], inputPrice=0.15, outputPrice="0.60")
    assert (created["inputPrice"], created["outputPrice"], created["priced"]) == ("0.15", "0.6", True)
    assert created["remoteId"] == "small"
    path = f"/models/{created['id']}"

    raised = admin("PATCH", path, {"inputPrice": "0.3"}).json
    assert (raised["inputPrice"], raised["outputPrice"]) == ("0.3", "0.6")
    same = admin("PATCH", path, {"inputPrice": "0.30", "remoteId": "small-2026"}).json
    assert same["priceVersion"] == raised["priceVersion"] != created["priceVersion"]
    assert same["remoteId"] == "small-2026"
    assert admin("PATCH", path, {"outputPrice": None}).json["priced"] is False
    prices = admin.services.catalog.model("small").prices
    assert [version.rates.get(TokenClass.INPUT) for version in prices] == [
        Decimal("0.15"),
        Decimal("0.3"),
        Decimal("0.3"),
    ]
    assert [version.rates.get(TokenClass.OUTPUT) for version in prices] == [
        Decimal("0.6"),
        Decimal("0.6"),
        None,
    ]


def test_a_model_without_a_price_is_there_and_not_priced(admin):
    provider = admin.provider()["id"]
    assert admin.model(provider)["priced"] is False
    assert admin.model(provider, systemName="half", inputPrice=1)["priced"] is False
    assert admin.model(provider, systemName="embed", modelType="embedding", inputPrice=1)["priced"] is True
    assert [model["systemName"] for model in admin("GET", "/models").json["data"]] == [
        "embed",
        "half",
        "small",
    ]


INVALID_MODELS = {
    "an unknown provider": ({"providerId": "prv_nobody"}, "providerId"),
    "a negative price": ({"inputPrice": -0.1}, "inputPrice"),
    "a price per token by mistake": ({"inputPrice": "0.0000000000001"}, "inputPrice"),
    "a price beyond reason": ({"outputPrice": 1000001}, "outputPrice"),
    "a name with a space": ({"systemName": "small model"}, "systemName"),
    "a type that isn't there": ({"modelType": "video"}, "modelType"),
}


@pytest.mark.parametrize(("fault", "wrong"), INVALID_MODELS.values(), ids=INVALID_MODELS)
def test_a_model_that_can_not_be_is_refused_naming_the_field(admin, fault, wrong):
    body = {"systemName": "small", "providerId": admin.provider()["id"], "modelType": "chat", **fault}
    answer = admin("POST", "/models", body)
    assert answer.status == 422
    assert answer.errors.keys() == {wrong}


def test_what_providers_put_around_a_models_prompts_can_be_set_and_taken_away(admin):
    made = admin.model(admin.provider()["id"], promptOverhead=700)
    assert made["promptOverhead"] == 700
    assert admin.services.catalog.model("small").prompt_overhead == 700

    edited = admin("PATCH", f"/models/{made['id']}", {"promptOverhead": None})
    assert edited.json["promptOverhead"] is None
    assert admin("PATCH", f"/models/{made['id']}", {"promptOverhead": -1}).status == 422


def test_a_model_names_those_that_it_falls_back_on(admin):
    """In their order, and also such as are yet to be created."""
    provider_id = admin.provider()["id"]
    made = admin.model(provider_id, fallbacks=["other", "org/third"])
    assert made["fallbacks"] == ["other", "org/third"]
    assert admin.services.catalog.model("small").fallbacks == ("other", "org/third")

    edited = admin("PATCH", f"/models/{made['id']}", {"fallbacks": ["org/third"]})
    assert edited.json["fallbacks"] == ["org/third"]
    for wrong in (["small"], ["other", "other"], [""], [f"model-{n}" for n in range(6)]):
        assert admin("PATCH", f"/models/{made['id']}", {"fallbacks": wrong}).status == 422
    vectors = {"systemName": "vectors", "providerId": provider_id, "modelType": "embedding"}
    assert admin("POST", "/models", {**vectors, "fallbacks": ["small"]}).status == 422
    assert admin("PATCH", f"/models/{made['id']}", {"fallbacks": []}).json["fallbacks"] == []


def test_a_models_name_is_taken_once(admin):
    provider = admin.provider()["id"]
    admin.model(provider, inputPrice=1, outputPrice=1)
    answer = admin(
        "POST", "/models", {"systemName": "small", "providerId": provider, "modelType": "embedding"}
    )
    assert answer.status == 409
    assert "systemName" in answer.errors
