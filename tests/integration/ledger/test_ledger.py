"""The ledger on one key, on DynamoDB's own condition checks."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support.builders import KEY, NOW, admission, demand, price_version, record, scope
from tests.support.faults import (
    ConflictingClient,
    CountingClient,
    KilledError,
    LossyClient,
    MortalClient,
    RepeatingClient,
)
from tests.support.ledger_world import LATER
from tollgate.keys import api_keys
from tollgate.ledger.admissions import HoldAttempt
from tollgate.ledger.holds import AbandonedPolicy
from tollgate.ledger.scopes import Enforcement, KeyStatus
from tollgate.pricing.price_terms import AT_COST
from tollgate.pricing.usage import TokenClass
from tollgate.refusals import Reason, RefusedError


def test_an_admission_opens_a_hold_and_a_settlement_charges_and_closes_it(ledgers):
    key = ledgers.add(KEY)
    asked = admission(key, cost="1")

    admitted = ledgers.ledger.admit(asked)
    hold = ledgers.scope(key).holds[asked.request_id]
    assert admitted.opened[0].hold == hold
    assert (hold.amount, hold.at, hold.expires_at) == (Decimal(1), NOW, asked.hold_until)
    assert ledgers.scope(key).budget_available == Decimal(9)

    settled = ledgers.ledger.settle(admitted, record(asked.request_id, cost="0.25"))
    assert settled == ledgers.scope(key)
    assert settled.holds == {}
    assert settled.budget_used == Decimal("0.25")
    assert settled.budget_available == Decimal("9.75")
    assert settled.last_used_at == NOW + timedelta(seconds=1)

    (written,) = ledgers.records
    assert written["calculated_cost"] == Decimal("0.25")
    assert written["kind"] == "completion"
    assert written["price_version"] == "mdl_small:1"
    assert written["scopes"] == [key.key_id]
    assert written["expires_at"] == int((NOW + timedelta(days=400)).timestamp())


HARD: dict[str, Any] = {"enforcement": Enforcement.HARD}
REFUSALS = {
    "no such key": (None, {}, Reason.INVALID_API_KEY),
    "a wrong secret": (scope(), {"secret_hash": "0" * 64}, Reason.INVALID_API_KEY),
    "a revoked key": (scope(status=KeyStatus.REVOKED), {}, Reason.KEY_REVOKED),
    "an expired key": (scope(expires_at=NOW), {}, Reason.KEY_EXPIRED),
    "a model that is not allowed": (scope(allowed_models=frozenset({"large"})), {}, Reason.MODEL_NOT_ALLOWED),
    "a model beyond the safety level": (
        scope(safety_level=29),
        {"safety_level": 30},
        Reason.MODEL_NOT_ALLOWED,
    ),
    "a used-up budget": (scope(used="10"), {}, Reason.BUDGET_EXHAUSTED),
    "a passed budget": (scope(used="10.000000000000000001"), {}, Reason.BUDGET_EXHAUSTED),
    "a budget of nothing": (scope(budget_limit="0"), {}, Reason.BUDGET_EXHAUSTED),
    "a used-up hard budget": (scope(used="10", **HARD), {}, Reason.BUDGET_EXHAUSTED),
    "a used-up hard budget, by a request of unknown price": (
        scope(used="10", **HARD),
        {"cost": "0"},
        Reason.BUDGET_EXHAUSTED,
    ),
    "more than is left": (scope(used="9.5", **HARD), {"cost": "0.6"}, Reason.REQUEST_EXCEEDS_BUDGET),
    "more tokens than a minute has": (
        scope(tpm_limit=1000),
        {"demand": demand(prompt_tokens=1001)},
        Reason.REQUEST_EXCEEDS_RATE_LIMIT,
    ),
    # The stronger reason comes first: a stranger learns nothing of the key.
    "a wrong secret for a used-up budget": (
        scope(used="10"),
        {"secret_hash": "0" * 64},
        Reason.INVALID_API_KEY,
    ),
}


@pytest.mark.parametrize(("existing", "asked", "reason"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_names_its_reason_and_leaves_no_trace(ledgers, existing, asked, reason):
    if existing:
        ledgers.keys.add(existing)

    with pytest.raises(RefusedError) as refused:
        ledgers.admit(KEY, **asked)

    assert refused.value.reason is reason
    assert ledgers.keys.get(KEY.key_id) == existing
    assert ledgers.records == []


ADMISSIONS = {
    "no limit": (scope(budget_limit=None, used="1000"), {}),
    "no limit, hard": (scope(budget_limit=None, used="1000", **HARD), {}),
    "the last cent": (scope(used="9.99"), {}),
    "all that a hard budget has left": (scope(used="9.5", **HARD), {"cost": "0.5"}),
    "a free model on a used-up budget": (scope(used="10"), {"is_free": True, "cost": "0"}),
    "a free model on a used-up hard budget": (scope(used="10", **HARD), {"is_free": True, "cost": "0"}),
    "an allowed model": (scope(allowed_models=frozenset({"large", "small"})), {}),
    "a model at the safety level": (scope(safety_level=30), {"safety_level": 30}),
    "a model without a safety level": (scope(safety_level=0), {}),
    "a key without a safety level": (scope(), {"safety_level": 100}),
    "a key that expires a moment later": (scope(expires_at=NOW + timedelta(milliseconds=1)), {}),
    "all the tokens of a minute": (scope(tpm_limit=1100), {}),
}


@pytest.mark.parametrize(("existing", "asked"), ADMISSIONS.values(), ids=ADMISSIONS)
def test_nothing_refuses_a_request_that_fits(ledgers, existing, asked):
    ledgers.keys.add(existing)
    assert ledgers.admit(KEY, **asked).scope.key_id == KEY.key_id


def test_warm_a_root_key_takes_one_write_before_the_provider_and_two_after_and_no_read(ledgers):
    """Each ancestor adds one and one, before the provider all in a second round trip, after it in none."""
    for depth in (1, 2, 3, 4):
        keys = ledgers.chain(depth, enforcement=Enforcement.HARD)
        counting = CountingClient(ledgers.client)
        ledger = ledgers.on(counting)
        ledger.settle(warming := ledger.admit(admission(keys[0])), record(warming.request_id, key=keys[0]))
        counting.clear()
        admitted = ledger.admit(admission(keys[0]))
        assert counting.operations == ["update_item"] * depth
        assert counting.round_trips == min(depth, 2)
        counting.clear()
        settlement = ledger.begin_settlement(admitted, record(admitted.request_id, key=keys[0]))
        assert counting.operations == ["put_item", *["update_item"] * depth]
        assert counting.round_trips == 2
        settlement.finish()
        assert counting.round_trips == 2


def test_an_admission_whose_answer_was_lost_succeeds_when_repeated(ledgers):
    key = ledgers.add()
    asked = admission(key)
    with pytest.raises(KilledError):
        ledgers.on(MortalClient(ledgers.client, 1, applies=True)).admit(asked)

    ledgers.ledger.admit(asked)

    assert list(ledgers.scope(key).holds) == [asked.request_id]


def test_a_repeated_admission_succeeds_although_the_budget_ran_out_in_between(ledgers):
    key = ledgers.add()
    asked = admission(key)
    ledgers.ledger.admit(asked)
    ledgers.spend(key, "10")

    assert ledgers.ledger.admit(asked).opened[0].hold.amount == Decimal(1)


@pytest.mark.parametrize("applies", [False, True], ids=["before the write", "after the write"])
def test_an_admission_that_gets_no_answer_at_all_is_taken_back(ledgers, applies):
    key = ledgers.add()
    with pytest.raises(Exception, match="timeout"):
        ledgers.on(LossyClient(ledgers.client, {1}, applies=applies)).admit(admission(key))

    assert ledgers.scope(key).holds == {}
    assert ledgers.scope(key).budget_used == 0


def test_a_late_duplicate_of_an_admission_opens_no_second_hold(ledgers):
    """Not after the settlement, not after a refusal, and not after the answer got lost for good."""
    settled, refused = ledgers.add(), ledgers.add(used="10")
    repeating = RepeatingClient(ledgers.client)
    ledger = ledgers.on(repeating)
    admitted = ledger.admit(admission(settled))
    ledger.settle(admitted, record(admitted.request_id, key=settled, cost="0.25"))
    with pytest.raises(RefusedError):
        ledger.admit(admission(refused))
    ledgers.edit(refused, budget_limit=Decimal(20))

    repeating.replay()

    for key in (settled, refused):
        assert ledgers.scope(key).holds == {}
        assert len(ledgers.scope(key).closed) == 1
    assert ledgers.scope(settled).budget_used == Decimal("0.25")
    # What blocks a duplicate is forgotten when none can arrive any more.
    ledgers.sweep(settled, refused, at=NOW + timedelta(minutes=9))
    assert ledgers.scope(settled).closed
    ledgers.sweep(settled, refused, at=NOW + timedelta(minutes=11))
    assert not ledgers.scope(settled).closed
    assert not ledgers.scope(refused).closed


def test_what_blocks_a_duplicate_is_not_forgotten_before_its_time(ledgers):
    key = ledgers.add(closed={"req_1": NOW + timedelta(minutes=10)})

    ledgers.ledger.holds.forget(key.key_id, "req_1", NOW + timedelta(minutes=9))
    assert ledgers.scope(key).closed
    ledgers.ledger.holds.forget(key.key_id, "req_1", NOW + timedelta(minutes=10))
    assert not ledgers.scope(key).closed


def test_a_settlement_that_is_sent_again_and_again_charges_once(ledgers):
    key = ledgers.add()
    admitted = ledgers.admit(key)
    repeating = RepeatingClient(ledgers.client)
    settlement = record(admitted.request_id, key=key, cost="0.25")
    ledgers.on(repeating).settle(admitted, settlement)
    ledgers.ledger.settle(admitted, settlement)

    repeating.replay()

    assert ledgers.scope(key).budget_used == Decimal("0.25")
    assert len(ledgers.records) == 1


def test_the_first_record_decides_the_charge(ledgers):
    key = ledgers.add()
    admitted = ledgers.admit(key)
    with pytest.raises(KilledError):
        ledgers.on(MortalClient(ledgers.client, 1, applies=True)).settle(
            admitted, record(admitted.request_id, key=key, cost="0.25")
        )

    settled = ledgers.ledger.settle(admitted, record(admitted.request_id, key=key, cost="7"))

    assert settled.budget_used == Decimal("0.25")


def test_settling_twice_at_once_charges_once(ledgers):
    key = ledgers.add()
    admitted = ledgers.admit(key)
    start = threading.Barrier(8)

    def settle() -> None:
        start.wait()
        ledgers.ledger.settle(admitted, record(admitted.request_id, key=key, cost="0.25"))

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(settle) for _ in range(8)]:
            done.result()

    assert ledgers.scope(key).budget_used == Decimal("0.25")
    assert len(ledgers.records) == 1


def test_a_request_that_comes_into_the_midst_of_a_deletion_waits_for_its_end(ledgers):
    key = ledgers.add()

    admitted = ledgers.on(ConflictingClient(ledgers.client, 2)).admit(admission(key))

    assert list(ledgers.scope(key).holds) == [admitted.request_id]


@pytest.mark.parametrize("retried", [0, 1])
@pytest.mark.parametrize("conflicts", [1, 3])
def test_doubts_about_an_admission_outlast_what_it_came_into_the_midst_of(ledgers, conflicts, retried):
    """What was sent before may arrive late, and then must open nothing again."""
    key = ledgers.chain(2)[0]
    conflicting = ConflictingClient(ledgers.client, conflicts, retried=retried)

    admitted = ledgers.on(conflicting).admit(admission(key))

    assert [each.in_doubt for each in admitted.opened] == [bool(retried), False]
    ledgers.ledger.settle(admitted, record(admitted.request_id, key=key))
    assert list(ledgers.scope(key).closed) == [admitted.request_id] * retried


def test_doubts_about_ancestors_outlast_what_they_came_into_the_midst_of(ledgers):
    key, parent = ledgers.chain(2)
    conflicting = ConflictingClient(ledgers.client, 1, retried=1)
    asked = admission(key)
    attempt = HoldAttempt(asked.demand.max_claim(), AT_COST, asked.at)

    found = ledgers.on(conflicting).holds.open_together({parent.key_id: attempt}, asked)

    assert found[parent.key_id].in_doubt


def test_a_key_that_is_gone_gets_its_record_and_does_not_come_back(ledgers):
    key = ledgers.add()
    admitted = ledgers.admit(key)
    ledgers.client.delete_item(TableName=ledgers.keys.table, Key={"key_id": {"S": key.key_id}})

    assert ledgers.ledger.settle(admitted, record(admitted.request_id, key=key)) is None

    assert ledgers.keys.get(key.key_id) is None
    assert len(ledgers.records) == 1


def test_costs_add_up_to_the_last_digit(ledgers):
    key = ledgers.add(budget_limit="1000000000000")
    for cost in ("0.000000000000000001", "99999999999.999999999999999999", "0.1"):
        ledgers.spend(key, cost)

    assert ledgers.scope(key).budget_used == Decimal("100000000000.100000000000000000")


def test_a_provider_that_bills_more_than_was_held_is_charged_in_full(ledgers):
    key = ledgers.add(**HARD)
    admitted = ledgers.admit(key, cost="1")
    assert admitted.is_exceeded_by(Decimal("1.01"))
    assert not admitted.is_exceeded_by(Decimal(1))

    ledgers.ledger.settle(admitted, record(admitted.request_id, key=key, cost="12"))

    assert ledgers.scope(key).budget_used == 12
    with pytest.raises(RefusedError):
        ledgers.admit(key, cost="0")


def test_authentication_reads_the_key_without_a_hold(ledgers):
    key = ledgers.add(used="10")

    assert ledgers.ledger.authenticate(key.key_id, key.secret_hash, NOW).holds == {}
    with pytest.raises(RefusedError, match="Incorrect API key"):
        ledgers.ledger.authenticate(key.key_id, api_keys.issue().secret_hash, NOW)


# --- hard budgets ---


def test_a_request_that_only_others_holds_keep_out_may_try_again(ledgers):
    key = ledgers.add(budget_limit="1", **HARD)
    first = ledgers.admit(key, cost="0.8")

    with pytest.raises(RefusedError) as refused:
        ledgers.admit(key, cost="0.8")
    assert refused.value.reason is Reason.BUDGET_HELD
    assert refused.value.retry_after == 1
    assert refused.value.shortage.held == Decimal("0.8")
    assert refused.value.shortage.cost == Decimal("0.8")

    ledgers.ledger.settle(first, record(first.request_id, key=key, cost="0.1"))
    assert ledgers.admit(key, cost="0.8")


def test_without_a_limit_of_its_own_a_request_gets_what_fits(ledgers):
    key = ledgers.add(budget_limit="1", **HARD)
    ledgers.admit(key, cost="0.7")

    admitted = ledgers.admit(key, demand=demand("5", least="0.1"))

    assert admitted.limits_output
    assert admitted.claim.output_tokens == 150
    assert admitted.opened[0].hold.amount == Decimal("0.15")
    assert ledgers.scope(key).budget_available == Decimal("0.15")


def test_what_fits_must_be_worth_asking_for(ledgers):
    key = ledgers.add(budget_limit="1", **HARD)
    ledgers.admit(key, cost="0.95")

    with pytest.raises(RefusedError) as refused:
        ledgers.admit(key, demand=demand("5", least="0.1"))

    assert refused.value.reason is Reason.BUDGET_HELD


def test_a_soft_key_is_not_kept_out_by_holds(ledgers):
    key = ledgers.add(budget_limit="1")
    for _ in range(3):
        assert not ledgers.admit(key, cost="0.8").limits_output


# --- rates ---


def test_requests_of_a_minute_are_counted_and_the_next_minute_begins_anew(ledgers):
    key = ledgers.add(rpm_limit=2)
    ledgers.spend(key, "0")
    admitted = ledgers.admit(key)
    assert admitted.scope.requests_left(NOW) == 0

    with pytest.raises(RefusedError) as refused:
        ledgers.admit(key)
    assert refused.value.reason is Reason.RATE_LIMIT_EXCEEDED
    assert refused.value.retry_after == pytest.approx(33.465)

    ledgers.admit(key, at=NOW + timedelta(seconds=34))


def test_tokens_are_charged_by_bound_and_corrected_at_settlement(ledgers):
    key = ledgers.add(tpm_limit=2000)
    admitted = ledgers.admit(key, cost="1")
    assert admitted.scope.tokens_left(NOW) == 900

    with pytest.raises(RefusedError) as refused:
        ledgers.admit(key, cost="1")
    assert refused.value.reason is Reason.RATE_LIMIT_EXCEEDED

    # 1,000 and 200 tokens were used, more than the bound.
    ledgers.ledger.settle(admitted, record(admitted.request_id, key=key))
    assert ledgers.scope(key).tokens_left(NOW) == 800


def test_a_request_without_a_limit_gets_the_tokens_that_are_left(ledgers):
    key = ledgers.add(tpm_limit=2000)

    admitted = ledgers.admit(key, demand=demand("50", least="0.1"))

    assert admitted.limits_output
    assert admitted.claim.output_tokens == 900


def test_parallel_requests_are_bounded_and_an_end_makes_room(ledgers):
    key = ledgers.add(max_parallel=2)
    first, _ = ledgers.admit(key), ledgers.admit(key)

    with pytest.raises(RefusedError) as refused:
        ledgers.admit(key)
    assert refused.value.reason is Reason.TOO_MANY_PARALLEL_REQUESTS

    ledgers.ledger.settle(first, record(first.request_id, key=key))
    ledgers.admit(key)


def test_minutes_that_are_over_leave_no_trace(ledgers):
    key = ledgers.add(rpm_limit=10, tpm_limit=100_000)
    for minutes in range(5):
        at = NOW + timedelta(minutes=minutes)
        admitted = ledgers.admit(key, at=at)
        ledgers.ledger.settle(admitted, record(admitted.request_id, key=key, completed_at=at))

    assert len(ledgers.scope(key).rates) <= 4


def test_what_has_no_limit_leaves_no_count(ledgers):
    unlimited, limited = ledgers.add(), ledgers.add(tpm_limit=2000)
    for key in (unlimited, limited):
        ledgers.spend(key, "0")
    assert ledgers.scope(unlimited).rates == {}
    assert ledgers.scope(limited).tokens_left(NOW) == 800
    assert len(ledgers.scope(limited).rates) == 1


def test_what_is_counted_of_a_limit_that_is_set_meanwhile_stays(ledgers):
    key = ledgers.add()
    before = ledgers.admit(key)
    ledgers.edit(key, rpm_limit=2, tpm_limit=5000)
    ledgers.admit(key)

    ledgers.ledger.settle(before, record(before.request_id, key=key))

    found = ledgers.scope(key)
    assert found.requests_left(NOW) == 1
    assert found.tokens_left(NOW) == 5000 - 1100 - 100


# --- abandoned requests ---


def test_an_abandoned_request_is_charged_its_hold_and_has_a_record(ledgers):
    key = ledgers.add(**HARD)
    asked = admission(key, cost="1")
    ledgers.ledger.admit(asked)

    ledgers.sweep(key, at=asked.hold_until - timedelta(milliseconds=1))
    assert ledgers.records == []
    ledgers.sweep(key, at=asked.hold_until)
    ledgers.sweep(key, at=asked.hold_until)

    (written,) = ledgers.records
    assert (written["outcome"], written["calculated_cost"]) == ("abandoned", 1)
    assert (written["prompt_tokens"], written["completion_tokens"]) == (100, 1000)
    assert (written["model"], written["price_version"]) == ("small", "mdl_small:1")
    assert ledgers.scope(key).budget_used == 1
    assert ledgers.scope(key).holds == {}


POLICIES = {AbandonedPolicy.CHARGE: "1.2", AbandonedPolicy.CHARGE_INPUT: "0.2", AbandonedPolicy.RELEASE: "0"}


@pytest.mark.parametrize(("policy", "cost"), POLICIES.items())
def test_a_policy_says_what_an_abandoned_request_is_charged(ledgers, policy, cost):
    key = ledgers.add()
    dear = price_version({TokenClass.INPUT: "2000", TokenClass.OUTPUT: "1000"})
    ledgers.admit(key, demand=demand("1", prices=(dear,)))

    replace(ledgers.ledger, abandoned=policy).sweep.scope(ledgers.scope(key), LATER)

    assert ledgers.spent() == ledgers.scope(key).budget_used == Decimal(cost)
    assert len(ledgers.records) == 1


def test_a_leak_blocks_no_key_for_an_admission_sweeps_what_has_expired(ledgers):
    key = ledgers.add(budget_limit="10", max_parallel=4, **HARD)
    for _ in range(4):
        ledgers.admit(key, cost="2.5")

    with pytest.raises(RefusedError):
        ledgers.admit(key, cost="1")
    # All are charged in full by default, which the budget then can't take any more.
    with pytest.raises(RefusedError, match="exhausted"):
        ledgers.admit(key, cost="1", at=LATER)
    assert ledgers.scope(key).holds == {}

    ledgers.edit(key, budget_limit=Decimal(20))
    ledgers.admit(key, cost="10", at=LATER)


def test_a_settlement_that_comes_after_the_sweep_changes_nothing(ledgers):
    key = ledgers.add()
    admitted = ledgers.admit(key, cost="1")
    ledgers.sweep(key)

    ledgers.ledger.settle(admitted, record(admitted.request_id, key=key, cost="0.25"))

    assert ledgers.scope(key).budget_used == 1
    assert ledgers.spent() == 1


def test_a_soft_budget_under_concurrency_is_passed_only_by_what_was_in_flight(ledgers):
    """32 clients, calls at 0.10 USD against a budget of 5: at most 31 more than the 50 were in flight."""
    key = ledgers.add(budget_limit="5")
    clients, per_client = 32, 6

    def call_until_refused() -> int:
        for served in range(per_client):
            try:
                ledgers.spend(key, "0.10")
            except RefusedError:
                return served
        return per_client

    with ThreadPoolExecutor(clients) as pool:
        served = sum(done.result() for done in [pool.submit(call_until_refused) for _ in range(clients)])

    after = ledgers.scope(key)
    assert 50 <= served < 50 + clients
    assert after.budget_used == Decimal("0.10") * served
    assert after.holds == {}
    assert ledgers.spent() == after.budget_used
