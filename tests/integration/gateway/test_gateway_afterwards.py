"""What an answer doesn't wait for, and the next request of its client."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support.faults import LateClient
from tests.support.gateway_world import CALLS, Lane
from tollgate.clock import utc_now
from tollgate.ledger.scopes import Enforcement

# Each lets in one call at a time.
NARROW: dict[str, dict[str, Any]] = {
    "one request in progress": {"max_parallel": 1},
    "a hard budget": {"budget_limit": "0.0004", "enforcement": Enforcement.HARD},
    "tokens a minute": {"tpm_limit": 1200},
}
ASKED = {"max_completion_tokens": 500, "mock": {"prompt_tokens": 10, "completion_tokens": 20}}


class Hurried:
    """A client that calls again as soon as it has its answer, while its hold is still being closed."""

    def __init__(self, lanes: Any, **key: Any) -> None:
        self.lane = Lane(lanes, **key)
        client: Any = LateClient(lanes.dynamodb)
        self.client, self.paused = client, 0
        self.gateway = self.lane.gateway(ledger=replace(lanes.ledger, client=client), pause=self._pause)

    def _pause(self, _seconds: float) -> None:
        self.paused += 1
        self.client.arrive()

    def call(self, *, stream: bool) -> Any:
        path, body = CALLS["chat"]
        request = self.lane.request({**body, **ASKED, "stream": stream}, path=path)
        answer = self.gateway.handle(request)
        self.text = b"".join(answer.chunks)
        return answer


@pytest.mark.parametrize("stream", [False, True], ids=["in one piece", "streamed"])
@pytest.mark.parametrize("key", NARROW.values(), ids=NARROW)
def test_the_next_request_waits_a_moment_for_the_hold_of_the_one_before(lanes, key, stream):
    hurried = Hurried(lanes, **key)
    first = hurried.call(stream=stream)
    assert first.status == 200
    assert len(hurried.lane.records) == len(hurried.lane.scope.holds) == 1

    second = hurried.call(stream=stream)
    assert (second.status, hurried.paused) == (200, 1), hurried.text

    for answer in (first, second):
        answer.after()
    assert hurried.lane.scope.holds == {}
    assert len(hurried.lane.records) == 2


def test_a_request_that_stays_in_progress_keeps_the_next_one_out_after_that_moment(lanes):
    hurried = Hurried(lanes, max_parallel=1)
    begun = hurried.lane.begin({**CALLS["chat"][1], "stream": True}, path=CALLS["chat"][0])
    chunks: Any = iter(begun.chunks)
    next(chunks)

    refused = hurried.call(stream=False)

    assert (refused.status, hurried.paused) == (429, 1)
    assert b"too_many_parallel_requests" in hurried.text
    chunks.close()
    begun.after()


@pytest.mark.parametrize("stream", [False, True], ids=["in one piece", "streamed"])
def test_a_process_that_is_frozen_after_the_answer_loses_nothing(lanes, stream):
    hurried = Hurried(lanes)
    answer = hurried.call(stream=stream)
    told = answer.headers.get("x-tollgate-cost-usd")
    (record,) = hurried.lane.records

    lanes.ledger.sweep.scope(hurried.lane.scope, utc_now() + timedelta(hours=1))

    assert hurried.lane.scope.holds == {}
    assert hurried.lane.scope.budget_used == record["calculated_cost"]
    assert stream or Decimal(told) == record["calculated_cost"]
    # Thawed, it finds nothing to do.
    answer.after()
    assert hurried.lane.scope.budget_used == record["calculated_cost"]


def test_headers_state_the_budget_with_the_calls_own_cost(lanes):
    hurried = Hurried(lanes, budget_limit="1")
    answer = hurried.call(stream=False)

    cost, used, left = (
        Decimal(answer.headers[f"x-tollgate-{name}-usd"])
        for name in ("cost", "budget-used", "budget-remaining")
    )
    answer.after()
    assert hurried.lane.scope.budget_used == used == cost == 1 - left
