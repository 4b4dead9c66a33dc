"""Targets are asked one after the other until one answers, within the time and the money that there is."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from tests.support.builders import NOW, price_version, provider
from tollgate.catalog.catalog import AuthHeader, ProviderApi
from tollgate.pricing.usage import Usage
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.answers.answer_faults import AnswerFault, JudgedAnswer
from tollgate_proxy.options.candidate import Candidate
from tollgate_proxy.serving.failover import Dispatcher, UnansweredError, UpstreamCall
from tollgate_proxy.upstream.circuit_breaker import CircuitBreaker
from tollgate_proxy.upstream.provider_calls import Fault, UpstreamAnswer, UpstreamError

PRICE = price_version({})


def candidate(name, *, weight=1, priority=0, **of_provider):
    return Candidate(provider(id=f"prv_{name}", name=name, **of_provider), name, PRICE, weight, priority)


A, B, C = candidate("a"), candidate("b", priority=1), candidate("c", priority=2)


def fault(kind, message="It failed."):
    reason = Reason.PROVIDER_TIMEOUT if kind is Fault.TIMEOUT else Reason.PROVIDER_UNAVAILABLE
    return UpstreamError(RefusedError(reason, message), kind)


UNREACHABLE, TIMEOUT, BROKEN_OFF = (
    fault(kind) for kind in (Fault.UNREACHABLE, Fault.TIMEOUT, Fault.BROKEN_OFF)
)


@dataclass
class World:
    """Providers that answer as they are told, a clock that moves only by pauses and slow answers."""

    script: dict = field(default_factory=dict)
    """By target: what it does each time it is asked, its last for ever; a status, headers too, or a fault."""
    takes: dict = field(default_factory=dict)
    """By target: the seconds that it takes."""
    seconds: float = 0.0
    asked: list = field(default_factory=list)
    sent: list = field(default_factory=list)
    pauses: list = field(default_factory=list)
    closed: list = field(default_factory=list)
    unreadable: set = field(default_factory=set)
    """Providers whose API keys can't be read."""

    def __post_init__(self):
        world: Any = self
        self.dispatcher = Dispatcher(
            upstream=world,
            credentials=world,
            clock=lambda: NOW + timedelta(seconds=self.seconds),
            circuit_breaker=CircuitBreaker(monotonic=lambda: self.seconds),
            pause=self.pause,
            random=random.Random(7),
        )

    def secret_of(self, asked_for):
        if asked_for.name in self.unreadable:
            message = "AccessDenied"
            raise RuntimeError(message)
        return f"sk-{asked_for.name}"

    def send(self, asked_of, credential, asked):
        name = asked_of.name
        self.asked.append(name)
        self.sent.append((credential, asked))
        self.seconds += self.takes.get(name, 0.0)
        script = self.script.get(name, [200])
        does = script[min(self.asked.count(name), len(script)) - 1]
        if isinstance(does, UpstreamError):
            raise does
        status, headers, *body = does if isinstance(does, tuple) else (does, {})
        return UpstreamAnswer(
            status, headers, None, iter(body or [b"{}"]), lambda: self.closed.append((name, status))
        )

    def pause(self, seconds):
        self.pauses.append(seconds)
        self.seconds += seconds

    def ask(self, *candidates, seconds=60.0, api=ProviderApi.CHAT, **changes):
        question = UpstreamCall(
            api=api,
            path="/chat/completions",
            candidates=candidates,
            headers={"accept": "*/*"},
            answer_by=NOW + timedelta(seconds=self.seconds + seconds),
            deadline=NOW + timedelta(seconds=self.seconds + seconds),
            body=lambda each: each.remote_id.encode(),
            **changes,
        )
        return self.dispatcher.ask(question)

    def fails(self, *candidates, **changes):
        with pytest.raises(UnansweredError) as unanswered:
            self.ask(*candidates, **changes)
        return unanswered.value


def faults_of(failures):
    return [(each.candidate.provider.name, each.fault, each.http_status) for each in failures]


def test_a_target_that_answers_is_the_only_one_asked():
    world = World()
    asked = world.ask(A, B)
    assert (asked.candidate, asked.answer.status, asked.failures) == (A, 200, ())
    assert world.asked == ["a"]
    assert world.pauses == []


