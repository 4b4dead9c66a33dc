"""Providers, models and a demo key, created as any operator would: through the admin API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from infra.local.local_errors import LocalError

# A first call also starts the function.
TIMEOUT_SECONDS = 60

DEMO_MODEL = "gpt-4o-mini"

_PROVIDERS = ({"name": "mock", "type": "openai"}, {"name": "mock-anthropic", "type": "anthropic"})
# By their provider's type. USD per 1M tokens.
_MODELS: dict[str, tuple[dict[str, Any], ...]] = {
    "openai": (
        {"systemName": DEMO_MODEL, "modelType": "chat", "inputPrice": "0.15", "outputPrice": "0.60"},
        {
            "systemName": "text-embedding-3-small",
            "modelType": "embedding",
            "inputPrice": "0.02",
            "outputPrice": "0",
        },
    ),
    "anthropic": (
        {
            "systemName": "claude-sonnet-5",
            "modelType": "chat",
            "contextLimit": 1_000_000,
            "inputPrice": "2",
            "outputPrice": "10",
            "cachedInputPrice": "0.2",
            "cacheWritePrice": "2.5",
            "cacheWrite1hPrice": "4",
        },
    ),
}
_DEMO_KEY = {
    "name": "demo",
    "ownerEmail": "owner@example.com",
    "budgetLimit": "5",
    "manageChildren": True,
}


class SeedError(LocalError):
    """The deployed gateway refused what every gateway must accept."""


@dataclass(frozen=True)
class DemoKey:
    id: str
    secret: str


def seed(admin_url: str, admin_token: str, provider_url: str) -> DemoKey:
    """Raises SeedError."""
    headers = {"Authorization": f"Bearer {admin_token}"}
    with httpx.Client(headers=headers, trust_env=False, timeout=TIMEOUT_SECONDS) as client:
        for wanted in _PROVIDERS:
            described = {**wanted, "baseUrl": f"{provider_url}/v1", "apiKey": "mock"}
            provider = _created(client, f"{admin_url}/providers", described)
            for model in _MODELS[wanted["type"]]:
                _created(client, f"{admin_url}/models", {**model, "providerId": provider["id"]})
        key = _created(client, f"{admin_url}/apiKey", _DEMO_KEY)
    return DemoKey(key["id"], key["key"])


def reach(admin_url: str, admin_token: str, provider_url: str) -> None:
    """Has a stack that was kept find the mock provider where it is now. Raises SeedError."""
    wanted, names = f"{provider_url}/v1", {each["name"] for each in _PROVIDERS}
    headers = {"Authorization": f"Bearer {admin_token}"}
    with httpx.Client(headers=headers, trust_env=False, timeout=TIMEOUT_SECONDS) as client:
        found = _answer(client, "GET", f"{admin_url}/providers?search=mock&limit=100").json()["data"]
        for provider in found:
            if provider["name"] in names and provider["baseUrl"] != wanted:
                moved = {"baseUrl": wanted, "apiKey": "mock"}
                _answer(client, "PATCH", f"{admin_url}/providers/{provider['id']}", moved)


def require_gateway(base_url: str, api_key: str) -> None:
    """Raises SeedError unless the gateway answers, be it with a refusal: a kept key may have been revoked."""
    headers = {"Authorization": f"Bearer {api_key}"}
    with httpx.Client(headers=headers, trust_env=False, timeout=TIMEOUT_SECONDS) as client:
        try:
            response = client.get(f"{base_url}/models")
        except httpx.TransportError as error:
            raise SeedError(f"{base_url}/models got no response: {error!r}") from error
    if response.is_server_error:
        raise _unexpected(response)


def require_answer(base_url: str, api_key: str) -> None:
    """Raises SeedError unless the gateway lets the demo key in. The user's first call finds it warm."""
    headers = {"Authorization": f"Bearer {api_key}"}
    with httpx.Client(headers=headers, trust_env=False, timeout=TIMEOUT_SECONDS) as client:
        _answer(client, "GET", f"{base_url}/models")


def _created(client: httpx.Client, url: str, body: dict[str, Any]) -> dict[str, Any]:
    response = _answer(client, "POST", url, body)
    if response.status_code != httpx.codes.CREATED:
        raise _unexpected(response)
    created: dict[str, Any] = response.json()
    return created


def _answer(
    client: httpx.Client, method: str, url: str, body: dict[str, Any] | None = None
) -> httpx.Response:
    try:
        response = client.request(method, url, json=body)
    except httpx.TransportError as error:
        raise SeedError(f"{method} {url} got no response: {error!r}") from error
    if not response.is_success:
        raise _unexpected(response)
    return response


def _unexpected(response: httpx.Response) -> SeedError:
    asked = f"{response.request.method} {response.request.url}"
    return SeedError(f"{asked} returned {response.status_code}: {response.text[:2000]}")
