"""Requests with a key's old secrets and its new one, over DynamoDB's own conditions."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.builders import NOW, admission
from tests.support.faults import CountingClient, KilledError, MortalClient
from tollgate.keys import api_keys, rotations
from tollgate.ledger.scopes import KeyStatus
from tollgate.refusals import Reason, RefusedError

DAY = timedelta(days=1)
AT_ONCE = timedelta(0)


def rotate(ledgers, key, grace=DAY, at=NOW):
    """The key with its new secret."""
    before, new = ledgers.scope(key), api_keys.issue(key.key_id)
    ledgers.keys.edit(before, rotations.rotated(before, new.secret_hash, at, grace))
    return new


def refusal(ledgers, key, **asked):
    with pytest.raises(RefusedError) as refused:
        ledgers.admit(key, **asked)
    return refused.value.reason


def test_both_secrets_are_let_in_by_one_write_until_the_grace_is_over(ledgers):
    old = ledgers.add()
    new = rotate(ledgers, old)
    counting = CountingClient(ledgers.client)
    ledger = ledgers.on(counting)

    for key in (old, new):
        ledger.admit(admission(key))
    ledger.admit(admission(old, at=NOW + DAY - timedelta(milliseconds=1)))

    assert counting.operations == ["update_item"] * 3
    assert refusal(ledgers, old, at=NOW + DAY) is Reason.INVALID_API_KEY
    ledgers.admit(new, at=NOW + DAY)


def test_without_grace_the_old_secrets_are_out_at_once(ledgers):
    first = ledgers.add()
    second = rotate(ledgers, first)
    third = rotate(ledgers, second, AT_ONCE)

    for key in (first, second):
        assert refusal(ledgers, key) is Reason.INVALID_API_KEY
        # Nor does a request get in whose function has a clock that is behind.
        assert refusal(ledgers, key, at=NOW - timedelta(minutes=5)) is Reason.INVALID_API_KEY
    ledgers.admit(third)


def test_a_secret_that_the_key_never_had_is_not_let_in(ledgers):
    key = ledgers.add()
    rotate(ledgers, key)

    assert refusal(ledgers, api_keys.issue(key.key_id)) is Reason.INVALID_API_KEY


def test_a_revoked_key_is_out_with_all_its_secrets(ledgers):
    old = ledgers.add()
    new = rotate(ledgers, old)
    ledgers.edit(old, status=KeyStatus.REVOKED)

    assert refusal(ledgers, old) is refusal(ledgers, new) is Reason.KEY_REVOKED


@pytest.mark.parametrize("grace", [DAY, AT_ONCE], ids=["with grace", "without"])
def test_a_request_in_flight_is_settled_whatever_has_become_of_its_secret(ledgers, grace):
    old = ledgers.add()
    admitted = ledgers.admit(old)
    rotate(ledgers, old, grace)

    settled = ledgers.ledger.settle(admitted, ledgers.record(admitted, old, cost="0.25"))

    assert settled.holds == {}
    assert settled.budget_used == Decimal("0.25")


def test_an_admission_that_is_repeated_after_a_rotation_finds_its_hold(ledgers):
    old = ledgers.add()
    asked = admission(old)
    with pytest.raises(KilledError):
        ledgers.on(MortalClient(ledgers.client, 1, applies=True)).admit(asked)
    rotate(ledgers, old)

    ledgers.ledger.admit(asked)

    assert list(ledgers.scope(old).holds) == [asked.request_id]


def test_an_admission_that_is_repeated_with_a_secret_that_has_ended_leaves_no_hold(ledgers):
    old = ledgers.add()
    asked = admission(old)
    with pytest.raises(KilledError):
        ledgers.on(MortalClient(ledgers.client, 1, applies=True)).admit(asked)
    rotate(ledgers, old, AT_ONCE)

    with pytest.raises(RefusedError):
        ledgers.ledger.admit(asked)

    assert ledgers.scope(old).holds == {}
    assert ledgers.scope(old).budget_used == 0


def test_requests_with_either_secret_pass_while_the_key_is_rotated(ledgers):
    first = ledgers.add(budget_limit="1000")
    known = [first]
    is_done = threading.Event()

    def call(turn: int) -> Decimal:
        spent = Decimal(0)
        while True:
            is_last = is_done.is_set()
            ledgers.spend(known[-1 if turn % 2 else 0], "0.01")
            spent += Decimal("0.01")
            if is_last:
                return spent

    with ThreadPoolExecutor(4) as threads:
        calls = [threads.submit(call, turn) for turn in range(4)]
        while len(known) <= rotations.MAX_OLD_SECRETS:
            known.append(rotate(ledgers, first))
        is_done.set()
        spent = sum(each.result() for each in calls)

    scope = ledgers.scope(first)
    assert scope.holds == {}
    assert scope.budget_used == spent == ledgers.spent()
    assert len(scope.old_secrets) == rotations.MAX_OLD_SECRETS


def test_a_key_that_was_never_rotated_lets_in_no_other_secret(ledgers):
    key = ledgers.add()

    ledgers.admit(key)
    assert refusal(ledgers, replace(key, secret="T" * 32)) is Reason.INVALID_API_KEY
