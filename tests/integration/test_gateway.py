"""Calls through the gateway: the real ledger and catalog on DynamoDB Local, and the mock provider."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from infra.local.ports import LOOPBACK, free_ports
from infra.mock_provider.server import running
from tests.builders import KEY, model, provider, scope
from tests.faults import MortalClient
from tollgate import api_keys, identifiers
from tollgate.adapters.catalog import CatalogTable
from tollgate.adapters.dynamodb import pages
from tollgate.adapters.keys import KeysTable
from tollgate.adapters.ledger import Ledger
from tollgate.catalog import ModelType, ProviderType
from tollgate.clock import utc_now
from tollgate.scopes import KeyStatus
from tollgate_proxy import handler
from tollgate_proxy.gateway import Gateway
from tollgate_proxy.messages import Request
from tollgate_proxy.upstream import Upstream

if TYPE_CHECKING:
    from collections.abc import Iterator

HELLO = [{"role": "user", "content": "Hello there"}]


@pytest.fixture(scope="module")
def provider_url() -> Iterator[str]:
    with running() as url:
        yield url


class World:
    """A gateway with a key, two models and a provider, and what became of them."""

    def __init__(self, dynamodb: Any, tables: dict[str, str], provider_url: str) -> None:
        self.dynamodb, self.tables, self.provider_url = dynamodb, tables, provider_url
        self.keys = KeysTable(dynamodb, tables["KeysTable"])
        self.catalog = CatalogTable(dynamodb, tables["CatalogTable"])
        self.ledger = Ledger(dynamodb, tables["KeysTable"], tables["UsageTable"], timedelta(days=400))
        self.catalog.add_provider(provider(f"{provider_url}/v1"))
        self.catalog.add_model(model("small", remote_id="small-2026"))
        embed = model("embed", input_price="0.02", output_price=None, type=ModelType.EMBEDDING)
        self.catalog.add_model(embed)
        httpx.post(f"{provider_url}/__mock/reset")

    def gateway(self, *, ledger: Ledger | None = None, **changes: Any) -> Gateway:
        made = Gateway(
            ledger=ledger or self.ledger,
            catalog=self.catalog,
            credentials=SimpleNamespace(of=lambda _provider: "sk-provider"),
            upstream=Upstream(),
            clock=utc_now,
            function_timeout=timedelta(seconds=60),
            max_request_bytes=100_000,
        )
        return replace(made, **changes)

    def call(
        self,
        body: Any = None,
        *,
        method: str = "POST",
        path: str = "/v1/chat/completions",
        key: api_keys.ApiKey | str = KEY,
        seconds: float = 20,
        headers: dict[str, str] | None = None,
        gateway: Gateway | None = None,
    ) -> SimpleNamespace:
        now = utc_now()
        secret = key if isinstance(key, str) else key.reveal()
        request = Request(
            id=identifiers.request_id(now),
            method=method,
            path=path,
            headers={"authorization": f"Bearer {secret}", **(headers or {})},
            body=body if isinstance(body, bytes) else json.dumps(body).encode(),
            received_at=now,
            deadline=now + timedelta(seconds=seconds),
        )
        answer = handler.to_event((gateway or self.gateway()).handle(request))
        return SimpleNamespace(
            id=request.id, status=answer["statusCode"], headers=answer["headers"], text=answer["body"]
        )

    def chat(self, **body: Any) -> SimpleNamespace:
        return self.call({"model": "small", "messages": HELLO, **body})

    @property
    def scope(self) -> Any:
        return self.keys.get(KEY.key_id)

    @property
    def records(self) -> list[dict[str, Any]]:
        return list(pages(self.dynamodb.scan, TableName=self.tables["UsageTable"]))

    @property
    def received(self) -> list[dict[str, Any]]:
        """What the provider was sent."""
        return httpx.get(f"{self.provider_url}/__mock/requests").json()

    def assert_settled(self, cost: str, **expected: Any) -> dict[str, Any]:
        """One call, one record, one charge, no hold."""
        (record,) = self.records
        assert record["calculated_cost"] == Decimal(cost)
        assert self.scope.budget_used == Decimal(cost)
        assert self.scope.holds == {}
        assert {name: record.get(name) for name in expected} == expected
        return record


@pytest.fixture
def world(dynamodb, tables, provider_url) -> World:
    made = World(dynamodb, tables, provider_url)
    made.keys.add(scope())
    return made


def error_of(answer: SimpleNamespace) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/json"
    return json.loads(answer.text)["error"]


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


class Watched(Upstream):
    """An upstream that notes what is sent through it."""

    __slots__ = ("_notes",)

    def __init__(self, notes: list[Any]) -> None:
        super().__init__()
        object.__setattr__(self, "_notes", notes)  # a frozen dataclass lies below

    def post(self, *arguments: Any, **named: Any) -> Any:
        self._notes.append(named["body"])
        return super().post(*arguments, **named)


def test_the_body_goes_upstream_untouched_but_for_the_models_name(world):
    sent = (
        b'{"mod\\u0065l" : "small","messages":[{"role":"user","content":"caf\\u00e9 \xc3\xa9"}],'
        b'  "temperature":1.0E0,"new_field":{"big":123456789012345678901}}\n'
    )
    posted: list[bytes] = []

    assert world.call(sent, gateway=world.gateway(upstream=Watched(posted))).status == 200

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


def test_hop_by_hop_headers_do_not_reach_the_client(world):
    answer = world.chat()
    hop_by_hop = {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"}
    assert hop_by_hop.isdisjoint(answer.headers)
    assert answer.headers["openai-processing-ms"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 429, 500, 503])
def test_a_providers_refusal_passes_through_and_costs_nothing(world, status):
    answer = world.chat(mock={"status": status, "retry_after": 7})

    assert answer.status == status
    direct = httpx.post(
        f"{world.provider_url}/v1/chat/completions",
        json={"model": "small-2026", "messages": HELLO, "mock": {"status": status, "retry_after": 7}},
        headers={"authorization": "Bearer sk"},
    )
    assert json.loads(answer.text) == direct.json()
    assert answer.headers["retry-after"] == direct.headers["retry-after"]
    assert "x-should-retry" not in answer.headers
    world.assert_settled("0", outcome="failed", http_status=status)


REFUSED = {
    "no key at all": ({"key": ""}, 401, "invalid_request_error", "invalid_api_key"),
    "a foreign key": ({"key": "sk-proj-abcdef"}, 401, "invalid_request_error", "invalid_api_key"),
    "a mistyped key": ({"key": KEY.reveal()[:-1] + "!"}, 401, "invalid_request_error", "invalid_api_key"),
    "an unknown key": ({"key": api_keys.issue()}, 401, "invalid_request_error", "invalid_api_key"),
    "an unknown model": ({"body": {"model": "nope"}}, 404, "invalid_request_error", "model_not_found"),
    "no model": ({"body": {"messages": HELLO}}, 400, "invalid_request_error", "missing_model"),
    "a model that is no name": ({"body": {"model": 7}}, 400, "invalid_request_error", "missing_model"),
    "half a surrogate for a model": (
        {"body": b'{"model": "\\ud800"}'},
        404,
        "invalid_request_error",
        "model_not_found",
    ),
    "a model without a price": (
        {"body": {"model": "unpriced"}},
        400,
        "invalid_request_error",
        "model_not_priced",
    ),
    "a model of another route": (
        {"body": {"model": "embed"}},
        400,
        "invalid_request_error",
        "model_wrong_type",
    ),
    "malformed JSON": ({"body": b'{"model": "small"'}, 400, "invalid_request_error", "invalid_json"),
    "an empty body": ({"body": b""}, 400, "invalid_request_error", "invalid_json"),
    "a list": ({"body": []}, 400, "invalid_request_error", "invalid_json"),
    "not UTF-8": ({"body": b'{"model": "\xff"}'}, 400, "invalid_request_error", "invalid_json"),
    "endless nesting": (
        {"body": b'{"model": ' + b"[" * 90_000},
        400,
        "invalid_request_error",
        "invalid_json",
    ),
    "the model twice": (
        {"body": b'{"model": "small", "model": "large"}'},
        400,
        "invalid_request_error",
        "invalid_json",
    ),
    "a stream that is no boolean": (
        {"body": {"model": "small", "stream": "yes"}},
        400,
        "invalid_request_error",
        "invalid_parameter",
    ),
    "too large a body": (
        {"body": {"model": "small", "x": "x" * 100_000}},
        413,
        "invalid_request_error",
        "request_too_large",
    ),
    "a wrong method": ({"method": "GET"}, 405, "invalid_request_error", "method_not_allowed"),
    "an unknown route": ({"path": "/v1/audio/speech"}, 404, "invalid_request_error", "unknown_route"),
    "a model's list by POST": ({"path": "/v1/models"}, 405, "invalid_request_error", "method_not_allowed"),
}


@pytest.mark.parametrize(("request_", "status", "type_", "code"), REFUSED.values(), ids=REFUSED)
def test_a_request_that_can_not_be_served_gets_an_openai_error_and_leaves_nothing(
    world, request_, status, type_, code
):
    world.catalog.add_model(model("unpriced", input_price=None, output_price=None))
    before = world.scope

    answer = world.call(**{"body": {"model": "small", "messages": HELLO}, **request_})

    assert answer.status == status
    error = error_of(answer)
    assert (error["type"], error["code"]) == (type_, code)
    assert error["message"]
    assert "param" in error
    assert answer.headers["x-should-retry"] == "false"
    assert answer.headers["x-request-id"] == answer.id
    assert world.scope == before
    assert world.records == world.received == []


KEYS_OUT_OF_FORCE = {
    "revoked": ({"status": KeyStatus.REVOKED}, 401, "key_revoked"),
    "expired": ({"expires_at": utc_now() - timedelta(seconds=1)}, 401, "key_expired"),
    "not for this model": ({"allowed_models": frozenset({"large"})}, 403, "model_not_allowed"),
    "used up": ({"used": "10"}, 429, "budget_exhausted"),
}


@pytest.mark.parametrize(("changes", "status", "code"), KEYS_OUT_OF_FORCE.values(), ids=KEYS_OUT_OF_FORCE)
def test_a_key_that_may_not_call_is_told_why_and_leaves_nothing(
    dynamodb, tables, provider_url, changes, status, code
):
    world = World(dynamodb, tables, provider_url)
    world.keys.add(scope(**changes))
    before = world.scope

    answer = world.chat()

    assert (answer.status, error_of(answer)["code"]) == (status, code)
    assert world.scope == before
    assert world.records == world.received == []


@pytest.mark.parametrize("body", [b"{", {"model": "nope"}, {"model": "unpriced"}, {"x": "x" * 100_000}])
def test_a_stranger_learns_nothing_about_models_or_limits(world, body):
    assert error_of(world.call(body, key=api_keys.issue()))["code"] == "invalid_api_key"


def test_an_exhausted_budget_says_which_and_how_it_stands(dynamodb, tables, provider_url):
    world = World(dynamodb, tables, provider_url)
    world.keys.add(scope(budget_limit="10", used="10.02"))

    answer = world.chat()

    assert answer.headers["x-should-retry"] == "false"
    assert "retry-after" not in answer.headers
    error = error_of(answer)
    assert error["type"] == "insufficient_quota"
    assert error["details"] == {
        "scope": KEY.key_id,
        "window": "total",
        "limitUsd": "10",
        "usedUsd": "10.02",
        "heldUsd": "0",
        "resetsAt": None,
    }
    assert KEY.key_id in error["message"]


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


BROKEN = {
    "no usage": ({"no_usage": True}, 200, "succeeded"),
    "no JSON": ({"malformed_json": True}, 200, "succeeded"),
    "cut off": ({"cut_after_chunks": 2}, 502, "failed"),
}


@pytest.mark.parametrize(("fault", "status", "outcome"), BROKEN.values(), ids=BROKEN)
def test_work_without_figures_is_charged_by_an_estimate(world, fault, status, outcome):
    answer = world.chat(mock=fault)

    assert answer.status == status
    (record,) = world.records
    assert record["usage_source"] == "estimated"
    assert record["outcome"] == outcome
    assert record["prompt_tokens"] > 0
    world.assert_settled(str(record["calculated_cost"]))
    assert record["calculated_cost"] > 0


STREAM_FAULTS = {
    "no usage": ({"no_usage": True}, "succeeded"),
    "cut off": ({"cut_after_chunks": 3}, "failed"),
    "an error in the middle": ({"error_after_chunks": 3}, "succeeded"),
}


@pytest.mark.parametrize(("fault", "outcome"), STREAM_FAULTS.values(), ids=STREAM_FAULTS)
def test_a_stream_without_figures_is_charged_by_an_estimate(world, fault, outcome):
    answer = world.chat(stream=True, mock=fault)

    assert answer.status == 200
    (record,) = world.records
    assert (record["usage_source"], record["outcome"]) == ("estimated", outcome)
    assert record["completion_tokens"] > 0
    world.assert_settled(str(record["calculated_cost"]))


def test_a_stream_that_breaks_off_ends_with_an_error_event(world):
    *_, last = world.chat(stream=True, mock={"cut_after_chunks": 3}).text.strip().split("\n\n")
    assert json.loads(last.removeprefix("data: "))["error"]["code"] == "provider_unavailable"


def test_a_provider_that_can_not_be_reached_costs_nothing(world):
    (port,) = free_ports(1)
    stored = world.catalog.provider(provider().id)
    world.catalog.replace_provider(replace(stored, base_url=f"http://{LOOPBACK}:{port}/v1"))

    answer = world.chat()

    assert (answer.status, error_of(answer)["code"]) == (502, "provider_unavailable")
    assert "x-should-retry" not in answer.headers
    world.assert_settled("0", outcome="failed", http_status=None)


def test_a_provider_that_does_not_answer_in_time_is_charged_for_what_it_was_sent(world):
    answer = world.call(
        {"model": "small", "messages": HELLO, "mock": {"delay_headers_ms": 5000}}, seconds=0.3
    )

    assert (answer.status, error_of(answer)["code"]) == (504, "provider_timeout")
    record = world.assert_settled(
        str(world.records[0]["calculated_cost"]), outcome="failed", usage_source="estimated"
    )
    assert record["prompt_tokens"] > 0
    assert record["completion_tokens"] == 0


def test_a_provider_without_a_credential_is_named(world):
    stored = world.catalog.provider(provider().id)
    world.catalog.replace_provider(replace(stored, credential_version=0))

    answer = world.chat()

    assert answer.status == 502
    assert "has no API key" in error_of(answer)["message"]
    world.assert_settled("0", outcome="failed")


def test_a_credential_that_can_not_be_read_leaves_no_hold(world):
    def denied(_provider: Any) -> str:
        raise PermissionError

    answer = world.call(
        {"model": "small", "messages": HELLO}, gateway=world.gateway(credentials=SimpleNamespace(of=denied))
    )

    assert (answer.status, error_of(answer)["code"]) == (500, "internal_error")
    world.assert_settled("0", outcome="failed")


def test_a_model_of_another_providers_shape_is_refused(world):
    other = provider(id="prv_other", name="other", type=ProviderType.ANTHROPIC)
    world.catalog.add_provider(other)
    world.catalog.add_model(model("claude", provider_id="prv_other"))
    assert error_of(world.call({"model": "claude", "messages": HELLO}))["code"] == "model_wrong_provider"


def test_a_settlement_that_fails_does_not_take_the_answer_from_the_client(world):
    for write in (2, 3):
        mortal = replace(world.ledger, client=MortalClient(world.dynamodb, write, applies=False))
        answer = world.call({"model": "small", "messages": HELLO}, gateway=world.gateway(ledger=mortal))
        assert answer.status == 200
        assert "x-tollgate-cost-usd" not in answer.headers
    # What is owed stays visible: the hold is there for whoever settles it later.
    assert len(world.scope.holds) == 2


def test_a_warm_call_writes_once_before_the_provider_and_twice_after(world):
    calls: list[Any] = []

    class Counting:
        def __getattr__(self, operation: str) -> Any:
            calls.append(operation)
            return getattr(world.dynamodb, operation)

    counted = replace(world.ledger, client=Counting())

    body = json.dumps({"model": "small", "messages": HELLO}).encode()
    world.call(body, gateway=world.gateway(ledger=counted, upstream=Watched(calls)))
    sent = body.replace(b'"small"', b'"small-2026"')
    assert calls == ["update_item", sent, "put_item", "update_item"]


def test_a_killed_process_leaves_a_hold_to_settle_by(world):
    mortal = replace(world.ledger, client=MortalClient(world.dynamodb, 1, applies=True))
    answer = world.call({"model": "small", "messages": HELLO}, gateway=world.gateway(ledger=mortal))

    assert answer.status == 500
    assert list(world.scope.holds) == [answer.id]
    assert world.scope.holds[answer.id].expires_at > utc_now() + timedelta(seconds=60)