def test_each_is_asked_with_its_own_body_key_and_the_time_that_is_left():
    world = World({"a": [500]}, takes={"a": 10})
    world.ask(A, B, streams=True)
    (first_key, first), (second_key, second) = world.sent
    assert (first_key, second_key) == ("sk-a", "sk-b")
    assert (first.body, second.body) == (b"a", b"b")
    assert (first.seconds, second.seconds) == (60, 50)
    assert first.streams
    assert (first.method, first.path, first.headers) == ("POST", "/chat/completions", {"accept": "*/*"})


@pytest.mark.parametrize("order", [(A, B, C), (C, B, A), (B, C, A)])
def test_the_lowest_priority_is_asked_first_whatever_the_order(order):
    world = World({"a": [500], "b": [500]})
    world.ask(*order)
    assert world.asked == ["a", "b", "c"]


def test_equals_are_asked_in_proportion_to_their_weights():
    world = World()
    targets = [candidate("light", weight=1), candidate("middle", weight=3), candidate("heavy", weight=6)]
    counts = Counter(world.ask(*targets).candidate.provider.name for _ in range(2000))
    assert 120 < counts["light"] < 280
    assert 500 < counts["middle"] < 700
    assert 1100 < counts["heavy"] < 1300


def test_a_weight_counts_among_equals_alone():
    world = World()
    targets = [candidate("late", weight=1000, priority=1), candidate("early", weight=1)]
    assert {world.ask(*targets).candidate.provider.name for _ in range(50)} == {"early"}


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504, 529])
def test_another_target_is_asked_where_one_is_busy_or_broken(status):
    world = World({"a": [status]})
    asked = world.ask(A, B)
    assert asked.candidate is B
    assert faults_of(asked.failures) == [("a", Fault.STATUS, status)]
    assert world.closed == [("a", status)]


@pytest.mark.parametrize("status", [200, 201, 400, 413, 422])
def test_what_another_target_would_not_answer_otherwise_is_the_answer(status):
    world = World({"a": [status]})
    asked = world.ask(A, B)
    assert (asked.candidate, asked.answer.status, asked.failures) == (A, status, ())
    assert world.closed == []


@pytest.mark.parametrize("status", [401, 402, 403, 404, 405, 407, 410, 424, 425, 451, 498])
def test_another_target_is_asked_where_one_does_not_serve_tollgate_or_the_model(status):
    world = World({"a": [status]})
    asked = world.ask(A, B)
    assert asked.candidate is B
    assert faults_of(asked.failures) == [("a", Fault.STATUS, status)]
    assert not any(failure.sent for failure in asked.failures)


@pytest.mark.parametrize("status", [100, 101, 199, 300, 301, 302, 304, 307, 308, 600, 999])
def test_a_status_that_no_answer_has_is_its_providers_fault(status):
    assert World({"a": [(status, {"location": "/elsewhere"})]}).ask(A, B).candidate is B
    wrong = World({"a": [status]}).ask(A).wrong
    assert wrong.refused.reason is Reason.PROVIDER_UNAVAILABLE
    assert wrong.refused.message.startswith("The provider a returned ")


@pytest.mark.parametrize("status", [401, 402, 403, 407])
def test_a_client_is_told_whose_credential_was_refused_and_not_how(status):
    world = World({"a": [(status, {}, b'{"error":{"message":"Incorrect API key provided: sk-a"}}')]})
    refused = world.ask(A).wrong.refused
    assert refused.reason is Reason.PROVIDER_AUTHENTICATION
    assert "The provider a rejected Tollgate's credential or account." in refused.message
    assert "sk-a" not in refused.message


TOO_LONG = (400, {}, b'{"error":{"code":"context_length_exceeded"}}')


def test_a_request_that_is_too_long_for_one_model_may_not_be_for_another():
    world = World({"a": [TOO_LONG]})
    assert [world.ask(A, B).candidate for _ in range(5)] == [B] * 5
    assert world.asked == ["a", "b"] * 5


