"""What a client can't do: reach a provider unmetered, or have it see what is not its business."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.gateway_world import CALLS, HELLO, Lane, error_of

PATHS = [
    "/v1/completions",
    "/v1/images/edits",
    "/v1/audio/speech",
    "/v1/audio/transcriptions",
    "/v1/audio/translations",
    "/v1/moderations",
    "/v1/uploads",
    "/v1/fine_tuning/jobs",
    "/v1/assistants",
    "/v1/threads/runs",
    "/v1/vector_stores",
    "/v1/realtime/sessions",
    "/v1/conversations",
    "/v1/conversations/conv_1/items",
    "/v1/containers",
    "/v1/evals",
    "/v1/videos",
    "/v1/responses/input_tokens/extra",
    "/v1/responses/compact/extra",
    "/v1/chat/completions/chatcmpl-1",
    "/v1/chat/completions/chatcmpl-1/messages",
    "/v1/complete",
    "/v1/organizations/me",
    "/v1/organization/api_keys",
    "/v1/embeddings/../files",
    "/v1/responses/../files",
    "/v1/responses/resp_1/../../files",
    "/v1/responses/..%2Ffiles",
    "/v1/responses/resp_1/cancel/input_items",
    "/v1//chat/completions",
    "/v1/chat/completions/../completions",
    "/v1/chat/completions%00",
    "/v1/chat/completions;a=b",
    "/v1/chat%2Fcompletions",
    "/V1/chat/completions",
    "/v2/chat/completions",
    "/chat/completions",
    "/responses/resp_1",
    "/v1",
]


@pytest.mark.parametrize("path", PATHS)
def test_there_is_no_other_way_to_a_provider(lane, path):
    before = lane.scope
    for method in ("POST", "GET", "DELETE", "PUT", "PATCH"):
        body = None if method in ("GET", "DELETE") else {"model": "small", "messages": HELLO, "prompt": "Hi"}
        answer = lane.call(body, method=method, path=path)
        assert answer.status == 404, (method, path, answer.text)
        assert error_of(answer)["code"] == "unknown_route"
        assert answer.headers["x-should-retry"] == "false"
    assert lane.received == lane.records == []
    assert lane.scope == before


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS"])
@pytest.mark.parametrize("api", CALLS)
def test_a_metered_path_takes_no_other_method(lane, api, method):
    path, body = CALLS[api]
    answer = lane.call(body, method=method, path=path)
    if (api, method) == ("responses", "GET"):
        assert (answer.status, error_of(answer)["code"]) == (426, "upgrade_required")
    else:
        assert (answer.status, answer.headers["allow"]) == (405, "POST")
    assert lane.received == lane.records == []


# All that a client may try to get through, and what of it a provider sees.
HEADERS = {
    "openai-beta": "assistants=v2",
    "anthropic-beta": "prompt-caching-2024-07-31",
    "anthropic-version": "2023-06-01",
    "accept": "application/json",
    "openai-organization": "org-someone",
    "openai-project": "proj_someone",
    "anthropic-dangerous-direct-browser-access": "true",
    "cookie": "session=1",
    "x-forwarded-for": "10.0.0.1",
    "x-real-ip": "10.0.0.1",
    "forwarded": "for=10.0.0.1",
    "referer": "https://intranet.example.com/",
    "origin": "https://intranet.example.com",
    "user-agent": "intranet/1.0",
    "host": "gateway.example.com",
    "x-stainless-os": "Linux",
    "x-amzn-trace-id": "Root=1",
    "idempotency-key": "mine",
    "x-tollgate-stream-cost": "1",
    "content-encoding": "identity",
    "content-length": "3",
    "transfer-encoding": "chunked",
    "connection": "upgrade",
    "upgrade": "websocket",
    "proxy-authorization": "Basic eA==",
}
SEEN = {"openai-beta", "anthropic-beta", "anthropic-version", "accept"}
OWN = {
    "authorization": "Bearer sk-provider",
    "content-type": "application/json",
    "accept-encoding": "identity",
    "user-agent": "tollgate",
}


@pytest.mark.parametrize("streams", [False, True], ids=["at once", "streamed"])
@pytest.mark.parametrize("api", CALLS)
def test_a_provider_sees_the_listed_headers_and_its_own_key(lane, api, streams):
    path, body = CALLS[api]
    key = lane.key.reveal()
    sent = {**HEADERS, "authorization": f"Bearer {key}", "x-api-key": key, "api-key": key}
    asked = {**body, "stream": True} if streams and api != "embeddings" else body

    assert lane.call(asked, path=path, headers=sent).status == 200

    (received,) = lane.received
    seen = dict(received["headers"])
    assert seen.pop("host") == lane.provider_url.removeprefix("http://")
    assert int(seen.pop("content-length")) > 3
    assert seen == {name: HEADERS[name] for name in SEEN} | OWN
    assert lane.key.secret not in json.dumps(received)


@pytest.mark.parametrize("api", CALLS)
def test_a_providers_key_never_comes_back(lane, api):
    for mock in ({}, {"status": 401}, {"cut_after_chunks": 1}):
        answer = lane.ask(api, mock=mock)
        assert "sk-provider" not in answer.text + json.dumps(answer.headers)


def test_no_query_goes_along_with_a_call(lane):
    path, body = CALLS["messages"]
    lane.call(body, path=path, query="beta=true&api-version=1&key=x")
    (received,) = lane.received
    assert received["path"] == path
    assert "key=x" not in json.dumps(received)


METERED_AT_NOTHING = {
    "usage switched off": ("chat", {"stream": True, "stream_options": {"include_usage": False}}),
    "usage nulled": ("chat", {"stream": True, "stream_options": {"include_usage": None}}),
    "options nulled": ("chat", {"stream": True, "stream_options": None}),
    "options emptied": ("chat", {"stream": True, "stream_options": {}}),
    "another option": ("chat", {"stream": True, "stream_options": {"include_obfuscation": False}}),
    "not stored": ("responses", {"stream": True, "store": False}),
    "obfuscated": ("responses", {"stream": True, "stream_options": {"include_obfuscation": True}}),
}


@pytest.mark.parametrize(("api", "asked"), METERED_AT_NOTHING.values(), ids=METERED_AT_NOTHING)
def test_metering_can_not_be_switched_off(lane, api, asked):
    lane.ask(api, **asked, mock={"prompt_tokens": 100, "completion_tokens": 20})
    lane.assert_settled("0.000027", usage_source="provider", outcome="succeeded")


@pytest.mark.parametrize("api", CALLS)
def test_every_api_refuses_at_100_percent(lanes, api):
    lane = Lane(lanes, used="10")
    either: list[dict[str, Any]] = [{}, {"stream": True}]
    for asked in either:
        answer = lane.ask(api, **asked)
        assert (answer.status, error_of(answer)["code"]) == (429, "budget_exhausted")
        assert (json.loads(answer.text).get("type") == "error") == (api == "messages")
    assert lane.received == lane.records == []


@pytest.mark.parametrize("api", CALLS)
def test_every_api_minds_a_parents_budget(lanes, api):
    parent = Lane(lanes, used="10")
    lane = Lane(lanes, budget_limit=None, parent_id=parent.key.key_id)
    answer = lane.ask(api)
    assert (answer.status, error_of(answer)["code"]) == (429, "parent_budget_exhausted")
    assert error_of(answer)["details"]["scope"] == parent.key.key_id
    assert lane.received == lane.records == []
    assert lane.scope.holds == parent.scope.holds == {}


@pytest.mark.parametrize("api", CALLS)
def test_every_api_minds_which_models_a_key_may_use(lanes, api):
    lane = Lane(lanes, allowed_models=frozenset({"another"}))
    answer = lane.ask(api)
    assert (answer.status, error_of(answer)["code"]) == (403, "model_not_allowed")
    assert lane.received == lane.records == []
