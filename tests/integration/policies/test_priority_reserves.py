"""What a scope keeps for calls of higher priority, and how fast `low` may spend."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.builders import NOW, admission, pack
from tests.support.faults import CountingClient
from tollgate.ledger.billing.billing_modes import BillingMode, Overage
from tollgate.ledger.policies.priority_reserves import ClassReserve, PriorityReserves, ReservePolicy
from tollgate.ledger.quotas import Quota
from tollgate.ledger.scopes import Enforcement, Priority
from tollgate.ledger.windows import Period, Schedule
from tollgate.refusals import Reason, RefusedError

if TYPE_CHECKING:
    from tests.support.ledger_world import LedgerWorld
    from tollgate.keys.api_keys import ApiKey

LOW, NORMAL, HIGH, CRITICAL = Priority
USUAL = PriorityReserves()
HARD = {"enforcement": Enforcement.HARD}
DAY = timedelta(days=1)


class Team:
    """A key that keeps reserves, and one of each priority below it."""

    def __init__(self, ledgers: LedgerWorld, **parent: Any) -> None:
        self.ledgers = ledgers
        self.parent = ledgers.add(**{"budget_limit": "1", "priority_reserves": USUAL, **HARD, **parent})
        self.keys = {
            priority: ledgers.add(parent_id=self.parent.key_id, budget_limit=None, priority=priority)
            for priority in Priority
        }

    def spend(self, amount: str) -> None:
        self.ledgers.spend(self.keys[CRITICAL], amount, cost=amount)

    def refused(self, priority: Priority, cost: str = "0.01", at: Any = NOW) -> RefusedError | None:
        """Why a request is not let in; it stays open if it is."""
        try:
            self.ledgers.admit(self.keys[priority], cost=cost, at=at, hold_until=at + timedelta(minutes=2))
        except RefusedError as error:
            return error
        return None

    def let_in(self, at: Any = NOW) -> list[Priority]:
        return [priority for priority in Priority if self.refused(priority, at=at) is None]


@pytest.fixture
def team(ledgers) -> Team:
    return Team(ledgers)


@pytest.mark.parametrize(
    ("used", "let_in"),
    [
        ("0.79", list(Priority)),
        ("0.80", [NORMAL, HIGH, CRITICAL]),
        ("0.94", [NORMAL, HIGH, CRITICAL]),
        ("0.95", [HIGH, CRITICAL]),
        ("0.98", [HIGH, CRITICAL]),
        ("1.00", []),
    ],
)
def test_each_priority_is_let_in_up_to_its_share(team, used, let_in):
    team.spend(used)
    assert team.let_in() == let_in


def test_what_is_held_counts_as_what_is_used(team):
    team.ledgers.admit(team.keys[HIGH], cost="0.80")

    refused = team.refused(LOW)

    assert refused is not None
    assert (refused.reason, refused.retry_after) == (Reason.BUDGET_RESERVED, 1)
    assert refused.is_by_open_requests


def test_what_is_used_is_refused_for_good(team):
    team.spend("0.80")

    refused = team.refused(LOW)

    assert refused is not None
    assert (refused.reason, refused.retry_after) == (Reason.BUDGET_RESERVED, None)
    assert (refused.priority, refused.is_by_open_requests) == ("low", False)
    assert refused.shortage is not None
    assert (refused.shortage.scope, refused.shortage.used) == (team.parent.key_id, Decimal("0.8"))


def test_a_refused_request_leaves_nothing_behind(team):
    team.spend("0.80")
    team.refused(LOW)
    for key in (team.parent, *team.keys.values()):
        assert not team.ledgers.scope(key).holds


def test_a_soft_scope_keeps_reserves_all_the_same(ledgers):
    team = Team(ledgers, enforcement=Enforcement.SOFT)
    team.ledgers.admit(team.keys[HIGH], cost="0.80")
    assert team.let_in() == [NORMAL, HIGH, CRITICAL]


def test_what_costs_nothing_is_let_in_whatever_is_kept(team):
    team.spend("0.90")
    team.ledgers.admit(team.keys[LOW], cost="0", is_free=True)


def test_a_priority_that_passes_is_let_in_to_the_end(ledgers):
    classes = {LOW: ClassReserve(50, ReservePolicy.PASS), NORMAL: ClassReserve(60)}
    team = Team(ledgers, priority_reserves=PriorityReserves(classes))
    team.spend("0.7")
    assert team.let_in() == [LOW, HIGH, CRITICAL]


def test_a_key_keeps_of_its_own_budget_by_its_own_priority(ledgers):
    key = ledgers.add(budget_limit="1", priority=LOW, priority_reserves=USUAL)
    ledgers.spend(key, "0.8", cost="0.8")
    with pytest.raises(RefusedError, match="kept for requests of higher priority from 80 % on"):
        ledgers.admit(key, cost="0.01")


def daily(limit: str, at: Any = NOW, **flags: Any) -> Quota:
    begins, amount = at.replace(hour=0, minute=0, second=0, microsecond=0), Decimal(limit)
    schedule = Schedule(Period.DAY)
    return Quota(
        starts_at=begins,
        resets_at=begins + DAY,
        limit=amount,
        schedule=schedule,
        allowance=amount,
        available=amount,
        **flags,
    )


def test_a_quotas_reserve_ends_with_its_window(ledgers):
    team = Team(ledgers, budget_limit=None, quota=daily("1"))
    team.spend("0.85")
    assert team.let_in() == [NORMAL, HIGH, CRITICAL]
    assert team.let_in(NOW + DAY) == list(Priority)


@pytest.mark.parametrize("most", [None, Decimal(5)], ids=["without a limit", "up to a limit"])
def test_a_share_is_of_what_a_quota_includes_whatever_may_be_metered(ledgers, most):
    metered = {"billing_mode": BillingMode.HYBRID, "overage": Overage.METERED, "overage_limit": most}
    quota = daily("1")
    if most is not None:
        quota = replace(quota, available=quota.available + most)
    team = Team(ledgers, budget_limit=None, quota=quota, **metered)
    team.spend("0.79")
    assert team.let_in() == list(Priority)
    team.spend("0.01")
    assert team.let_in() == [NORMAL, HIGH, CRITICAL]
    team.spend("0.15")
    assert team.let_in() == [HIGH, CRITICAL]
    team.spend("1")
    assert team.let_in() == [HIGH, CRITICAL]


def test_packs_pay_for_every_priority_before_a_share_counts(team):
    team.ledgers.give(team.parent, "bought", pack("1"))
    team.spend("1")
    assert team.let_in() == list(Priority)
    team.spend("0.8")
    assert team.let_in() == [NORMAL, HIGH, CRITICAL]


def test_low_is_refused_while_it_spends_faster_than_the_window_goes_by(ledgers):
    noon = NOW.replace(hour=12, minute=0, second=0, microsecond=0)
    paced = PriorityReserves(pacing_slack_percent=10)
    team = Team(ledgers, budget_limit=None, quota=daily("1"), priority_reserves=paced)
    team.spend("0.6")
    assert team.refused(LOW, at=noon) is None
    team.spend("0.06")

    refused = team.refused(LOW, at=noon)

    assert refused is not None
    assert refused.reason is Reason.BUDGET_RESERVED
    assert "faster than its window goes by" in refused.message
    # 66 % are used: that is the pace of 56 % of the day.
    assert refused.retry_after == pytest.approx(0.06 * DAY.total_seconds())
    assert team.refused(NORMAL, at=noon) is None
    assert team.refused(LOW, at=noon + timedelta(seconds=refused.retry_after + 1)) is None


def test_low_never_takes_a_call_once_its_share_is_reached_however_many_come_at_once(team):
    """Others of higher priority come between, and none of them is kept out by what is refused."""

    def ask(number: int) -> tuple[Priority, Any]:
        priority = LOW if number % 8 else HIGH
        try:
            asked = admission(team.keys[priority], cost="0.01")
            return priority, team.ledgers.on(team.ledgers.client).admit(asked)
        except RefusedError as refused:
            return priority, refused.reason

    with ThreadPoolExecutor(12) as pool:
        outcomes = list(pool.map(ask, range(150)))

    taken = {
        priority: sum(who is priority and not isinstance(found, Reason) for who, found in outcomes)
        for priority in (LOW, HIGH)
    }
    # What is kept suffices for all nineteen of high priority, and low ones fill the rest up to their share.
    assert taken[HIGH] == 19
    assert 80 - taken[HIGH] <= taken[LOW] <= 80
    assert {found for _, found in outcomes if isinstance(found, Reason)} <= {Reason.BUDGET_RESERVED}
    assert team.ledgers.scope(team.parent).budget_held == Decimal("0.01") * sum(taken.values())


def test_low_alone_stops_exactly_at_its_share(team):
    def ask(_number: int) -> Any:
        try:
            return team.ledgers.on(team.ledgers.client).admit(admission(team.keys[LOW], cost="0.01"))
        except RefusedError as refused:
            return refused.reason

    with ThreadPoolExecutor(12) as pool:
        outcomes = list(pool.map(ask, range(120)))

    assert sum(not isinstance(each, Reason) for each in outcomes) == 80
    assert team.ledgers.scope(team.parent).budget_held == Decimal("0.80")
    assert team.let_in() == [NORMAL, HIGH, CRITICAL]


def operations(team: Team, key: ApiKey) -> list[str]:
    """What an admission takes, in a process that remembers what it has seen."""
    client: Any = CountingClient(team.ledgers.client)
    ledger = team.ledgers.on(client)
    ledger.admit(admission(key, cost="0.01"))
    first = len(client.operations)
    ledger.admit(admission(key, cost="0.01"))
    return list(client.operations[first:])


def test_a_process_that_has_seen_the_reserves_takes_no_more_writes_than_without(team):
    assert operations(team, team.keys[NORMAL]) == ["update_item", "update_item"]


def test_an_edit_of_the_reserves_counts_at_once(team):
    team.spend("0.5")
    assert team.refused(LOW) is None
    team.ledgers.edit(team.parent, priority_reserves=PriorityReserves({LOW: ClassReserve(40)}))
    assert team.let_in() == [NORMAL, HIGH, CRITICAL]
    team.ledgers.edit(team.parent, priority_reserves=None)
    assert team.let_in() == list(Priority)


def test_an_edit_of_the_limit_counts_at_once(team):
    team.spend("0.8")
    assert LOW not in team.let_in()
    team.ledgers.edit(team.parent, budget_limit=Decimal(2))
    assert team.let_in() == list(Priority)


def test_a_raise_counts_while_it_lasts(team):
    until = NOW + timedelta(hours=1)
    team.spend("0.8")
    team.ledgers.raise_limit(team.parent, "2", until)
    assert team.let_in(until - timedelta(seconds=1)) == list(Priority)
    # The requests let in are still open.
    assert LOW not in team.let_in(until)