@pytest.mark.parametrize("refusal", [TOO_LONG, 404, 401], ids=["too long", "unknown", "refused"])
def test_who_would_only_say_it_again_is_not_asked_again(refusal):
    world = World({"a": [refusal], "b": [refusal]})
    assert world.ask(A, B).candidate is B
    assert (world.asked, world.pauses) == (["a", "b"], [])
    other = World({"a": [refusal], "b": [500]})
    assert other.ask(A, B).answer.status == 500
    assert other.asked == ["a", "b", "b"]


@pytest.mark.parametrize("refusal", [TOO_LONG, 404], ids=["too long", "unknown"])
def test_the_last_ones_error_passes_as_it_is(refusal):
    asked = World({"a": [401], "b": [refusal]}).ask(A, B)
    assert asked.wrong.refused is None
    assert b"".join(asked.answer.chunks) == (b"{}" if refusal == 404 else refusal[2])


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_request_that_is_wrong_neither_harms_its_target_nor_makes_up_for_what_did(status):
    world = World({"a": [500, 500, status, 500, 200]})
    for _ in range(2):
        assert world.ask(A, B).candidate is B
    assert world.ask(A, B).candidate is A
    assert world.ask(A, B).candidate is B
    world.asked.clear()
    assert world.ask(A, B).candidate is B
    assert world.asked == ["b"]


def test_a_target_without_the_model_is_spared_the_first_try_after_a_while():
    world = World({"a": [(404, {}, b'{"error":{"code":"model_not_found"}}')]})
    for _ in range(3):
        world.ask(A, B)
    world.asked.clear()
    world.ask(A, B)
    assert world.asked == ["b"]


@pytest.mark.parametrize(
    "body",
    [b'{"error":{"code":null,"message":"No such File object: file-1","type":"invalid_request_error"}}'],
)
def test_what_a_request_names_in_vain_is_no_failure_of_its_target(body):
    world = World({"a": [(404, {}, body)]})
    for _ in range(5):
        world.ask(A, B)
    assert world.asked == ["a", "b"] * 5


def test_a_texts_word_on_the_account_is_not_held_against_a_target():
    """A client may have made the provider quote it."""
    world = World({"a": [(400, {}, b'{"error":{"message":"Unknown value: credit balance is too low"}}')]})
    for _ in range(5):
        assert world.ask(A, B).candidate is B
    assert world.asked == ["a", "b"] * 5


def failing_at(api, world):
    for _ in range(3):
        world.ask(A, B, api=api)
    world.asked.clear()


def test_a_target_may_fail_at_one_api_and_serve_another():
    world = World({"a": [500]})
    failing_at("chat", world)
    world.ask(A, B, api=ProviderApi.CHAT)
    world.ask(A, B, api=ProviderApi.RESPONSES)
    assert world.asked == ["b", "a", "b"]


def test_what_is_free_neither_knows_nor_changes_a_targets_health():
    world = World({"a": [500]})
    for _ in range(5):
        world.ask(A, B, api=ProviderApi.CHAT, is_free=True)
    assert world.asked == ["a", "b"] * 5
    failing_at("chat", world)
    world.script["a"] = [200]
    assert world.ask(A, B, api=ProviderApi.CHAT, is_free=True).candidate is A
    assert world.ask(A, B, api=ProviderApi.CHAT).candidate is B


def wrong(*, used=None, **changes):
    return AnswerFault(
        Fault.NO_COMPLETION, RefusedError(Reason.PROVIDER_UNAVAILABLE, "It is none."), used, **changes
    )


LOST = wrong(used=Usage.of(7, 0), was_worked_on=True)
REFUSAL = wrong(used=Usage.of(7, 0))


def judging(**by_name):
    """A judge by what each target has answered, told of a success alone."""

    def judge(each, answer):
        assert answer.is_success
        found = by_name.get(each.provider.name)
        return JudgedAnswer(answer, found.pop(0) if isinstance(found, list) and found else found or None)

    return judge


def test_an_answer_that_is_none_is_asked_for_elsewhere():
    world = World()
    asked = world.ask(A, B, judge=judging(a=LOST), lost_inputs=1)
    assert asked.candidate is B
    (failure,) = asked.failures
    assert (failure.fault, failure.http_status, failure.used) == (Fault.NO_COMPLETION, 200, LOST.used)
    assert failure.sent
    assert world.closed == [("a", 200)]


