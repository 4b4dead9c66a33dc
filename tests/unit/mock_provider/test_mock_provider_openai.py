import base64
import json
import struct
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from infra.mock_provider.provider_app import create_app

ASKED = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "how are you"}]}
TOOL = {"type": "function", "function": {"name": "look_up", "parameters": {}}}


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(create_app(), headers={"authorization": "Bearer sk-test"}) as client:
        yield client


def chat(client: TestClient, **body: Any) -> dict[str, Any]:
    response = client.post("/v1/chat/completions", json={**ASKED, **body})
    assert response.status_code == 200, response.text
    return response.json()


def chat_chunks(client: TestClient, **body: Any) -> list[dict[str, Any]]:
    response = client.post("/v1/chat/completions", json={**ASKED, "stream": True, **body})
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    *chunks, last = response.text.removesuffix("\n\n").split("\n\n")
    assert last == "data: [DONE]"
    return [json.loads(chunk.removeprefix("data: ")) for chunk in chunks]


def respond(client: TestClient, **body: Any) -> dict[str, Any]:
    response = client.post("/v1/responses", json={"model": "gpt-4o-mini", "input": "how are you", **body})
    assert response.status_code == 200, response.text
    return response.json()


def response_events(client: TestClient, **body: Any) -> list[dict[str, Any]]:
    asked = {"model": "gpt-4o-mini", "input": "how are you", "stream": True, **body}
    events = []
    for block in client.post("/v1/responses", json=asked).text.removesuffix("\n\n").split("\n\n"):
        name, data = block.split("\n")
        event = json.loads(data.removeprefix("data: "))
        assert name == f"event: {event['type']}"
        events.append(event)
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    return events


