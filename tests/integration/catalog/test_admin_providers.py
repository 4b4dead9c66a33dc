"""How a provider is asked, through the admin API: its key's header, its names, and no key at all."""

from __future__ import annotations

import pytest

from tests.support.admin_client import PROVIDER

KEYLESS = {"name": "ollama", "type": "openai", "baseUrl": "https://ollama.example.com/v1"}
FIELDS = ("authHeader", "outputLimitName", "streamUsage")


def asked(provider: dict) -> tuple[str, ...]:
    return tuple(provider[field] for field in FIELDS)


def test_a_provider_is_asked_as_its_vendor_wants_if_nothing_else_is_said(admin):
    openai = admin.provider()
    azure = admin.provider(name="azure", baseUrl="https://team.openai.azure.com/openai/v1")
    mistral = admin.provider(name="mistral", baseUrl="https://api.mistral.ai/v1")
    anthropic = admin.provider(name="anthropic", type="anthropic")

    assert asked(openai) == ("authorization", "max_completion_tokens", "on_request")
    assert asked(azure) == ("api-key", "max_completion_tokens", "on_request")
    assert asked(mistral) == ("authorization", "max_tokens", "always")
    assert anthropic["authHeader"] == "x-api-key"


def test_what_is_said_counts_and_can_be_changed(admin):
    said = {"authHeader": "x-api-key", "outputLimitName": "max_tokens", "streamUsage": "always"}
    created = admin.provider(**said)
    path = f"/providers/{created['id']}"

    assert {field: created[field] for field in FIELDS} == said
    edited = admin("PATCH", path, {"outputLimitName": "max_completion_tokens"}).json
    assert asked(edited) == ("x-api-key", "max_completion_tokens", "always")
    move = {"baseUrl": "https://team.openai.azure.com/openai/v1", "apiKey": "sk-of-azure"}
    moved = admin("PATCH", path, move).json
    assert asked(moved) == asked(edited)
    edited = admin("PATCH", path, {"authHeader": "api-key", "streamUsage": "on_request"}).json
    assert asked(edited) == ("api-key", "max_completion_tokens", "on_request")
    assert admin("GET", path).json == edited


def test_the_vendor_goes_with_the_host_unless_it_was_said(admin):
    created = admin.provider(baseUrl="https://api.openai.com/v1")
    path = f"/providers/{created['id']}"
    assert created["vendor"] == "openai"

    moved = admin("PATCH", path, {"baseUrl": "https://api.x.ai/v1", "apiKey": "xai-1"}).json
    assert moved["vendor"] == "xai"
    said = admin("PATCH", path, {"vendor": "google"}).json
    assert said["vendor"] == "google"
    moved = admin("PATCH", path, {"baseUrl": "https://api.mistral.ai/v1", "apiKey": "m-1"}).json
    assert moved["vendor"] == "google"


@pytest.mark.parametrize(
    "base_url",
    [
        "https://elsewhere.example.com/v1",
        "https://api.example.com:8443/v1",
        "https://api.example.com.evil.example/v1",
    ],
)
def test_a_stored_key_is_not_sent_to_another_host(admin, base_url):
    created = admin.provider()
    path = f"/providers/{created['id']}"

    refused = admin("PATCH", path, {"baseUrl": base_url})
    assert (refused.status, refused.errors.keys()) == (422, {"apiKey"})
    assert admin("GET", path).json == created

    moved = admin("PATCH", path, {"baseUrl": base_url, "apiKey": "sk-of-the-new-host"})
    assert (moved.status, moved.json["baseUrl"]) == (200, base_url)


@pytest.mark.parametrize("base_url", ["https://api.example.com:443/v2", "https://API.example.com/v1"])
def test_a_stored_key_stays_with_its_host(admin, base_url):
    created = admin.provider()

    assert admin("PATCH", f"/providers/{created['id']}", {"baseUrl": base_url}).status in (200, 422)
    assert "apiKey" not in admin("PATCH", f"/providers/{created['id']}", {"baseUrl": base_url}).text


def test_a_base_url_is_stored_as_calls_need_it(admin):
    created = admin.provider(type="anthropic", baseUrl="https://api.anthropic.com/")
    path = f"/providers/{created['id']}"
    assert created["baseUrl"] == "https://api.anthropic.com/v1"

    edited = admin("PATCH", path, {"baseUrl": "https://api.anthropic.com/v1/messages"}).json
    assert edited["baseUrl"] == "https://api.anthropic.com/v1"
    moved = {"baseUrl": "https://api.deepseek.com/anthropic", "apiKey": "sk-of-deepseek"}
    assert admin("PATCH", path, moved).json["baseUrl"] == "https://api.deepseek.com/anthropic/v1"

    assert admin.provider(name="openai", baseUrl="https://api.openai.com")["baseUrl"] == (
        "https://api.openai.com/v1"
    )


