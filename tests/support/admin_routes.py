"""A sample call of each route of the admin API, made in a deployment that has what it needs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.support.key_client import KeyClient
from tollgate.clock import rfc3339, utc_now
from tollgate_admin.handler import app
from tollgate_admin.web import access

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.admin_client import Admin

SAFE = {"GET", "HEAD", "OPTIONS"}

# They write nothing that is administered: they compute, or send what a threshold would send.
CHANGES_NOTHING = {
    "POST /costs/what-if",
    "POST /alerts/test",
    "POST /providers/{provider_id}/test",
    "POST /providers/{provider_id}/api-key/check",
}


def names() -> list[str]:
    """Every route that is registered: `PATCH /apiKey/{key_id}`."""
    return sorted(access.name_of(route) for route in app.routes)


def writes() -> list[str]:
    return [name for name in names() if name.split()[0] not in SAFE and name not in CHANGES_NOTHING]


def in_order() -> list[str]:
    """All routes, those last after which a thing takes no more calls."""
    return sorted(names(), key=lambda name: (name.startswith("DELETE"), name.endswith("/revoke"), name))


def path_of(name: str, value: str = "key_0123456789abcdef") -> str:
    """A route's path with something in the place of each parameter."""
    return re.sub(r"\{\w+\}", value, name.split()[1])


@dataclass(frozen=True)
class Call:
    """What changes an entity for sure; None is one that is created, whose id is in the answer.

    `adds`: there is nothing before it of what it brings to the entity, as of a version of a price.
    """

    path: str
    body: Any = None
    entity: str | None = None
    adds: bool = False


def _new_key(_admin: Admin) -> Call:
    return Call("/apiKey", {"name": "sampled", "budgetLimit": "1"})


def _key(suffix: str, body: Any = None, **settings: Any) -> Callable[[Admin], Call]:
    def made(admin: Admin) -> Call:
        key_id = admin.key(**settings)["id"]
        return Call(f"/apiKey/{key_id}{suffix}", body, key_id)

    return made


def _used_key(admin: Admin) -> Call:
    """A reset that takes nothing off is no change."""
    key_id = admin.key(budgetLimit="5")["id"]
    admin.services.keys.client.update_item(
        TableName=admin.services.keys.table,
        Key={"key_id": {"S": key_id}},
        UpdateExpression="SET budget_used = :used, budget_available = :left",
        ExpressionAttributeValues={":used": {"N": "2"}, ":left": {"N": "3"}},
    )
    return Call(f"/apiKey/{key_id}/budget/reset", None, key_id)


def _revoked_key(admin: Admin) -> Call:
    key_id = admin.key()["id"]
    assert admin("POST", f"/apiKey/{key_id}/revoke").status == 200
    return Call(f"/apiKey/{key_id}/reinstate", None, key_id)


def _asked(verb: str, body: Any = None) -> Callable[[Admin], Call]:
    """Of a key that asks for a higher limit: the change is the key's."""

    def made(admin: Admin) -> Call:
        key = admin.key(budgetLimit="1")
        wanted = {"window": "total", "limit": "2", "reason": "a release"}
        asked = KeyClient(admin, key["key"])("POST", "/budget-requests", wanted).json["id"]
        return Call(f"/budget-requests/{asked}/{verb}", body, key["id"])

    return made


def _pack(admin: Admin) -> Call:
    key_id = admin.key()["id"]
    pack_id = admin("POST", f"/apiKey/{key_id}/packs", {"amount": "5"}).json["id"]
    return Call(f"/apiKey/{key_id}/packs/{pack_id}/void", None, key_id)


def _new_provider(_admin: Admin) -> Call:
    body = {"name": "ollama", "type": "openai", "baseUrl": "https://o.example.com/v1", "authHeader": "none"}
    return Call("/providers", body)


def _provider(admin: Admin) -> Call:
    provider_id = admin.provider()["id"]
    return Call(f"/providers/{provider_id}", {"baseUrl": "https://api.example.com/v2"}, provider_id)


