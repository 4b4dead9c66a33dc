"""What goes through the gateway is what goes to and comes from the provider, byte for byte.

Without an SDK, for those forgive. The differences are those of docs/calls.md, each counted here.
"""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

CREDENTIALS = {"anthropic-version": "2023-06-01", "content-type": "application/json"}

# Of a provider's headers, what belongs to its connection, whose account it is, and the name of the request,
# which is Tollgate's.
ACCOUNTS = {"anthropic-organization-id", "openai-organization"}
KEPT_BACK = {"connection", "content-length", "date", "server", "transfer-encoding", "x-request-id", *ACCOUNTS}
OF_THE_CONNECTION = {"connection", "content-length", "transfer-encoding"}
ALWAYS = {"x-request-id", "x-tollgate-provider"}
METERED = ALWAYS | {
    "x-tollgate-budget-limit-usd",
    "x-tollgate-budget-remaining-usd",
    "x-tollgate-budget-used-usd",
    "x-tollgate-model",
    "x-tollgate-provider-request-id",
}
ANSWERED = METERED | {"x-tollgate-cost-usd"}
# Named anew for each request.
NAMES = {"request-id"}

HELLO = 'Grüße \\u00e9\\ud83d\\ude00 \u2028 🐙 \\"quoted\\" \\\\'
CHAT = f'{{ "model":"gpt-4o-mini",\n"messages":[{{"role":"user","content":"{HELLO}"}}],"temperature":1.0e0'
RESPONSE = f'{{"input" : "{HELLO}", "model":"gpt-4o-mini", "metadata":{{}}'
EMBEDDING = f'{{"model":"text-embedding-3-small","dimensions":4,"input":["{HELLO}","b"]'
COUNT = f'{{"model":"claude-sonnet-5","messages":[{{"role":"user","content":"{HELLO}"}}]'
MESSAGE = COUNT + ' , "max_tokens": 100'

ANSWERS: dict[str, tuple[str, str, set[str]]] = {
    "chat": ("/v1/chat/completions", CHAT + "}", ANSWERED),
    "chat with a tool": (
        "/v1/chat/completions",
        CHAT + ',"tools":[{"type":"function","function":{"name":"f"}}],"mock":{"tool_call":true}}',
        ANSWERED,
    ),
    "response": ("/v1/responses", RESPONSE + "}", ANSWERED),
    "embedding": ("/v1/embeddings", EMBEDDING + "}", ANSWERED),
    "embedding as base64": ("/v1/embeddings", EMBEDDING + ',"encoding_format":"base64"}', ANSWERED),
    "message": ("/v1/messages", MESSAGE + "}", ANSWERED),
    "beta message": ("/v1/messages?beta=true", MESSAGE + "}", ANSWERED),
    "count of tokens": ("/v1/messages/count_tokens", COUNT + "}", ALWAYS),
    "chat that is refused": ("/v1/chat/completions", CHAT + ',"mock":{"status":429}}', ANSWERED),
    "response that is refused": ("/v1/responses", RESPONSE + ',"mock":{"status":500}}', ANSWERED),
    "embedding that is refused": ("/v1/embeddings", EMBEDDING + ',"mock":{"status":422}}', ANSWERED),
    "message that is refused": ("/v1/messages", MESSAGE + ',"mock":{"status":529}}', ANSWERED),
    "stream that is refused": (
        "/v1/chat/completions",
        CHAT + ',"stream":true,"mock":{"status":503}}',
        ANSWERED,
    ),
}
STREAMS = {
    "response": ("/v1/responses", RESPONSE + ',"stream":true}'),
    "response cut by its limit": ("/v1/responses", RESPONSE + ',"stream":true,"max_output_tokens":16}'),
    "response that fails": ("/v1/responses", RESPONSE + ',"stream":true,"mock":{"error_after_chunks":5}}'),
    "message": ("/v1/messages", MESSAGE + ',"stream":true}'),
    "message with thoughts": (
        "/v1/messages",
        MESSAGE + ',"stream":true,"thinking":{"type":"adaptive"},"mock":{"reasoning_tokens":9}}',
    ),
    "message that fails": ("/v1/messages", MESSAGE + ',"stream":true,"mock":{"error_after_chunks":5}}'),
    "chat with usage": (
        "/v1/chat/completions",
        CHAT + ',"stream":true,"stream_options":{"include_usage":true}}',
    ),
    "chat that fails": (
        "/v1/chat/completions",
        CHAT + ',"stream":true,"stream_options": {"include_usage":true },"mock":{"error_after_chunks":5}}',
    ),
    "chat with an event that is no JSON": (
        "/v1/chat/completions",
        CHAT + ',"stream":true,"stream_options":{"include_usage":true},"mock":{"malformed_json":true}}',
    ),
}


@pytest.fixture
def post(http, stack, key):
    """Sends the same to the gateway and to the provider."""

    def post(path: str, content: str, expecting: str | None = None) -> tuple[httpx.Response, httpx.Response]:
        through = http.post(
            path,
            content=content.encode(),
            headers={**CREDENTIALS, "authorization": f"Bearer {key['key']}"},
        )
        direct = httpx.post(
            f"{stack.provider_url}{path}",
            content=(expecting or content).encode(),
            headers={**CREDENTIALS, "authorization": "Bearer mock"},
            timeout=60,
        )
        return through, direct

    return post


