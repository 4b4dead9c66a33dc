from __future__ import annotations

import json

import httpx
import pytest

from infra.ops.catalog import __main__ as command
from infra.ops.catalog import model_loader
from tollgate_admin.catalog.shipped import import_schemas, shipped_prices
from tollgate_admin.catalog.shipped.import_schemas import ImportEntry

ADMIN = "https://gateway.example/prod/api/admin"
INVALID = {
    "title": "Unprocessable Entity",
    "detail": "The request is not valid.",
    "errors": [{"field": "providerId", "message": "is unknown"}],
}


class Admin:
    """An admin API that answers as it is told to, and remembers what it was asked.

    `became` says of models, by their names, what became of them; the others are created.
    """

    def __init__(self):
        self.asked = []
        self.became = {}
        self.answer = None

    def __call__(self, request):
        body = json.loads(request.content)
        self.asked.append((request.method, str(request.url), body))
        self.token = request.headers["Authorization"]
        if self.answer is not None:
            return self.answer(request) if callable(self.answer) else self.answer
        return httpx.Response(200, json={"data": [self._imported(each) for each in body["entries"]]})

    def _imported(self, entry):
        name = entry["systemName"]
        became = {"outcome": "created", "detail": None, "errors": [], **self.became.get(name, {})}
        return {"systemName": name, "modelId": "mdl_1", **became}

    @property
    def names(self):
        return [entry["systemName"] for _, _, body in self.asked for entry in body["entries"]]


@pytest.fixture
def admin(monkeypatch):
    monkeypatch.setenv("TOLLGATE_ADMIN_TOKEN", "admin-token")
    return Admin()


def load(admin, *arguments):
    line = ["load", "--admin-url", ADMIN, "--provider-id", "prv_1", *arguments]
    return command.main(line, httpx.MockTransport(admin))


def test_a_model_is_sent_with_all_that_the_catalog_knows(admin, capsys):
    assert load(admin, "gemini-2.5-pro") == 0
    assert capsys.readouterr().out == "gemini-2.5-pro: created\n"
    ((method, url, body),) = admin.asked
    assert (method, url) == ("POST", f"{ADMIN}/providers/prv_1/catalog/import")
    assert admin.token == "Bearer admin-token"
    assert body["existing"] == "keep"
    assert body["entries"] == [
        {
            "systemName": "gemini-2.5-pro",
            "modelType": "chat",
            "contextLimit": 1_048_576,
            "outputLimit": 65_536,
            "source": "https://ai.google.dev/gemini-api/docs/pricing",
            "sourcedAt": "2026-10-14",
            "validUntil": None,
            "inputPrice": "1.25",
            "outputPrice": "10",
            "cachedInputPrice": "0.125",
            "cacheWritePrice": None,
            "cacheWrite1hPrice": None,
            "reasoningPrice": None,
            "inputAudioPrice": None,
            "outputAudioPrice": None,
            "inputImagePrice": None,
            "outputImagePrice": None,
            "requestPrice": "0",
            "toolPrices": {"web_search": "0.035"},
            "tiers": [
                {
                    "abovePromptTokens": 200_000,
                    "inputPrice": "2.5",
                    "outputPrice": "15",
                    "cachedInputPrice": "0.25",
                }
            ],
            "serviceTiers": {"priority": "1.8"},
            "serviceTierPrices": {},
            "inferenceGeos": {},
            "windows": [],
        }
    ]


@pytest.mark.parametrize("entry", shipped_prices.read().models, ids=lambda entry: entry.system_name)
def test_the_admin_api_takes_every_entry_as_it_is_sent(entry):
    taken = ImportEntry.model_validate(entry.imported())
    assert (taken.system_name, taken.input_price) == (entry.system_name, entry.input_price)
    assert taken.model_fields_set >= set(shipped_prices.Prices.model_fields)
    assert (taken.source, taken.sourced_at) == (entry.source, entry.sourced_at)


