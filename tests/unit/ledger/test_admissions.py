"""What a scope that has not let a request in makes of it: a refusal, in which order, or another try."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support.builders import KEY, NOW, admission, demand, hold, scope
from tollgate.ledger.admissions import HoldAttempt
from tollgate.ledger.decide import authenticate, reconsider
from tollgate.ledger.quotas import Quota
from tollgate.ledger.scopes import Enforcement, KeyStatus
from tollgate.ledger.windows import Period, Schedule
from tollgate.pricing.price_terms import AT_COST
from tollgate.refusals import Reason, RefusedError

# Everything that can be wrong, the strongest first: what comes before is what the client is told.
FAULTS: list[tuple[Reason, dict[str, Any], dict[str, Any]]] = [
    (Reason.INVALID_API_KEY, {}, {"secret_hash": "0" * 64}),
    (Reason.KEY_REVOKED, {"status": KeyStatus.REVOKED}, {}),
    (Reason.KEY_EXPIRED, {"expires_at": NOW}, {}),
    (Reason.MODEL_NOT_ALLOWED, {"allowed_models": frozenset({"large"})}, {}),
    (Reason.MODEL_NOT_ALLOWED, {"safety_level": 29}, {"safety_level": 30}),
    (Reason.BUDGET_EXHAUSTED, {"budget_used": Decimal(10), "budget_available": Decimal(0)}, {}),
    (Reason.REQUEST_EXCEEDS_RATE_LIMIT, {"tpm_limit": 1}, {}),
    (Reason.RATE_LIMIT_EXCEEDED, {"rpm_limit": 1, "rates": {"r29558349": 0}}, {}),
    (Reason.TOO_MANY_PARALLEL_REQUESTS, {"max_parallel": 1, "holds": {"req_other": hold("0")}}, {}),
]


def first_attempt(asked):
    return HoldAttempt(asked.demand.max_claim(), AT_COST, asked.at)


def again(asking, asked=None, *, own=True):
    """What is tried next at a scope that has failed a request's first attempt."""
    asked = asked or admission()
    return reconsider(asking, asked, first_attempt(asked), own=own)


def refusal(asking, asked=None, *, own=True):
    with pytest.raises(RefusedError) as refused:
        again(asking, asked, own=own)
    return refused.value


@pytest.mark.parametrize("strongest", range(len(FAULTS)), ids=[fault[0] for fault in FAULTS])
def test_the_strongest_of_several_reasons_is_named(strongest):
    of_scope: dict[str, Any] = {}
    asked: dict[str, Any] = {}
    for _, scope_fault, request_fault in FAULTS[strongest:]:
        of_scope |= scope_fault
        asked |= request_fault

    assert refusal(scope(**of_scope), admission(**asked)).reason is FAULTS[strongest][0]


@pytest.mark.parametrize(("reason", "of_scope", "asked"), FAULTS, ids=[fault[0] for fault in FAULTS])
def test_one_reason_is_enough(reason, of_scope, asked):
    assert refusal(scope(**of_scope), admission(**asked)).reason is reason


REQUESTS_THAT_FIT = {
    "an unused budget": (scope(), {}),
    "no limit": (scope(budget_limit=None, used="1000"), {}),
    "the last fraction of a cent": (scope(used="9.999999999999999999"), {}),
    "a free model on a used-up budget": (scope(used="10"), {"is_free": True, "cost": "0"}),
    "a free model on a passed budget": (scope(used="10.5"), {"is_free": True, "cost": "0"}),
    "an allowed model": (scope(allowed_models=frozenset({"large", "small"})), {}),
    "a model at the safety level": (scope(safety_level=30), {"safety_level": 30}),
    "a key that expires a moment later": (scope(expires_at=NOW + timedelta(milliseconds=1)), {}),
}


@pytest.mark.parametrize(("asking", "asked"), REQUESTS_THAT_FIT.values(), ids=REQUESTS_THAT_FIT)
def test_nothing_refuses_a_request_that_fits(asking, asked):
    asked = admission(**asked)
    assert again(asking, asked) == first_attempt(asked)


def test_a_hold_of_others_reserves_nothing_on_a_soft_budget():
    holds = {"req_other": hold("9.99")}
    assert again(scope(used="9.99", holds=holds, budget_available=Decimal("-9.98")))


def test_a_request_that_is_withdrawn_is_not_let_in_again():
    asked = admission()
    refused = refusal(scope(closed={asked.request_id: NOW + timedelta(minutes=10)}), asked)
    assert (refused.reason, refused.retry_after) == (Reason.BUDGET_HELD, 1)


HARD: dict[str, Any] = {"enforcement": Enforcement.HARD}


def test_a_claim_is_cut_down_to_half_of_what_a_hard_budget_and_the_minute_have_left():
    asked = admission(demand=demand("5", least="0.1"))
    assert again(scope(budget_limit="2", **HARD), asked).claim.output_tokens == 1000
    assert again(scope(tpm_limit=1100), asked).claim.output_tokens == 450
    assert again(scope(budget_limit="2", tpm_limit=1100, **HARD), asked).claim.output_tokens == 450


