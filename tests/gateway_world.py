"""A gateway over the real ledger and catalog on DynamoDB Local, and the mock provider behind it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import httpx

from tests.builders import KEY, model, provider
from tollgate import api_keys, identifiers
from tollgate.adapters.answers import AnswersTable
from tollgate.adapters.catalog import CatalogTable
from tollgate.adapters.dynamodb import pages
from tollgate.adapters.keys import KeysTable
from tollgate.adapters.ledger import Ledger
from tollgate.adapters.responses import ResponsesTable
from tollgate.catalog import ModelType
from tollgate.clock import utc_now
from tollgate_proxy import handler
from tollgate_proxy.bounds import OutputPolicy
from tollgate_proxy.dispatch import Dispatcher
from tollgate_proxy.gateway import Gateway
from tollgate_proxy.messages import Request
from tollgate_proxy.upstream import Upstream

HELLO = [{"role": "user", "content": "Hello there"}]


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
            responses=ResponsesTable(self.dynamodb, self.tables["ResponsesTable"]),
            answers=AnswersTable(self.dynamodb, self.tables["AnswersTable"]),
            dispatcher=self.dispatcher(),
            clock=utc_now,
            function_timeout=timedelta(seconds=60),
            max_request_bytes=100_000,
            output=OutputPolicy(unstated=16_384, least=256),
            hold_wait=timedelta(0),
        )
        return replace(made, **changes)

    def dispatcher(self, upstream: Upstream | None = None, **changes: Any) -> Dispatcher:
        made = Dispatcher(
            upstream=upstream or Upstream(),
            credentials=SimpleNamespace(of=lambda _provider: "sk-provider"),
            clock=utc_now,
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
        query: str = "",
    ) -> SimpleNamespace:
        now = utc_now()
        secret = key if isinstance(key, str) else key.reveal()
        request = Request(
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
        answer = handler.to_event((gateway or self.gateway()).handle(request), request)
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


def _encoded(body: Any) -> bytes:
    if body is None:
        return b""
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def error_of(answer: SimpleNamespace) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/json"
    return json.loads(answer.text)["error"]


class Watched(Upstream):
    """An upstream that notes what is sent through it."""

    __slots__ = ("_notes",)

    def __init__(self, notes: list[Any]) -> None:
        super().__init__()
        object.__setattr__(self, "_notes", notes)  # a frozen dataclass lies below

    def send(self, provider: Any, credential: str, asked: Any) -> Any:
        self._notes.append(asked.body)
        return super().send(provider, credential, asked)