def test_a_completion_has_as_many_words_as_tokens(client: TestClient) -> None:
    completion = chat(client)
    assert completion["object"] == "chat.completion"
    (choice,) = completion["choices"]
    assert choice["finish_reason"] == "stop"
    assert len(choice["message"]["content"].split()) == 16
    assert completion["usage"] == {
        "prompt_tokens": 3 + 4,
        "completion_tokens": 16,
        "total_tokens": 23,
        "prompt_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def test_text_parts_are_counted_and_images_are_not(client: TestClient) -> None:
    parts = [
        {"type": "text", "text": "what is this"},
        {"type": "image_url", "image_url": {"url": "data:a b"}},
    ]
    messages = [{"role": "system", "content": "be brief"}, {"role": "user", "content": parts}]
    assert chat(client, messages=messages)["usage"]["prompt_tokens"] == 2 + 4 + 3 + 4


@pytest.mark.parametrize("limit", ["max_tokens", "max_completion_tokens"])
def test_a_limit_cuts_the_completion(client: TestClient, limit: str) -> None:
    completion = chat(client, **{limit: 5})
    assert completion["choices"][0]["finish_reason"] == "length"
    assert len(completion["choices"][0]["message"]["content"].split()) == 5
    assert completion["usage"]["completion_tokens"] == 5


def test_a_limit_counts_reasoning_first(client: TestClient) -> None:
    completion = chat(client, max_completion_tokens=10, mock={"reasoning_tokens": 8})
    assert len(completion["choices"][0]["message"]["content"].split()) == 2
    assert completion["usage"]["completion_tokens"] == 10
    assert completion["usage"]["completion_tokens_details"]["reasoning_tokens"] == 8


def test_choices_differ_and_all_are_counted(client: TestClient) -> None:
    completion = chat(client, n=3, mock={"completion_tokens": 7, "reasoning_tokens": 2})
    texts = {choice["message"]["content"] for choice in completion["choices"]}
    assert len(texts) == 3
    assert completion["usage"]["completion_tokens"] == 21
    assert completion["usage"]["completion_tokens_details"]["reasoning_tokens"] == 6


def test_the_same_request_gets_the_same_bytes(client: TestClient) -> None:
    first, second = (client.post("/v1/chat/completions", json=ASKED) for _ in range(2))
    assert first.content == second.content
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
    assert chat(client, temperature=0)["choices"] != first.json()["choices"]


def test_a_stream_says_what_the_completion_says(client: TestClient) -> None:
    whole = chat(client, n=2)
    chunks = chat_chunks(client, n=2)
    assert all("usage" not in chunk for chunk in chunks)
    assert {chunk["id"] for chunk in chunks} == {whole["id"]}
    for choice in whole["choices"]:
        parts = [chunk["choices"][0] for chunk in chunks if chunk["choices"][0]["index"] == choice["index"]]
        assert parts[0]["delta"] == {"role": "assistant", "content": "", "refusal": None}
        assert "".join(part["delta"].get("content", "") for part in parts) == choice["message"]["content"]
        assert [part["finish_reason"] for part in parts] == [None] * 17 + ["stop"]


def test_a_stream_reports_usage_last_if_asked(client: TestClient) -> None:
    *chunks, last = chat_chunks(client, stream_options={"include_usage": True})
    assert all(chunk["usage"] is None and chunk["choices"] for chunk in chunks)
    assert last["choices"] == []
    assert last["usage"] == chat(client)["usage"]


def test_usage_can_be_missing(client: TestClient) -> None:
    mock = {"no_usage": True}
    assert "usage" not in chat(client, mock=mock)
    chunks = chat_chunks(client, stream_options={"include_usage": True}, mock=mock)
    assert all("usage" not in chunk for chunk in chunks)


def test_a_tool_is_called_only_if_asked(client: TestClient) -> None:
    assert chat(client, tools=[TOOL])["choices"][0]["message"]["content"]
    (choice,) = chat(client, tools=[TOOL], mock={"tool_call": True})["choices"]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["content"] is None
    (call,) = choice["message"]["tool_calls"]
    assert call["function"]["name"] == "look_up"
    assert len(json.loads(call["function"]["arguments"])["text"].split()) == 16


def test_a_tool_call_streams_its_arguments(client: TestClient) -> None:
    asked = {"tools": [TOOL], "mock": {"tool_call": True}}
    deltas = [chunk["choices"][0]["delta"] for chunk in chat_chunks(client, **asked)]
    first, *rest = [delta["tool_calls"][0] for delta in deltas if "tool_calls" in delta]
    whole = chat(client, **asked)["choices"][0]["message"]["tool_calls"][0]
    assert {**first, "function": whole["function"]} == {"index": 0, **whole}
    assert "".join(call["function"]["arguments"] for call in rest) == whole["function"]["arguments"]


def test_usage_shows_the_controlled_details(client: TestClient) -> None:
    mock = {
        "cached_tokens": 100,
        "cache_creation_tokens": 20,
        "prompt_audio_tokens": 3,
        "prompt_image_tokens": 2,
        "completion_audio_tokens": 5,
    }
    usage = chat(client, mock=mock)["usage"]
    assert usage["prompt_tokens"] == 125
    assert usage["prompt_tokens_details"] == {
        "cached_tokens": 100,
        "cache_write_tokens": 20,
        "audio_tokens": 3,
        "image_tokens": 2,
    }
    assert usage["completion_tokens"] == 21
    assert usage["completion_tokens_details"]["audio_tokens"] == 5
    assert chat(client, mock={"cached_tokens": 9, "prompt_tokens": 5})["usage"]["prompt_tokens"] == 5


@pytest.mark.parametrize(("asked", "served"), [(None, "default"), ("flex", "flex"), ("fast", "priority")])
def test_the_service_tier_is_reported(client: TestClient, asked: str | None, served: str) -> None:
    assert chat(client, service_tier=asked)["service_tier"] == served
    assert respond(client, service_tier=asked)["service_tier"] == served


def test_a_response_has_the_real_usage_shape(client: TestClient) -> None:
    response = respond(client, instructions="be brief", mock={"reasoning_tokens": 4, "cached_tokens": 2})
    assert response["status"] == "completed"
    assert len(response["output"][0]["content"][0]["text"].split()) == 16
    assert response["usage"] == {
        "input_tokens": 3 + 4 + 2 + 4,
        "input_tokens_details": {"cached_tokens": 2, "cache_write_tokens": 0},
        "output_tokens": 20,
        "output_tokens_details": {"reasoning_tokens": 4},
        "total_tokens": 33,
    }
    assert respond(client, mock={"no_usage": True})["usage"] is None


def test_a_response_cut_by_its_limit_is_incomplete(client: TestClient) -> None:
    response = respond(client, max_output_tokens=3)
    assert response["status"] == "incomplete"
    assert response["incomplete_details"] == {"reason": "max_output_tokens"}
    assert response_events(client, max_output_tokens=3)[-1]["type"] == "response.incomplete"


def test_a_response_streams_its_events(client: TestClient) -> None:
    events = response_events(client, mock={"completion_tokens": 2})
    assert [event["type"] for event in events] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    whole = respond(client, mock={"completion_tokens": 2})
    assert events[-1]["response"] == whole
    assert events[6]["text"] == whole["output"][0]["content"][0]["text"]


def test_a_response_calls_a_tool(client: TestClient) -> None:
    asked = {
        "tools": [{"type": "function", "name": "look_up", "parameters": {}}],
        "mock": {"tool_call": True},
    }
    (item,) = respond(client, **asked)["output"]
    assert (item["type"], item["name"]) == ("function_call", "look_up")
    deltas = [
        event["delta"]
        for event in response_events(client, **asked)
        if event["type"] == "response.function_call_arguments.delta"
    ]
    assert "".join(deltas) == item["arguments"]


def test_a_stored_response_can_be_retrieved_and_deleted(client: TestClient) -> None:
    created = respond(client)
    path = f"/v1/responses/{created['id']}"
    assert client.get(path).json() == created
    assert client.post(f"{path}/cancel").status_code == 400
    assert client.delete(path).json() == {"id": created["id"], "object": "response", "deleted": True}
    assert client.get(path).status_code == 404


def test_a_response_that_is_not_stored_cannot_be_retrieved(client: TestClient) -> None:
    assert client.get(f"/v1/responses/{respond(client, store=False)['id']}").status_code == 404


def test_a_background_response_finishes_when_looked_at(client: TestClient) -> None:
    queued = respond(client, background=True)
    assert (queued["status"], queued["usage"]) == ("queued", None)
    looked_at = client.get(f"/v1/responses/{queued['id']}").json()
    assert (looked_at["status"], looked_at["usage"]["output_tokens"]) == ("completed", 16)


def test_a_background_response_can_be_cancelled_first(client: TestClient) -> None:
    path = f"/v1/responses/{respond(client, background=True)['id']}"
    assert client.post(f"{path}/cancel").json()["status"] == "cancelled"
    assert client.get(path).json()["status"] == "cancelled"


def test_an_endless_background_response_is_in_progress_until_it_is_cancelled(client: TestClient) -> None:
    path = f"/v1/responses/{respond(client, background=True, mock={'endless': True})['id']}"
    assert [client.get(path).json()["status"] for _ in range(2)] == ["in_progress", "in_progress"]
    assert client.post(f"{path}/cancel").json()["status"] == "cancelled"
    assert client.get(path).json()["status"] == "cancelled"


def test_a_stored_response_streams_its_events_once_more(client: TestClient) -> None:
    streamed = client.get(f"/v1/responses/{respond(client)['id']}?stream=true")
    assert streamed.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert streamed.text.count("\n\n") == len(response_events(client))


def test_the_input_of_a_stored_response_is_listed_in_pages(client: TestClient) -> None:
    asked = [{"role": "user", "content": text} for text in ("one", "two", "three")]
    path = f"/v1/responses/{respond(client, input=asked)['id']}/input_items"

    listed = client.get(path).json()
    assert [item["content"][0]["text"] for item in listed["data"]] == ["three", "two", "one"]
    assert not listed["has_more"]

    first = client.get(path, params={"order": "asc", "limit": "2"}).json()
    rest = client.get(path, params={"order": "asc", "after": first["last_id"]}).json()
    assert (first["has_more"], rest["has_more"]) == (True, False)
    assert first["data"] + rest["data"] == listed["data"][::-1]

    (only,) = client.get(f"/v1/responses/{respond(client)['id']}/input_items").json()["data"]
    assert (only["role"], only["content"]) == ("user", [{"type": "input_text", "text": "how are you"}])


SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "age": {"type": "integer"},
        "color": {"$ref": "#/$defs/Color"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "spouse": {"anyOf": [{"type": "null"}, {"type": "string"}]},
    },
    "$defs": {"Color": {"type": "string", "enum": ["red", "green"]}},
}


