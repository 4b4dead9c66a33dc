"""Budget policies as clients meet them: who pays, what reserves refuse, limits that rise by themselves."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.builders import KEY, scope
from tests.support.gateway_world import HELLO, Lane, error_of
from tollgate.audit.store.audit_table import AuditTable
from tollgate.clock import utc_now
from tollgate.keys import api_keys
from tollgate.keys.store.automatic_increases import AutomaticIncreases
from tollgate.keys.store.hierarchy import Hierarchy
from tollgate.keys.store.keys_table import KeysTable
from tollgate.ledger.billing.billing_modes import BillingMode, Overage
from tollgate.ledger.policies.automatic_increase import AutomaticIncrease
from tollgate.ledger.policies.priority_reserves import PriorityReserves
from tollgate.ledger.quotas import Quota
from tollgate.ledger.scopes import Enforcement, Priority
from tollgate.ledger.windows import Period, Schedule

if TYPE_CHECKING:
    from tests.support.gateway_world import World

PHASE, COST = "x-tollgate-budget-phase", "x-tollgate-cost-usd"
APIS = ("chat", "messages")


def quota(limit: str) -> Quota:
    now = utc_now()
    empty = Quota(now, limit=Decimal(limit), schedule=Schedule(Period.MONTH))
    return empty.rescheduled(now, empty)


def metered(world: World, **changes: Any) -> Lane:
    """A key whose quota includes less than a call costs; what is beyond that costs half as much again."""
    terms = {"billing_mode": BillingMode.HYBRID, "overage": Overage.METERED, "overage_factor": Decimal("1.5")}
    made = {"overage_limit": Decimal(5), "quota": quota("0.000001")}
    lane = Lane(world)
    lane.keys.edit(lane.scope, replace(lane.scope, budget_limit=None, **{**terms, **made, **changes}))
    return lane


def test_the_phase_and_the_cost_that_are_told_are_those_of_the_record(world):
    lane = metered(world)
    first, second = lane.chat(), lane.chat()
    assert (first.status, second.status) == (200, 200), (first.text, second.text)
    records = sorted(lane.records, key=lambda each: each["created_at"])
    assert [Decimal(each.headers[COST]) for each in (first, second)] == [
        each["calculated_cost"] for each in records
    ]
    assert [each.headers[PHASE] for each in (first, second)] == ["metered", "metered"]
    plain = records[1]["provider_cost"]
    assert records[1]["calculated_cost"] == plain * Decimal("1.5")
    assert records[0]["calculated_cost"] == Decimal("0.000001") + (plain - Decimal("0.000001")) * Decimal(
        "1.5"
    )


def test_a_key_that_shares_no_costs_is_told_of_no_phase(world):
    assert PHASE not in Lane(world).chat().headers


def test_a_stream_says_its_phase_before_its_cost_is_known(world):
    answer = metered(world).chat(stream=True)
    assert (answer.status, COST in answer.headers) == (200, False)
    assert answer.headers[PHASE] in {"included", "metered"}


class Reserving:
    """A root whose budget of 10 USD keeps what is usual, and a key of low priority below it."""

    def __init__(self, world: World, **reserves: Any) -> None:
        self.world = world
        world.add_claude()
        kept = PriorityReserves(**reserves)
        world.keys.edit(world.scope, replace(world.scope, priority_reserves=kept))
        self.low = api_keys.issue()
        world.keys.add(scope(self.low, budget_limit=None, parent_id=KEY.key_id, priority=Priority.LOW))


@pytest.mark.parametrize("api", APIS)
def test_what_a_reserve_keeps_is_refused_for_good(world, api):
    reserving = Reserving(world)
    world.spend("8")
    answer = world.ask(api, key=reserving.low)
    assert (answer.status, answer.headers.get("x-should-retry")) == (429, "false")
    assert "retry-after" not in answer.headers
    error = error_of(answer)
    assert error["type"] == {"chat": "insufficient_quota", "messages": "billing_error"}[api]
    assert error.get("code", "budget_reserved") == "budget_reserved"
    assert error["details"]["scope"] == KEY.key_id
    assert world.ask(api).status == 200


@pytest.mark.parametrize("api", APIS)
def test_what_calls_in_progress_alone_keep_out_may_be_tried_again(world, api):
    """80 % are held, not used: it comes back."""
    reserving = Reserving(world)
    world.keys.edit(world.scope, replace(world.scope, enforcement=Enforcement.HARD))
    world.spend("7.999999")
    asked = {"model": "small", "messages": HELLO, "max_tokens": 4000, "stream": True}
    open_call = world.begin(asked)
    answer = world.ask(api, key=reserving.low)
    assert answer.status == 429
    assert float(answer.headers["retry-after"]) > 0
    assert answer.headers.get("x-should-retry") != "false"
    assert error_of(answer)["type"] == "rate_limit_error"
    b"".join(open_call.chunks)


@pytest.mark.parametrize("api", APIS)
def test_pacing_says_when_to_come_back(world, api):
    reserving = Reserving(world, pacing_slack_percent=0)
    now = utc_now()
    monthly = quota("10")
    begun = replace(monthly, starts_at=now - timedelta(days=1), resets_at=now + timedelta(days=29))
    world.keys.edit(world.scope, replace(world.scope, budget_limit=None, quota=monthly))
    world.dynamodb.update_item(
        TableName=world.tables["KeysTable"],
        Key={"key_id": {"S": KEY.key_id}},
        UpdateExpression=(
            "SET quota_starts_at = :starts, quota_resets_at = :resets, quota_used = :used,"
            " quota_available = :left"
        ),
        ExpressionAttributeValues={
            ":starts": {"N": str(begun.starts_at.timestamp())},
            ":resets": {"N": str(begun.resets_at.timestamp())},
            ":used": {"N": "5"},
            ":left": {"N": "5"},
        },
    )
    answer = world.ask(api, key=reserving.low)
    assert answer.status == 429
    # Half of it is used after a day of thirty.
    assert 13 * 86_400 < float(answer.headers["retry-after"]) <= 14 * 86_400
    assert error_of(answer)["type"] == "rate_limit_error"


def test_a_call_that_would_be_refused_is_let_in_by_a_limit_that_rises_by_itself(world):
    policy = AutomaticIncrease(
        usd=Decimal(1), percent=None, max_total=Decimal(2), times=2, ttl_seconds=3600, cooldown_seconds=0
    )
    raising = {"automatic_increase": policy, "priority": Priority.CRITICAL}
    world.keys.edit(world.scope, replace(world.scope, **raising))
    world.spend("10")
    audits = AuditTable(world.dynamodb, world.tables["AuditTable"])
    keys = KeysTable(world.dynamodb, world.tables["KeysTable"], audits, utc_now)
    increases = AutomaticIncreases(Hierarchy.over(keys, 10, utc_now))
    refused = world.chat()
    assert (refused.status, json.loads(refused.text)["error"]["code"]) == (429, "budget_exhausted")

    answer = world.call(
        {"model": "small", "messages": HELLO},
        gateway=world.gateway(ledger=replace(world.ledger, increase=increases.for_refused)),
    )

    assert answer.status == 200, answer.text
    assert answer.headers["x-tollgate-budget-limit-usd"] == "11"
    assert world.scope.budget_limit == 11
