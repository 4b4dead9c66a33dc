"""Providers that are asked by the gateway's role, or with tokens: which keys they take, and their tests."""

from __future__ import annotations

import json
from dataclasses import replace

import httpx
import pytest

from tests.support import cloud_keys
from tollgate.catalog.auth import auth_schemes
from tollgate_admin.token_posts import TokenPosts

BEDROCK = "https://bedrock-runtime.us-east-1.amazonaws.com/openai/v1"
VERTEX = "https://aiplatform.googleapis.com/v1/projects/p/locations/global/endpoints/openapi"
ROLE = {"AWS_ACCESS_KEY_ID": "ASIA", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1"}


def body(auth_header, base_url, key=None):
    given = {} if key is None else {"apiKey": key if isinstance(key, str) else json.dumps(key)}
    return {"name": "cloud", "type": "openai", "baseUrl": base_url, "authHeader": auth_header, **given}


@pytest.mark.parametrize("auth_header", ["aws_sigv4", "aws_bearer"])
def test_a_provider_that_is_asked_by_role_is_one_of_amazons_and_has_no_key(admin, auth_header):
    refused = admin("POST", "/providers", body(auth_header, "https://bedrock-runtime.example/v1"))
    assert (refused.status, refused.errors.keys()) == (422, {"baseUrl"})
    refused = admin("POST", "/providers", body(auth_header, BEDROCK, "sk-1"))
    assert (refused.status, refused.errors.keys()) == (422, {"apiKey"})

    created = admin("POST", "/providers", body(auth_header, BEDROCK)).json
    assert (created["authHeader"], created["hasApiKey"], created["vendor"]) == (auth_header, False, "amazon")
    moved = admin("PATCH", f"/providers/{created['id']}", {"baseUrl": "https://api.example.com/v1"})
    assert (moved.status, moved.errors.keys()) == (422, {"baseUrl"})
    assert admin.services.credentials.stored == {}


def test_each_of_bedrocks_apis_is_asked_by_role(admin):
    claude = {
        **body("aws_sigv4", "https://bedrock-runtime.eu-central-1.amazonaws.com/anthropic"),
        "type": "anthropic",
    }
    created = admin("POST", "/providers", {**claude, "apis": [{"api": "messages"}]}).json
    (messages,) = created["apis"]
    assert messages == {"api": "messages", "baseUrl": created["baseUrl"], "authHeader": "aws_sigv4"}
    assert messages["baseUrl"] == "https://bedrock-runtime.eu-central-1.amazonaws.com/anthropic/v1"
    elsewhere = {"api": "chat", "baseUrl": "https://api.example.com/v1", "authHeader": "aws_bearer"}
    refused = admin("PATCH", f"/providers/{created['id']}", {"apis": [elsewhere]})
    assert (refused.status, refused.errors.keys()) == (422, {"baseUrl"})


def test_one_key_is_of_one_kind(admin):
    mixed = {
        **body("google", VERTEX, cloud_keys.service_account()),
        "apis": [{"api": "chat", "authHeader": "api-key"}],
    }
    refused = admin("POST", "/providers", mixed)
    assert (refused.status, refused.errors.keys()) == (422, {"authHeader"})


@pytest.mark.parametrize(
    ("auth_header", "base_url", "document"),
    [
        ("google", VERTEX, cloud_keys.service_account()),
        ("google", VERTEX, cloud_keys.external_account()),
        ("entra", "https://team.openai.azure.com/openai/v1", cloud_keys.ENTRA),
    ],
)
def test_a_document_is_stored_as_far_as_it_is_needed_and_no_header_ever_has_it(
    admin, auth_header, base_url, document
):
    created = admin("POST", "/providers", body(auth_header, base_url, document)).json
    path = f"/providers/{created['id']}"
    (stored,) = admin.services.credentials.stored[created["id"]]
    assert json.loads(stored).items() <= document.items()
    assert "project_id" not in stored

    assert admin("PATCH", path, {"apiKey": json.dumps(document)}).json == created
    check = {"apiKey": json.dumps(dict(reversed(document.items())))}
    assert admin("POST", f"{path}/api-key/check", check).json == {"matches": True}
    assert admin("POST", f"{path}/api-key/check", {"apiKey": "sk-1"}).errors.keys() == {"apiKey"}

    assert admin("PATCH", path, {"authHeader": "authorization"}).errors.keys() == {"apiKey"}
    assert admin("PATCH", path, {"authHeader": "none"}).status == 200
    assert admin("PATCH", path, {"authHeader": "x-api-key"}).errors.keys() == {"apiKey"}
    assert admin("PATCH", path, {"authHeader": auth_header}).status == 200
    assert admin("PATCH", path, {"authHeader": "x-api-key", "apiKey": "sk-1"}).status == 200


def test_a_token_that_the_role_stands_for_goes_to_google_alone(admin):
    document = cloud_keys.external_account()
    refused = admin("POST", "/providers", body("google", "https://api.example.com/v1", document))
    assert (refused.status, refused.errors.keys()) == (422, {"baseUrl"})
    # One of a service account goes wherever its owner says.
    document = cloud_keys.service_account()
    assert admin("POST", "/providers", body("google", "https://api.example.com/v1", document)).status == 201


@pytest.mark.parametrize(
    ("auth_header", "key", "told"),
    [
        ("google", "sk-1", "must be a JSON document"),
        ("google", cloud_keys.service_account(private_key="x"), "has a private_key that can't be used"),
        ("entra", {**cloud_keys.ENTRA, "clientSecret": ""}, "lacks clientSecret"),
        ("authorization", {"type": "service_account"}, "must be printable ASCII without spaces"),
        ("authorization", "sk 1", "must be printable ASCII without spaces"),
    ],
)
def test_a_key_of_another_kind_is_refused(admin, auth_header, key, told):
    refused = admin("POST", "/providers", body(auth_header, VERTEX, key))
    assert refused.status == 422
    assert refused.errors["apiKey"].startswith(told)
    assert admin("GET", "/providers").json["data"] == []
    created = admin.provider(name="kept", baseUrl=VERTEX)
    edit = {"authHeader": auth_header, "apiKey": key if isinstance(key, str) else json.dumps(key)}
    assert admin("PATCH", f"/providers/{created['id']}", edit).errors["apiKey"].startswith(told)


def test_a_test_asks_as_calls_do(admin, provider_url, monkeypatch):
    """At a provider that checks signatures and tokens, and a token endpoint that gives them."""
    httpx.post(f"{provider_url}/__mock/reset")
    entra = {"tenant_id": "t", "client_id": "c", "client_secret": "s", "scope": "scope"}
    aws = {
        "access_key_id": "ASIA",
        "secret_access_key": "secret",
        "session_token": None,
        "region": "us-east-1",
        "services": ["bedrock"],
    }
    httpx.post(f"{provider_url}/__mock/identities", json={"entra": entra, "aws": aws}).raise_for_status()
    schemes = auth_schemes.with_tokens(lambda: TokenPosts(True), ROLE, loopback_allowed=True)
    settings = replace(admin.services.settings, loopback_providers=True)
    local = replace(admin.services, settings=settings, auth_schemes=schemes)
    monkeypatch.setattr(admin, "services", local)
    authority = f"{provider_url}/__mock/tokens/entra"
    document = {"tenantId": "t", "clientId": "c", "clientSecret": "s", "scope": "scope"}
    keys = {
        "aws_sigv4": None,
        "aws_bearer": None,
        "entra": {**document, "activeDirectoryEndpointUrl": authority},
    }
    created = {}
    for auth_header, key in keys.items():
        made = body(auth_header, f"{provider_url}/v1", key)
        answer = admin("POST", "/providers", {**made, "name": auth_header.replace("_", "-")})
        created[auth_header] = answer.json["id"]
        assert admin("POST", f"/providers/{created[auth_header]}/test").json["ok"] is True, auth_header
    wrong = {**document, "clientSecret": "wrong", "activeDirectoryEndpointUrl": authority}
    admin("PATCH", f"/providers/{created['entra']}", {"apiKey": json.dumps(wrong)})
    tested = admin("POST", f"/providers/{created['entra']}/test").json
    assert tested["ok"] is False
    assert "Invalid client secret" in tested["message"]
    httpx.post(f"{provider_url}/__mock/reset")
