"""What a call is charged: what it used, what was lost on the way, and never more than an estimate can be."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.builders import NOW, admitted, model, price_version, provider, scope
from tollgate import money
from tollgate.catalog.catalog import ModelType, Target
from tollgate.ledger.billing.billing_modes import BillingMode
from tollgate.ledger.records import Outcome
from tollgate.ledger.scopes import Enforcement
from tollgate.pricing.price_terms import Tariff
from tollgate.pricing.usage import NO_USAGE, TokenClass, Usage, UsageFlag, UsageSource
from tollgate_proxy.apis import routes
from tollgate_proxy.bounds.call_bounds import OutputPolicy
from tollgate_proxy.http_messages import Request
from tollgate_proxy.metered_call import parse_call
from tollgate_proxy.serving.failover import Attempt
from tollgate_proxy.settlement.record_builder import RecordBuilder
from tollgate_proxy.upstream.provider_calls import Fault, UpstreamAnswer

OTHER = provider(id="prv_other", name="other")
DEAR = price_version({TokenClass.INPUT: "1000000", TokenClass.OUTPUT: "0"}, id="dear")
MODELS = {
    "small": model(alternatives=(Target(OTHER.id, "small-2", prices=(DEAR,)),)),
    "vector": model("vector", output_price=None, type=ModelType.EMBEDDING),
}


class FakeCatalog:
    def model(self, system_name):
        return MODELS[system_name]

    def provider(self, provider_id):
        return OTHER if provider_id == OTHER.id else provider()

    def models(self):
        return []


def failed(candidate, *rest):
    more: Any = (*rest, timedelta(seconds=1))
    return Attempt(candidate, *more)


def bill(path="/v1/chat/completions", *, failures=(), which=0, into=None, answer=None, **members):
    # Two tokens by the estimate.
    asked = {"model": "small", "messages": [{"role": "user", "content": "hi"}], **members}
    sent = json.dumps(asked).encode()
    output = OutputPolicy(default=16_384, minimum=256)
    route: Any = routes.match("POST", path)
    call = parse_call(route, sent, FakeCatalog(), NOW, output)
    request = Request("req_1", "POST", path, {}, sent, NOW, NOW, NOW)
    return RecordBuilder(
        request,
        call,
        replace(into or admitted(), claim=call.demand.max_claim()),
        lambda: NOW + timedelta(seconds=3),
        call.candidates[which],
        tuple(failed(call.candidates[number], *rest) for number, *rest in failures),
        answer,
    )


def estimated(prompt_tokens, completion_tokens):
    return Usage.of(prompt_tokens, completion_tokens, UsageSource.ESTIMATED)


def test_a_call_is_charged_at_the_price_of_who_served_it():
    used = Usage.of(1_000_000, 1_000_000)
    first, other = bill().record(Outcome.SUCCEEDED, used), bill(which=1).record(Outcome.SUCCEEDED, used)
    assert (first.calculated_cost, first.price_version) == (Decimal("0.75"), model().prices[0].id)
    assert (other.calculated_cost, other.price_version) == (1_000_000, "dear")
    assert (other.provider_id, other.remote_model) == (OTHER.id, "small-2")
    assert (other.created_at, other.completed_at) == (NOW, NOW + timedelta(seconds=3))


def charged_by(tariff, *scopes):
    return replace(admitted(*scopes), tariff=tariff)


def test_the_factor_applies_to_all_of_it_whatever_the_key_says_now():
    into = charged_by(Tariff(Decimal(2)), scope(price_factor=Decimal(3)))
    failures = [(1, Fault.TIMEOUT, None)]
    plain = bill(failures=failures).record(Outcome.SUCCEEDED, Usage.of(1000, 1000))
    marked_up = bill(failures=failures, into=into).record(Outcome.SUCCEEDED, Usage.of(1000, 1000))
    assert marked_up.calculated_cost == 2 * plain.calculated_cost
    assert (marked_up.price_factor, plain.price_factor) == (2, 1)


@given(
    st.decimals(0, money.FACTOR_MAX, places=money.FACTOR_DECIMALS),
    st.integers(0, 100_000),
    st.integers(0, 16_384),
    st.lists(st.tuples(st.sampled_from([0, 1]), st.sampled_from(Fault), st.none()), max_size=2),
    st.sampled_from([Outcome.SUCCEEDED, Outcome.FAILED]),
)
@settings(max_examples=100, deadline=None)
def test_both_amounts_differ_by_the_factor_to_the_last_digit(factor, prompt, completion, failures, outcome):
    """With all that was lost on the way; and lines add up."""
    into = charged_by(Tariff(factor))
    made = bill(failures=failures, into=into).record(outcome, Usage.of(prompt, completion))
    with money.exact():
        assert made.calculated_cost == made.provider_cost * factor
        assert made.calculated_cost == sum(line.cost for line in made.breakdown.lines)
    assert made.provider_cost == bill(failures=failures).record(outcome, made.usage).calculated_cost


def test_a_fee_is_charged_on_top_of_what_comes_to_less_and_is_none_of_the_providers():
    into = charged_by(Tariff(Decimal(2), minimum_fee=Decimal("0.01")))
    small = bill(into=into).record(Outcome.SUCCEEDED, Usage.of(1000, 0))
    assert (small.calculated_cost, small.provider_cost) == (Decimal("0.01"), Decimal("0.00015"))
    assert [line.item for line in small.breakdown.lines] == ["input", "minimum_fee"]
    assert small.breakdown.lines[-1].cost == Decimal("0.0097")
    large = bill(into=into).record(Outcome.SUCCEEDED, Usage.of(100_000, 0))
    assert (large.calculated_cost, large.provider_cost) == (Decimal("0.03"), Decimal("0.015"))
    assert {small.minimum_fee, large.minimum_fee} == {Decimal("0.01")}
    assert not bill(into=into).record(Outcome.FAILED, None).is_charged


def test_an_attempt_that_was_lost_counts_towards_the_fee():
    into = charged_by(Tariff(minimum_fee=Decimal(3)))
    made = bill(failures=[(1, Fault.TIMEOUT, None)], into=into).record(Outcome.FAILED, None)
    assert (made.calculated_cost, made.provider_cost) == (3, 2)


def test_who_is_billed_is_what_the_nearest_scope_says():
    into = admitted(
        scope(),
        scope(billing_mode=BillingMode.EXTERNAL),
        scope(billing_mode=BillingMode.INTERNAL, cost_centre="CC-1"),
    )
    made = bill(into=into).record(Outcome.SUCCEEDED, Usage.of(1, 1))
    assert (made.billing_mode, made.cost_centre) == (BillingMode.EXTERNAL, "CC-1")
    unset = bill().record(Outcome.SUCCEEDED, Usage.of(1, 1))
    assert (unset.billing_mode, unset.cost_centre) == (None, None)


def test_what_cost_the_provider_nothing_has_no_bill():
    record = bill().record(Outcome.FAILED, None)
    assert (record.calculated_cost, record.usage, record.is_charged) == (money.ZERO, NO_USAGE, False)


@pytest.mark.parametrize("fault", [Fault.TIMEOUT, Fault.BROKEN_OFF])
def test_an_answer_that_was_lost_is_charged_for_what_was_sent_at_its_own_price(fault):
    record = bill(failures=[(1, fault, None)]).record(Outcome.SUCCEEDED, Usage.of(1000, 0))
    (attempt,) = record.attempts
    assert (attempt.provider_id, attempt.fault, attempt.price_version) == (OTHER.id, fault.value, "dear")
    assert (attempt.usage, attempt.cost) == (estimated(2, 0), 2)
    assert record.calculated_cost == Decimal("0.00015") + 2
    assert record.breakdown.lines[-1].item == f"attempt:{OTHER.id}"
    assert record.usage == Usage.of(1000, 0)


@pytest.mark.parametrize(("fault", "status"), [(Fault.UNREACHABLE, None), (Fault.STATUS, 503)])
def test_a_try_that_did_no_work_costs_nothing_but_is_recorded(fault, status):
    record = bill(failures=[(1, fault, status)]).record(Outcome.SUCCEEDED, Usage.of(1000, 0))
    (attempt,) = record.attempts
    assert (attempt.fault, attempt.http_status) == (fault.value, status)
    assert (attempt.usage, attempt.cost) == (NO_USAGE, 0)
    assert record.calculated_cost == Decimal("0.00015")


def test_a_lost_answer_is_charged_even_if_nobody_served_the_call_in_the_end():
    record = bill(failures=[(1, Fault.TIMEOUT, None)]).record(Outcome.FAILED, None)
    assert record.calculated_cost == 2
    assert record.is_charged


def test_the_providers_figures_are_charged_as_far_as_they_can_be():
    used = Usage.of(5_000, 10)
    assert bill(max_tokens=10).record(Outcome.SUCCEEDED, used).usage == used


def test_what_a_provider_says_beyond_what_was_allowed_is_not_charged():
    used = bill(max_tokens=10).record(Outcome.SUCCEEDED, Usage.of(5_000_000, 5_000_000)).usage
    assert (used.prompt_tokens, used.completion_tokens) == (2_097_152, 10)
    assert used.flags == {UsageFlag.PROMPT_IMPLAUSIBLE, UsageFlag.COMPLETION_IMPLAUSIBLE}


def test_a_hard_budget_pays_no_more_for_what_can_not_be_than_was_held():
    made = bill(into=admitted(scope(enforcement=Enforcement.HARD)), max_tokens=10)
    used = made.record(Outcome.SUCCEEDED, Usage.of(5_000_000, 5_000_000)).usage
    demand = made.call.demand
    assert (used.prompt_tokens, used.completion_tokens) == (demand.prompt_tokens, 10)
    assert not bill().allowed.is_held
    assert made.allowed.is_held


def test_an_estimate_is_no_larger_than_the_request_could_use():
    made = bill(max_tokens=10)
    used = made.record(Outcome.FAILED, estimated(5_000_000, 5_000_000)).usage
    assert (used.prompt_tokens, used.completion_tokens) == (made.call.demand.prompt_tokens, 10)


def test_an_estimate_of_an_output_that_nothing_limits_is_as_large_as_it_is():
    assert bill().record(Outcome.FAILED, estimated(2, 5_000_000)).usage == estimated(2, 5_000_000)


def test_an_output_that_a_hard_budget_limits_is_limited():
    made = bill(into=admitted(scope(enforcement=Enforcement.HARD)))
    used = made.record(Outcome.FAILED, estimated(2, 5_000_000)).usage
    assert used.completion_tokens == made.admitted.claim.output_tokens == 16_384


@pytest.mark.parametrize("limit", ["x", 0, -1, 1.5, True, None, 9])
@pytest.mark.parametrize("failures", [[], [(0, Fault.TIMEOUT, None)]], ids=["served", "lost"])
def test_an_embedding_is_recorded_whatever_its_client_says_of_an_output(limit, failures):
    """It has none, so nobody has looked at the limit before."""
    members = {"model": "vector", "input": "hi", "max_tokens": limit}
    record = bill("/v1/embeddings", failures=failures, **members).record(Outcome.SUCCEEDED, estimated(2, 0))
    assert record.usage == estimated(2, 0)


@pytest.mark.parametrize("answered", [True, False])
def test_the_answer_says_how_it_was_answered(answered):
    answer = (
        UpstreamAnswer(206, {"content-type": "text/event-stream"}, "theirs", iter(())) if answered else None
    )
    record = bill(answer=answer).record(Outcome.SUCCEEDED, None)
    assert (record.http_status, record.provider_request_id) == ((206, "theirs") if answered else (None, None))
    assert record.streamed is answered


def test_a_cost_above_a_hard_hold_is_flagged():
    into = admitted(scope(enforcement=Enforcement.HARD), amount="0.0001")
    assert not bill(into=into).record(Outcome.SUCCEEDED, Usage.of(100, 0)).exceeds_hold
    assert bill(into=into).record(Outcome.SUCCEEDED, Usage.of(1_000, 0)).exceeds_hold