def test_a_vendors_models_are_loaded_and_no_others(admin):
    assert load(admin, "--vendor", "anthropic") == 0
    assert len(admin.names) > 5
    assert all(name.startswith("claude-") for name in admin.names)


def test_no_more_is_sent_at_once_than_the_api_answers_in_time(admin):
    assert load(admin) == 0
    sizes = [len(body["entries"]) for _, _, body in admin.asked]
    assert len(sizes) > 1
    assert max(sizes) <= model_loader.BATCH <= import_schemas.MAX_ENTRIES
    assert admin.names == [entry.system_name for entry in shipped_prices.read().models]


@pytest.mark.parametrize(
    ("arguments", "existing"), [([], "keep"), (["--update"], "update"), (["--replace"], "replace")]
)
def test_what_becomes_of_models_that_are_there_is_asked_for(admin, arguments, existing):
    assert load(admin, *arguments, "gpt-5") == 0
    assert [body["existing"] for _, _, body in admin.asked] == [existing]


def test_what_became_of_each_model_is_said(admin, capsys):
    admin.became = {
        "gpt-5": {"outcome": "kept"},
        "o3": {"outcome": "unchanged"},
        "gpt-4o": {"outcome": "updated"},
    }
    assert load(admin, "gpt-5", "o3", "gpt-4o", "gpt-5-mini") == 0
    assert set(capsys.readouterr().out.splitlines()) == {
        "gpt-5: already exists, unchanged",
        "o3: already has these prices",
        "gpt-4o: updated",
        "gpt-5-mini: created",
    }


def test_a_refusal_is_shown_with_its_fields_and_the_others_go_on(admin, capsys):
    errors = [{"field": "providerId", "message": "is unknown"}]
    refused = {"outcome": "refused", "detail": "The request is not valid.", "errors": errors}
    admin.became = {"gpt-5": refused}
    assert load(admin, "gpt-5", "gpt-5-mini") == 1
    assert capsys.readouterr().out.splitlines() == [
        "gpt-5: FAILED: The request is not valid. (providerId: is unknown)",
        "gpt-5-mini: created",
    ]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (httpx.Response(200, text="<html>"), "did not return what became of the models"),
        (httpx.Response(200, json={"data": [{"systemName": "o3"}]}), "did not return what became"),
        (httpx.Response(503, text="busy"), "503 Service Unavailable"),
        (httpx.Response(422, json=INVALID), "422 The request is not valid. (providerId: is unknown)"),
    ],
)
def test_an_answer_that_is_of_no_use_fails_the_models(admin, capsys, answer, said):
    admin.answer = answer
    assert load(admin, "--update", "o3", "gpt-5") == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["gpt-5", "o3"]
    assert all(said in line for line in lines)


def test_an_api_that_is_not_there_fails_the_model(admin, capsys):
    def unreachable(request):
        message = "connection refused"
        raise httpx.ConnectError(message)

    admin.answer = unreachable
    assert load(admin, "gpt-5") == 1
    assert "could not be reached: connection refused" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["gpt-5", "gpt-99"], "Not among the catalog's models: gpt-99."),
        (["--vendor", "google", "gpt-5"], "Not among the catalog's models of google: gpt-5."),
        (["--vendor", "acme"], "The catalog has no models of acme"),
    ],
)
def test_nothing_is_asked_for_models_that_the_catalog_lacks(admin, capsys, arguments, said):
    assert load(admin, *arguments) == 1
    assert said in capsys.readouterr().err
    assert admin.asked == []


def test_the_token_comes_from_the_environment(admin, capsys, monkeypatch):
    monkeypatch.delenv("TOLLGATE_ADMIN_TOKEN")
    assert load(admin, "gpt-5") == 1
    assert capsys.readouterr().err == "Set TOLLGATE_ADMIN_TOKEN to the admin token.\n"
