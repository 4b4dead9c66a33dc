"""Responses that a provider stores have an owner, and those in the making are watched until they end."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from tests.support.builders import KEY, NOW, price_version, provider
from tollgate.gateway_state.stored_responses import StoredResponse
from tollgate.ledger.plausibility import UsageBounds
from tollgate.pricing.usage import Usage, UsageFlag, UsageSource
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.options.candidate import Candidate
from tollgate_proxy.serving.failover import ServedCall, UnansweredError
from tollgate_proxy.side import response_ownership
from tollgate_proxy.side.response_ownership import ResponseOwnership
from tollgate_proxy.upstream.provider_calls import Fault, UpstreamAnswer, UpstreamError

CANDIDATE = Candidate(provider(), "small", price_version({}))
QUEUED = {"id": "resp_1", "status": "queued"}
DONE = {"id": "resp_1", "status": "completed"}
REFUSED = RefusedError(Reason.PROVIDER_UNAVAILABLE, "It could not be reached.")


def broken():
    yield b'{"id":'
    raise UpstreamError(REFUSED, Fault.BROKEN_OFF)


@dataclass
class World:
    """A provider that shows a response as told each time, the last for ever, and a clock moved by pauses."""

    shows: list = field(default_factory=lambda: [DONE])
    seconds: float = 0.0
    questions: list = field(default_factory=list)
    pauses: list = field(default_factory=list)
    kept: list = field(default_factory=list)
    error: Exception | None = None

    def __post_init__(self):
        world: Any = self
        self.stored = ResponseOwnership(
            world, world, lambda: NOW + timedelta(seconds=self.seconds), self.pause
        )

    def pause(self, seconds):
        self.pauses.append(seconds)
        self.seconds += seconds

    def keep(self, response):
        if self.error:
            raise self.error
        self.kept.append(response)

    def ask(self, upstream_call):
        self.questions.append(upstream_call)
        shown = self.shows[min(len(self.questions), len(self.shows)) - 1]
        if shown is UnansweredError:
            raise UnansweredError(REFUSED, ())
        status, body = shown if isinstance(shown, tuple) else (200, shown)
        chunks = iter([body if isinstance(body, bytes) else json.dumps(body).encode()])
        return ServedCall(
            upstream_call.candidates[0],
            UpstreamAnswer(status, {}, None, broken() if body is None else chunks),
        )

    def finished(self, response=QUEUED, seconds=60.0):
        return self.stored.finished(CANDIDATE, response, NOW + timedelta(seconds=seconds))


def test_a_response_is_noted_with_its_key_its_model_and_its_provider():
    world = World()
    world.stored.note(KEY.key_id, "small", CANDIDATE, QUEUED)
    assert world.kept == [StoredResponse("resp_1", KEY.key_id, CANDIDATE.provider.id, "small", NOW)]


@pytest.mark.parametrize("response", [{}, {"id": None}, {"id": ""}, {"id": 7}, {"id": ["resp_1"]}], ids=repr)
def test_a_response_without_an_id_can_not_be_noted(response):
    world = World()
    world.stored.note(KEY.key_id, "small", CANDIDATE, response)
    assert world.kept == []


def test_an_answer_is_not_lost_because_its_owner_could_not_be_noted(caplog):
    world = World(error=RuntimeError("throttled"))
    world.stored.note(KEY.key_id, "small", CANDIDATE, QUEUED)
    assert "The owner of the response resp_1 could not be stored" in caplog.text


@pytest.mark.parametrize("status", ["completed", "incomplete", "failed", "cancelled"])
def test_a_response_is_watched_until_it_ends(status):
    ended = {**DONE, "status": status}
    world = World([QUEUED, {**QUEUED, "status": "in_progress"}, ended])
    assert world.finished() == ended
    assert world.pauses == [1, 2, 4]


def test_it_is_its_own_provider_that_is_asked_for_it_alone():
    world = World()
    world.finished()
    (question,) = world.questions
    assert (question.method, question.path) == ("GET", "/responses/resp_1")
    assert [*question.candidates] == [CANDIDATE]
    assert question.body(CANDIDATE) is None
    assert question.headers == {}
    assert question.deadline == NOW + timedelta(seconds=60)


def test_it_is_looked_at_more_and_more_seldom_until_the_time_is_up():
    world = World([QUEUED])
    assert world.finished(seconds=60) is None
    assert world.pauses == [1, 2, 4, 8, 10, 10, 10, 10]
    assert world.seconds < 60


def test_without_time_for_a_look_there_is_none():
    world = World()
    assert world.finished(seconds=1) is None
    assert world.finished(seconds=-5) is None
    assert (world.questions, world.pauses) == ([], [])


def test_a_response_that_is_gone_is_not_looked_for_any_longer():
    world = World([(404, {"error": {}})])
    assert world.finished() is None
    assert len(world.questions) == 1


@pytest.mark.parametrize(
    "trouble",
    [
        UnansweredError,
        (500, DONE),
        (429, {"error": {}}),
        (401, {"error": {}}),
        (200, None),
        (200, b"<html>"),
        (200, b"[" * 100_000),
        (200, b'["completed"]'),
        (200, b"\xff"),
        (200, {"status": ["completed"]}),
        (200, {"status": {"completed": True}}),
        (200, {}),
    ],
    ids=lambda trouble: repr(trouble)[:40],
)
def test_trouble_in_between_is_not_the_end(trouble):
    world = World([trouble, DONE])
    assert world.finished() == DONE
    assert len(world.questions) == 2


@pytest.mark.parametrize("response", [{}, {"id": None}, {"id": 7}, {"status": "queued"}], ids=repr)
def test_what_has_no_id_can_not_be_looked_for(response):
    world = World()
    assert world.finished(response) is None
    assert world.questions == []


@pytest.mark.parametrize(
    ("status", "finished", "success"),
    [
        ("queued", False, False),
        ("in_progress", False, False),
        ("completed", True, True),
        ("incomplete", True, True),
        ("failed", True, False),
        ("cancelled", True, False),
        (None, False, False),
        (["completed"], False, False),
        ({}, False, False),
    ],
)
def test_a_responses_status_says_whether_and_how_it_has_ended(status, finished, success):
    assert response_ownership.is_finished({"status": status}) is finished
    assert response_ownership.is_success({"status": status}) is success


def test_the_providers_figures_count_or_else_what_it_has_made():
    request = {"model": "small", "input": "hi"}
    reported = {**DONE, "usage": {"input_tokens": 9, "output_tokens": 12}}
    assert response_ownership.usage_of(reported, request) == Usage.of(9, 12, UsageSource.PROVIDER)
    estimated = response_ownership.usage_of(
        {**DONE, "usage": {"input_tokens": 9, "output_tokens": 0}}, request
    )
    assert estimated.prompt_tokens == 9
    beyond = response_ownership.usage_of(reported, request, UsageBounds(completion_tokens=11))
    assert (beyond.prompt_tokens, beyond.flags) == (9, {UsageFlag.COMPLETION_IMPLAUSIBLE})
    made = {**DONE, "output": [{"type": "message", "content": [{"type": "output_text", "text": "a" * 40}]}]}
    assert response_ownership.usage_of(made, request) == Usage.of(1, 10, UsageSource.ESTIMATED)
    assert response_ownership.usage_of({**DONE, "status": "cancelled"}, request) == Usage.of(
        1, 0, UsageSource.ESTIMATED
    )