def _import(admin: Admin) -> Call:
    """Of a model that exists at another price, which its entry replaces."""
    provider_id = admin.provider()["id"]
    model_id = admin.model(provider_id, systemName="gpt-5", inputPrice="9", outputPrice="9")["id"]
    body = {"systemNames": ["gpt-5"], "existing": "replace"}
    return Call(f"/providers/{provider_id}/catalog/import", body, model_id, adds=True)


def _unused_provider(admin: Admin) -> Call:
    provider_id = admin.provider()["id"]
    return Call(f"/providers/{provider_id}", None, provider_id)


def _unwanted_model(admin: Admin) -> Call:
    model_id = admin.model(admin.provider()["id"])["id"]
    return Call(f"/models/{model_id}", None, model_id)


def _settings(admin: Admin) -> Call:
    assert admin("PATCH", "/settings", {"defaultRpmLimit": 6}).status == 200
    return Call("/settings", {"defaultRpmLimit": 7}, "settings")


def _new_model(admin: Admin) -> Call:
    body = {"systemName": "small", "providerId": admin.provider()["id"], "modelType": "chat"}
    return Call("/models", body)


def _model(admin: Admin) -> Call:
    model_id = admin.model(admin.provider()["id"])["id"]
    return Call(f"/models/{model_id}", {"outputLimit": 7}, model_id)


def _defaults(admin: Admin) -> Call:
    shown = admin("GET", "/alerts/defaults").json
    return Call("/alerts/defaults", {**shown, "forecastDays": shown["forecastDays"] + 1}, "alerts")


def _new_admin(_admin: Admin) -> Call:
    return Call("/admins", {"name": "ci", "role": "viewer"})


def _admin(suffix: str, body: Any = None) -> Callable[[Admin], Call]:
    def made(admin: Admin) -> Call:
        admin_id = admin("POST", "/admins", {"name": "ci", "role": "viewer"}).json["id"]
        return Call(f"/admins/{admin_id}{suffix}", body, admin_id)

    return made


# By their names, as `access` has them.
SAMPLES: dict[str, Callable[[Admin], Call]] = {
    "POST /apiKey": _new_key,
    "PATCH /apiKey/{key_id}": _key("", {"name": "renamed"}),
    "DELETE /apiKey/{key_id}": _key(""),
    "POST /apiKey/{key_id}/rotate": _key("/rotate"),
    "PUT /apiKey/{key_id}/budget": _key("/budget", {"budgetLimit": "7"}),
    "POST /apiKey/{key_id}/budget/raise": _key(
        "/budget/raise",
        {"window": "total", "limit": "9", "until": rfc3339(utc_now() + timedelta(days=1))},
        budgetLimit="5",
    ),
    "POST /apiKey/{key_id}/budget/reset": _used_key,
    "POST /apiKey/{key_id}/revoke": _key("/revoke"),
    "POST /apiKey/{key_id}/reinstate": _revoked_key,
    "POST /budget-requests/{request_id}/approve": _asked("approve"),
    "POST /budget-requests/{request_id}/deny": _asked("deny", {"reason": "no"}),
    "POST /apiKey/{key_id}/packs": _key("/packs", {"amount": "5"}),
    "POST /apiKey/{key_id}/packs/{pack_id}/void": _pack,
    "POST /providers": _new_provider,
    "PATCH /providers/{provider_id}": _provider,
    "DELETE /providers/{provider_id}": _unused_provider,
    "POST /providers/{provider_id}/catalog/import": _import,
    "DELETE /models/{model_id}": _unwanted_model,
    "PATCH /settings": _settings,
    "POST /models": _new_model,
    "PATCH /models/{model_id}": _model,
    "PUT /alerts/defaults": _defaults,
    "POST /admins": _new_admin,
    "PATCH /admins/{admin_id}": _admin("", {"role": "operator"}),
    "POST /admins/{admin_id}/revoke": _admin("/revoke"),
    "POST /admins/{admin_id}/rotate": _admin("/rotate"),
}