@pytest.mark.parametrize("field", FIELDS)
def test_what_no_provider_wants_is_refused(admin, field):
    assert admin("POST", "/providers", {**PROVIDER, field: "cookie"}).errors.keys() == {field}


def test_a_provider_can_do_without_a_key(admin):
    created = admin("POST", "/providers", {**KEYLESS, "authHeader": "none"})

    assert created.status == 201, created.text
    assert (created.json["authHeader"], created.json["hasApiKey"]) == ("none", False)
    assert admin.services.credentials.stored == {}


def test_a_provider_that_wants_a_key_is_not_created_without_one(admin):
    refused = admin("POST", "/providers", KEYLESS)

    assert refused.status == 422
    assert refused.errors == {"apiKey": "is required unless authHeader is none or aws_sigv4 or aws_bearer"}
    assert admin("GET", "/providers").json["data"] == []


def test_a_key_for_a_provider_that_is_asked_without_one_is_refused(admin):
    body = {**KEYLESS, "authHeader": "none"}
    refused = admin("POST", "/providers", {**body, "apiKey": "sk-1"})
    assert (refused.status, refused.errors.keys()) == (422, {"apiKey"})

    path = f"/providers/{admin('POST', '/providers', body).json['id']}"
    assert admin("PATCH", path, {"apiKey": "sk-1"}).errors.keys() == {"apiKey"}
    assert admin("PATCH", path, {"authHeader": "none", "apiKey": "sk-1"}).errors.keys() == {"apiKey"}
    assert admin.services.credentials.stored == {}


def test_a_provider_that_is_to_want_a_key_needs_one(admin):
    path = f"/providers/{admin('POST', '/providers', {**KEYLESS, 'authHeader': 'none'}).json['id']}"

    refused = admin("PATCH", path, {"authHeader": "authorization"})
    assert (refused.status, refused.errors.keys()) == (422, {"apiKey"})
    assert admin("GET", path).json["authHeader"] == "none"

    edited = admin("PATCH", path, {"authHeader": "authorization", "apiKey": "sk-1"}).json
    assert (edited["authHeader"], edited["hasApiKey"]) == ("authorization", True)
    admin("PATCH", path, {"authHeader": "none"})
    stored_earlier = admin("PATCH", path, {"authHeader": "x-api-key"})
    assert (stored_earlier.status, stored_earlier.json["authHeader"]) == (200, "x-api-key")


def test_the_audit_notes_how_a_provider_is_asked(admin):
    provider = admin.provider()
    edit = {"authHeader": "api-key", "outputLimitName": "max_tokens", "streamUsage": "always"}
    admin("PATCH", f"/providers/{provider['id']}", edit)
    admin("PATCH", f"/providers/{provider['id']}", edit)

    entries = admin("GET", "/audit", entity=provider["id"]).json["data"]

    assert [entry["actions"] for entry in entries] == [
        ["provider.update"],
        ["provider.credential"],
        ["provider.create"],
    ]
    assert entries[0]["before"] == {field: provider[field] for field in FIELDS}
    assert entries[0]["after"] == edit


BETAS = ["fast-mode-2026-02-01", "context-1m-*", "responses_multi_agent=v1", "*"]


def test_betas_can_be_allowed_and_taken_back(admin):
    assert admin.provider()["betaHeaders"] == []
    created = admin.provider(name="other", betaHeaders=BETAS)
    path = f"/providers/{created['id']}"

    assert created["betaHeaders"] == admin("GET", path).json["betaHeaders"] == BETAS
    assert admin("PATCH", path, {"streamUsage": "always"}).json["betaHeaders"] == BETAS
    assert admin("PATCH", path, {"betaHeaders": ["foo"]}).json["betaHeaders"] == ["foo"]
    assert admin("PATCH", path, {"betaHeaders": []}).json["betaHeaders"] == []
    assert admin("GET", path).json["betaHeaders"] == []


@pytest.mark.parametrize(
    "betas",
    [
        [""],
        ["foo bar"],
        ["foo,bar"],
        ["*foo"],
        ["f*o"],
        ["foo**"],
        ["é"],
        ["x" * 129],
        ["x"] * 65,
        "foo",
        [1],
        None,
    ],
)
def test_what_is_no_beta_is_refused(admin, betas):
    refused = admin("POST", "/providers", {**PROVIDER, "betaHeaders": betas})
    assert refused.status == 422
    assert {field.partition(".")[0].partition("[")[0] for field in refused.errors} == {"betaHeaders"}


def test_the_audit_notes_which_betas_were_allowed(admin):
    provider = admin.provider()
    admin("PATCH", f"/providers/{provider['id']}", {"betaHeaders": ["foo"], "vendor": "azure"})

    newest = admin("GET", "/audit", entity=provider["id"]).json["data"][0]

    assert newest["actions"] == ["provider.update"]
    assert newest["before"] == {"betaHeaders": [], "vendor": "other"}
    assert newest["after"] == {"betaHeaders": ["foo"], "vendor": "azure"}
