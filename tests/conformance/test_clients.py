"""Agents, frameworks and Azure's client: what they send is served, and refused as they expect."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import anthropic
import openai
import pytest

from tests.support.client_requests import CLAUDE_CODE, CLIENTS, CODEX
from tests.support.sdks import AZURE

if TYPE_CHECKING:
    import httpx

    from tests.support.client_requests import ClientRequest
    from tests.support.sdks import Sdk

CHAT: dict[str, Any] = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello there"}]}
MESSAGE = {**CHAT, "model": "claude-sonnet-5", "max_tokens": 100}
PRICES = {"inputPrice": "1", "outputPrice": "10", "cachedInputPrice": "0.1", "cacheWritePrice": "1.25"}
SEARCHES = {"toolPrices": {"web_search": "0.01"}}

each_client = pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS.keys())


@pytest.fixture(scope="module")
def served(keys) -> dict[tuple[str, str], str]:
    """A model of each type at each provider, by both, with a price for searches."""
    providers = {each["name"]: each["id"] for each in keys.admin("GET", "/providers?search=mock")["data"]}
    return {
        (type_, kind): keys.admin(
            "POST",
            "/models",
            {
                "systemName": f"agents-{type_}-{kind}",
                "providerId": providers[provider],
                "modelType": kind,
                **PRICES,
                **SEARCHES,
            },
        )["systemName"]
        for type_, kind, provider in (
            ("openai", "chat", "mock"),
            ("openai", "embedding", "mock"),
            ("anthropic", "chat", "mock-anthropic"),
        )
    }


def send(http: httpx.Client, client: ClientRequest, model: str, secret: str) -> httpx.Response:
    body = {"model": model, **client.body}
    return http.post(client.path.format(model=model), json=body, headers=client.authorized(secret))


@each_client
def test_what_a_client_sends_is_served_and_metered(client, http, keys, served):
    key = keys.issue(budgetLimit="5")
    answer = send(http, client, served[client.provider_type, client.model_type], key["key"])

    assert answer.status_code == 200, answer.text
    assert "x-tollgate-dropped" not in answer.headers
    if client.ends is None:
        assert answer.json()
    else:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert client.ends in answer.text.replace('": ', '":').strip().splitlines()[-1]
    keys.settled(key["id"])
    (record,) = keys.records(key["id"])
    assert (record["outcome"], record["usage_source"]) == ("succeeded", "provider")


def test_an_agents_request_fits_a_small_hard_budget_if_nothing_is_searched(http, keys, served):
    """Each search may bring as much as the context holds, which is held, too."""
    key = keys.issue(budgetLimit="1", enforcement="hard")
    tools = [tool for tool in CODEX.body["tools"] if tool["type"] != "web_search"]
    for client in (replace(CODEX, body={**CODEX.body, "tools": tools}), CLAUDE_CODE):
        answer = send(http, client, served[client.provider_type, client.model_type], key["key"])
        assert answer.status_code == 200, answer.text
        keys.settled(key["id"])


@each_client
@pytest.mark.parametrize("status", [429, 402, 400])
def test_a_used_up_budget_is_told_with_the_keys_status(client, http, keys, served, status):
    key = keys.issue(budgetLimit="0", budgetRefusalStatus=status)
    answer = send(http, client, served[client.provider_type, client.model_type], key["key"])

    assert (answer.status_code, answer.headers["x-should-retry"]) == (status, "false")
    error = answer.json()["error"]
    assert error["code"] == "budget_exhausted"
    assert "retrying won't help" in error["message"]
    assert error["type"] == ("billing_error" if client.provider_type == "anthropic" else "insufficient_quota")


@pytest.mark.parametrize(
    ("status", "of_openai", "of_anthropic"),
    [
        (429, openai.RateLimitError, anthropic.RateLimitError),
        (402, openai.APIStatusError, anthropic.APIStatusError),
        (400, openai.BadRequestError, anthropic.BadRequestError),
    ],
)
def test_the_official_sdks_try_once_whatever_the_status(
    keys, connect_gpt, connect_claude, status, of_openai, of_anthropic
):
    secret = keys.issue(budgetLimit="0", budgetRefusalStatus=status)["key"]
    for connect, method, request, exception in (
        (connect_gpt, "chat.completions.create", CHAT, of_openai),
        (connect_claude, "messages.create", MESSAGE, of_anthropic),
    ):
        with pytest.raises(exception) as refused:
            connect(secret, max_retries=2).ask(method, **request)
        assert refused.value.status_code == status
        assert refused.value.response.request.headers["x-stainless-retry-count"] == "0"


def test_codex_turns_from_websocket_to_events(http, key):
    headers = {
        **CODEX.authorized(key["key"]),
        "connection": "Upgrade",
        "upgrade": "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
        "openai-beta": "responses_websockets=2026-02-06",
    }
    answer = http.get("/v1/responses", headers=headers)
    assert answer.status_code == 426
    assert "POST /v1/responses" in answer.json()["error"]["message"]


def test_a_search_that_has_no_price_is_refused_by_its_name(http, key):
    """Codex offers it with each request, unless its configuration says otherwise."""
    answer = send(http, CODEX, CHAT["model"], key["key"])
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (400, "tool_not_priced", "tools[3]")


def test_claude_code_finds_the_gateway_its_models_and_counts(http, key):
    headers = {name: value for name, value in CLAUDE_CODE.authorized(key["key"]).items() if name[0] != "c"}
    assert http.head("/").status_code == 200
    listed = http.get("/v1/models?limit=1000", headers=headers).json()
    assert {"claude-sonnet-5", CHAT["model"]} <= {each["id"] for each in listed["data"]}
    counted = http.post(
        "/v1/messages/count_tokens?beta=true",
        json={"model": "claude-sonnet-5", "messages": CHAT["messages"]},
        headers=headers,
    )
    assert counted.json()["input_tokens"] > 0


@pytest.mark.parametrize("behind", ["", "/", "/v1", "/v1/messages"])
def test_a_provider_for_anthropics_clients_is_found_with_and_without_a_version(
    stack, keys, connect_claude, key, unique, behind
):
    provider = {
        "name": unique,
        "type": "anthropic",
        "baseUrl": f"{stack.provider_url}{behind}",
        "apiKey": "k",
    }
    id_ = keys.admin("POST", "/providers", provider)["id"]
    keys.admin("POST", "/models", {"systemName": unique, "providerId": id_, "modelType": "chat", **PRICES})
    assert connect_claude(key["key"]).ask("messages.create", **{**MESSAGE, "model": unique}).content


@pytest.fixture
def azure(stack, keys, connections, key) -> Sdk:
    return connections.connect(
        AZURE, f"{stack.api_url}/openai", key["key"], keys.hear, api_version="2024-10-21"
    )


def test_azures_client_names_the_model_as_its_deployment(azure, unique):
    chat = azure.ask("chat.completions.create", **CHAT)
    assert chat.choices[0].message.content
    chunks = azure.all("chat.completions.create", **CHAT, stream=True)
    assert chunks[-1].choices[0].finish_reason == "stop"
    embedded = azure.ask("embeddings.create", model="text-embedding-3-small", input="Hello there")
    assert embedded.data[0].embedding
    response = azure.ask("responses.create", model="gpt-4o-mini", input=unique)
    assert azure.ask("responses.retrieve", response.id).id == response.id
    assert "gpt-4o-mini" in {each.id for each in azure.all("models.list")}


def test_azures_client_is_told_of_a_deployment_that_there_is_not(azure):
    with pytest.raises(openai.NotFoundError) as refused:
        azure.ask("chat.completions.create", **{**CHAT, "model": "unknown"})
    assert refused.value.code == "model_not_found"
