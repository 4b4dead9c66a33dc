"""Calls that go wrong after they are let in: what is charged, and what is left to settle."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from infra.local.free_ports import LOOPBACK, free_ports
from tests.support.builders import provider
from tests.support.faults import KilledError, LossyClient, MortalClient
from tests.support.gateway_world import HELLO, error_of
from tollgate.clock import utc_now
from tollgate_proxy.upstream.provider_calls import Upstream

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.mark.parametrize("status", [400, 404, 409, 422, 429, 500, 503])
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


BROKEN = {
    "no usage": ({"no_usage": True}, 200, "succeeded"),
    "no JSON": ({"malformed_json": True}, 502, "failed"),
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
    "an error in the middle": ({"error_after_chunks": 3}, "failed"),
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
        {"model": "small", "messages": HELLO},
        gateway=world.gateway(dispatcher=world.dispatcher(credentials=SimpleNamespace(secret_of=denied))),
    )

    assert (answer.status, error_of(answer)["code"]) == (502, "provider_unavailable")
    world.assert_settled("0", outcome="failed")


def test_a_settlement_that_fails_does_not_take_the_answer_from_the_client(world):
    """A cost is told when there is a record of it, whatever becomes of the holds."""
    for write, is_told in ((2, False), (3, True)):
        lossy = replace(world.ledger, client=LossyClient(world.dynamodb, {write}, applies=False))
        answer = world.call({"model": "small", "messages": HELLO}, gateway=world.gateway(ledger=lossy))
        assert answer.status == 200
        assert ("x-tollgate-cost-usd" in answer.headers) == is_told
    # What is owed stays visible: the hold is there for whoever settles it later.
    assert len(world.scope.holds) == 2


def test_a_killed_process_leaves_a_hold_to_settle_by(world):
    mortal = replace(world.ledger, client=MortalClient(world.dynamodb, 1, applies=True))
    with pytest.raises(KilledError):
        world.call({"model": "small", "messages": HELLO}, gateway=world.gateway(ledger=mortal))

    (hold,) = world.scope.holds.values()
    assert hold.expires_at > utc_now() + timedelta(seconds=60)
    world.ledger.sweep.scope(world.scope, hold.expires_at)
    world.assert_settled(str(hold.amount), outcome="abandoned", model="small")


class Breaking(Upstream):
    """An upstream whose answer breaks in a way that nobody has thought of."""

    def send(self, *arguments: Any) -> Any:
        answer = super().send(*arguments)

        def chunks() -> Iterator[bytes]:
            yield next(answer.chunks)
            raise ZeroDivisionError

        return replace(answer, chunks=chunks())


def test_a_fault_of_our_own_leaves_no_hold_and_no_work_unpaid(world):
    broken = world.gateway(dispatcher=world.dispatcher(Breaking()))
    answer = world.call({"model": "small", "messages": HELLO}, gateway=broken)

    assert (answer.status, error_of(answer)["code"]) == (500, "internal_error")
    (record,) = world.records
    assert (record["outcome"], record["usage_source"]) == ("failed", "estimated")
    assert record["calculated_cost"] > 0
    world.assert_settled(str(record["calculated_cost"]))
