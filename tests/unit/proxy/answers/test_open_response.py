"""A response may be stored, or made after its answer: it has an owner, and ends in exactly one record."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.builders import KEY, NOW, admitted, model, provider, scope
from tollgate.ledger.records import Outcome
from tollgate.pricing.usage import UsageSource
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.apis import routes
from tollgate_proxy.bounds.call_bounds import OutputPolicy
from tollgate_proxy.call_notes import CallNotes
from tollgate_proxy.http_messages import Request
from tollgate_proxy.metered_call import parse_call
from tollgate_proxy.open_call import OpenCall
from tollgate_proxy.serving.failover import ServedCall
from tollgate_proxy.side.replays import Replay
from tollgate_proxy.upstream.provider_calls import Fault, UpstreamAnswer, UpstreamError

FIGURES = {"input_tokens": 9, "output_tokens": 12}
# At 0.15 and 0.6 USD per 1M tokens.
COST = Decimal("0.00000855")


class FakeCatalog:
    def model(self, system_name):
        return model(system_name)

    def provider(self, provider_id):
        return provider()

    def models(self):
        return []


@dataclass
class World:
    """A ledger, and what is known of stored responses, which end as `ends` says."""

    ends: object = None
    records: list = field(default_factory=list)
    finished_settlements: list = field(default_factory=list)
    noted: list = field(default_factory=list)
    counted: list = field(default_factory=list)

    def begin_settlement(self, admitted, record):
        self.records.append(record)
        return SimpleNamespace(
            record=record,
            expected=[scope()],
            finish=lambda: self.finished_settlements.append(record),
        )

    def count(self, metrics, **properties):
        self.counted += metrics

    def note(self, key_id, model, candidate, response):
        self.noted.append((key_id, response.get("id")))

    def finished(self, candidate, response, deadline):
        if isinstance(self.ends, Exception):
            raise self.ends
        return self.ends

    def relay(self, answer, **members):
        sent = json.dumps({"model": "small", "input": "hi", **members}).encode()
        output = OutputPolicy(default=16_384, minimum=256)
        route: Any = routes.match("POST", "/v1/responses")
        call = parse_call(route, sent, FakeCatalog(), NOW, output)
        request = Request("req_1", "POST", "/v1/responses", {}, sent, NOW, NOW, NOW)
        world: Any = self
        replay = Replay(world, lambda: NOW)
        open_call = OpenCall(world, lambda: NOW, request, call, admitted(), world, replay, world, CallNotes())
        return open_call.relay(ServedCall(call.candidates[0], answer))

    @property
    def record(self):
        (only,) = self.records
        return only


def response(status, **members):
    return {"id": "resp_1", "status": status, "output": [], "usage": None, **members}


DONE = response("completed", usage=FIGURES)


def in_one_piece(body, status=200):
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return UpstreamAnswer(status, {"content-type": "application/json"}, None, iter([sent]))


def event(kind, **members):
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **members})}\n\n".encode()


def stream(*events, breaks_off=False):
    def read():
        yield from events
        if breaks_off:
            raise UpstreamError(RefusedError(Reason.PROVIDER_UNAVAILABLE, "It broke off."), Fault.BROKEN_OFF)

    return UpstreamAnswer(200, {"content-type": "text/event-stream"}, None, read())


CREATED = event("response.created", response=response("queued"))
TEXT = event("response.output_text.delta", delta="a" * 40)
COMPLETED = event("response.completed", response=DONE)


def read(answer):
    return b"".join(answer.chunks)


def test_a_response_is_recorded_and_noted_before_its_answer_and_settled_to_the_end_after_it():
    world = World()
    answer = world.relay(in_one_piece(DONE))
    assert (world.record.calculated_cost, world.record.outcome) == (COST, Outcome.SUCCEEDED)
    assert world.finished_settlements == []
    assert world.noted == [(KEY.key_id, "resp_1")]
    assert answer.headers["x-tollgate-cost-usd"] == "0.00000855"
    assert json.loads(read(answer)) == DONE
    assert world.finished_settlements == []
    answer.after()
    assert world.finished_settlements == world.records == [world.record]


def test_a_stream_is_recorded_before_its_end_and_settled_to_the_end_after_it():
    world = World()
    answer = world.relay(stream(CREATED, TEXT, COMPLETED), stream=True)
    read(answer)
    assert (world.record.calculated_cost, world.finished_settlements) == (COST, [])
    answer.after()
    assert world.finished_settlements == [world.record]


def test_what_fails_after_an_answer_is_logged_and_left_to_the_sweep(caplog):
    world = World()
    answer = world.relay(in_one_piece(DONE))
    world.finished_settlements = None
    answer.after()
    assert "A hold of request req_1 stays open until it is swept" in caplog.text


@pytest.mark.parametrize(("store", "noted"), [(True, 1), (None, 1), (False, 0)])
def test_what_is_not_to_be_stored_has_no_owner(store, noted):
    world = World()
    world.relay(in_one_piece(DONE), store=store)
    read(world.relay(stream(CREATED, COMPLETED), store=store, stream=True))
    assert len(world.noted) == 2 * noted


def test_a_refusal_is_noted_for_nobody_and_costs_nothing():
    world = World()
    world.relay(in_one_piece(response("failed"), status=400), background=True)
    assert (world.noted, world.record.calculated_cost) == ([], 0)


def test_a_streams_response_has_an_owner_as_soon_as_its_client_knows_of_it():
    world = World()
    chunks = world.relay(stream(CREATED, TEXT, COMPLETED), stream=True).chunks
    assert next(chunks) == CREATED
    assert world.noted == [(KEY.key_id, "resp_1")]
    assert b"".join(chunks) == TEXT + COMPLETED
    assert len(world.noted) == 1
    assert world.record.calculated_cost == COST


def test_a_response_in_the_background_is_answered_first_and_settled_when_it_is_done():
    world = World(ends=DONE)
    answer = world.relay(in_one_piece(response("queued")), background=True)
    assert json.loads(read(answer))["status"] == "queued"
    assert "x-tollgate-cost-usd" not in answer.headers
    assert world.records == []

    answer.after()

    assert (world.record.calculated_cost, world.record.outcome) == (COST, Outcome.SUCCEEDED)
    assert world.noted == [(KEY.key_id, "resp_1")]


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_one_that_ended_badly_is_charged_what_it_reports(status):
    world = World(ends=response(status, usage=FIGURES))
    world.relay(in_one_piece(response("queued")), background=True).after()
    assert (world.record.calculated_cost, world.record.outcome) == (COST, Outcome.FAILED)


def test_one_whose_end_nobody_has_seen_is_charged_what_it_can_cost():
    world = World(ends=None)
    world.relay(in_one_piece(response("queued")), background=True, max_output_tokens=1000).after()
    assert (world.record.outcome, world.record.usage.source) == (Outcome.FAILED, UsageSource.ESTIMATED)
    assert world.record.usage.total_tokens == admitted().claim.tokens


def test_if_watching_fails_the_hold_is_closed_all_the_same():
    world = World(ends=RuntimeError("a fault of ours"))
    answer = world.relay(in_one_piece(response("queued")), background=True)
    with pytest.raises(RuntimeError):
        answer.after()
    assert world.record.outcome is Outcome.FAILED
    assert world.record.usage.prompt_tokens > 0


@pytest.mark.parametrize("status", ["completed", "incomplete", "failed", "cancelled"])
def test_one_that_is_done_already_is_settled_at_once(status):
    world = World()
    answer = world.relay(in_one_piece(response(status, usage=FIGURES)), background=True)
    assert world.record.calculated_cost == COST
    answer.after()
    assert len(world.records) == 1


@pytest.mark.parametrize(
    "odd",
    [b"<html>", b"[]", {"id": "resp_1", "status": ["queued"]}, {"id": "resp_1", "status": {}}],
    ids=repr,
)
def test_whatever_a_provider_says_of_it_there_is_one_record(odd):
    world = World(ends=DONE)
    answer = world.relay(in_one_piece(odd), background=True)
    read(answer)
    answer.after()
    assert world.record.calculated_cost == COST


@pytest.mark.parametrize("status", [["queued"], {}, 7, None], ids=repr)
def test_whatever_a_stream_says_of_it_there_is_one_record(status):
    world = World(ends=DONE)
    odd = event("response.created", response={"id": "resp_1", "status": status})
    answer = world.relay(stream(odd, TEXT, breaks_off=True), background=True, stream=True)
    read(answer)
    answer.after()
    assert world.record.calculated_cost == COST


def test_a_background_stream_that_breaks_off_is_settled_by_what_became_of_the_response():
    world = World(ends=DONE)
    answer = world.relay(stream(CREATED, TEXT, breaks_off=True), background=True, stream=True)
    assert b"It broke off." in read(answer)
    assert world.records == []
    answer.after()
    assert (world.record.calculated_cost, world.record.outcome) == (COST, Outcome.SUCCEEDED)


def test_a_background_stream_that_ends_well_is_settled_where_it_ends():
    world = World()
    answer = world.relay(stream(CREATED, TEXT, COMPLETED), background=True, stream=True)
    read(answer)
    assert world.record.calculated_cost == COST
    answer.after()
    assert len(world.records) == 1


@pytest.mark.parametrize("background", [True, False])
def test_a_response_that_fails_in_its_stream_is_a_failure_that_is_charged_what_it_reports(background):
    world = World()
    failed = event("response.failed", response=response("failed", usage=FIGURES))
    answer = world.relay(stream(CREATED, failed), background=background, stream=True)
    read(answer)
    answer.after()
    assert (world.record.calculated_cost, world.record.outcome) == (COST, Outcome.FAILED)


MAKING = ["queued", "in_progress", "pending", "processing", "running", "a state that nobody knows"]


@pytest.mark.parametrize("status", MAKING)
def test_a_response_that_was_to_be_made_at_once_and_is_not_is_settled_when_it_is_done(status):
    world = World(ends=DONE)
    answer = world.relay(in_one_piece(response(status)))
    assert json.loads(read(answer))["status"] == status
    assert "x-tollgate-cost-usd" not in answer.headers
    assert world.noted == [(KEY.key_id, "resp_1")]
    assert world.records == []

    answer.after()

    assert (world.record.calculated_cost, world.record.outcome) == (COST, Outcome.SUCCEEDED)


@pytest.mark.parametrize("status", MAKING)
def test_one_that_nobody_sees_done_is_charged_what_it_can_cost_and_has_failed(status):
    world = World(ends=None)
    world.relay(in_one_piece(response(status)), max_output_tokens=1000).after()
    assert (world.record.outcome, world.record.usage.source) == (Outcome.FAILED, UsageSource.ESTIMATED)
    assert world.record.usage.total_tokens == admitted().claim.tokens


@pytest.mark.parametrize(
    ("output", "figures", "is_told"),
    [
        ([{"type": "message"}], FIGURES, True),
        ([], FIGURES, False),
        ([{"type": "message"}], None, False),
        ([{"type": "message"}], {"input_tokens": 9, "output_tokens": 0}, False),
    ],
)
def test_one_that_is_all_there_but_for_its_state_is_charged_by_its_figures(output, figures, is_told):
    world = World(ends=None)
    world.relay(in_one_piece(response("in_progress", output=output, usage=figures))).after()
    assert world.record.outcome is Outcome.FAILED
    assert (world.record.calculated_cost == COST) is is_told
    assert (world.record.usage.total_tokens == admitted().claim.tokens) is not is_told


@pytest.mark.parametrize(
    "status", ["completed", "incomplete", "failed", "cancelled", None, 7, ["queued"], {}]
)
def test_a_response_in_any_other_state_is_settled_at_once(status):
    world = World(ends=RuntimeError("nobody looks"))
    answer = world.relay(in_one_piece(response(status, usage=FIGURES)))
    assert world.record.calculated_cost == COST
    answer.after()
    assert len(world.records) == 1
