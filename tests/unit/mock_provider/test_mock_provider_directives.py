"""Controls within a prompt, calls of several tools, and thoughts that are sealed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient

from infra.mock_provider.provider_app import create_app

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADERS = {"authorization": "Bearer sk-test", "anthropic-version": "2023-06-01", "x-api-key": "sk-test"}
SCHEMA = {"type": "object", "properties": {"text": {"type": "string"}}}
FUNCTIONS = [{"name": name, "parameters": SCHEMA} for name in ("look_up", "run")]
TWICE = '[mock {"tool_calls": 2, "arguments": {"text": "a"}}]'


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(create_app(), headers=HEADERS) as client:
        yield client


def chat(client: TestClient, **body: Any) -> Any:
    tools = [{"type": "function", "function": each} for each in FUNCTIONS]
    return client.post("/v1/chat/completions", json={"model": "m", "tools": tools, **body})


def respond(client: TestClient, **body: Any) -> Any:
    tools = [{"type": "function", **each} for each in FUNCTIONS]
    return client.post("/v1/responses", json={"model": "m", "tools": tools, **body})


def message(client: TestClient, **body: Any) -> Any:
    tools = [{"name": each["name"], "input_schema": SCHEMA} for each in FUNCTIONS]
    return client.post("/v1/messages", json={"model": "m", "max_tokens": 99, "tools": tools, **body})


def said(text: str) -> list[dict[str, Any]]:
    return [{"role": "user", "content": text}]


def test_a_directive_has_several_tools_called_in_each_api(client: TestClient) -> None:
    calls = chat(client, messages=said(TWICE)).json()["choices"][0]["message"]["tool_calls"]
    assert [(each["function"]["name"], each["function"]["arguments"]) for each in calls] == [
        ("look_up", '{"text": "a"}'),
        ("run", '{"text": "a"}'),
    ]
    output = respond(client, input=said(TWICE)).json()["output"]
    assert [(each["name"], each["arguments"]) for each in output] == [
        ("look_up", '{"text": "a"}'),
        ("run", '{"text": "a"}'),
    ]
    blocks = message(client, messages=said(TWICE)).json()["content"]
    assert [(each["name"], each["input"]) for each in blocks] == [
        ("look_up", {"text": "a"}),
        ("run", {"text": "a"}),
    ]


def test_the_calls_of_a_stream_are_those_of_the_whole_answer(client: TestClient) -> None:
    streamed = [
        json.loads(line.removeprefix("data: "))
        for line in chat(client, messages=said(TWICE), stream=True).text.split("\n\n")
        if line.startswith("data: {")
    ]
    deltas = [
        call for event in streamed for call in event["choices"][0]["delta"].get("tool_calls", ()) if event
    ]
    assert {each["index"] for each in deltas} == {0, 1}
    begun = [each["function"]["name"] for each in deltas if each["function"].get("name")]
    assert begun == ["look_up", "run"]


def test_the_tool_that_is_named_is_called_until_its_result_is_there(client: TestClient) -> None:
    asked = said('Please: [mock {"tool": "run", "arguments": {"text": "b"}}]')
    (call,) = chat(client, messages=asked).json()["choices"][0]["message"]["tool_calls"]
    assert call["function"]["name"] == "run"
    result = {"role": "tool", "tool_call_id": call["id"], "content": asked[0]["content"]}
    answered = chat(client, messages=[*asked, {"role": "assistant", "tool_calls": [call]}, result]).json()
    assert answered["choices"][0]["finish_reason"] == "stop"
    missing = chat(client, messages=said('[mock {"tool": "walk"}]'))
    assert missing.status_code == 400


def test_thoughts_of_others_are_refused(client: TestClient) -> None:
    thinking = {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 2000}
    asked = said('[mock {"reasoning_tokens": 3}]')
    thought = message(client, messages=asked, **thinking).json()["content"][0]
    assert thought["type"] == "thinking"
    goes_on = [*asked, {"role": "assistant", "content": [thought]}, *said("And?")]
    assert message(client, messages=goes_on, **thinking).status_code == 200
    goes_on[1]["content"] = [{**thought, "thinking": "something else"}]
    assert message(client, messages=goes_on, **thinking).status_code == 400


def test_sealed_reasoning_is_verified(client: TestClient) -> None:
    asked = said('[mock {"reasoning_tokens": 3}]')
    wish = {"reasoning": {"summary": "auto"}, "include": ["reasoning.encrypted_content"]}
    thought = respond(client, input=asked, **wish).json()["output"][0]
    assert thought["summary"][0]["text"]
    assert respond(client, input=[*asked, thought, *said("And?")]).status_code == 200
    changed = {**thought, "encrypted_content": "sealed_by_others"}
    assert respond(client, input=[*asked, changed, *said("And?")]).status_code == 400
