"""GET /v1/usage: budgets, rates, figures by day and model, and how long it will last."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support import rolled_up
from tests.support.builders import scope
from tests.support.key_client import KeyClient
from tollgate.clock import from_rfc3339, utc_now
from tollgate.costs.aggregates import Tally
from tollgate.costs.charge_parts import NO_PARTS, ChargeParts
from tollgate.costs.cost_entry import CostEntry
from tollgate.costs.store.closed_days import ClosedDays
from tollgate.keys import api_keys
from tollgate.ledger.quotas import Quota, QuotaSettings
from tollgate.ledger.scopes import Enforcement
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
        made = scope(key, created_at=utc_now() - 30 * DAY, **changes)
        admin.services.keys.add(replace(made, parent_id=parent and parent.key_id))
        return key

    return added


@pytest.fixture
def spend(admin):
    """Adds to the aggregates what a request of so many days ago has cost."""

    def spent(cost, *chain, days_ago=1, model="small", parts=NO_PARTS):
        entry = CostEntry(
            request_id=f"req_{api_keys.issue().key_id}",
            key_id=chain[0].key_id,
            model=model,
            day=utc_now().date() - days_ago * DAY,
            tally=Tally(requests=1, prompt_tokens=10, completion_tokens=5, cost=Decimal(cost), parts=parts),
            scopes=tuple(key.key_id for key in chain),
        )
        rolled_up.add(admin.services.costs, entry)

    return spent


@pytest.fixture
def usage(admin):
    """What a key is told of itself."""

    def asked(key, **query):
        answer = KeyClient(admin, key.reveal())("GET", "/usage", **query)
        assert answer.status == 200, answer.text
        return answer.json

    return asked


def test_a_key_without_limits_has_no_budgets_and_no_rates(add, usage):
    found = usage(add(budget_limit=None))
    assert (found["budgets"], found["blockedBy"]) == ([], [])
    assert found["zone"] == "UTC"
    assert [found["rateLimits"][name] for name in ("requests", "tokens", "parallel")] == [None] * 3


def test_budgets_show_as_they_stand(add, usage):
    now = utc_now()
    quota = Quota(now - DAY).rescheduled(
        now - DAY, QuotaSettings(limit=Decimal(5), schedule=Schedule(Period.MONTH))
    )
    quota = replace(quota, used=Decimal(2), available=Decimal(3), resets_at=now + 3 * DAY)
    found = usage(add(used="4", quota=quota, enforcement=Enforcement.HARD))
    total, month = found["budgets"]
    assert total == {
        "window": "total",
        "limit": "10",
        "allowance": "10",
        "used": "4",
        "held": "0",
        "packs": "0",
        "remaining": "6",
        "enforcement": "hard",
        "resetsAt": None,
        "exhausted": False,
        "forecast": {"exhaustedAt": None, "projectedUsed": None},
    }
    assert (month["window"], month["used"], month["remaining"]) == ("month", "2", "3")
    assert from_rfc3339(month["resetsAt"]) == quota.resets_at
    assert month["forecast"] == {"exhaustedAt": None, "projectedUsed": "2"}


def test_a_quota_whose_window_is_over_has_begun_anew(add, usage):
    now = utc_now()
    quota = Quota(now - 60 * DAY).rescheduled(
        now - 60 * DAY, QuotaSettings(limit=Decimal(5), schedule=Schedule(Period.DAY))
    )
    (_, day) = usage(add(quota=replace(quota, used=Decimal(5), available=Decimal(0))))["budgets"]
    assert (day["used"], day["remaining"], day["exhausted"]) == ("0", "5", False)
    assert from_rfc3339(day["resetsAt"]) > now


def test_rates_show_what_is_left(add, usage):
    found = usage(add(rpm_limit=5, tpm_limit=100, max_parallel=2))["rateLimits"]
    assert found["requests"] == {"limit": 5, "remaining": 5}
    assert found["tokens"] == {"limit": 100, "remaining": 100}
    assert found["parallel"] == {"limit": 2, "remaining": 2}
    assert from_rfc3339(found["resetsAt"]).second == 0


def test_figures_are_the_keys_own_or_its_trees_by_day_and_model(add, spend, usage):
    parent = add()
    child, sibling = add(parent), add(parent)
    spend("1", parent, days_ago=2)
    spend("0.25", parent, days_ago=1, model="large")
    spend("3", child, parent, days_ago=1, model="large")
    spend("5", sibling, parent, days_ago=0)
    spend("7", parent, days_ago=40)

    own = usage(parent)
    tree = usage(parent, tree="true")
    below = usage(parent, keyId=child.key_id)

    assert (own["totals"]["cost"], own["totals"]["requests"]) == ("1.25", 2)
    assert [(row["model"], row["cost"]) for row in own["byModel"]] == [("small", "1"), ("large", "0.25")]
    assert len(own["byDay"]) == 30
    assert [row["cost"] for row in own["byDay"][-3:]] == ["1", "0.25", "0"]
    assert (tree["totals"]["cost"], tree["totals"]["requests"]) == ("9.25", 4)
    assert [(row["model"], row["cost"]) for row in tree["byModel"]] == [("small", "6"), ("large", "3.25")]
    assert [row["cost"] for row in tree["byDay"][-3:]] == ["1", "3.25", "5"]
    assert (below["keyId"], below["totals"]["cost"]) == (child.key_id, "3")
    assert usage(child)["totals"] == below["totals"]


def test_a_holder_sees_how_costs_come_about_and_not_what_providers_charge(admin, add, spend):
    parent = add()
    child = add(parent)
    parts = ChargeParts(*map(Decimal, ("1.0625", "0.5", "0.25", "2", "0.125", "0.0625")))
    spend("3", child, parent, parts=parts)
    for key in (parent, child):
        answer = KeyClient(admin, key.reveal())("GET", "/usage", tree="true")
        totals = answer.json["totals"]
        for row in (answer.json["byModel"][0], answer.json["byDay"][-2]):
            assert totals.items() <= row.items()
        shown = ("cost", "packs", "included", "metered", "overage", "fees")
        assert [totals[name] for name in shown] == ["3", "0.5", "0.25", "2", "0.125", "0.0625"]
        for secret in ("provider", "margin", "factor", "1.0625", "1.9375"):
            assert secret not in answer.text


def test_a_span_is_asked_for_by_its_days(admin, add, spend, usage):
    key = add()
    for days_ago in range(5):
        spend("1", key, days_ago=days_ago)
    first, last = (utc_now() - 3 * DAY).date().isoformat(), (utc_now() - 2 * DAY).date().isoformat()
    found = usage(key, **{"from": first, "to": last})
    assert (found["from"], found["to"], found["totals"]["cost"]) == (first, last, "2")
    assert [row["cost"] for row in found["byModel"]] == ["2"]
    backwards: dict[str, Any] = {"from": last, "to": first}
    refused = KeyClient(admin, key.reveal())("GET", "/usage", **backwards)
    assert (refused.status, refused.json["error"]["param"]) == (400, "from")


def test_the_pace_of_the_last_seven_days_says_when_a_budget_will_be_used_up(add, spend, usage):
    parent = add(used="4")
    child = add(parent)
    spend("7", parent, days_ago=1)
    spend("7", child, parent, days_ago=7)
    spend("100", parent, days_ago=8)
    spend("100", parent, days_ago=0)

    found = usage(parent)

    midnight = datetime.combine(utc_now().date(), time(), UTC)
    pace = found["pace"]
    assert pace["costPerDay"] == "2"
    assert [from_rfc3339(pace[end]) for end in ("since", "until")] == [midnight - 7 * DAY, midnight]
    (budget,) = found["budgets"]
    # Of 10 USD 6 are left, at 2 a day.
    in_days = (from_rfc3339(budget["forecast"]["exhaustedAt"]) - utc_now()) / DAY
    assert in_days == pytest.approx(3, abs=0.01)


def test_nothing_is_forecast_on_a_keys_first_day(admin):
    client = KeyClient(admin, admin.key(budgetLimit="1")["key"])
    found = client("GET", "/usage").json
    assert found["pace"] is None
    assert found["budgets"][0]["forecast"] is None


def test_of_ancestors_only_those_show_that_would_refuse_a_call(add, usage):
    root = add(used="10")
    parent = add(root)
    key = add(parent, budget_limit=None)
    found = usage(key)
    assert found["blockedBy"] == [{"scope": root.key_id, "window": "total", "resetsAt": None}]
    assert parent.key_id not in str(found)
    assert usage(parent, keyId=key.key_id)["blockedBy"] == found["blockedBy"]


def test_two_years_take_a_bounded_number_of_reads(admin, add, spend, usage):
    key = add()
    spend("1", key)
    closed = ClosedDays(admin.services.costs.client, admin.services.costs.table)
    closed.done((utc_now() - 2 * DAY).date().isoformat())
    asked = []
    client = admin.services.costs.client
    note = lambda event_name, **_: asked.append(event_name.rpartition(".")[2])  # noqa: E731
    client.meta.events.register("before-call.dynamodb", note)
    try:
        usage(key, **{"from": (utc_now() - 730 * DAY).date().isoformat()})
    finally:
        client.meta.events.unregister("before-call.dynamodb", note)
    # The key; spending by day, 100 at a time, and of the last week; models by month, and by day at the ends.
    # Which days are closed, for each of these, and what was added to those that aren't.
    counts = {name: asked.count(name) for name in set(asked)}
    assert counts.pop("GetItem") == 1 + 3
    assert counts.pop("BatchGetItem") == 9
    assert counts.pop("Query") <= 55 + 3 * 4
    assert counts == {}
