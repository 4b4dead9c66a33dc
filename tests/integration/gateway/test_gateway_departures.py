"""Clients that go away in the middle of a stream, and those that stay: both pay for what came."""

from __future__ import annotations

import pytest

from tests.support.gateway_world import CALLS

STREAMED = ("chat", "responses", "messages")
LONG = {"stream": True, "mock": {"completion_tokens": 200}}


def test_a_stream_is_recorded_before_it_is_over_and_settled_right_after(lane):
    path, body = CALLS["chat"]
    answer = lane.begin({**body, **LONG}, path=path, headers={"x-tollgate-stream-cost": "1"})
    chunks = iter(answer.chunks)
    next(chunks)
    assert lane.records == []
    assert len(lane.scope.holds) == 1

    while not (last := next(chunks)).startswith(b": x-tollgate-cost-usd"):
        pass

    assert last == b": x-tollgate-cost-usd 0.0001209\n\n"
    assert [str(each["calculated_cost"]) for each in lane.records] == ["0.0001209"]
    assert list(chunks) == []
    answer.after()
    lane.assert_settled("0.0001209", outcome="succeeded", usage_source="provider")


@pytest.mark.parametrize("api", STREAMED)
def test_a_client_that_goes_away_pays_for_what_came_until_then(lane, api):
    path, body = CALLS[api]
    answer = lane.begin({**body, **LONG, "mock": {"endless": True}}, path=path)
    chunks = iter(answer.chunks)
    for _ in range(20):
        next(chunks)
    assert lane.records == []
    assert len(lane.scope.holds) == 1

    chunks.close()
    answer.after()

    (record,) = lane.records
    assert record["completion_tokens"] > 5
    lane.assert_settled(str(record["calculated_cost"]), outcome="failed", usage_source="estimated")
    assert record["calculated_cost"] > 0


def test_a_client_that_goes_away_after_the_usage_pays_what_was_reported(lane):
    path, body = CALLS["chat"]
    asked = {**body, **LONG, "stream_options": {"include_usage": True}}
    answer = lane.begin(asked, path=path)
    chunks = iter(answer.chunks)
    while b'"usage":{' not in next(chunks):
        pass
    chunks.close()
    answer.after()
    lane.assert_settled("0.0001209", completion_tokens=200, usage_source="provider")


def test_a_call_after_one_that_was_given_up_is_not_mixed_up_with_it(lane):
    gateway = lane.gateway()
    path, body = CALLS["chat"]
    answer = lane.begin({**body, **LONG}, path=path, gateway=gateway)
    chunks = iter(answer.chunks)
    next(chunks)
    chunks.close()
    answer.after()
    first = lane.ask("chat", gateway=gateway)
    assert first.text == lane.ask("chat", gateway=gateway).text
    assert len(lane.records) == 3
    assert lane.scope.holds == {}
    assert lane.scope.budget_used == sum(record["calculated_cost"] for record in lane.records)