def test_structured_output_fits_its_schema(client: TestClient) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "person", "schema": SCHEMA}}
    completion = chat(client, response_format=form)
    content = completion["choices"][0]["message"]["content"]
    answered = json.loads(content)
    assert answered == {
        "name": answered["name"],
        "age": 1,
        "color": "red",
        "tags": [answered["name"]],
        "spouse": None,
    }
    assert len(answered["name"].split()) == completion["usage"]["completion_tokens"] == 16
    chunks = chat_chunks(client, response_format=form)
    assert "".join(chunk["choices"][0]["delta"].get("content") or "" for chunk in chunks) == content

    form = {"type": "json_schema", "name": "person", "schema": SCHEMA}
    response = respond(client, text={"format": form})
    answered = json.loads(response["output"][0]["content"][0]["text"])
    assert answered.keys() == SCHEMA["properties"].keys()


def test_an_object_of_the_models_own_is_one_too(client: TestClient) -> None:
    content = chat(client, response_format={"type": "json_object"})["choices"][0]["message"]["content"]
    assert len(json.loads(content)["text"].split()) == 16


@pytest.mark.parametrize(
    ("given", "vectors", "tokens"),
    [("one two", 1, 2), (["one", "two three"], 2, 3), ([5, 6, 7], 1, 3), ([[5], [6, 7]], 2, 3)],
)
def test_embeddings_take_texts_and_tokens(
    client: TestClient, given: object, vectors: int, tokens: int
) -> None:
    body = {"model": "text-embedding-3-small", "input": given}
    embeddings = client.post("/v1/embeddings", json=body).json()
    assert [item["index"] for item in embeddings["data"]] == list(range(vectors))
    assert all(len(item["embedding"]) == 1536 for item in embeddings["data"])
    assert embeddings["usage"] == {"prompt_tokens": tokens, "total_tokens": tokens}


