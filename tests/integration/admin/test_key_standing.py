"""How a key stands: budgets with their course, what refuses its calls, raises for a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support import rolled_up
from tests.support.builders import scope
from tollgate.clock import from_rfc3339, rfc3339, utc_now
from tollgate.costs.aggregates import Tally
from tollgate.costs.cost_entry import CostEntry
from tollgate.keys import api_keys
from tollgate.ledger.billing.billing_modes import BillingMode, Overage
from tollgate.ledger.policies.priority_reserves import ClassReserve, PriorityReserves
from tollgate.ledger.quotas import Quota, QuotaSettings
from tollgate.ledger.scopes import Priority
from tollgate.ledger.windows import Period, Schedule

DAY = timedelta(days=1)


@pytest.fixture
def admin(shared_admin):
    return shared_admin


@pytest.fixture
def add(admin):
    """Stores a key that was made 30 days ago, unless it says otherwise."""

    def added(parent=None, **changes):
        key = api_keys.issue()
        made = scope(key, **{"created_at": utc_now() - 30 * DAY, **changes})
        admin.services.keys.add(replace(made, parent_id=parent))
        return key.key_id

    return added


@pytest.fixture
def spend(admin):
    """Adds to the sums what a request of so many days ago has cost."""

    def spent(key_id, cost, days_ago):
        entry = CostEntry(
            request_id=f"req_{api_keys.issue().key_id}",
            key_id=key_id,
            model="small",
            day=utc_now().date() - days_ago * DAY,
            tally=Tally(requests=1, cost=Decimal(cost)),
            scopes=(key_id,),
        )
        rolled_up.add(admin.services.costs, entry)

    return spent


@pytest.fixture
def standing(admin):
    def asked(key_id):
        answer = admin("GET", f"/apiKey/{key_id}/standing")
        assert answer.status == 200, answer.text
        return answer.json

    return asked


def month(limit, used, now):
    """A month's quota whose window began ten days ago and ends in ten."""
    settings = QuotaSettings(limit=Decimal(limit), schedule=Schedule(Period.MONTH))
    began = Quota(now - 10 * DAY).rescheduled(now - 10 * DAY, settings)
    left = Decimal(limit) - Decimal(used)
    return replace(
        began,
        used=Decimal(used),
        available=left,
        starts_at=now - 10 * DAY,
        resets_at=now + 10 * DAY,
    )


def test_a_key_without_limits_refuses_nothing(add, standing):
    found = standing(add(budget_limit=None))
    assert (found["budgets"], found["above"], found["refusals"]) == ([], [], [])
    assert found["zone"] == "UTC"


def test_a_budgets_course_ends_in_what_is_used_now_whatever_the_sums_say(add, spend, standing):
    key_id = add(budget_limit=None, quota=month("30", "10", utc_now()))
    for cost, days_ago in (("2", 5), ("3", 3), ("1", 0)):
        spend(key_id, cost, days_ago)
    (budget,) = standing(key_id)["budgets"]
    used = [point["used"] for point in budget["course"]]
    assert used == ["4", "4", "4", "4", "4", "6", "6", "9", "9", "9", "10"]
    assert [point["date"] for point in budget["course"]] == sorted(
        point["date"] for point in budget["course"]
    )
    assert budget["forecast"]["projectedUsed"] is not None


def test_what_is_metered_beyond_a_quota_refuses_nothing_and_has_no_end_in_the_past(add, spend, standing):
    key_id = add(
        budget_limit=None,
        quota=month("3", "5", utc_now()),
        billing_mode=BillingMode.HYBRID,
        overage=Overage.METERED,
    )
    spend(key_id, "5", 1)
    found = standing(key_id)
    (budget,) = found["budgets"]
    assert budget["forecast"]["exhaustedAt"] is None
    assert found["pace"]["costPerDay"] != "0"
    assert found["refusals"] == []


def test_before_a_reset_a_course_is_at_zero_not_below(add, spend, standing):
    key_id = add(budget_limit=None, quota=month("30", "1", utc_now()))
    spend(key_id, "9", 2)
    (budget,) = standing(key_id)["budgets"]
    assert budget["course"][0]["used"] == "0"
    assert budget["course"][-1]["used"] == "1"


