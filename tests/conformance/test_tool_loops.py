"""Loops of tools by the official SDKs at models whose providers speak none of their APIs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.issued_keys import IssuedKeys

PRICES = {"inputPrice": "1", "outputPrice": "10"}
PROVIDERS = {"chat": "openai", "responses": "openai", "messages": "anthropic"}
PATHS = {"chat": "/v1/chat/completions", "responses": "/v1/responses", "messages": "/v1/messages"}
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOL = {"name": "get_weather", "description": "Tells a city's weather.", "parameters": CITY}
TOLD = "It is raining in Rome."


@pytest.fixture(scope="module")
def models(stack, keys: IssuedKeys) -> dict[str, str]:
    """A model for each API, at a provider that speaks no other one."""
    made, own = {}, uuid4().hex[:8]
    for api, kind in PROVIDERS.items():
        described = {"name": f"{api}-only-{own}", "type": kind, "baseUrl": f"{stack.provider_url}/v1"}
        provider = keys.admin("POST", "/providers", {**described, "apiKey": "mock", "apis": [{"api": api}]})
        model = {
            "systemName": f"loops-{api}-{own}",
            "providerId": provider["id"],
            "modelType": "chat",
            **PRICES,
        }
        made[api] = keys.admin("POST", "/models", {**model, "remoteId": "claude-sonnet-5"})["systemName"]
    return made


@pytest.fixture
def asks(unique: str) -> str:
    """What has a model think, and then call the tool twice at once; after the results it says something."""
    controls = {"tool": "get_weather", "tool_calls": 2, "reasoning_tokens": 3, "arguments": {"city": "Rome"}}
    return f"{unique} [mock {json.dumps(controls)}]"


@pytest.fixture
def require_both_turns(
    asked_of_provider: Callable[[str], list[dict[str, Any]]],
    keys: IssuedKeys,
    key: dict[str, Any],
    unique: str,
) -> Callable[[str], list[dict[str, Any]]]:
    """The bodies of a loop's two requests, which have reached the provider by its API, and were paid for."""

    def required(api: str) -> list[dict[str, Any]]:
        asked = asked_of_provider(unique)
        assert [request["path"] for request in asked] == [PATHS[api]] * 2
        keys.settled(key["id"])
        last = sorted(keys.records(key["id"]), key=lambda record: record["request_id"])[-2:]
        assert [(each["outcome"], each["usage_source"]) for each in last] == [("succeeded", "provider")] * 2
        return [request["body"] for request in asked]

    return required


def kinds_of(items: list[dict[str, Any]]) -> list[str]:
    return [item.get("type") or item["role"] for item in items]


@pytest.mark.parametrize(("api", "streamed"), [("chat", False), ("responses", True)])
def test_anthropics_tool_runner_comes_to_its_end(
    connect_claude, key, models, asks, require_both_turns, api: str, streamed: bool
):
    cities = []

    def get_weather(city: str) -> str:
        """Tells a city's weather."""
        cities.append(city)
        return TOLD

    messages = connect_claude(key["key"]).loop(
        "beta.messages.tool_runner",
        get_weather,
        model=models[api],
        max_tokens=2000,
        thinking={"type": "adaptive", "display": "summarized"},
        messages=[{"role": "user", "content": asks}],
        stream=streamed,
    )

    assert cities == ["Rome", "Rome"]
    assert [message.stop_reason for message in messages] == ["tool_use", "end_turn"]
    assert messages[-1].content[-1].text
    assert messages[-1].usage.output_tokens > 0
    _, second = require_both_turns(api)
    if api == "chat":
        said, *results = second["messages"][-3:]
        assert [result["tool_call_id"] for result in results] == [call["id"] for call in said["tool_calls"]]
        assert [result["content"] for result in results] == [TOLD] * 2
    else:
        assert kinds_of(second["input"][1:]) == [
            *("reasoning", "function_call", "function_call"),
            *("function_call_output", "function_call_output"),
        ]


@pytest.mark.parametrize("api", ["chat", "messages"])
def test_the_stream_helper_of_responses_carries_a_loop(
    connect_gpt, key, models, asks, require_both_turns, api: str
):
    gpt = connect_gpt(key["key"])
    request = {
        "model": models[api],
        "tools": [{"type": "function", **TOOL, "strict": False}],
        "reasoning": {"effort": "low", "summary": "auto"},
        "include": ["reasoning.encrypted_content"],
        "store": False,
    }
    said: list[Any] = [{"role": "user", "content": asks}]
    _, response = gpt.run("responses.stream", "get_final_response", input=said, **request)
    calls = [item for item in response.output if item.type == "function_call"]
    assert [json.loads(call.arguments) for call in calls] == [{"city": "Rome"}] * 2

    results = [{"type": "function_call_output", "call_id": call.call_id, "output": TOLD} for call in calls]
    said += [*(item.to_dict() for item in response.output), *results]
    events, response = gpt.run("responses.stream", "get_final_response", input=said, **request)
    assert response.output_text
    assert events[-1].type == "response.completed"
    _, second = require_both_turns(api)
    if api == "messages":
        _, assistant, told = second["messages"]
        assert kinds_of(assistant["content"]) == ["thinking", "tool_use", "tool_use"]
        assert kinds_of(told["content"]) == ["tool_result", "tool_result"]


@pytest.mark.parametrize("api", ["responses", "messages"])
def test_the_stream_helper_of_chats_carries_a_loop(
    connect_gpt, key, models, asks, require_both_turns, api: str
):
    gpt = connect_gpt(key["key"])
    request = {
        "model": models[api],
        "tools": [{"type": "function", "function": TOOL}],
        "reasoning_effort": "low",
        "stream_options": {"include_usage": True},
    }
    said: list[Any] = [{"role": "user", "content": asks}]
    _, completion = gpt.run("chat.completions.stream", "get_final_completion", messages=said, **request)
    message = completion.choices[0].message
    assert completion.choices[0].finish_reason == "tool_calls"
    assert [json.loads(call.function.arguments) for call in message.tool_calls] == [{"city": "Rome"}] * 2

    results = [{"role": "tool", "tool_call_id": call.id, "content": TOLD} for call in message.tool_calls]
    said += [message.to_dict(exclude_none=True), *results]
    _, completion = gpt.run("chat.completions.stream", "get_final_completion", messages=said, **request)
    assert completion.choices[0].message.content
    assert completion.usage.completion_tokens > 0
    require_both_turns(api)