def test_a_claim_takes_all_that_is_left_if_half_is_not_worth_asking_for():
    asked = admission(demand=demand("5", least="0.1"))
    assert again(scope(budget_limit="0.15", **HARD), asked).claim.output_tokens == 150
    assert refusal(scope(budget_limit="0.09", **HARD), asked).reason is Reason.REQUEST_EXCEEDS_BUDGET


def test_a_claim_never_grows_again():
    asked = admission(demand=demand("5", least="0.1"))
    small = HoldAttempt(asked.demand.claim(200), AT_COST, asked.at)
    assert reconsider(scope(**HARD), asked, small, own=False) == small


def daily(limit="1", used="0", **changes):
    quota = Quota(
        starts_at=NOW - timedelta(days=2),
        resets_at=NOW - timedelta(days=1),
        limit=Decimal(limit),
        schedule=Schedule(Period.DAY),
        allowance=Decimal(limit),
        used=Decimal(used),
        available=Decimal(limit) - Decimal(used),
    )
    return scope(budget_limit=None, quota=quota, **changes)


def test_a_window_that_is_over_is_rolled_by_the_next_attempt():
    yesterday = daily(used="1")
    following = again(yesterday)
    assert following.advance is not None
    assert following.advance.seen is yesterday
    begun = following.advance.after.quota
    assert (begun.used, begun.available) == (0, 1)
    assert begun.is_present(NOW)


def test_what_the_new_window_has_no_room_for_is_refused_without_rolling():
    assert refusal(daily("0")).reason is Reason.QUOTA_EXHAUSTED
    assert refusal(daily("0.5", **HARD)).reason is Reason.REQUEST_EXCEEDS_BUDGET


def test_a_clock_that_is_behind_counts_in_the_window_that_has_begun():
    begun = scope(quota=Quota(starts_at=NOW + timedelta(seconds=1)))
    assert again(begun).at == NOW + timedelta(seconds=1)


def test_an_exhausted_quota_says_when_it_starts_anew():
    quota = Quota(
        starts_at=NOW - timedelta(hours=1),
        resets_at=NOW + timedelta(hours=1),
        limit=Decimal(1),
        schedule=Schedule(Period.DAY),
        allowance=Decimal(1),
        used=Decimal(1),
    )
    refused = refusal(scope(quota=quota))
    assert refused.message == (
        "The daily quota of API key key_0123456789abcdef is exhausted: 1 of 1 USD used. "
        "It resets at 2026-03-14T16:09:26.535Z; retrying before then won't help. "
        "A higher limit can be asked for: POST /v1/budget-requests."
    )
    assert refused.shortage.resets_at == NOW + timedelta(hours=1)


@pytest.mark.parametrize("existing", [None, scope()], ids=["no such key", "a wrong secret"])
def test_a_stranger_can_not_tell_a_wrong_secret_from_a_key_that_is_not_there(existing):
    with pytest.raises(RefusedError) as refused:
        authenticate(existing, "0" * 64, NOW)

    assert refused.value.reason is Reason.INVALID_API_KEY
    assert refused.value.message == "Incorrect API key provided. Ask your administrator for a valid one."


@pytest.mark.parametrize(
    ("refusing", "message"),
    [
        (scope(status=KeyStatus.REVOKED), "API key key_0123456789abcdef has been revoked."),
        (scope(expires_at=NOW), "API key key_0123456789abcdef has expired."),
        (
            scope(allowed_models=frozenset({"large"})),
            "API key key_0123456789abcdef may not use the model `small`.",
        ),
        (
            scope(used="10.50"),
            "The budget of API key key_0123456789abcdef is exhausted: 10.5 of 10 USD used. "
            "Ask your administrator to raise it; retrying won't help. "
            "A higher limit can be asked for: POST /v1/budget-requests.",
        ),
        (
            scope(budget_limit="0"),
            "The budget of API key key_0123456789abcdef is exhausted: 0 of 0 USD used. "
            "Ask your administrator to raise it; retrying won't help. "
            "A higher limit can be asked for: POST /v1/budget-requests.",
        ),
    ],
)
def test_a_refusal_says_what_to_do_about_which_key(refusing, message):
    assert refusal(refusing).message == message


def test_a_refusal_for_the_budget_carries_the_budget():
    shortage = refusal(scope(used="10", holds={"req_1": hold("1")}, budget_available=Decimal(-1))).shortage
    assert (shortage.scope, shortage.window) == (KEY.key_id, "total")
    assert (shortage.limit, shortage.used, shortage.held) == (10, 10, 1)


def test_a_refusal_for_the_model_names_the_parameter():
    assert refusal(scope(allowed_models=frozenset())).param == "model"


def test_authentication_asks_for_a_key_in_force_and_for_nothing_else():
    exhausted = scope(used="10", allowed_models=frozenset())
    assert authenticate(exhausted, KEY.secret_hash, NOW) is exhausted


