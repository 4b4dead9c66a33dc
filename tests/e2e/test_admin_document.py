"""The deployed admin API against its own document: schemathesis asks every route what it allows, and more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.support import admin_routes
from tests.support.api_contract import Contract

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.local.stack import Stack

EXAMPLES = 3


def created(admin: httpx.Client, path: str, **body: Any) -> str:
    answer = admin.post(path, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def called(stack: Stack) -> str:
    """The id of a call that was made with the demo key."""
    body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello"}]}
    headers = {"authorization": f"Bearer {stack.api_key}"}
    answer = httpx.post(f"{stack.base_url}/chat/completions", json=body, headers=headers, timeout=60)
    assert answer.status_code == 200, answer.text
    return answer.headers["x-request-id"]


@pytest.fixture(scope="module")
def contract(stack: Stack, admin: httpx.Client) -> Iterator[Contract]:
    """Only what is made here is edited, and the defaults of alerts and keys, which are put back."""
    url = "https://contract.example.com/v1"
    provider = created(admin, "/providers", name="contract", type="openai", baseUrl=url, apiKey="sk-1")
    key_id = created(admin, "/apiKey", name="contract", budgetLimit="5")
    ids = {
        "provider_id": provider,
        "model_id": created(admin, "/models", systemName="contract", providerId=provider, modelType="chat"),
        "key_id": key_id,
        "pack_id": created(admin, f"/apiKey/{key_id}/packs", amount="1"),
        "admin_id": created(admin, "/admins", name="contract", role="viewer"),
        "request_id": called(stack),
    }
    defaults = admin.get("/alerts/defaults").json()
    document = httpx.get(f"{stack.admin_url}/openapi.json", timeout=60)
    assert document.status_code == 200
    yield Contract(document.json(), stack.admin_url, ids)
    assert admin.put("/alerts/defaults", json={**defaults, "revision": None}).status_code == 200
    settings = admin.get("/settings").json().keys() - {"revision", "deployment"}
    assert admin.patch("/settings", json=dict.fromkeys(settings)).status_code == 200


@pytest.mark.parametrize("name", admin_routes.in_order())
def test_a_deployed_route_answers_as_its_document_says_whatever_it_is_asked(stack, contract, name):
    headers = {"authorization": f"Bearer {stack.admin_token}"}
    assert contract.ask(name, lambda case: case.call(headers=headers, timeout=60), EXAMPLES)


def test_the_docs_page_asks_nobody_but_this_api(stack):
    page = httpx.get(f"{stack.admin_url}/docs", timeout=60)
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "SwaggerUIBundle" in page.text
    assert 'src="http' not in page.text