def test_every_key_in_the_way_is_named_from_the_key_up(add, standing):
    root = add(budget_limit=Decimal(5), used="5")
    parent = add(root, budget_limit=Decimal(9))
    key_id = add(parent, quota=month("3", "3", utc_now()))
    found = standing(key_id)
    assert [(each["keyId"], each["reason"], each["window"]) for each in found["refusals"]] == [
        (key_id, "quota_exhausted", "month"),
        (root, "parent_budget_exhausted", "total"),
    ]
    own, above = found["refusals"]
    assert from_rfc3339(own["until"]) > utc_now()
    assert above["until"] is None
    assert [each["keyId"] for each in found["above"]] == [parent, root]
    assert found["above"][1]["budgets"][0]["remaining"] == "0"


def test_a_raise_of_what_was_in_the_way_lets_calls_in(admin, add, standing):
    key_id = add(budget_limit=Decimal(5), used="5")
    assert standing(key_id)["refusals"][0]["reason"] == "budget_exhausted"
    assert admin("PUT", f"/apiKey/{key_id}/budget", {"budgetLimit": "6"}).status == 200
    assert standing(key_id)["refusals"] == []


def test_a_revocation_is_told_with_when_it_was(admin, add, standing):
    key_id = add()
    before = utc_now()
    admin("POST", f"/apiKey/{key_id}/revoke")
    (refusal,) = standing(key_id)["refusals"]
    assert (refusal["reason"], refusal["window"], refusal["until"]) == ("key_revoked", None, None)
    assert from_rfc3339(refusal["since"]) >= before - timedelta(seconds=1)


def test_a_key_that_has_expired_says_since_when(add, standing):
    ended = utc_now() - DAY
    (refusal,) = standing(add(expires_at=ended))["refusals"]
    assert (refusal["reason"], refusal["since"]) == ("key_expired", rfc3339(ended))


def test_what_is_kept_for_higher_priorities_refuses_a_key_below_them(add, standing):
    reserves = PriorityReserves({Priority.LOW: ClassReserve(50)})
    parent = add(budget_limit=Decimal(10), used="6", priority_reserves=reserves)
    low, high = add(parent, priority=Priority.LOW), add(parent, priority=Priority.HIGH)
    assert [each["reason"] for each in standing(low)["refusals"]] == ["budget_reserved"]
    assert standing(high)["refusals"] == []


class TestRaises:
    def test_a_limit_is_raised_until_a_moment_and_shows_what_it_falls_back_to(self, admin, add):
        key_id, until = add(used="10"), utc_now() + DAY
        body = {"window": "total", "limit": "15", "until": rfc3339(until)}
        raised = admin("POST", f"/apiKey/{key_id}/budget/raise", body)
        assert raised.status == 200, raised.text
        assert raised.json["budgetLimit"] == "15"
        (temporary,) = raised.json["temporaryLimits"]
        assert (temporary["fallsBackTo"], temporary["until"]) == ("10", rfc3339(until))
        (change, *_) = admin("GET", "/audit", entity=key_id).json["data"]
        assert change["actions"] == ["budget.raise"]

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"limit": "10"}, "limit"),
            ({"window": "month"}, "window"),
            ({"until": "2020-01-01T00:00:00Z"}, "until"),
            ({"until": "2999-01-01T00:00:00Z"}, "until"),
        ],
    )
    def test_what_raises_nothing_is_refused_by_its_field(self, admin, add, changed, field):
        body = {"window": "total", "limit": "15", "until": rfc3339(utc_now() + DAY), **changed}
        answer = admin("POST", f"/apiKey/{add()}/budget/raise", body)
        assert answer.status == 422
        assert field in answer.errors

    def test_it_is_refused_where_the_revision_is_another_one(self, admin, add):
        body = {"window": "total", "limit": "15", "until": rfc3339(utc_now() + DAY)}
        answer = admin("POST", f"/apiKey/{add()}/budget/raise", body, headers={"if-match": '"7"'})
        assert answer.status == 412

    def test_no_raise_goes_beyond_a_keys_parent(self, admin):
        parent = admin.key(budgetLimit="5")["id"]
        key_id = admin.key(budgetLimit="5", parentId=parent)["id"]
        body = {"window": "total", "limit": "6", "until": rfc3339(utc_now() + DAY)}
        assert admin("POST", f"/apiKey/{key_id}/budget/raise", body).status == 422
