"""Each SDK with each kind of provider: what it asks for arrives, and what it gets is whole and priced."""

from __future__ import annotations

import json
from contextlib import closing
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.support.api_clients import LIMIT, PIXEL, TOOLS, Chat, Messages, Responses
from tests.support.sdks import ANTHROPIC, OPENAI, Connections

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from infra.local.stack import Stack
    from tests.support.api_clients import Conversing
    from tests.support.issued_keys import IssuedKeys

# USD per 1M tokens.
PRICES = {"inputPrice": "1", "outputPrice": "10", "cachedInputPrice": "0.1"}
MILLION = 1_000_000
# What each kind of provider speaks, below the mock's own address.
PROVIDERS: dict[str, dict[str, Any]] = {
    "openai": {"type": "openai", "apis": {"chat": "/v1", "responses": "/v1"}},
    "chat alone": {"type": "openai", "apis": {"chat": "/v1"}},
    "anthropic": {"type": "anthropic", "apis": {"messages": "/v1"}},
    "bedrock": {"type": "openai", "apis": {"chat": "/openai/v1", "responses": "/openai/v1"}},
    "claude at bedrock": {"type": "anthropic", "apis": {"messages": "/anthropic/v1"}},
}
CLIENTS = ("chat", "responses", "messages")
STOPS = {
    "chat": ("stop", "tool_calls"),
    "responses": ("completed", "completed"),
    "messages": ("end_turn", "tool_use"),
}
# Whose thoughts can be shown: OpenAI's chat completions don't tell them.
OF_ANTHROPIC = ("anthropic", "claude at bedrock")
THINKING_SHOWN = {
    **dict.fromkeys(("openai", "bedrock"), ("responses", "messages")),
    "chat alone": (),
    **dict.fromkeys(OF_ANTHROPIC, CLIENTS),
}


@pytest.fixture(scope="module")
def models(stack: Stack, keys: IssuedKeys) -> dict[str, str]:
    """A model of each kind of provider."""
    return {name: _model_of(stack, keys, name, **kind) for name, kind in PROVIDERS.items()}


def _model_of(stack: Stack, keys: IssuedKeys, name: str, **kind: Any) -> str:
    apis = {api: f"{stack.provider_url}{path}" for api, path in kind["apis"].items()}
    provider = keys.admin(
        "POST",
        "/providers",
        {
            "name": f"any-{name}-{uuid4().hex[:8]}",
            "type": kind["type"],
            "baseUrl": next(iter(apis.values())),
            "apiKey": "mock",
            "apis": [{"api": api, "baseUrl": base_url} for api, base_url in apis.items()],
        },
    )
    made = {"systemName": f"any-{uuid4().hex[:8]}", "providerId": provider["id"], "modelType": "chat"}
    return str(keys.admin("POST", "/models", {**made, **PRICES})["systemName"])


@pytest.fixture(scope="module")
def clients(stack: Stack, keys: IssuedKeys, key: dict[str, Any]) -> Iterator[dict[str, Conversing]]:
    with closing(Connections(asynchronous=False)) as made:
        of_openai = made.connect(OPENAI, stack.base_url, key["key"], keys.hear).client
        of_anthropic = made.connect(ANTHROPIC, stack.api_url, key["key"], keys.hear).client
        yield {
            "chat": Chat(of_openai),
            "responses": Responses(of_openai),
            "messages": Messages(of_anthropic),
        }


@pytest.fixture
def charged(keys: IssuedKeys, key: dict[str, Any]) -> Callable[[], list[Decimal]]:
    """What was charged since the test began, call by call."""
    before = {record["request_id"] for record in keys.records(key["id"])}

    def since() -> list[Decimal]:
        keys.settled(key["id"])
        return sorted(
            record["calculated_cost"]
            for record in keys.records(key["id"])
            if record["request_id"] not in before
        )

    return since