def test_a_single_targets_answer_that_is_none_is_not_asked_for_again():
    world = World()
    asked = world.ask(A, judge=judging(a=REFUSAL))
    assert (asked.wrong, asked.failures, world.asked) == (REFUSAL, (), ["a"])


def test_no_more_answers_that_are_none_are_paid_for_than_there_is_money():
    world = World()
    asked = world.ask(A, B, C, judge=judging(a=LOST, b=LOST), lost_inputs=1)
    assert (asked.candidate, asked.wrong) == (B, LOST)
    assert world.asked == ["a", "b"]


def test_an_answer_that_costs_more_than_is_held_for_a_lost_one_is_the_last():
    world = World()
    asked = world.ask(A, B, judge=judging(a=replace(LOST, is_covered=False)), lost_inputs=1)
    assert (asked.candidate, world.asked) == (A, ["a"])


def test_refusals_cost_nothing_so_all_may_be_asked():
    world = World({"b": [TIMEOUT]})
    asked = world.ask(A, B, C, judge=judging(a=REFUSAL), lost_inputs=1)
    assert asked.candidate is C
    assert [failure.sent for failure in asked.failures] == [False, True]


def test_a_target_whose_answers_are_none_is_left_out_for_a_while():
    world = World()
    for _ in range(3):
        world.ask(A, B, judge=judging(a=REFUSAL))
    world.asked.clear()
    world.ask(A, B, judge=judging(a=REFUSAL))
    assert world.asked == ["b"]


@pytest.mark.parametrize("error", [UNREACHABLE, TIMEOUT, BROKEN_OFF], ids=lambda error: error.fault.value)
def test_another_target_is_asked_where_one_gives_no_answer(error):
    world = World({"a": [error]}, takes={"a": 2})
    asked = world.ask(A, B, lost_inputs=1)
    assert asked.candidate is B
    assert faults_of(asked.failures) == [("a", error.fault, None)]
    assert asked.failures[0].duration == timedelta(seconds=2)
    assert asked.failures[0].sent is (error.fault is not Fault.UNREACHABLE)


@pytest.mark.parametrize("status", [408, 409, 429, 500, 503])
def test_a_single_targets_errors_go_to_the_client_at_once(status):
    world = World({"a": [status]})
    asked = world.ask(A)
    assert (asked.answer.status, asked.failures) == (status, ())
    assert (world.asked, world.pauses, world.closed) == (["a"], [], [])


def test_a_single_target_that_can_not_be_reached_is_tried_once_more_after_a_pause():
    world = World({"a": [UNREACHABLE, 200]})
    asked = world.ask(A)
    assert asked.answer.status == 200
    assert faults_of(asked.failures) == [("a", Fault.UNREACHABLE, None)]
    (pause,) = world.pauses
    assert 0.25 <= pause <= 0.75


def test_it_is_tried_no_more_than_twice():
    world = World({"a": [UNREACHABLE]})
    unanswered = world.fails(A)
    assert world.asked == ["a", "a"]
    assert faults_of(unanswered.failures) == [("a", Fault.UNREACHABLE, None)] * 2


@pytest.mark.parametrize("error", [TIMEOUT, BROKEN_OFF], ids=lambda error: error.fault.value)
def test_a_single_target_that_may_have_done_the_work_is_not_asked_again(error):
    world = World({"a": [error]})
    unanswered = world.fails(A)
    assert world.asked == ["a"]
    assert unanswered.refused is error.refused


def test_when_all_have_failed_all_are_asked_once_more_after_a_pause():
    world = World({"a": [500, 200], "b": [503]})
    asked = world.ask(A, B)
    assert (asked.candidate, asked.answer.status) == (A, 200)
    assert faults_of(asked.failures) == [("a", Fault.STATUS, 500), ("b", Fault.STATUS, 503)]
    assert len(world.pauses) == 1
    assert world.closed == [("a", 500), ("b", 503)]


def test_after_two_rounds_the_last_answer_is_the_clients():
    world = World({"a": [500], "b": [503]})
    asked = world.ask(A, B)
    assert (asked.candidate, asked.answer.status) == (B, 503)
    assert world.asked == ["a", "b", "a", "b"]
    assert len(asked.failures) == 3
    assert world.closed == [("a", 500), ("b", 503), ("a", 500)]


