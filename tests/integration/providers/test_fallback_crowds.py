"""Clients at once whose calls fall back, at random, on models of other APIs: no cent too many, none lost."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.builders import model, provider, scope
from tests.support.faults import DyingAtWrites, KilledError
from tests.support.gateway_world import CALLS as APIS
from tests.support.gateway_world import Server, World, serving
from tests.support.invariants import StrictClient
from tollgate.catalog.catalog import ProviderType
from tollgate.clock import utc_now
from tollgate.keys import api_keys
from tollgate.ledger.scopes import Enforcement
from tollgate_proxy.upstream.provider_calls import Timeouts, Upstream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tollgate.keys.api_keys import ApiKey
    from tollgate_proxy.http_messages import Answer

CALLS = int(os.environ.get("CROWD_CALLS", "32"))
CLIENTS = 8
FAULTS: list[dict[str, Any]] = [
    {"status": 500},
    {"status": 429},
    {"status": 401},
    {"cut_after_chunks": 0},
    {"cut_after_chunks": 3},
    {"error_after_chunks": 0},
    {"error_after_chunks": 2},
    {"malformed_json": True},
    {"status": 400, "error_code": "context_length_exceeded"},
    {"delay_headers_ms": 1500},
    {"no_usage": True},
]
# Which models a client may ask for, in which API.
OWN = {"chat": ("gpt", "cheap"), "responses": ("gpt", "cheap"), "messages": ("claude-dear", "gpt")}


@pytest.fixture
def servers(world) -> Iterator[tuple[Server, Server]]:
    with ExitStack() as stack:
        first, second = (stack.enter_context(serving(name)) for name in ("first", "second"))
        fallbacks = ("claude-dear", "claude-cheap", "cheap")
        world.serve(
            "gpt", first, context_limit=8000, input_price="1.5", output_price="6", fallbacks=fallbacks
        )
        world.serve("cheap", first, context_limit=8000, fallbacks=("gpt", "claude-dear"))
        made = provider(f"{second.url}/v1", id="prv_second", name="second", type=ProviderType.ANTHROPIC)
        world.catalog.add_provider(made)
        dear: dict[str, Any] = {"input_price": "3", "output_price": "15", "fallbacks": ("gpt", "cheap")}
        world.catalog.add_model(model("claude-dear", provider_id=made.id, context_limit=9000, **dear))
        world.catalog.add_model(model("claude-cheap", provider_id=made.id, context_limit=100_000))
        yield first, second


class Crowd:
    def __init__(self, world: World, client: StrictClient, keys: list[ApiKey]) -> None:
        self.world, self.client, self.keys = world, client, keys
        self.recorded: list[str] = []
        self.died: list[str] = []

    def gateway(self, client: Any) -> Any:
        dispatcher = self.world.dispatcher(Upstream(Timeouts(first_byte=0.5)), pause=lambda _: None)
        ledger = replace(self.world.ledger, client=client)
        return self.world.gateway(ledger=ledger, dispatcher=dispatcher, hold_wait=timedelta(seconds=1))

    def call(self, number: int) -> None:
        drawn = random.Random(number)
        client: Any = self.client
        if number % 6 == 0:
            client = DyingAtWrites(client, drawn.randrange(1, 12), applies=drawn.random() < 0.5)
        api = drawn.choice(list(OWN))
        path, body = APIS[api]
        asked = {**body, "model": drawn.choice(OWN[api]), "stream": drawn.random() < 0.5}
        if drawn.random() < 0.5:
            asked["max_output_tokens" if api == "responses" else "max_tokens"] = drawn.randrange(16, 400)
        headers = {"idempotency-key": f"name-{number // 2}"} if drawn.random() < 0.5 else {}
        request = self.world.request(asked, path=path, key=drawn.choice(self.keys), headers=headers)
        try:
            self._take(self.gateway(client).handle(request), request.id, drawn)
        except KilledError:
            self.died.append(request.id)

    def _take(self, answer: Answer, request_id: str, drawn: random.Random) -> None:
        """Takes all of an answer, or goes away in the midst of it."""
        if "x-tollgate-provider" in answer.headers and "x-tollgate-replayed-request-id" not in answer.headers:
            self.recorded.append(request_id)
        chunks = iter(answer.chunks)
        if isinstance(chunks, Generator) and drawn.random() < 0.5:
            list(islice(chunks, drawn.randrange(4)))
            chunks.close()
        list(chunks)
        answer.after()


@pytest.mark.parametrize("seed", range(int(os.environ.get("CROWD_SEEDS", "1"))))
def test_calls_that_fall_back_at_once_never_pass_a_hard_budget(world, servers, proxy_dynamodb, seed):
    drawn = random.Random(seed)
    for server in servers:
        server.fail(*(drawn.choice([{}, *FAULTS]) for _ in range(CALLS * 3)))
    hard: dict[str, Any] = {"enforcement": Enforcement.HARD}
    company = api_keys.issue()
    world.keys.add(scope(company, budget_limit="0.02", **hard))
    keys = [api_keys.issue() for _ in range(3)]
    policies: list[dict[str, Any]] = [
        {"budget_limit": "0.012"},
        {"budget_limit": "0.01", "model_price_factors": {"claude-dear": Decimal(2), "cheap": Decimal("0.5")}},
        {"allowed_models": frozenset({"gpt", "claude-dear"}), "minimum_fee": Decimal("0.00001")},
    ]
    for key, policy in zip(keys, policies, strict=True):
        world.keys.add(scope(key, parent_id=company.key_id, **{**hard, **policy}))
    client = StrictClient(proxy_dynamodb, hard=True)
    crowd = Crowd(world, client, keys)

    with ThreadPoolExecutor(CLIENTS) as threads:
        list(threads.map(crowd.call, range(seed * 1000, seed * 1000 + CALLS)))

    later = utc_now() + timedelta(minutes=5)
    for _ in range(2):
        for key in (company, *keys):
            world.ledger.sweep.scope(world.keys.get(key.key_id), later)
    records = world.records
    found = {key.key_id: world.keys.get(key.key_id) for key in (company, *keys)}
    assert {key_id: dict(each.holds) for key_id, each in found.items()} == {key_id: {} for key_id in found}
    ids = Counter(each["request_id"] for each in records)
    assert set(ids.values()) == {1}
    assert set(crowd.recorded) <= set(ids)
    assert not any(each.get("exceeds_hold") for each in records)
    for key in keys:
        charged = [each["calculated_cost"] for each in records if each["key_id"] == key.key_id]
        assert found[key.key_id].budget_used == sum(charged, Decimal(0))
    total = sum((each["calculated_cost"] for each in records), Decimal(0))
    assert found[company.key_id].budget_used == total <= Decimal("0.02")
    assert any(each.get("fallback_from") for each in records)
