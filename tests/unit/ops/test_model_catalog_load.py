from __future__ import annotations

import json
from datetime import date

import httpx
import pytest

from infra.ops.catalog import __main__ as command
from infra.ops.catalog import model_loader, shipped_prices
from tollgate_admin.catalog.model_schemas import ModelCreation, ModelEdit

ADMIN = "https://gateway.example/prod/api/admin"
TAKEN = {"title": "Conflict", "detail": "A model with this name already exists.", "errors": []}
INVALID = {
    "title": "Unprocessable Entity",
    "detail": "The request is not valid.",
    "errors": [{"field": "providerId", "message": "is unknown"}],
}


class Admin:
    """An admin API that answers as it is told to, and remembers what it was asked."""

    def __init__(self):
        self.asked = []
        self.answers = {}

    def __call__(self, request):
        body = json.loads(request.content) if request.content else None
        self.asked.append((request.method, request.url, body))
        self.token = request.headers["Authorization"]
        answer = self.answers[request.method]
        return answer(request) if callable(answer) else answer

    @property
    def bodies(self):
        return [body for _, _, body in self.asked if body is not None]


@pytest.fixture
def admin(monkeypatch):
    monkeypatch.setenv("TOLLGATE_ADMIN_TOKEN", "admin-token")
    monkeypatch.setattr(command, "_today", lambda: date(2026, 11, 23))
    return Admin()


def load(admin, *arguments):
    line = ["load", "--admin-url", ADMIN, "--provider-id", "prv_1", *arguments]
    return command.main(line, httpx.MockTransport(admin))


def listed(*names, cursor=None):
    models = [{"id": f"mdl_{name}", "systemName": name} for name in names]
    return httpx.Response(200, json={"data": models, "nextCursor": cursor})


def test_a_model_is_created_with_all_that_the_catalog_knows(admin, capsys):
    admin.answers["POST"] = httpx.Response(201, json={"id": "mdl_1"})
    assert load(admin, "gemini-2.5-pro") == 0
    assert capsys.readouterr().out == "gemini-2.5-pro: created\n"
    ((method, url, body),) = admin.asked
    assert (method, str(url)) == ("POST", f"{ADMIN}/models")
    assert admin.token == "Bearer admin-token"
    assert body == {
        "systemName": "gemini-2.5-pro",
        "providerId": "prv_1",
        "modelType": "chat",
        "inputPrice": "1.25",
        "outputPrice": "10",
        "cachedInputPrice": "0.125",
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
        "contextLimit": 1_048_576,
        "outputLimit": 65_536,
        "source": "https://ai.google.dev/gemini-api/docs/pricing",
        "sourcedAt": "2026-10-14",
    }


@pytest.mark.parametrize("entry", shipped_prices.read().models, ids=lambda entry: entry.system_name)
def test_the_admin_api_takes_every_entry_as_it_is_sent(entry):
    created = ModelCreation.model_validate(model_loader.creation(entry, "prv_1"))
    assert (created.system_name, created.input_price) == (entry.system_name, entry.input_price)
    edited = ModelEdit.model_validate(model_loader.update(entry))
    assert edited.model_fields_set >= set(shipped_prices.Prices.model_fields)
    assert (edited.source, edited.sourced_at) == (entry.source, entry.sourced_at)


def test_a_vendors_models_are_loaded_and_no_others(admin):
    admin.answers["POST"] = httpx.Response(201, json={})
    assert load(admin, "--vendor", "anthropic") == 0
    names = [body["systemName"] for body in admin.bodies]
    assert len(names) > 5
    assert all(name.startswith("claude-") for name in names)


def test_a_model_that_is_there_is_left_as_it_is(admin, capsys):
    admin.answers["POST"] = httpx.Response(409, json=TAKEN)
    assert load(admin, "gpt-5") == 0
    assert capsys.readouterr().out == "gpt-5: already exists, unchanged\n"
    assert len(admin.asked) == 1


def test_with_update_a_model_that_is_there_gets_the_catalogs_prices_and_no_others(admin, capsys):
    admin.answers |= {
        "POST": httpx.Response(409, json=TAKEN),
        "GET": lambda request: (
            listed("gpt-5") if "cursor" in request.url.params else listed("o3", cursor="next")
        ),
        "PATCH": httpx.Response(200, json={}),
    }
    assert load(admin, "--update", "gpt-5", "o3") == 0
    assert capsys.readouterr().out == "gpt-5: updated\no3: updated\n"
    assert [method for method, _, _ in admin.asked] == ["POST", "GET", "GET", "PATCH", "POST", "PATCH"]
    _, url, body = admin.asked[3]
    assert str(url) == f"{ADMIN}/models/mdl_gpt-5"
    assert body == {
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
        "toolPrices": {"web_search": "0.01", "file_search": "0.0025"},
        "tiers": [],
        "serviceTiers": {"batch": "0.5", "flex": "0.5", "priority": "2", "fast": "2"},
        "serviceTierPrices": {},
        "inferenceGeos": {},
        "windows": [],
        "source": "https://developers.openai.com/api/docs/pricing",
        "sourcedAt": "2026-10-14",
    }


def test_a_refusal_is_shown_with_its_fields_and_the_others_go_on(admin, capsys):
    def answer(request):
        refused = json.loads(request.content)["systemName"] == "gpt-5"
        return httpx.Response(422, json=INVALID) if refused else httpx.Response(201, json={})

    admin.answers["POST"] = answer
    assert load(admin, "gpt-5", "gpt-5-mini") == 1
    assert capsys.readouterr().out.splitlines() == [
        "gpt-5: FAILED: 422 The request is not valid. (providerId: is unknown)",
        "gpt-5-mini: created",
    ]


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"GET": httpx.Response(200, json={"data": [], "nextCursor": None})}, "but is not in the list"),
        ({"GET": httpx.Response(200, text="<html>")}, "did not return a list of models"),
        ({"GET": httpx.Response(503, text="busy")}, "503 Service Unavailable"),
        ({"GET": listed("o3"), "PATCH": httpx.Response(422, json=INVALID)}, "providerId: is unknown"),
    ],
)
def test_an_update_that_fails_says_why(admin, capsys, answers, said):
    admin.answers |= {"POST": httpx.Response(409, json=TAKEN), **answers}
    assert load(admin, "--update", "o3") == 1
    assert said in capsys.readouterr().out


def test_an_api_that_is_not_there_fails_the_model(admin, capsys):
    def unreachable(request):
        message = "connection refused"
        raise httpx.ConnectError(message)

    admin.answers["POST"] = unreachable
    assert load(admin, "gpt-5") == 1
    assert "could not be reached: connection refused" in capsys.readouterr().out


def test_a_price_that_has_ended_is_not_loaded(admin, capsys, monkeypatch):
    monkeypatch.setattr(command, "_today", lambda: date(2026, 12, 1))
    assert load(admin, "gemini-4-argon") == 1
    assert "FAILED: its prices ended on 2026-11-30" in capsys.readouterr().out
    assert admin.asked == []


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
