"""A gateway over the real ledger and catalog on DynamoDB Local, and the mock provider behind it."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import urllib3

from infra.mock_provider.server import running
from tests.support.builders import KEY, model, provider, scope
from tests.support.full_records import in_full
from tollgate import identifiers
from tollgate.aws.dynamodb import pages
from tollgate.aws.metrics import EmbeddedMetrics
from tollgate.catalog.catalog import ModelType, ProviderType, Target
from tollgate.catalog.store.catalog_table import CatalogTable
from tollgate.clock import utc_now
from tollgate.gateway_state.store.batches_table import BatchesTable
from tollgate.gateway_state.store.conversations_table import ConversationsTable
from tollgate.gateway_state.store.replies_table import RepliesTable
from tollgate.gateway_state.store.responses_table import ResponsesTable
from tollgate.keys import api_keys
from tollgate.keys.store.keys_table import KeysTable
from tollgate.ledger.store.ledger import Ledger
from tollgate_proxy import handler
from tollgate_proxy.batches.batch_settlement import BatchSettlement
from tollgate_proxy.bounds.call_bounds import OutputPolicy
from tollgate_proxy.gateway import Gateway
from tollgate_proxy.http_messages import Request
from tollgate_proxy.serving.failover import Dispatcher
from tollgate_proxy.upstream.provider_calls import Upstream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from tollgate.pricing.price_versions import PriceVersion
    from tollgate_proxy.http_messages import Answer

HELLO = [{"role": "user", "content": "Hello there"}]
# A request of each API that is metered: its path and its body.
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "chat": ("/v1/chat/completions", {"model": "small", "messages": HELLO}),
    "responses": ("/v1/responses", {"model": "small", "input": "Hello there"}),
    "messages": ("/v1/messages", {"model": "claude", "messages": HELLO, "max_tokens": 1000}),
    "embeddings": ("/v1/embeddings", {"model": "embed", "input": "Hello there"}),
}


class World:
    """A gateway with a key, two models and a provider, and what became of them."""

    def __init__(self, dynamodb: Any, tables: Mapping[str, str], provider_url: str) -> None:
        self.dynamodb, self.tables, self.provider_url = dynamodb, tables, provider_url
        self.key = KEY
        self.keys = KeysTable(dynamodb, tables["KeysTable"])
        self.catalog = CatalogTable(dynamodb, tables["CatalogTable"])
        self.ledger = Ledger(dynamodb, tables["KeysTable"], tables["UsageTable"], timedelta(days=400))
        self.catalog.add_provider(provider(f"{provider_url}/v1"))
        self.catalog.add_model(model("small", remote_id="small-2026"))
        embed = model("embed", input_price="0.02", output_price=None, type=ModelType.EMBEDDING)
        self.catalog.add_model(embed)
        Server("mock", provider_url).reset()

    def add_claude(self) -> None:
        """The provider once more, in Anthropic's shape, and a model of it."""
        made = provider(
            f"{self.provider_url}/v1", id="prv_claude", name="claude", type=ProviderType.ANTHROPIC
        )
        self.catalog.add_provider(made)
        self.catalog.add_model(model("claude", provider_id=made.id))

    def serve(self, name: str, *servers: Server, **changes: Any) -> None:
        """Adds a model that these servers serve, each if those before it fail."""
        first, *others = servers
        for server in servers:
            if self.catalog.provider(server.id) is None:
                self.catalog.add_provider(provider(f"{server.url}/v1", id=server.id, name=server.name))
        alternatives = tuple(
            Target(each.id, f"{name}-at-{each.name}", priority=place, prices=each.prices)
            for place, each in enumerate(others, start=1)
        )
        made = model(name, provider_id=first.id, remote_id=f"{name}-at-{first.name}", **changes)
        self.catalog.add_model(replace(made, alternatives=alternatives))

    def gateway(self, *, ledger: Ledger | None = None, **changes: Any) -> Gateway:
        made = Gateway(
            ledger=ledger or self.ledger,
            catalog=self.catalog,
            responses=ResponsesTable(self.dynamodb, self.tables["ResponsesTable"]),
            answers=RepliesTable(self.dynamodb, self.tables["AnswersTable"]),
            conversations=lambda: ConversationsTable(self.dynamodb, self.tables["AnswersTable"]),
            batches=lambda: self.batch_settlement(ledger),
            dispatcher=self.dispatcher(),
            clock=utc_now,
            metrics=EmbeddedMetrics(None, partial(print, end=""), utc_now),
            function_timeout=timedelta(seconds=60),
            max_request_bytes=100_000,
            output=OutputPolicy(default=16_384, minimum=256),
            hold_wait=timedelta(0),
        )
        return replace(made, **changes)

    @property
    def batches(self) -> BatchesTable:
        return BatchesTable(self.dynamodb, self.tables["BatchesTable"])

    def batch_settlement(self, ledger: Ledger | None = None, **changes: Any) -> BatchSettlement:
        made = BatchSettlement(
            ledger=ledger or self.ledger,
            catalog=self.catalog,
            batches=self.batches,
            dispatcher=self.dispatcher(),
            clock=utc_now,
            metrics=EmbeddedMetrics(None, partial(print, end=""), utc_now),
        )
        return replace(made, **changes)

    def dispatcher(self, upstream: Upstream | None = None, **changes: Any) -> Dispatcher:
        made = Dispatcher(
            upstream=upstream or Upstream(),
            credentials=SimpleNamespace(secret_of=lambda _provider: "sk-provider"),
            clock=utc_now,
        )
        return replace(made, **changes)

    def request(
        self,
        body: Any = None,
        *,
        method: str = "POST",
        path: str = "/v1/chat/completions",
        key: api_keys.ApiKey | str | None = None,
        seconds: float = 20,
        headers: dict[str, str] | None = None,
        query: str = "",
        at: datetime | None = None,
    ) -> Request:
        now = at or utc_now()
        secret = key if isinstance(key, str) else (key or self.key).reveal()
        return Request(
            id=identifiers.request_id(now),
            method=method,
            path=path,
            headers={"authorization": f"Bearer {secret}", **(headers or {})},
            body=_encoded(body),
            received_at=now,
            deadline=now + timedelta(seconds=seconds),
            answer_by=now + timedelta(seconds=seconds),
            query=query,
        )

    def call(self, body: Any = None, *, gateway: Gateway | None = None, **asked: Any) -> SimpleNamespace:
        request = self.request(body, **asked)
        answer = handler.to_event((gateway or self.gateway()).handle(request), request)
        return SimpleNamespace(
            id=request.id, status=answer["statusCode"], headers=answer["headers"], text=answer["body"]
        )

    def ask(self, api: str, *, gateway: Gateway | None = None, **changes: Any) -> SimpleNamespace:
        """Calls an API, its usual body changed like this."""
        path, body = CALLS[api]
        asked = {name: changes.pop(name) for name in ("headers", "key", "seconds", "at") if name in changes}
        return self.call({**body, **changes}, path=path, gateway=gateway, **asked)

    def begin(self, body: Any, *, gateway: Gateway | None = None, **asked: Any) -> Answer:
        """An answer of which nothing has been read yet."""
        return (gateway or self.gateway()).handle(self.request(body, **asked))

    def chat(self, **body: Any) -> SimpleNamespace:
        return self.call({"model": "small", "messages": HELLO, **body})

    @property
    def scope(self) -> Any:
        return self.keys.get(self.key.key_id)

    @property
    def money(self) -> Any:
        """The key without what every request leaves: its minute's rates, and when it was last used."""
        return replace(self.scope, rates={}, last_used_at=None)

    def spend(self, amount: str) -> None:
        """Has the key spend so much, as if by calls before."""
        self.dynamodb.update_item(
            TableName=self.tables["KeysTable"],
            Key={"key_id": {"S": self.key.key_id}},
            UpdateExpression="ADD budget_used :spent, budget_available :taken",
            ExpressionAttributeValues={":spent": {"N": amount}, ":taken": {"N": f"-{amount}"}},
        )

    @property
    def records(self) -> list[dict[str, Any]]:
        return list(map(in_full, pages(self.dynamodb.scan, TableName=self.tables["UsageTable"])))

    @property
    def received(self) -> list[dict[str, Any]]:
        """What the provider was sent."""
        return Server("mock", self.provider_url).received

    def assert_all_settled(self, count: int) -> list[dict[str, Any]]:
        """As many records as that, all charged, no hold."""
        records = self.records
        assert len(records) == count
        assert self.scope.budget_used == sum(record["calculated_cost"] for record in records)
        assert self.scope.holds == {}
        return records

    def assert_settled(self, cost: str, **expected: Any) -> dict[str, Any]:
        """One call, one record, one charge, no hold."""
        (record,) = self.records
        assert record["calculated_cost"] == Decimal(cost)
        assert self.scope.budget_used == Decimal(cost)
        assert self.scope.holds == {}
        assert {name: record.get(name) for name in expected} == expected
        return record