def cost(kind: str, prompt: int, cached: int, output: int) -> Decimal:
    """By the mock's figures: Anthropic's shape has what was cached beside the input, OpenAI's within it."""
    uncached = prompt if kind in OF_ANTHROPIC else prompt - cached
    return (Decimal(uncached) + Decimal(cached) / 10 + Decimal(output) * 10) / MILLION


def directive(**controls: Any) -> str:
    return f"[mock {json.dumps(controls)}]"


cells = pytest.mark.parametrize("streams", [False, True], ids=["whole", "stream"])
by_provider = pytest.mark.parametrize("kind", PROVIDERS)
by_client = pytest.mark.parametrize("api", CLIENTS)


@cells
@by_provider
@by_client
class TestEachCell:
    def test_text(self, api, kind, streams, clients, models, charged):
        client = clients[api]
        controls = {"prompt_tokens": 40, "cached_tokens": 10, "completion_tokens": 7}
        told = client.ask(models[kind], [client.user(directive(**controls))], streams=streams)
        assert len(told.text.split()) == 7
        assert told.stop == STOPS[api][0]
        prompt = 50 if kind in OF_ANTHROPIC else 40
        assert (told.prompt_tokens, told.output_tokens) == (prompt, 7)
        assert charged() == [cost(kind, 40, 10, 7)]

    def test_tools(self, api, kind, streams, clients, models, charged):
        client, model = clients[api], models[kind]
        given = {"text": "a b"}
        controls = {"prompt_tokens": 40, "completion_tokens": 9, "tool_calls": 2, "arguments": given}
        asked = [client.user(directive(**controls))]
        told = client.ask(model, asked, streams=streams, tools=True)
        assert [(name, found) for _, name, found in told.calls] == [(name, given) for name in TOOLS]
        assert told.stop == STOPS[api][1]
        goes_on = [*asked, *told.kept, *client.results(told, "the result")]
        last = client.ask(model, goes_on, streams=streams, tools=True)
        assert last.text
        assert not last.calls
        expected = [cost(kind, 40, 0, 9), cost(kind, last.prompt_tokens, 0, last.output_tokens)]
        assert charged() == sorted(expected)

    def test_images(self, api, kind, streams, clients, models, charged, asked_of_provider, unique):
        client = clients[api]
        text = f"{unique} {directive(prompt_tokens=100, completion_tokens=3)}"
        told = client.ask(models[kind], [client.user(text, image=PIXEL)], streams=streams)
        assert len(told.text.split()) == 3
        (arrived,) = asked_of_provider(unique)
        assert repr(arrived["body"]).count(PIXEL) == 1
        assert charged() == [cost(kind, 100, 0, 3)]

    def test_structured_output(self, api, kind, streams, clients, models, charged):
        client = clients[api]
        text = directive(prompt_tokens=30, completion_tokens=5)
        told = client.ask(models[kind], [client.user(text)], streams=streams, structured=True)
        assert json.loads(told.text).keys() == {"name", "legs"}
        assert charged() == [cost(kind, 30, 0, 5)]

    def test_thinking(self, api, kind, streams, clients, models, charged):
        """Thoughts are billed whether they are shown or not, and sealed ones go back to who had them."""
        client, model = clients[api], models[kind]
        controls = {"prompt_tokens": 30, "completion_tokens": 20, "reasoning_tokens": 12}
        asked = [client.user(directive(**controls))]
        told = client.ask(model, asked, streams=streams, thinking=True)
        assert told.thought is (api in THINKING_SHOWN[kind])
        assert told.output_tokens == 20 < LIMIT
        goes_on = [*asked, *told.kept, client.user(directive(prompt_tokens=50, completion_tokens=4))]
        last = client.ask(model, goes_on, streams=streams, thinking=True)
        assert len(last.text.split()) == 4
        assert charged() == sorted([cost(kind, 30, 0, 20), cost(kind, 50, 0, 4)])
