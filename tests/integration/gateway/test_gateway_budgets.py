"""Budgets worth an eighth of what 32 clients call: never over, and none refused while money is there.

A call uses 100 tokens of prompt and 200 of completion, and the provider takes 200 ms for it.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support.builders import KEY, scope
from tests.support.gateway_world import CALLS as APIS
from tests.support.gateway_world import World, error_of
from tests.support.invariants import StrictClient, assert_consistent
from tollgate.keys import api_keys
from tollgate.ledger.scopes import Enforcement
from tollgate_proxy.catalog_cache import CachedCatalog

# CROWD_CALLS=400 fires as many as a budget worth 50 was measured with; a test run has the time for fewer.
CALLS = int(os.environ.get("CROWD_CALLS", "128"))
CLIENTS, WORTH = 32, CALLS // 8
COST = (100 * Decimal("0.15") + 200 * Decimal("0.6")) / 1_000_000
BUDGET = WORTH * COST
USED = {"prompt_tokens": 100, "completion_tokens": 200, "delay_headers_ms": 200}
# The most that a call holds when it is cut down: 256 tokens of output, and at most 1,500 of input.
BOUND = (1500 * Decimal("0.15") + 256 * Decimal("0.6")) / 1_000_000

ASKED = {
    "a limit": {"max_completion_tokens": 200},
    "no limit": {},
    "a stream with a limit": {"max_completion_tokens": 200, "stream": True},
    "a stream without": {"stream": True},
}
asked = pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)


class Crowd:
    """Clients that call with their keys at once, and try again as they are told."""

    def __init__(self, world: World, dynamodb: Any, *, hard: bool) -> None:
        self.world = world
        client: Any = StrictClient(dynamodb, hard=hard)
        self.client = client
        ledger = replace(world.ledger, client=self.client)
        catalog = CachedCatalog(world.catalog, seconds=3600)
        self.gateway = world.gateway(ledger=ledger, catalog=catalog, hold_wait=timedelta(seconds=2))

    def call(self, keys: list[api_keys.ApiKey], asked: dict[str, Any]) -> Counter[str]:
        with ThreadPoolExecutor(CLIENTS) as pool:
            each = [pool.submit(self._call, keys[number % len(keys)], asked) for number in range(CALLS)]
            return Counter(done.result() for done in each)

    def _call(self, key: api_keys.ApiKey, asked: dict[str, Any]) -> str:
        body = {"model": "small", "messages": [{"role": "user", "content": "Hello"}], "mock": USED, **asked}
        while True:
            answer = self.world.call(body, key=key, gateway=self.gateway)
            if answer.status == 200:
                return "served"
            assert answer.status == 429
            if "retry-after-ms" not in answer.headers:
                assert answer.headers["x-should-retry"] == "false"
                return error_of(answer)["code"]
            time.sleep(int(answer.headers["retry-after-ms"]) / 1000)

    def assert_settled(self, keys: list[api_keys.ApiKey], served: int) -> Decimal:
        """Nothing held, and as much used as recorded; returns it."""
        spent = sum((each["calculated_cost"] for each in self.world.records), Decimal(0))
        # The last of a budget may pay for less than a whole answer.
        assert (served - 2) * COST < spent <= served * COST
        for key in keys:
            after = self.world.keys.get(key.key_id)
            assert after is not None
            assert_consistent(after)
            assert after.holds == {}
        return spent


@asked
def test_a_hard_budget_is_never_passed_and_used_to_the_end(world, proxy_dynamodb, asked):
    world.keys.edit(world.scope, replace(world.scope, budget_limit=BUDGET, enforcement=Enforcement.HARD))
    crowd = Crowd(world, proxy_dynamodb, hard=True)

    outcomes = crowd.call([KEY], asked)

    spent = crowd.assert_settled([KEY], outcomes["served"])
    assert crowd.client.most_spoken_for <= BUDGET
    assert BUDGET - BOUND < spent <= BUDGET
    assert world.scope.budget_used == spent
    assert set(outcomes) <= {"served", "request_exceeds_budget", "budget_exhausted"}


@pytest.mark.parametrize("asked", [{}, {"stream": True}], ids=["at once", "streamed"])
def test_a_soft_budget_is_passed_by_no_more_than_was_in_flight(world, proxy_dynamodb, asked):
    world.keys.edit(world.scope, replace(world.scope, budget_limit=BUDGET))
    crowd = Crowd(world, proxy_dynamodb, hard=False)

    outcomes = crowd.call([KEY], asked)

    crowd.assert_settled([KEY], outcomes["served"])
    assert crowd.client.most_open <= CLIENTS
    assert WORTH <= outcomes["served"] < WORTH + CLIENTS
    assert outcomes["budget_exhausted"] == CALLS - outcomes["served"]


@pytest.mark.parametrize(
    "asked", [{"max_completion_tokens": 200}, {"stream": True}], ids=["a limit", "no limit"]
)
def test_eight_children_never_pass_their_parents_hard_budget(world, proxy_dynamodb, asked):
    parent = api_keys.issue()
    world.keys.add(scope(parent, budget_limit=str(BUDGET), enforcement=Enforcement.HARD))
    children = [api_keys.issue() for _ in range(8)]
    for child in children:
        world.keys.add(scope(child, budget_limit=None, parent_id=parent.key_id))
    crowd = Crowd(world, proxy_dynamodb, hard=True)

    outcomes = crowd.call(children, asked)

    spent = crowd.assert_settled([parent, *children], outcomes["served"])
    assert BUDGET - BOUND < spent <= BUDGET
    found = [world.keys.get(child.key_id) for child in children]
    assert sum(child.budget_used for child in found) == spent == world.keys.get(parent.key_id).budget_used
    assert set(outcomes) <= {"served", "request_exceeds_budget", "parent_budget_exhausted"}


def test_at_depth_four_no_budget_on_the_way_is_passed(world, proxy_dynamodb):
    """The tightest is the third of four."""
    keys: list[api_keys.ApiKey] = []
    for limit in (BUDGET * 3, BUDGET, BUDGET * 2, BUDGET * 4):
        key = api_keys.issue()
        parent_id = keys[-1].key_id if keys else None
        world.keys.add(scope(key, budget_limit=str(limit), enforcement=Enforcement.HARD, parent_id=parent_id))
        keys.append(key)
    crowd = Crowd(world, proxy_dynamodb, hard=True)

    outcomes = crowd.call([keys[-1]], {})

    spent = crowd.assert_settled(keys, outcomes["served"])
    assert BUDGET - BOUND < spent <= BUDGET
    assert {world.keys.get(key.key_id).budget_used for key in keys} == {spent}


def test_a_refusal_tells_an_sdk_what_it_needs(world):
    hard = replace(world.scope, budget_limit=Decimal("0.01"), enforcement=Enforcement.HARD)
    world.keys.edit(world.scope, hard)
    world.spend("0.0099")

    answer = world.chat(max_tokens=1000)

    assert answer.status == 429
    assert answer.headers["x-should-retry"] == "false"
    error = error_of(answer)
    assert (error["type"], error["code"]) == ("insufficient_quota", "request_exceeds_budget")
    details = error["details"]
    assert (details["scope"], details["window"], details["limitUsd"]) == (KEY.key_id, "total", "0.01")
    assert Decimal(details["costUsd"]) > Decimal("0.0006")


def test_what_no_budget_of_the_key_could_ever_pay_for_is_the_requests_own_fault(world):
    hard = replace(world.scope, budget_limit=Decimal("0.0001"), enforcement=Enforcement.HARD)
    world.keys.edit(world.scope, hard)

    answer = world.chat(max_tokens=1000)

    assert answer.status == 400
    assert answer.headers["x-should-retry"] == "false"
    error = error_of(answer)
    assert (error["type"], error["code"]) == ("invalid_request_error", "request_exceeds_budget")
    assert error["details"]["limitUsd"] == "0.0001"


@pytest.mark.parametrize(
    ("of_stack", "of_key", "status"), [(429, None, 429), (402, None, 402), (402, 400, 400)]
)
@pytest.mark.parametrize("exhausted", ["key", "parent"])
def test_the_status_of_a_budgets_refusal_is_the_keys_or_else_the_stacks(
    world, exhausted, of_stack, of_key, status
):
    parent, child = api_keys.issue(), api_keys.issue()
    world.keys.add(scope(parent, used="10" if exhausted == "parent" else "0"))
    of_child = {"parent_id": parent.key_id, "budget_refusal_status": of_key}
    world.keys.add(scope(child, used="10" if exhausted == "key" else "0", **of_child))
    gateway = world.gateway(budget_refusal_status=of_stack)

    for path, body in APIS.values():
        if path != "/v1/messages":
            answer = world.call(body, path=path, key=child, gateway=gateway)
            assert (answer.status, answer.headers["x-should-retry"]) == (status, "false")
            assert error_of(answer)["type"] == "insufficient_quota"
    assert world.records == []
    assert world.keys.get(child.key_id).holds == world.keys.get(parent.key_id).holds == {}


def test_the_limit_that_was_reserved_is_what_the_provider_is_asked_for(world):
    world.keys.edit(
        world.scope, replace(world.scope, budget_limit=Decimal("0.001"), enforcement=Enforcement.HARD)
    )

    answer = world.chat(mock={"completion_tokens": 5000})

    (received,) = world.received
    limit = received["body"]["max_completion_tokens"]
    assert 256 <= limit < 900
    assert json.loads(answer.text)["choices"][0]["finish_reason"] == "length"
    world.assert_settled(str(world.records[0]["calculated_cost"]), completion_tokens=limit)
    assert not world.records[0]["exceeds_hold"]


def test_a_soft_key_sends_no_limit_that_its_client_did_not_set(world):
    world.chat()
    (received,) = world.received
    assert "max_completion_tokens" not in received["body"]


def test_rates_come_back_in_openais_headers(world):
    world.keys.edit(world.scope, replace(world.scope, rpm_limit=5, tpm_limit=10_000))

    headers = world.chat(max_tokens=50).headers

    assert headers["x-ratelimit-limit-requests"] == "5"
    assert headers["x-ratelimit-remaining-requests"] == "4"
    assert headers["x-ratelimit-limit-tokens"] == "10000"
    assert 9900 < int(headers["x-ratelimit-remaining-tokens"]) < 9950
    assert 0 < float(headers["x-ratelimit-reset-requests"].removesuffix("s")) <= 60


def metric_in(capsys, name: str) -> dict[str, Any]:
    (found,) = [json.loads(line) for line in capsys.readouterr().out.splitlines() if name in line]
    return dict(found)


def test_a_provider_that_bills_more_than_was_held_is_flagged(world, capsys):
    world.keys.edit(world.scope, replace(world.scope, enforcement=Enforcement.HARD))

    # What a vendor may put into a prompt unseen, beyond the bound.
    world.chat(max_tokens=10, mock={"prompt_tokens": 3000})

    (record,) = world.records
    assert record["exceeds_hold"]
    assert world.scope.budget_used == record["calculated_cost"] > Decimal("0.00045")
    metric = metric_in(capsys, "HoldExceeded")
    assert (metric["HoldExceeded"], metric["request_id"]) == (1, record["request_id"])


def test_what_a_provider_can_not_have_used_is_not_taken_from_a_hard_budget(world, capsys):
    world.keys.edit(world.scope, replace(world.scope, enforcement=Enforcement.HARD))

    world.chat(max_tokens=10, mock={"prompt_tokens": 50_000})

    (record,) = world.records
    assert not record.get("exceeds_hold")
    assert record["usage_flags"] == ["prompt_implausible"]
    assert world.scope.budget_used == record["calculated_cost"] < Decimal("0.0005")
    metric = metric_in(capsys, "UsageImplausible")
    assert (metric["UsageImplausible"], metric["request_id"]) == (1, record["request_id"])