def test_both_embedding_encodings_carry_the_same_unit_vector(client: TestClient) -> None:
    body = {"model": "text-embedding-3-large", "input": "one", "dimensions": 8}
    floats = client.post("/v1/embeddings", json=body).json()["data"][0]["embedding"]
    packed = client.post("/v1/embeddings", json={**body, "encoding_format": "base64"}).json()
    assert list(struct.unpack("<8f", base64.b64decode(packed["data"][0]["embedding"]))) == floats
    assert sum(value * value for value in floats) == pytest.approx(1)


def test_models_are_listed_and_retrieved(client: TestClient) -> None:
    listed = client.get("/v1/models").json()
    assert listed["object"] == "list"
    assert client.get(f"/v1/models/{listed['data'][0]['id']}").json() == listed["data"][0]
    missing = client.get("/v1/models/nope")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "model_not_found")


@pytest.mark.parametrize(
    ("path", "body", "param"),
    [
        ("/v1/chat/completions", {"messages": [{"role": "user", "content": "hi"}]}, "model"),
        ("/v1/chat/completions", {"model": "gpt-4o", "messages": []}, "messages"),
        ("/v1/chat/completions", {**ASKED, "n": 0}, "n"),
        ("/v1/responses", {"model": "gpt-4o"}, "input"),
        ("/v1/embeddings", {"model": "gpt-4o", "input": {}}, "input"),
    ],
)
def test_a_wrong_request_names_its_parameter(
    client: TestClient, path: str, body: dict[str, Any], param: str
) -> None:
    refused = client.post(path, json=body)
    assert refused.status_code == 400
    assert refused.json()["error"]["param"] == param


def test_an_api_key_is_required() -> None:
    refused = TestClient(create_app()).post("/v1/chat/completions", json=ASKED)
    assert refused.status_code == 401
    assert refused.json()["error"]["type"] == "invalid_request_error"
    assert refused.headers["x-request-id"].startswith("req_")


def test_answers_carry_the_real_headers(client: TestClient) -> None:
    headers = client.post("/v1/chat/completions", json=ASKED).headers
    assert headers["content-type"] == "application/json"
    assert headers["openai-version"] == "2020-10-01"
    assert int(headers["openai-processing-ms"]) > 0
