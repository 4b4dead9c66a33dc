"""Every expression that the ledger and the admin's edits can build is one that DynamoDB takes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import product

import pytest

from tests.support import expressions
from tests.support.builders import KEY, NOW, admission, demand, hold, scope
from tollgate.ledger import settlements
from tollgate.ledger.admissions import HoldAttempt
from tollgate.ledger.quotas import PastWindow, Quota
from tollgate.ledger.scopes import Advance
from tollgate.ledger.settlements import Charge
from tollgate.ledger.store import hold_writes
from tollgate.ledger.windows import Period, Schedule
from tollgate.pricing.price_terms import AT_COST

LATER = NOW + timedelta(days=3)
QUOTAS = [
    Quota(starts_at=NOW - timedelta(days=1)),
    *(
        Quota(
            starts_at=NOW - timedelta(hours=1),
            resets_at=NOW + timedelta(hours=1),
            limit=Decimal(5),
            schedule=Schedule(Period.DAY),
            carries_unused=unused,
            carries_overspend=overspend,
            allowance=Decimal(5),
            available=Decimal(5),
            past=PastWindow(NOW - timedelta(days=1), Decimal(5), Decimal(6), Decimal(1)) if past else None,
        )
        for unused, overspend, past in product((False, True), repeat=3)
    ),
]


def openings():
    for quota, own, free, rolls in product(QUOTAS, (True, False), (True, False), (True, False)):
        asked = admission(is_free=free, demand=demand("0" if free else "1"))
        attempt = HoldAttempt(asked.demand.max_claim(), AT_COST, asked.at)
        seen = scope(quota=quota)
        if rolls and seen.advanced(LATER) is not seen:
            attempt = replace(attempt, advance=Advance(seen, seen.advanced(LATER)), at=LATER)
        yield hold_writes.opening("keys", KEY.key_id, asked, attempt, own=own)


def closings():
    for quota, hours, minutes, charge, blocks in product(
        QUOTAS, (0, -2), (0, 2), (settlements.NOTHING, Charge(Decimal(2), 90)), (None, LATER)
    ):
        held = hold(at=NOW + timedelta(hours=hours))
        seen = scope(
            quota=quota,
            holds={"req_1": held},
            rates={f"{kind}{minute}": 1 for kind in "rt" for minute in range(5)},
            closed={f"req_old{number}": NOW for number in range(100)},
        )
        change = settlements.closing(seen, held, charge, held.at + timedelta(minutes=minutes))
        yield hold_writes.closing("keys", KEY.key_id, "req_1", change, NOW, blocks_until=blocks)


def others():
    yield hold_writes.blocking("keys", KEY.key_id, "req_1", LATER)
    yield hold_writes.forgetting("keys", KEY.key_id, "req_1", LATER)


@pytest.mark.parametrize("updates", [openings, closings, others], ids=lambda built: built.__name__)
def test_no_update_has_arithmetic_in_a_condition_or_more_than_two_operands_in_a_set(updates):
    requests = [update.request() for update in updates()]
    assert [fault for request in requests for fault in expressions.faults(request)] == []
    # All of them are conditional: a write that applies twice must know it.
    assert all(request["ConditionExpression"] for request in requests)


def test_there_are_as_many_forms_as_there_should_be():
    forms = {
        (each.request()["ConditionExpression"], each.request()["UpdateExpression"]) for each in openings()
    }
    assert len(forms) >= 8


FAULTY = {
    "arithmetic in a condition": {"ConditionExpression": "a + :b < c"},
    "a difference in a condition": {"ConditionExpression": "a - :b < c"},
    "three operands": {"UpdateExpression": "SET a = a + :b - :c"},
    "a product": {"UpdateExpression": "SET a = a * :b"},
    "a function that isn't there": {"UpdateExpression": "SET a = max(a, :b)"},
    "a path twice": {"UpdateExpression": "SET a = :b, a = :c"},
    "a path and one below it": {"UpdateExpression": "SET a.b = :b REMOVE a"},
    "a value without use": {"UpdateExpression": "REMOVE a", "ExpressionAttributeValues": {":b": {}}},
    "a name without a meaning": {"UpdateExpression": "REMOVE #a"},
    "too long": {"ConditionExpression": " AND ".join(["attribute_exists(a)"] * 200)},
}


@pytest.mark.parametrize("request_", FAULTY.values(), ids=FAULTY)
def test_what_dynamodb_refuses_is_found(request_):
    used = {name: {} for name in (":b", ":c") if name in str(request_)}
    assert expressions.faults({"ExpressionAttributeValues": used, **request_})
