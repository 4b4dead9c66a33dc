"""The ledger's invariants, on DynamoDB's own condition checks."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.builders import KEY, NOW, admission, record, scope
from tests.faults import KilledError, MortalClient
from tollgate import api_keys
from tollgate.adapters.dynamodb import pages
from tollgate.adapters.keys import KeysTable
from tollgate.adapters.ledger import Ledger
from tollgate.refusals import Reason, RefusedError
from tollgate.scopes import KeyStatus

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from tollgate.scopes import Scope


@pytest.fixture
def keys(dynamodb: DynamoDBClient, tables: dict[str, str]) -> KeysTable:
    return KeysTable(dynamodb, tables["KeysTable"])


@pytest.fixture
def ledger(dynamodb: DynamoDBClient, tables: dict[str, str]) -> Ledger:
    return Ledger(dynamodb, tables["KeysTable"], tables["UsageTable"], timedelta(days=400))


def records_of(ledger: Ledger) -> list[dict[str, Any]]:
    return list(pages(ledger.client.scan, TableName=ledger.usage_table))


def stored(keys: KeysTable) -> Scope:
    found = keys.get(KEY.key_id)
    assert found is not None
    assert found.budget_available == (found.budget_limit or 0) - found.budget_used - found.budget_held
    return found


def test_an_admission_opens_a_hold_and_a_settlement_charges_and_closes_it(keys, ledger):
    keys.add(scope())
    asked = admission()

    admitted = ledger.admit(asked)
    assert list(admitted.holds) == [asked.request_id]
    assert admitted.holds[asked.request_id].expires_at == asked.hold_until

    settled = ledger.settle(record(asked.request_id, cost="0.25"))
    assert settled == stored(keys)
    assert settled.holds == {}
    assert settled.budget_used == Decimal("0.25")
    assert settled.budget_available == Decimal("9.75")
    assert settled.last_used_at == NOW

    (written,) = records_of(ledger)
    assert written["calculated_cost"] == Decimal("0.25")
    assert written["kind"] == "completion"
    assert written["price_version"] == "mdl_small:1"
    assert written["expires_at"] == int((NOW + timedelta(days=400)).timestamp())


REFUSALS = {
    "no such key": (None, {}, Reason.INVALID_API_KEY),
    "a wrong secret": (scope(), {"secret_hash": "0" * 64}, Reason.INVALID_API_KEY),
    "a revoked key": (scope(status=KeyStatus.REVOKED), {}, Reason.KEY_REVOKED),
    "an expired key": (scope(expires_at=NOW), {}, Reason.KEY_EXPIRED),
    "a model that is not allowed": (scope(allowed_models=frozenset({"large"})), {}, Reason.MODEL_NOT_ALLOWED),
    "a used-up budget": (scope(used="10"), {}, Reason.BUDGET_EXHAUSTED),
    "a passed budget": (scope(used="10.000000000000000001"), {}, Reason.BUDGET_EXHAUSTED),
    "a budget of nothing": (scope(budget_limit="0"), {}, Reason.BUDGET_EXHAUSTED),
    # The stronger reason comes first: a stranger learns nothing of the key.
    "a wrong secret for a used-up budget": (scope(used="10"), {"secret_hash": ""}, Reason.INVALID_API_KEY),
}


@pytest.mark.parametrize(("existing", "asked", "reason"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_names_its_reason_and_leaves_no_trace(keys, ledger, existing, asked, reason):
    if existing:
        keys.add(existing)

    with pytest.raises(RefusedError) as refused:
        ledger.admit(admission(**asked))

    assert refused.value.reason is reason
    assert keys.get(KEY.key_id) == existing
    assert records_of(ledger) == []


ADMISSIONS = {
    "no limit": (scope(budget_limit=None, used="1000"), {}),
    "the last cent": (scope(used="9.99"), {}),
    "a free model on a used-up budget": (scope(used="10"), {"is_free": True}),
    "an allowed model": (scope(allowed_models=frozenset({"large", "small"})), {}),
    "a key that expires a moment later": (scope(expires_at=NOW + timedelta(milliseconds=1)), {}),
}


@pytest.mark.parametrize(("existing", "asked"), ADMISSIONS.values(), ids=ADMISSIONS)
def test_nothing_refuses_a_request_that_fits(keys, ledger, existing, asked):
    keys.add(existing)
    assert ledger.admit(admission(**asked)).key_id == KEY.key_id


def test_an_admission_whose_answer_was_lost_succeeds_when_repeated(keys, ledger):
    keys.add(scope())
    asked = admission()
    with pytest.raises(KilledError):
        replace(ledger, client=MortalClient(ledger.client, 1, applies=True)).admit(asked)

    assert list(ledger.admit(asked).holds) == [asked.request_id]


def test_a_repeated_admission_succeeds_although_the_budget_ran_out_in_between(keys, ledger):
    keys.add(scope())
    asked, other = admission(), admission()
    ledger.admit(asked)
    ledger.admit(other)
    ledger.settle(record(other.request_id, cost="10"))

    assert asked.request_id in ledger.admit(asked).holds


@pytest.mark.parametrize("applies", [False, True], ids=["before the write", "after the write"])
@pytest.mark.parametrize("write", [1, 2], ids=["record", "hold"])
def test_killed_between_any_two_writes_a_repeated_settlement_makes_one_record_and_one_charge(
    keys, ledger, write, applies
):
    keys.add(scope())
    asked = admission()
    ledger.admit(asked)
    settlement = record(asked.request_id, cost="0.25")
    with pytest.raises(KilledError):
        replace(ledger, client=MortalClient(ledger.client, write, applies=applies)).settle(settlement)

    for _ in range(3):
        settled = ledger.settle(settlement)

    assert settled == stored(keys)
    assert settled.holds == {}
    assert settled.budget_used == Decimal("0.25")
    assert [each["calculated_cost"] for each in records_of(ledger)] == [Decimal("0.25")]


def test_the_first_record_decides_the_charge(keys, ledger):
    keys.add(scope())
    asked = admission()
    ledger.admit(asked)
    with pytest.raises(KilledError):
        replace(ledger, client=MortalClient(ledger.client, 1, applies=True)).settle(
            record(asked.request_id, cost="0.25")
        )

    settled = ledger.settle(record(asked.request_id, cost="7"))

    assert settled.budget_used == Decimal("0.25")


def test_settling_twice_at_once_charges_once(keys, ledger):
    keys.add(scope())
    asked = admission()
    ledger.admit(asked)
    start = threading.Barrier(8)

    def settle() -> None:
        start.wait()
        ledger.settle(record(asked.request_id, cost="0.25"))

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(settle) for _ in range(8)]:
            done.result()

    assert stored(keys).budget_used == Decimal("0.25")
    assert len(records_of(ledger)) == 1


def test_a_key_that_is_gone_gets_its_record_and_does_not_come_back(keys, ledger):
    settled = ledger.settle(record("req_orphan"))

    assert settled is None
    assert keys.get(KEY.key_id) is None
    assert len(records_of(ledger)) == 1


def test_a_soft_budget_under_concurrency_is_passed_only_by_what_was_in_flight(keys, ledger):
    """32 clients, calls at 0.10 USD against a budget of 5: at most 31 more than the 50 were in flight."""
    keys.add(scope(budget_limit="5"))
    clients, per_client = 32, 6

    def call_until_refused() -> int:
        served = 0
        for _ in range(per_client):
            asked = admission()
            try:
                ledger.admit(asked)
            except RefusedError:
                return served
            ledger.settle(record(asked.request_id, cost="0.10"))
            served += 1
        return served

    with ThreadPoolExecutor(clients) as pool:
        served = sum(done.result() for done in [pool.submit(call_until_refused) for _ in range(clients)])

    after = stored(keys)
    assert 50 <= served < 50 + clients
    assert after.budget_used == Decimal("0.10") * served
    assert after.holds == {}
    assert sum(each["calculated_cost"] for each in records_of(ledger)) == after.budget_used


def test_costs_add_up_to_the_last_digit(keys, ledger):
    keys.add(scope(budget_limit="1000000000000"))
    costs = [Decimal("0.000000000000000001"), Decimal("99999999999.999999999999999999"), Decimal("0.1")]
    for cost in costs:
        asked = admission()
        ledger.admit(asked)
        ledger.settle(record(asked.request_id, cost=str(cost)))

    assert stored(keys).budget_used == Decimal("100000000000.100000000000000000")


def test_authentication_reads_the_key_without_a_hold(keys, ledger):
    keys.add(scope(used="10"))

    assert ledger.authenticate(KEY.key_id, KEY.secret_hash, NOW).holds == {}
    with pytest.raises(RefusedError, match="Incorrect API key"):
        ledger.authenticate(KEY.key_id, api_keys.issue().secret_hash, NOW)
