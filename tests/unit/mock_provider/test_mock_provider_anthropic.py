import json
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from infra.mock_provider.provider_app import create_app

CREDENTIALS = {"x-api-key": "sk-ant-test", "anthropic-version": "2023-06-01"}
ASKED = {
    "model": "claude-sonnet-5",
    "max_tokens": 100,
    "messages": [{"role": "user", "content": "how are you"}],
}
TOOL = {"name": "look_up", "input_schema": {"type": "object"}}


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(create_app(), headers=CREDENTIALS) as client:
        yield client


def message(client: TestClient, **body: Any) -> dict[str, Any]:
    response = client.post("/v1/messages", json={**ASKED, **body})
    assert response.status_code == 200, response.text
    return response.json()


def message_events(client: TestClient, **body: Any) -> list[dict[str, Any]]:
    response = client.post("/v1/messages", json={**ASKED, "stream": True, **body})
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    events = []
    for block in response.text.removesuffix("\n\n").split("\n\n"):
        name, data = block.split("\n")
        event = json.loads(data.removeprefix("data: "))
        assert name == f"event: {event['type']}"
        events.append(event)
    return events


def test_a_message_has_as_many_words_as_tokens(client: TestClient) -> None:
    answer = message(client, system=[{"type": "text", "text": "be brief"}])
    assert (answer["type"], answer["stop_reason"]) == ("message", "end_turn")
    assert len(answer["content"][0]["text"].split()) == 16
    assert answer["usage"] == {
        "input_tokens": 2 + 4 + 3 + 4,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": 16,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        "service_tier": "standard",
    }


def test_the_limit_cuts_a_message(client: TestClient) -> None:
    answer = message(client, max_tokens=4)
    assert (answer["stop_reason"], answer["usage"]["output_tokens"]) == ("max_tokens", 4)


def test_cache_tokens_come_on_top_of_the_input(client: TestClient) -> None:
    mock = {
        "prompt_tokens": 10,
        "cached_tokens": 1000,
        "cache_creation_tokens": 300,
        "cache_creation_1h_tokens": 100,
        "reasoning_tokens": 5,
    }
    usage = message(client, mock=mock)["usage"]
    assert usage["input_tokens"] == 10
    assert usage["cache_read_input_tokens"] == 1000
    assert usage["cache_creation_input_tokens"] == 300
    assert usage["cache_creation"] == {"ephemeral_5m_input_tokens": 200, "ephemeral_1h_input_tokens": 100}
    assert (usage["output_tokens"], usage["output_tokens_details"]) == (21, {"thinking_tokens": 5})


def test_a_message_streams_its_events(client: TestClient) -> None:
    events = message_events(client, mock={"completion_tokens": 2, "cached_tokens": 9})
    assert [event["type"] for event in events] == [
        "message_start",
        "content_block_start",
        "ping",
        "content_block_delta",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]
    whole = message(client, mock={"completion_tokens": 2, "cached_tokens": 9})
    started = events[0]["message"]
    assert (started["id"], started["content"]) == (whole["id"], [])
    assert started["usage"] == {**whole["usage"], "output_tokens": 1}
    assert "".join(event["delta"]["text"] for event in events[3:5]) == whole["content"][0]["text"]
    assert events[-2]["delta"] == {"stop_reason": "end_turn", "stop_sequence": None}
    assert events[-2]["usage"].items() <= whole["usage"].items()
    assert events[-2]["usage"]["output_tokens"] == 2


def test_a_tool_call_streams_its_input(client: TestClient) -> None:
    asked = {"tools": [TOOL], "mock": {"tool_call": True}}
    whole = message(client, **asked)
    assert whole["stop_reason"] == "tool_use"
    (block,) = whole["content"]
    assert (block["type"], block["name"]) == ("tool_use", "look_up")
    events = message_events(client, **asked)
    assert events[1]["content_block"] == {**block, "input": {}}
    parts = [event["delta"]["partial_json"] for event in events if event["type"] == "content_block_delta"]
    assert json.loads("".join(parts)) == block["input"]


def test_thoughts_come_before_the_text_if_they_are_switched_on(client: TestClient) -> None:
    asked = {"thinking": {"type": "enabled", "budget_tokens": 1024}, "mock": {"reasoning_tokens": 3}}
    thought, text = message(client, **asked)["content"]
    assert (thought["type"], len(thought["thinking"].split())) == ("thinking", 3)
    assert thought["signature"]
    assert (text["type"], len(text["text"].split())) == ("text", 16)

    events = message_events(client, **asked)
    starts = [event["content_block"] for event in events if event["type"] == "content_block_start"]
    assert starts == [{"type": "thinking", "thinking": "", "signature": ""}, {"type": "text", "text": ""}]
    deltas = [
        event["delta"] for event in events if event["type"] == "content_block_delta" and event["index"] == 0
    ]
    assert "".join(delta.get("thinking", "") for delta in deltas) == thought["thinking"]
    assert deltas[-1] == {"type": "signature_delta", "signature": thought["signature"]}

    (only,) = message(client, mock={"reasoning_tokens": 3})["content"]
    assert only["type"] == "text"


def test_structured_output_fits_its_schema(client: TestClient) -> None:
    schema = {"type": "object", "properties": {"answer": {"type": "string"}}}
    form = {"output_config": {"format": {"type": "json_schema", "schema": schema}}}
    (block,) = message(client, **form)["content"]
    assert len(json.loads(block["text"])["answer"].split()) == 16


def test_usage_can_be_missing(client: TestClient) -> None:
    assert "usage" not in message(client, mock={"no_usage": True})
    events = message_events(client, mock={"no_usage": True})
    assert "usage" not in events[0]["message"]
    assert all("usage" not in event for event in events)


def test_tokens_are_counted_as_messages_are(client: TestClient) -> None:
    asked = {"model": ASKED["model"], "messages": ASKED["messages"], "system": "be brief"}
    counted = client.post("/v1/messages/count_tokens", json=asked).json()
    assert counted == {"input_tokens": message(client, system="be brief")["usage"]["input_tokens"]}


@pytest.mark.parametrize("missing", ["x-api-key", "anthropic-version"])
def test_credentials_are_required(missing: str) -> None:
    headers = {name: value for name, value in CREDENTIALS.items() if name != missing}
    refused = TestClient(create_app()).post("/v1/messages", json=ASKED, headers=headers)
    assert refused.status_code == 401
    body = refused.json()
    assert (body["type"], body["error"]["type"]) == ("error", "authentication_error")
    assert body["request_id"] == refused.headers["request-id"]


def test_a_key_may_come_as_a_bearer_token() -> None:
    headers = {"authorization": "Bearer sk-ant-test", "anthropic-version": "2023-06-01"}
    assert TestClient(create_app()).post("/v1/messages", json=ASKED, headers=headers).status_code == 200


@pytest.mark.parametrize("missing", ["model", "max_tokens", "messages"])
def test_a_wrong_request_is_refused(client: TestClient, missing: str) -> None:
    refused = client.post("/v1/messages", json={**ASKED, missing: None})
    assert refused.status_code == 400
    assert refused.json()["error"] == {
        "type": "invalid_request_error",
        "message": f"{missing}: field required",
    }


def test_models_have_their_own_shape(client: TestClient) -> None:
    listed = client.get("/v1/models").json()
    assert listed["has_more"] is False
    assert client.get(f"/v1/models/{listed['first_id']}").json() == listed["data"][0]
    assert client.get("/v1/models/nope").json()["error"]["type"] == "not_found_error"