def test_who_wants_to_be_left_alone_for_a_while_is_not_asked_before():
    world = World({"a": [(429, {"retry-after": "3"}), 200], "b": [(503, {"retry-after": "60"}), 200]})
    assert world.ask(A, B).candidate is A
    assert world.asked == ["a", "b", "a"]
    assert world.seconds == 3


def test_in_the_second_round_those_left_out_are_left_out():
    world = World({"a": [(429, {"retry-after": "30"}), 200], "b": [500, 200]})
    assert world.ask(A, B).candidate is B
    assert world.asked == ["a", "b", "b"]


def test_there_is_no_second_round_if_all_want_to_be_left_alone_for_long():
    world = World({"a": [(429, {"retry-after": "30"})], "b": [(429, {"retry-after": "20"})]})
    asked = world.ask(A, B)
    assert (asked.candidate, asked.answer.status) == (B, 429)
    assert (world.asked, world.pauses, world.closed) == (["a", "b"], [], [("a", 429)])


RETRY_INFO = (
    b'{"error": {"details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "3s"}]}}'
)


def test_a_pause_that_only_the_body_asks_for_is_kept_and_told():
    world = World({"a": [(429, {}, RETRY_INFO), 200], "b": [(503, {}, RETRY_INFO.replace(b"3s", b"30s"))]})
    assert world.ask(A, B).candidate is A
    assert (world.asked, world.seconds) == (["a", "b", "a"], 3)
    told = World({"a": [(429, {"retry-after": "soon"}, RETRY_INFO.replace(b"3s", b"2.1s"))]}).ask(A).answer
    assert told.headers["retry-after"] == "3"
    assert b"".join(told.chunks) == RETRY_INFO.replace(b"3s", b"2.1s")


@pytest.mark.parametrize(
    ("status", "headers"),
    [(429, {"retry-after": "7"}), (429, {"retry-after-ms": "7000"}), (500, {}), (400, {})],
)
def test_a_header_goes_before_the_body_and_not_every_error_asks_for_a_pause(status, headers):
    answer = World({"a": [(status, headers, RETRY_INFO)]}).ask(A).answer
    assert answer.headers == headers


@pytest.mark.parametrize("retry_after", ["", "soon", "-3", "nan", "Wed, 21 Oct 2015 07:28:00 GMT"])
def test_a_pause_that_makes_no_sense_or_is_over_is_no_pause(retry_after):
    world = World({"a": [(429, {"retry-after": retry_after}), 200], "b": [500]})
    assert world.ask(A, B).candidate is A


def test_who_was_left_out_is_asked_last_but_asked_if_there_is_nobody_else():
    world = World({"a": [(429, {"retry-after": "30"}), 200], "b": [200, 200, 500]})
    world.ask(A, B)
    assert world.ask(A, B).candidate is B
    assert world.ask(A, B).candidate is A
    assert world.asked == ["a", "b", "b", "b", "a"]


def test_when_its_time_is_over_a_target_is_asked_first_again():
    world = World({"a": [(429, {"retry-after": "30"}), 200]})
    world.ask(A, B)
    world.seconds += 30
    assert world.ask(A, B).candidate is A


def test_a_target_that_fails_again_and_again_is_spared_the_first_try():
    world = World({"a": [500, 500, 500, 200]})
    for _ in range(3):
        assert world.ask(A, B).candidate is B
    world.asked.clear()
    assert world.ask(A, B).candidate is B
    assert world.asked == ["b"]
    world.seconds += 10
    world.script["a"] = [200]
    assert world.ask(A, B).candidate is A


def test_a_clients_fault_is_no_failure_of_its_target():
    world = World({"a": [400]})
    for _ in range(5):
        assert world.ask(A, B).candidate is A


def test_there_is_no_second_round_without_time_for_it():
    world = World({"a": [500], "b": [500]})
    assert world.ask(A, B, seconds=1.2).answer.status == 500
    assert (world.asked, world.pauses) == (["a", "b"], [])


def test_an_unreachable_target_is_not_tried_again_without_time_for_it():
    world = World({"a": [UNREACHABLE]})
    world.fails(A, seconds=1.2)
    assert (world.asked, world.pauses) == (["a"], [])