def test_an_old_secret_is_as_good_as_the_new_one_until_its_grace_is_over():
    old = "0" * 64
    rotated = scope(old_secrets={"1" * 64: NOW, old: NOW + timedelta(milliseconds=1)})
    assert authenticate(rotated, old, NOW) is rotated
    assert authenticate(rotated, KEY.secret_hash, NOW) is rotated

    with pytest.raises(RefusedError) as refused:
        authenticate(rotated, old, NOW + timedelta(milliseconds=1))

    assert refused.value.reason is Reason.INVALID_API_KEY
    assert "was rotated" in refused.value.message


def test_an_old_secret_opens_no_key_that_is_not_in_force():
    revoked = scope(status=KeyStatus.REVOKED, old_secrets={"0" * 64: NOW + timedelta(days=1)})
    with pytest.raises(RefusedError) as refused:
        authenticate(revoked, "0" * 64, NOW)
    assert refused.value.reason is Reason.KEY_REVOKED


@pytest.mark.parametrize(
    ("existing", "secret_hash", "reason"),
    [
        (None, KEY.secret_hash, Reason.INVALID_API_KEY),
        (scope(), "", Reason.INVALID_API_KEY),
        (scope(), KEY.secret_hash.upper(), Reason.INVALID_API_KEY),
        (scope(), KEY.secret, Reason.INVALID_API_KEY),
        (scope(status=KeyStatus.REVOKED), "", Reason.INVALID_API_KEY),
        (scope(status=KeyStatus.REVOKED), KEY.secret_hash, Reason.KEY_REVOKED),
        (scope(status=KeyStatus.REVOKED, expires_at=NOW), KEY.secret_hash, Reason.KEY_REVOKED),
        (scope(expires_at=NOW - timedelta(days=1)), KEY.secret_hash, Reason.KEY_EXPIRED),
    ],
)
def test_authentication_refuses_who_may_not_come_in(existing, secret_hash, reason):
    with pytest.raises(RefusedError) as refused:
        authenticate(existing, secret_hash, NOW)
    assert refused.value.reason is reason


@pytest.mark.parametrize(
    ("most", "message"),
    [
        (1, "already has 1 request in progress, its maximum. Retry when it has finished."),
        (3, "already has 3 requests in progress, its maximum. Retry when one of them has finished."),
    ],
)
def test_a_key_with_all_its_requests_open_says_so(most, message):
    full = scope(max_parallel=most, holds={f"req_{number}": hold("0") for number in range(most)})
    assert refusal(full).message == f"API key {full.key_id} {message}"


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        (1, "has reached its limit of 1 request per minute. Retry in the next minute."),
        (2, "has reached its limit of 2 requests per minute. Retry in the next minute."),
    ],
)
def test_a_key_without_requests_left_says_so(limit, message):
    spent = scope(rpm_limit=limit, rates={"r29558349": 0})
    assert refusal(spent).message == f"API key {spent.key_id} {message}"


@pytest.mark.parametrize(
    ("reason", "asking"),
    [
        (
            Reason.REQUEST_EXCEEDS_BUDGET,
            scope(used="9.5", enforcement=Enforcement.HARD, budget_available=Decimal("0.5")),
        ),
        (Reason.REQUEST_EXCEEDS_RATE_LIMIT, scope(tpm_limit=1)),
    ],
)
def test_a_request_that_is_too_large_says_what_would_help(reason, asking):
    usual = refusal(asking)
    assert usual.reason is reason
    assert " Send less, " in usual.message
    advised = refusal(asking, admission(demand=demand("1", advice="Leave the tool out.")))
    may_ask = " A higher limit can be asked for: POST /v1/budget-requests."
    increase = may_ask if reason is Reason.REQUEST_EXCEEDS_BUDGET else ""
    assert advised.message.endswith(f" Leave the tool out.{increase}")
    assert "Send less" not in advised.message


@pytest.mark.parametrize(
    ("refusing", "own", "reason", "may_ask"),
    [
        (scope(used="10"), True, Reason.BUDGET_EXHAUSTED, True),
        (scope(used="10"), False, Reason.PARENT_BUDGET_EXHAUSTED, False),
        (
            scope(used="9.5", enforcement=Enforcement.HARD, budget_available=Decimal("0.5")),
            True,
            Reason.REQUEST_EXCEEDS_BUDGET,
            True,
        ),
        (
            scope(used="9.5", enforcement=Enforcement.HARD, budget_available=Decimal("0.5")),
            False,
            Reason.REQUEST_EXCEEDS_BUDGET,
            False,
        ),
        (
            scope(enforcement=Enforcement.HARD, budget_available=Decimal("0.5")),
            True,
            Reason.BUDGET_HELD,
            False,
        ),
    ],
)
def test_a_refusal_says_how_to_ask_for_more_where_its_own_limit_is_in_the_way(refusing, own, reason, may_ask):
    with pytest.raises(RefusedError) as refused:
        again(refusing, admission(demand=demand("1")), own=own)
    assert refused.value.reason is reason
    assert refused.value.shortage is not None
    assert refused.value.shortage.may_be_raised is may_ask
    assert ("POST /v1/budget-requests" in refused.value.message) is may_ask