def require_headers(through: httpx.Response, direct: httpx.Response, added: set[str]) -> None:
    arrived = {name: value for name, value in through.headers.items() if name not in OF_THE_CONNECTION}
    expected = {name: value for name, value in direct.headers.items() if name not in KEPT_BACK}
    assert arrived.keys() == expected.keys() | added
    assert {name: arrived[name] for name in expected.keys() - NAMES} == {
        name: value for name, value in expected.items() if name not in NAMES
    }


def renamed(direct: httpx.Response, through: httpx.Response) -> bytes:
    """What the provider answered, had it given the request the name that it gave to the gateway's."""
    named = direct.headers.get("request-id", "").encode()
    return direct.content.replace(named, through.headers["request-id"].encode()) if named else direct.content


@pytest.mark.parametrize(("path", "content", "added"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_is_the_providers(post, path, content, added):
    through, direct = post(path, content)
    assert through.content == renamed(direct, through)
    assert through.status_code == direct.status_code
    require_headers(through, direct, added)


@pytest.mark.parametrize(("path", "content"), STREAMS.values(), ids=STREAMS)
def test_a_stream_is_the_providers(post, path, content):
    through, direct = post(path, content)
    assert through.content == renamed(direct, through)
    require_headers(through, direct, METERED)


@pytest.mark.parametrize("options", ["", ',"stream_options":{}', ',"stream_options":{"include_usage":false}'])
def test_a_chats_stream_is_the_one_with_usage_without_the_chunk_that_only_reports_it(post, options):
    reporting = CHAT + ',"stream":true,"stream_options":{"include_usage":true}}'
    through, direct = post("/v1/chat/completions", CHAT + f',"stream":true{options}}}', expecting=reporting)

    *events, reported, done, end = direct.content.split(b"\n\n")
    assert json.loads(reported.removeprefix(b"data: "))["choices"] == []
    assert through.content == b"\n\n".join([*events, done, end])
    assert all(b'"usage":null' in event for event in events)
    require_headers(through, direct, METERED)


def test_a_stream_that_breaks_off_has_all_that_came_and_then_an_error(post):
    cut = ',"stream":true,"mock":{"cut_after_chunks":6}}'
    for path, content in (
        ("/v1/messages", MESSAGE + cut),
        ("/v1/responses", RESPONSE + cut),
        ("/v1/chat/completions", CHAT + ',"stream_options":{"include_usage":true}' + cut),
    ):
        whole = content.replace(',"mock":{"cut_after_chunks":6}', "")
        through, direct = post(path, content, expecting=whole)
        events, came = direct.content.split(b"\n\n"), through.content.split(b"\n\n")
        assert came[:6] == events[:6]
        (error, end) = came[6:]
        assert b"provider_unavailable" in error
        assert end == b""


def test_the_cost_of_a_stream_comes_after_its_last_event_if_it_is_asked_for(http, keys, key, post):
    path, content = STREAMS["message"]
    _, direct = post(path, content)
    headers = {**CREDENTIALS, "x-api-key": key["key"], "x-tollgate-stream-cost": "1"}
    through = http.post(path, content=content.encode(), headers=headers)
    cost = keys.record(key["id"], through.headers["x-request-id"])["calculated_cost"]
    assert through.content == direct.content + f": x-tollgate-cost-usd {cost:f}\n\n".encode()


def test_a_stored_response_is_the_providers(http, stack, key, unique):
    headers = {"authorization": f"Bearer {key['key']}"}
    made = http.post("/v1/responses", json={"model": "gpt-4o-mini", "input": unique}, headers=headers)
    path = f"/v1/responses/{made.json()['id']}"
    assert http.get(path, headers=headers).content == made.content
    for each in (path, f"{path}?stream=true", f"{path}/input_items?order=asc&limit=1"):
        through = http.get(each, headers=headers)
        direct = httpx.get(stack.provider_url + each, headers={"authorization": "Bearer mock"}, timeout=60)
        assert through.content == direct.content
        require_headers(through, direct, ALWAYS)


def test_the_provider_gets_what_was_sent(http, key, asked_of_provider, unique):
    """All of the body, and of the headers only those that it needs."""
    body: dict[str, Any] = {
        "model": "gpt-4o-mini",
        "messages": [{"role": "user", "content": unique}],
        "seed": 12345678901234567890,
        "brand_new": [None, 1.5, {"a": "é"}],
    }
    headers = {
        "authorization": f"Bearer {key['key']}",
        "cookie": "session=1",
        "openai-beta": "assistants=v2",
        "x-stainless-lang": "python",
        "x-forwarded-for": "192.0.2.1",
    }
    assert http.post("/v1/chat/completions?api-version=1", json=body, headers=headers).status_code == 200

    (arrived,) = asked_of_provider(unique)
    assert arrived["body"] == body
    assert arrived["query"] == ""
    assert arrived["headers"].keys() == {
        "accept",
        "accept-encoding",
        "authorization",
        "content-length",
        "content-type",
        "host",
        "openai-beta",
        "user-agent",
    }
    assert arrived["headers"]["authorization"] == "Bearer mock"


def test_a_hard_budget_adds_a_limit_on_the_output_and_changes_nothing_else(
    http, keys, asked_of_provider, unique
):
    key = keys.issue(budgetLimit="0.01", enforcement="hard")
    body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": unique}]}
    headers = {"authorization": f"Bearer {key['key']}"}
    assert http.post("/v1/chat/completions", json=body, headers=headers).status_code == 200
    (arrived,) = asked_of_provider(unique)
    assert arrived["body"].pop("max_completion_tokens") > 0
    assert arrived["body"] == body
