"""What a scope refuses, in which order, and what it says."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.builders import KEY, NOW, admission, scope
from tollgate.refusals import Reason, RefusedError
from tollgate.scopes import Hold, KeyStatus, authenticate, explain_refusal

# Everything that can be wrong, the strongest first: what comes before is what the client is told.
FAULTS = [
    (Reason.INVALID_API_KEY, {}, {"secret_hash": "0" * 64}),
    (Reason.KEY_REVOKED, {"status": KeyStatus.REVOKED}, {}),
    (Reason.KEY_EXPIRED, {"expires_at": NOW}, {}),
    (Reason.MODEL_NOT_ALLOWED, {"allowed_models": frozenset({"large"})}, {}),
    (Reason.BUDGET_EXHAUSTED, {"budget_used": Decimal(10), "budget_available": Decimal(0)}, {}),
]


def reason_of(refused):
    return None if refused is None else refused.reason


@pytest.mark.parametrize("strongest", range(len(FAULTS)), ids=[fault[0] for fault in FAULTS])
def test_the_strongest_of_several_reasons_is_named(strongest):
    of_scope, asked = {}, {}
    for _, scope_fault, request_fault in FAULTS[strongest:]:
        of_scope |= scope_fault
        asked |= request_fault

    refused = explain_refusal(scope(**of_scope), admission(**asked))

    assert reason_of(refused) is FAULTS[strongest][0]


@pytest.mark.parametrize(("reason", "of_scope", "asked"), FAULTS, ids=[fault[0] for fault in FAULTS])
def test_one_reason_is_enough(reason, of_scope, asked):
    assert reason_of(explain_refusal(scope(**of_scope), admission(**asked))) is reason


REQUESTS_THAT_FIT = {
    "an unused budget": (scope(), {}),
    "no limit": (scope(budget_limit=None, used="1000"), {}),
    "the last fraction of a cent": (scope(used="9.999999999999999999"), {}),
    "a free model on a used-up budget": (scope(used="10"), {"is_free": True}),
    "a free model on a passed budget": (scope(used="10.5"), {"is_free": True}),
    "an allowed model": (scope(allowed_models=frozenset({"large", "small"})), {}),
    "a key that expires a moment later": (scope(expires_at=NOW + timedelta(milliseconds=1)), {}),
}


@pytest.mark.parametrize(("asking", "asked"), REQUESTS_THAT_FIT.values(), ids=REQUESTS_THAT_FIT)
def test_nothing_refuses_a_request_that_fits(asking, asked):
    assert explain_refusal(asking, admission(**asked)) is None


def test_a_hold_of_others_reserves_nothing_on_a_soft_budget():
    holds = {"req_other": Hold(Decimal(0), NOW + timedelta(minutes=2))}
    assert explain_refusal(scope(used="9.99", holds=holds), admission()) is None


@pytest.mark.parametrize("existing", [None, scope()], ids=["no such key", "a wrong secret"])
def test_a_stranger_can_not_tell_a_wrong_secret_from_a_key_that_is_not_there(existing):
    refused = explain_refusal(existing, admission(secret_hash="0" * 64))

    assert reason_of(refused) is Reason.INVALID_API_KEY
    assert refused.message == "Incorrect API key provided. Ask your administrator for one."
    assert refused.scope is None


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
            "The budget of key_0123456789abcdef is exhausted: 10.5 of 10 USD used. "
            "Ask your administrator to raise it; retrying won't help.",
        ),
        (
            scope(budget_limit="0"),
            "The budget of key_0123456789abcdef is exhausted: 0 of 0 USD used. "
            "Ask your administrator to raise it; retrying won't help.",
        ),
    ],
)
def test_a_refusal_says_what_to_do_about_which_key(refusing, message):
    assert explain_refusal(refusing, admission()).message == message


def test_a_refusal_for_the_budget_carries_the_budget():
    exhausted = scope(used="10")
    assert explain_refusal(exhausted, admission()).scope == exhausted


def test_a_refusal_for_the_model_names_the_parameter():
    assert explain_refusal(scope(allowed_models=frozenset()), admission()).param == "model"


def test_authentication_asks_for_a_key_in_force_and_for_nothing_else():
    exhausted = scope(used="10", allowed_models=frozenset())
    assert authenticate(exhausted, KEY.secret_hash, NOW) is exhausted


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
    ("stored", "expires_at", "status"),
    [
        (KeyStatus.ACTIVE, None, KeyStatus.ACTIVE),
        (KeyStatus.ACTIVE, NOW + timedelta(milliseconds=1), KeyStatus.ACTIVE),
        (KeyStatus.ACTIVE, NOW, KeyStatus.EXPIRED),
        (KeyStatus.ACTIVE, NOW - timedelta(milliseconds=1), KeyStatus.EXPIRED),
        (KeyStatus.REVOKED, NOW - timedelta(days=1), KeyStatus.REVOKED),
        (KeyStatus.REVOKED, None, KeyStatus.REVOKED),
    ],
)
def test_a_key_expires_by_the_clock(stored, expires_at, status):
    assert scope(status=stored, expires_at=expires_at).status_at(NOW) is status


@pytest.mark.parametrize(
    ("limit", "used", "remaining", "exhausted"),
    [
        (None, "1000", None, False),
        ("10", "0", "10", False),
        ("10", "9.99", "0.01", False),
        ("10", "10", "0", True),
        ("10", "12.5", "0", True),
        ("0", "0", "0", True),
    ],
)
def test_what_remains_of_a_budget_is_never_below_nothing(limit, used, remaining, exhausted):
    standing = scope(budget_limit=limit, used=used)
    assert standing.budget_remaining == (None if remaining is None else Decimal(remaining))
    assert standing.is_exhausted is exhausted


def test_what_is_held_is_the_sum_of_the_holds():
    holds = {f"req_{amount}": Hold(Decimal(amount), NOW) for amount in ("0.1", "0.2", "1E-18")}
    assert scope().budget_held == 0
    assert scope(holds=holds).budget_held == Decimal("0.300000000000000001")


@pytest.mark.parametrize("secretive", [scope(), admission()], ids=["scope", "admission"])
def test_nothing_logs_the_hash_of_a_secret(secretive):
    assert KEY.secret_hash not in repr(secretive)
    assert KEY.key_id in repr(secretive)
