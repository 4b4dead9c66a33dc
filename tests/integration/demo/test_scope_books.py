"""What the demo company's requests do to its keys is what the ledger would have made of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from infra.demo.scope_books import ScopeBooks
from tests.support.builders import record
from tests.support.invariants import assert_consistent
from tollgate import money


@pytest.fixture
def keys(admin):
    team = admin.key(name="team", budgetLimit="10")
    return team, admin.key(name="ann", parentId=team["id"], quotaLimit="4")


def charged(admin, keys, *costs):
    team, ann = (each["id"] for each in keys)
    books = ScopeBooks(admin.services.keys)
    now = admin.services.clock()
    found = []
    for number, cost in enumerate(costs):
        at = now + timedelta(seconds=number)
        made = record(f"req_{number}", cost=cost, created_at=at, completed_at=at)
        found.append(books.settle(replace(made, key_id=ann, scopes=(ann, team))))
    books.close()
    return found


def test_costs_are_charged_to_the_key_and_all_above_it(admin, keys):
    charged(admin, keys, "1.25", "0.5")

    for key in keys:
        scope = admin.services.keys.get(key["id"])
        assert scope.budget_used == Decimal("1.75")
        assert scope.quota.used == Decimal("1.75")
        assert_consistent(scope)


def test_packs_pay_first_and_the_records_say_so(admin, keys):
    _, ann = keys
    admin("POST", f"/apiKey/{ann['id']}/packs", {"amount": "1"})

    records = charged(admin, keys, "0.75", "0.5")

    assert [[draw.amount for draw in each.pack_draws] for each in records] == [
        [Decimal("0.75")],
        [Decimal("0.25")],
    ]
    scope = admin.services.keys.get(ann["id"])
    assert (scope.budget_used, scope.packs_left) == (Decimal("0.25"), money.ZERO)
    assert_consistent(scope)


def test_what_a_hybrid_keys_quota_does_not_include_is_metered(admin):
    partner = admin.key(
        name="partner", quotaLimit="1", billingMode="hybrid", overage="metered", overageFactor="1"
    )
    key = admin.key(name="storefront", parentId=partner["id"])

    records = charged(admin, (partner, key), "0.75", "0.5")

    assert [(each.billing.included, each.billing.metered) for each in records] == [
        (Decimal("0.75"), money.ZERO),
        (Decimal("0.25"), Decimal("0.25")),
    ]
    scope = admin.services.keys.get(partner["id"])
    assert (scope.quota.used, scope.quota.included, scope.quota.metered) == (
        Decimal("1.25"),
        Decimal(1),
        Decimal("0.25"),
    )
    assert_consistent(scope)