class Lane(World):
    """A world whose tables other tests use, too: its key is new, and only what that did counts."""

    def __init__(self, world: World, **changes: Any) -> None:
        self.__dict__.update(world.__dict__)
        self.key = api_keys.issue()
        self.keys.add(scope(self.key, **changes))
        Server("mock", self.provider_url).reset()

    @property
    def records(self) -> list[dict[str, Any]]:
        mine = {"KeyConditionExpression": "key_id = :key", "TableName": self.tables["UsageTable"]}
        values = {":key": {"S": self.key.key_id}}
        found = pages(self.dynamodb.query, **mine, ExpressionAttributeValues=values)
        return list(map(in_full, found))


@dataclass(frozen=True)
class Server:
    """A mock provider by the name that the catalog has it under; `prices` are those of its target."""

    name: str
    url: str
    prices: tuple[PriceVersion, ...] = field(default=())

    @property
    def id(self) -> str:
        return f"prv_{self.name}"

    @property
    def received(self) -> list[dict[str, Any]]:
        received: list[dict[str, Any]] = urllib3.request("GET", f"{self.url}/__mock/requests").json()
        return received

    def fail(self, *faults: dict[str, Any]) -> None:
        """Queues faults for requests to come, one each."""
        answer = urllib3.request("POST", f"{self.url}/__mock/faults", json=list(faults))
        assert answer.status == 204, answer.data

    def reset(self) -> None:
        urllib3.request("POST", f"{self.url}/__mock/reset")


@contextmanager
def serving(name: str) -> Iterator[Server]:
    with running() as url:
        yield Server(name, url)


def _encoded(body: Any) -> bytes:
    if body is None:
        return b""
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def error_of(answer: SimpleNamespace) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/json"
    error: dict[str, Any] = json.loads(answer.text)["error"]
    return error


class WatchedUpstream(Upstream):
    """An upstream that notes what is sent through it."""

    __slots__ = ("_notes",)

    def __init__(self, notes: list[Any]) -> None:
        super().__init__()
        self._notes = notes

    def send(self, provider: Any, credential: str, asked: Any) -> Any:
        self._notes.append(asked.body)
        return super().send(provider, credential, asked)
