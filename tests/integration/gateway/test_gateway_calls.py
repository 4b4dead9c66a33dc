"""Calls the gateway serves: what they cost, and what goes to the provider and comes back."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import httpx
import pytest

from infra.local.free_ports import LOOPBACK
from tests.support.builders import KEY, model, scope
from tests.support.faults import CountingClient
from tests.support.gateway_world import HELLO, WatchedUpstream, World
from tollgate.keys import api_keys


def test_a_call_costs_its_tokens_at_the_models_prices(world):
    answer = world.chat(mock={"prompt_tokens": 1234, "completion_tokens": 567})

    assert answer.status == 200
    usage = json.loads(answer.text)["usage"]
    cost = (
        usage["prompt_tokens"] * Decimal("0.15") + usage["completion_tokens"] * Decimal("0.6")
    ) / 1_000_000
    assert cost == Decimal("0.0005253")
    record = world.assert_settled(
        "0.0005253", outcome="succeeded", kind="completion", usage_source="provider"
    )
    assert (record["prompt_tokens"], record["completion_tokens"]) == (1234, 567)
    assert (record["model"], record["remote_model"], record["http_status"]) == ("small", "small-2026", 200)
    assert record["request_id"] == answer.id == answer.headers["x-request-id"]
    assert record["provider_request_id"] == answer.headers["x-tollgate-provider-request-id"]
    assert answer.headers["x-tollgate-cost-usd"] == "0.0005253"
    assert answer.headers["x-tollgate-budget-limit-usd"] == "10"
    assert answer.headers["x-tollgate-budget-used-usd"] == "0.0005253"
    assert answer.headers["x-tollgate-budget-remaining-usd"] == "9.9994747"
    assert answer.headers["x-tollgate-provider"] == "mock"
    assert answer.headers["x-tollgate-model"] == "small"


def test_an_embedding_costs_its_prompt(world):
    answer = world.call({"model": "embed", "input": ["one two", "three"]}, path="/v1/embeddings")

    assert answer.status == 200
    world.assert_settled("0.00000006", kind="embedding", prompt_tokens=3, completion_tokens=0)


def test_a_key_without_a_limit_shows_no_budget_headers(world):
    current = world.scope
    world.keys.edit(current, replace(current, budget_limit=None))
    assert not [name for name in world.chat().headers if name.startswith("x-tollgate-budget")]


def test_the_body_goes_upstream_untouched_but_for_the_models_name(world):
    sent = (
        b'{"mod\\u0065l" : "small","messages":[{"role":"user","content":"caf\\u00e9 \xc3\xa9"}],'
        b'  "temperature":1.0E0,"new_field":{"big":123456789012345678901}}\n'
    )
    posted: list[bytes] = []

    assert (
        world.call(sent, gateway=world.gateway(dispatcher=world.dispatcher(WatchedUpstream(posted)))).status
        == 200
    )

    assert posted == [sent.replace(b'"small"', b'"small-2026"')]
    (received,) = world.received
    assert received["headers"]["authorization"] == "Bearer sk-provider"


def test_a_client_sees_the_providers_bytes(world):
    through = json.loads(world.chat(user="x").text)
    direct = httpx.post(
        f"{world.provider_url}/v1/chat/completions",
        json={"model": "small-2026", "messages": HELLO, "user": "x"},
        headers={"authorization": "Bearer sk"},
    ).json()
    assert through == direct


def test_only_listed_headers_reach_the_provider(world):
    world.call(
        {"model": "small", "messages": HELLO},
        headers={
            "openai-beta": "assistants=v2",
            "x-api-key": KEY.reveal(),
            "cookie": "a=b",
            "x-forwarded-for": "10.0.0.1",
            "host": "gateway.example.com",
        },
    )
    (received,) = world.received
    assert received["headers"]["openai-beta"] == "assistants=v2"
    assert {"x-api-key", "cookie", "x-forwarded-for"}.isdisjoint(received["headers"])
    assert received["headers"]["host"].startswith(LOOPBACK)
    assert KEY.secret not in json.dumps(world.received)


@pytest.mark.parametrize(
    ("headers", "session_id"),
    [
        ({}, None),
        ({"x-claude-code-session-id": "0f3c", "session-id": "other"}, "0f3c"),
        ({"session-id": "01a2299a-1c72-7971-a1b9-521e6c01892d"}, "01a2299a-1c72-7971-a1b9-521e6c01892d"),
        ({"x-session-affinity": "ses_1 of two"}, "ses_1 of two"),
        ({"x-session-id": "x" * 129}, None),
        ({"x-session-id": "räume"}, None),
    ],
)
def test_a_record_names_the_clients_session(lane, headers, session_id):
    assert lane.ask("chat", headers=headers).status == 200
    (record,) = lane.records
    assert record.get("session_id") == session_id


def test_a_record_names_the_clients_trace_and_its_provider_hears_nothing_of_it(world):
    body, context = (
        {"model": "small", "messages": HELLO},
        "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    )
    assert world.call(body, headers={"traceparent": f"00-{context}", "tracestate": "vendor=1"}).status == 200
    assert world.call(body, headers={"traceparent": f"00-{context}, 00-{context}"}).status == 200
    assert [each.get("trace") for each in world.records] == [context, None]
    for received in world.received:
        assert {"traceparent", "tracestate"}.isdisjoint(received["headers"])


def test_hop_by_hop_headers_do_not_reach_the_client(world):
    answer = world.chat()
    hop_by_hop = {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"}
    assert hop_by_hop.isdisjoint(answer.headers)
    assert answer.headers["openai-processing-ms"]


def test_a_free_model_is_served_at_100_percent(dynamodb, tables, provider_url):
    world = World(dynamodb, tables, provider_url)
    world.keys.add(scope(used="10"))
    world.catalog.add_model(model("free", input_price="0", output_price="0"))

    assert world.call({"model": "free", "messages": HELLO}).status == 200
    assert world.scope.budget_used == 10


def test_a_model_is_listed_to_keys_that_may_use_it(world):
    listed = json.loads(world.call(method="GET", path="/v1/models").text)
    assert listed["object"] == "list"
    assert [each["id"] for each in listed["data"]] == ["embed", "small"]
    one = json.loads(world.call(method="GET", path="/v1/models/small").text)
    assert one == next(each for each in listed["data"] if each["id"] == "small")

    current = world.scope
    world.keys.edit(current, replace(current, allowed_models=frozenset({"embed"})))
    assert [each["id"] for each in json.loads(world.call(method="GET", path="/v1/models").text)["data"]] == [
        "embed"
    ]
    assert world.call(method="GET", path="/v1/models/small").status == 404
    assert world.call(method="GET", path="/v1/models/nope").status == 404
    assert world.call(method="GET", path="/v1/models", key=api_keys.issue()).status == 401


def test_a_key_is_taken_from_either_header(world):
    body = {"model": "small", "messages": HELLO}
    assert world.call(body, headers={"authorization": "", "x-api-key": KEY.reveal()}).status == 200
    assert world.call(body, headers={"authorization": f"bearer {KEY.reveal()}"}).status == 200


def test_a_stream_is_metered_and_the_usage_chunk_hidden(world):
    answer = world.chat(stream=True, mock={"prompt_tokens": 100, "completion_tokens": 20})

    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text.endswith("data: [DONE]\n\n")
    assert '"choices":[]' not in answer.text.replace(" ", "")
    (received,) = world.received
    assert received["body"]["stream_options"] == {"include_usage": True}
    world.assert_settled(
        "0.000027", prompt_tokens=100, completion_tokens=20, streamed=True, usage_source="provider"
    )
    assert answer.headers["x-tollgate-budget-used-usd"] == "0"
    assert "x-tollgate-cost-usd" not in answer.headers


def test_a_client_can_not_switch_metering_off(world):
    world.chat(
        stream=True,
        stream_options={"include_usage": False},
        mock={"prompt_tokens": 100, "completion_tokens": 20},
    )
    world.assert_settled("0.000027", usage_source="provider")


def test_a_client_that_asks_for_the_usage_chunk_gets_the_providers_stream(world):
    asked = {"stream": True, "stream_options": {"include_usage": True}}
    answer = world.chat(**asked)
    direct = httpx.post(
        f"{world.provider_url}/v1/chat/completions",
        json={"model": "small-2026", "messages": HELLO, **asked},
        headers={"authorization": "Bearer sk"},
    )
    assert answer.text == direct.text


def test_a_warm_call_writes_once_before_the_provider_and_twice_after(world):
    client: Any = CountingClient(world.dynamodb)
    calls: list[Any] = client.operations
    counted = replace(world.ledger, client=client)

    body = json.dumps({"model": "small", "messages": HELLO}).encode()
    world.call(
        body, gateway=world.gateway(ledger=counted, dispatcher=world.dispatcher(WatchedUpstream(calls)))
    )
    sent = body.replace(b'"small"', b'"small-2026"')
    assert calls == ["update_item", sent, "put_item", "update_item"]
