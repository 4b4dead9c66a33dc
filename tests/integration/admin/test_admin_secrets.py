"""No answer of the admin API holds a secret but the one that shows it, this once, to whoever made it."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from tests.support import admin_routes
from tests.support.admin_client import TOKEN
from tests.support.key_client import KeyClient
from tollgate.keys import api_keys
from tollgate_admin.handler import app
from tollgate_admin.web import access

PROVIDERS_KEY = "sk-proj-WordsOfASecret0123456789"
ROUTES = {access.name_of(route): route for route in app.routes}
WITH_ID = [name for name in admin_routes.names() if "{" in name]


def secrets_of(admin: Any) -> dict[str, str]:
    """One of each kind, by what it is called."""
    key = admin.key(name="holder")
    rotated = admin("POST", f"/apiKey/{key['id']}/rotate", {"graceSeconds": 3600}).json
    named = admin("POST", "/admins", {"name": "secrets", "role": "viewer"}).json
    return {
        "a client's key": key["key"],
        "its next one": rotated["key"],
        "an admin's token": named["token"],
        "the stack's token": TOKEN,
        "a provider's key": PROVIDERS_KEY,
        "a hash": admin.services.keys.get(key["id"]).secret_hash,
    }


@pytest.fixture
def kept(admin):
    """A deployment with a thing of each kind that has a secret, and these."""
    provider = admin.provider(apiKey=PROVIDERS_KEY)["id"]
    edited = admin("PATCH", f"/providers/{provider}", {"apiKey": f"{PROVIDERS_KEY}-2"})
    assert edited.status == 200, edited.text
    model = admin.model(provider)["id"]
    secrets = secrets_of(admin)
    holder = admin("GET", "/apiKey").json["data"][0]["id"]
    admins = admin("GET", "/admins").json["data"]
    pack = admin("POST", f"/apiKey/{holder}/packs", {"amount": "1"})
    assert pack.status == 201, pack.text
    ids = {"provider_id": provider, "model_id": model, "key_id": holder, "admin_id": admins[-1]["id"]}
    ids["pack_id"] = pack.json["id"]
    return secrets, ids


def test_what_is_read_holds_no_secret(admin, kept):
    secrets, ids = kept
    asked = 0
    for name in admin_routes.names():
        method, path = name.split()
        if method != "GET" or "{request_id}" in path or name == "GET /providers/{provider_id}/remote-models":
            continue
        query = {"tag": "team"} if path == "/costs/by-tag" else {}
        answer = admin("GET", path.format(**ids), **query)
        assert answer.status == 200, (name, answer.text)
        asked += 1
        for what, secret in secrets.items():
            assert secret not in answer.text, (name, what)
            assert secret not in str(answer.headers), (name, what)
    assert asked > 20


@pytest.mark.parametrize("name", WITH_ID)
def test_a_secret_in_the_place_of_an_id_is_not_repeated(shared_admin, name):
    method = name.split()[0]
    for secret in (api_keys.issue().reveal(), PROVIDERS_KEY, TOKEN, "tg-admin-0123456789abcdef"):
        path = admin_routes.path_of(name, secret)
        for asked, suffix, token in product((method, "PROPFIND"), ("", "/more"), (TOKEN, None)):
            answer = shared_admin(asked, f"{path}{suffix}", token=token)
            assert answer.status >= 400
            assert secret not in answer.text, (asked, suffix)
            assert secret not in str(answer.headers)


@pytest.mark.parametrize("name", admin_routes.names())
def test_a_secret_in_a_query_is_not_repeated(shared_admin, name):
    route, (method, _) = ROUTES[name], name.split()
    path = admin_routes.path_of(name)
    for parameter in [*(each for each, _ in route.query_fields()), "token", "key"]:
        answer = shared_admin(method, path, **{parameter: PROVIDERS_KEY})
        assert PROVIDERS_KEY not in answer.text, parameter


@pytest.mark.parametrize(
    "wrong",
    [
        [PROVIDERS_KEY],
        {"value": PROVIDERS_KEY},
        f"{PROVIDERS_KEY} " * 1000,
        f"{PROVIDERS_KEY}\n",
        f" {PROVIDERS_KEY}é",
        f"Bearer {PROVIDERS_KEY}",
    ],
)
def test_a_providers_key_that_can_not_be_taken_is_not_repeated(shared_admin, wrong):
    body = {"name": "wrong", "type": "openai", "baseUrl": "https://w.example.com/v1", "apiKey": wrong}
    provider = shared_admin.provider(name=f"right-{len(str(wrong))}")["id"]
    for method, path, sent in (
        ("POST", "/providers", body),
        ("POST", "/providers", {**body, "type": "none"}),
        ("POST", "/providers", {**body, "baseUrl": f"https://u:{PROVIDERS_KEY}@w.example.com/v1"}),
        ("PATCH", f"/providers/{provider}", {"apiKey": wrong}),
        ("POST", f"/providers/{provider}/api-key/check", {"apiKey": wrong}),
        ("PATCH", f"/providers/{provider}", {"baseUrl": f"https://w.example.com/?key={PROVIDERS_KEY}"}),
    ):
        answer = shared_admin(method, path, sent)
        assert PROVIDERS_KEY not in answer.text, (method, path)


def test_self_service_repeats_no_secret_either(shared_admin):
    client = KeyClient(shared_admin, shared_admin.managing_key(name="mine")["key"])
    for method, path, query in (
        ("GET", "/usage", {"keyId": PROVIDERS_KEY}),
        ("GET", "/usage", {"from": PROVIDERS_KEY}),
        ("GET", "/keys", {"parentId": PROVIDERS_KEY}),
        ("GET", "/keys", {"cursor": PROVIDERS_KEY}),
        ("GET", "/keys", {"limit": PROVIDERS_KEY}),
    ):
        assert PROVIDERS_KEY not in client(method, path, headers=None, **query).text, (path, query)
    for body in ({"name": "x", "parentId": PROVIDERS_KEY}, {"name": "x", "expiresAt": PROVIDERS_KEY}):
        assert PROVIDERS_KEY not in client("POST", "/keys", body).text, body
