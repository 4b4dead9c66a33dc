"""What costs nothing is no way around a revoked ancestor, a rate, or the models that a key may use."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.support.gateway_world import CALLS, HELLO, Lane, error_of
from tollgate.clock import utc_now
from tollgate.ledger.scopes import KeyStatus

ANTHROPIC = {"anthropic-version": "2023-06-01"}
COUNT = {"model": "claude", "messages": HELLO}


def made(lane: Lane) -> str:
    """The id of a response that the lane's key has made."""
    answer = lane.ask("responses", user=lane.key.key_id)
    assert answer.status == 200, answer.text
    response_id: str = json.loads(answer.text)["id"]
    return response_id


def named(lane: Lane) -> dict[str, Any]:
    return {"model": "small", "messages": HELLO, "user": lane.key.key_id}


def free(lane: Lane, response_id: str) -> dict[str, Any]:
    """Each request that costs nothing, to be made; the repeated one was made before."""
    stored = f"/v1/responses/{response_id}"
    return {
        "models": lambda: lane.call(method="GET", path="/v1/models"),
        "models in Anthropic's shape": lambda: lane.call(method="GET", path="/v1/models", headers=ANTHROPIC),
        "a model": lambda: lane.call(method="GET", path="/v1/models/small"),
        "an estimate": lambda: lane.call({"model": "small", "messages": HELLO}, path="/v1/estimate"),
        "count_tokens": lambda: lane.call(COUNT, path="/v1/messages/count_tokens"),
        "a stored response": lambda: lane.call(method="GET", path=stored),
        "input_items": lambda: lane.call(method="GET", path=f"{stored}/input_items"),
        "cancel": lambda: lane.call(method="POST", path=f"{stored}/cancel"),
        "a replay": lambda: lane.call(named(lane), headers={"idempotency-key": "once"}),
        "a stored response streamed": lambda: lane.call(method="GET", path=stored, query="stream=true"),
        "a deletion": lambda: lane.call(method="DELETE", path=stored),
    }


FREE = list(free(None, ""))  # nothing is made yet


def prepared(lane: Lane) -> dict[str, Any]:
    asked = free(lane, made(lane))
    assert asked["a replay"]().status == 200
    return asked


@pytest.mark.parametrize("depth", [1, 3])
@pytest.mark.parametrize("out", ["revoked", "expired"])
def test_an_ancestor_that_is_out_stops_its_descendants_on_every_route(lanes, out, depth):
    top = Lane(lanes)
    lane = top
    for _ in range(depth):
        lane = Lane(lanes, parent_id=lane.key.key_id)
    asked = prepared(lane)
    changes: dict[str, Any] = {"status": KeyStatus.REVOKED}
    if out == "expired":
        changes = {"expires_at": utc_now() - timedelta(seconds=1)}
    top.keys.edit(top.scope, replace(top.scope, **changes))
    seen = len(lane.received)

    for what, ask in asked.items():
        answer = ask()
        assert (answer.status, error_of(answer)["code"]) == (401, f"key_{out}"), what
    for api in CALLS:
        assert lane.ask(api).status == 401
    assert len(lane.received) == seen
    assert lane.scope.holds == top.scope.holds == {}


@pytest.mark.parametrize("what", FREE)
def test_a_request_that_costs_nothing_is_one_of_its_minutes(lanes, what):
    parent = Lane(lanes)
    lane = Lane(lanes, parent_id=parent.key.key_id)
    asked = prepared(lane)
    for each in (lane, parent):
        each.keys.edit(each.scope, replace(each.scope, rpm_limit=2))

        # So many that one minute has three of them, should the next one begin meanwhile.
        answers = [asked[what]() for _ in range(5)]

        refused = [answer for answer in answers if answer.status == 429]
        assert refused, [answer.status for answer in answers]
        assert error_of(refused[-1])["code"] == "rate_limit_exceeded"
        assert int(refused[-1].headers["retry-after"]) <= 60
        assert each.scope.holds == {}
        each.keys.edit(each.scope, replace(each.scope, rpm_limit=None))


def test_a_request_that_costs_nothing_is_open_until_its_client_has_it(lanes):
    lane = Lane(lanes, max_parallel=1)
    response_id = made(lane)
    gateway = lane.gateway()
    stored = lane.request(method="GET", path=f"/v1/responses/{response_id}", query="stream=true")
    streamed = gateway.handle(stored)
    chunks = iter(streamed.chunks)
    next(chunks)

    second = lane.call(method="GET", path="/v1/models", gateway=gateway)
    assert (second.status, error_of(second)["code"]) == (429, "too_many_parallel_requests")
    for _ in chunks:
        pass

    assert lane.call(method="GET", path="/v1/models", gateway=gateway).status == 200
    assert lane.scope.holds == {}


def test_a_request_that_costs_nothing_passes_an_exhausted_budget(lanes):
    lane = Lane(lanes)
    asked = prepared(lane)
    lane.spend("20")
    records = lane.records

    for what in FREE:
        assert asked[what]().status in (200, 400), what
    assert lane.records == records


def test_a_model_that_a_key_may_no_longer_use_is_not_repeated(lanes):
    parent = Lane(lanes)
    lane = Lane(lanes, parent_id=parent.key.key_id)
    replay = prepared(lane)["a replay"]
    assert "x-tollgate-replayed-request-id" in replay().headers

    for each in (lane, parent):
        each.keys.edit(each.scope, replace(each.scope, allowed_models=frozenset({"another"})))
        answer = replay()
        assert (answer.status, error_of(answer)["code"]) == (403, "model_not_allowed")
        each.keys.edit(each.scope, replace(each.scope, allowed_models=None))
    assert replay().status == 200


def test_a_request_that_died_leaves_no_record_when_it_is_swept(lanes):
    lane = Lane(lanes)
    before = lane.records
    begun = lane.gateway()
    request = lane.request(method="GET", path=f"/v1/responses/{made(lane)}", query="stream=true")
    chunks: Any = iter(begun.handle(request).chunks)
    next(chunks)  # and nobody reads on
    (hold,) = lane.scope.holds.values()

    swept = lane.ledger.sweep.scope(lane.scope, hold.expires_at + timedelta(seconds=1))

    assert [each.abandoned for each in swept] == [False]
    assert lane.scope.holds == {}
    assert len(lane.records) == len(before) + 1  # of the response that was made
    chunks.close()