def test_the_first_target_is_asked_however_little_time_there_is():
    world = World()
    assert world.ask(A, seconds=-5).answer.status == 200
    assert world.sent[0][1].seconds == 0


@pytest.mark.parametrize("error", [TIMEOUT, UNREACHABLE], ids=lambda error: error.fault.value)
def test_no_other_target_is_asked_when_the_time_is_up(error):
    """It could not answer in time, but might be paid for."""
    world = World({"a": [error]}, takes={"a": 59.5})
    unanswered = world.fails(A, B, lost_inputs=1)
    assert world.asked == ["a"]
    assert unanswered.refused is error.refused


def test_an_error_that_comes_when_the_time_is_up_is_the_answer():
    world = World({"a": [500]}, takes={"a": 59.5})
    assert world.ask(A, B).answer.status == 500
    assert (world.asked, world.closed) == (["a"], [])


def test_no_more_answers_are_lost_than_there_is_money_for():
    world = World({"a": [TIMEOUT], "b": [BROKEN_OFF]})
    unanswered = world.fails(A, B, C, lost_inputs=1)
    assert world.asked == ["a", "b"]
    assert [failure.sent for failure in unanswered.failures] == [True, True]


def test_without_money_for_a_lost_answer_nobody_else_is_asked_after_one():
    world = World({"a": [TIMEOUT]})
    world.fails(A, B, lost_inputs=0)
    assert world.asked == ["a"]


def test_who_was_never_reached_costs_nothing_so_another_may_be_asked():
    world = World({"a": [TIMEOUT], "b": [UNREACHABLE], "c": [200]})
    asked = world.ask(A, B, C, lost_inputs=1)
    assert asked.candidate is C
    assert sum(failure.sent for failure in asked.failures) == 1


def test_over_both_rounds_no_more_answers_are_lost_than_there_is_money_for():
    world = World({"a": [TIMEOUT], "b": [500]})
    unanswered = world.fails(A, B, lost_inputs=1)
    assert world.asked == ["a", "b", "a"]
    assert [failure.sent for failure in unanswered.failures] == [True, False, True]
    assert world.closed == [("b", 500)]


def test_if_only_one_provider_was_asked_its_own_error_is_told():
    world = World({"a": [UNREACHABLE, TIMEOUT]})
    unanswered = world.fails(A)
    assert unanswered.refused is TIMEOUT.refused
    assert str(unanswered) == TIMEOUT.refused.message


def test_two_targets_at_one_provider_are_one_provider():
    other = Candidate(A.provider, "larger", PRICE, priority=1)
    assert World({"a": [UNREACHABLE]}).fails(A, other).refused is UNREACHABLE.refused


def test_if_several_providers_failed_all_are_named_once():
    world = World({"a": [500], "b": [UNREACHABLE]})
    refused = world.fails(A, B).refused
    assert refused.reason is Reason.ALL_PROVIDERS_FAILED
    assert refused.message == "All of the model's providers failed: a, b."


def test_a_provider_without_a_key_is_passed_over():
    world = World()
    without = candidate("without", credential_version=0)
    asked = world.ask(without, B)
    assert asked.candidate is B
    assert world.asked == ["b"]
    assert faults_of(asked.failures) == [("without", Fault.UNREACHABLE, None)]


def test_a_provider_whose_key_can_not_be_read_is_passed_over():
    world = World(unreadable={"a"})
    assert world.ask(A, B).candidate is B
    assert world.asked == ["b"]


def test_a_single_provider_without_a_key_says_so():
    unanswered = World().fails(candidate("bare", credential_version=0))
    assert unanswered.refused.reason is Reason.PROVIDER_UNAVAILABLE
    assert unanswered.refused.message == "The provider bare has no API key. Ask your administrator."


def test_why_a_key_can_not_be_read_is_not_the_clients_business():
    message = World(unreadable={"a"}).fails(A).refused.message
    assert message == "The provider a has an API key that could not be read. Ask your administrator."


def test_a_provider_that_wants_no_key_is_asked_without_one():
    world = World(unreadable={"open"})
    world.ask(candidate("open", auth_header=AuthHeader.NONE, credential_version=0))
    assert world.sent[0][0] == ""
