"""Whether a scope is tight: one state with two thresholds, whoever looks, in whatever order things happen."""

from __future__ import annotations

import os
import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.support.builders import NOW, admission, pack
from tests.support.faults import CountingClient, DyingAtWrites, KilledError
from tollgate.ledger.admissions import AdmittedRequest, DowngradeError, Switched, Switching
from tollgate.ledger.policies.downgrades import Downgrade, DowngradeRule
from tollgate.ledger.quotas import Quota
from tollgate.ledger.scopes import Enforcement
from tollgate.ledger.windows import Period, Schedule

if TYPE_CHECKING:
    from tests.support.ledger_world import LedgerWorld
    from tollgate.keys import api_keys
    from tollgate.ledger.scopes import Scope
    from tollgate.ledger.store.ledger import Ledger

RULES = Downgrade((DowngradeRule("large", ("small",)),))
EXAMPLES = int(os.environ.get("LEDGER_EXAMPLES", "12"))


def daily(**changes: Any) -> Quota:
    made = Quota(
        starts_at=NOW,
        resets_at=datetime(2026, 3, 15, tzinfo=NOW.tzinfo),
        limit=Decimal(4),
        schedule=Schedule(Period.DAY),
        allowance=Decimal(4),
        available=Decimal(4),
    )
    return replace(made, **changes)


def admit(
    ledger: Ledger, key: api_keys.ApiKey, at: datetime = NOW, model: str = "large", **asked: Any
) -> tuple[str, AdmittedRequest]:
    """As the gateway does: by the model that the ledger says, and back if it isn't so any more."""
    made = admission(
        key, model=model, switching=Switching.FREE, at=at, hold_until=at + timedelta(minutes=2), **asked
    )
    trying = made
    for _ in range(8):
        try:
            return str(trying.model), ledger.admit(trying)
        except DowngradeError as error:
            switched = Switched(error.scope.key_id, "large", "small")
            trying = replace(made, model="small", tight_at=(switched,)) if error.is_tight else made
    raise AssertionError("The ledger can't decide.")


def settle(
    world: LedgerWorld, ledger: Ledger, key: api_keys.ApiKey, admitted: AdmittedRequest, cost: str
) -> None:
    ledger.settle(admitted, world.record(admitted, key, cost=cost))


def shares(scope: Scope, at: datetime) -> list[Decimal]:
    """Of each of its budgets the share that is used, told here by other means than those of the code."""
    found = []
    if scope.budget_limit is not None:
        found.append(scope.budget_used / scope.budget_limit)
    if scope.quota.limit is not None:
        used = scope.quota.used if at < scope.quota.resets_at else Decimal(0)
        found.append(used / scope.quota.limit)
    return found


@dataclass
class Story:
    """What happens to a key, and which state it must be in after each call."""

    world: LedgerWorld
    key: api_keys.ApiKey
    processes: list[Ledger]
    at: datetime = NOW
    tight: bool = False
    changes: list[Decimal] = field(default_factory=list)

    def call(self, process: int, cents: int) -> None:
        before = self.world.scope(self.key)
        used = shares(before, self.at)
        expected = max(used, default=Decimal(0)) >= (Decimal("0.8") if self.tight else Decimal("0.9"))
        ledger = self.processes[process]
        model, admitted = admit(ledger, self.key, self.at)
        assert model == ("small" if expected else "large")
        assert admitted.scope.downgrading is expected
        assert self.world.scope(self.key).downgrading is expected
        if expected is not self.tight:
            self.changes.append(max(used, default=Decimal(0)))
        self.tight = expected
        settle(self.world, ledger, self.key, admitted, str(Decimal(cents) / 100))

    def plain_call(self, process: int, cents: int) -> None:
        """Of a model without a rule: it is served as asked, and keeps count of the state as any other."""
        before = self.world.scope(self.key)
        most = max(shares(before, self.at), default=Decimal(0))
        model, admitted = admit(self.processes[process], self.key, self.at, model="plain")
        self.tight = most >= (Decimal("0.8") if self.tight else Decimal("0.9"))
        assert (model, admitted.scope.downgrading) == ("plain", self.tight)
        settle(self.world, self.processes[process], self.key, admitted, str(Decimal(cents) / 100))

    def reset(self) -> None:
        self.world.keys.reset_used(self.world.scope(self.key), self.at)

    def limit(self, dollars: int | None) -> None:
        self.world.edit(self.key, budget_limit=None if dollars is None else Decimal(dollars))

    def quota(self, dollars: int) -> None:
        before = self.world.scope(self.key)
        self.world.edit(self.key, quota=replace(before.quota, limit=Decimal(dollars)))

    def wait(self, hours: int) -> None:
        self.at += timedelta(hours=hours)


CENTS = st.integers(0, 150)
PROCESS = st.integers(0, 1)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("call"), PROCESS, CENTS),
        st.tuples(st.just("call"), PROCESS, CENTS),
        st.tuples(st.just("plain_call"), PROCESS, CENTS),
        st.tuples(st.just("reset")),
        st.tuples(st.just("limit"), st.sampled_from([None, 1, 2, 5, 10])),
        st.tuples(st.just("quota"), st.sampled_from([1, 2, 4])),
        st.tuples(st.just("wait"), st.integers(1, 30)),
    ),
    min_size=5,
    max_size=25,
)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=STEPS, has_quota=st.booleans())
def test_a_key_is_in_the_state_that_what_has_happened_leads_to(ledgers, steps, has_quota):
    """Two processes, of which each remembers what it has seen last, and a model of the rule in two lines."""
    key = ledgers.add(budget_limit="5", quota=daily() if has_quota else Quota(starts_at=NOW), downgrade=RULES)
    story = Story(ledgers, key, [ledgers.on(ledgers.client), ledgers.on(ledgers.client)])
    for name, *given_ in steps:
        if name == "quota" and not has_quota:
            continue
        if name.endswith("call") and any(share >= 1 for share in shares(ledgers.scope(key), story.at)):
            continue  # used up, which is another rule
        getattr(story, name)(*given_)
    assert all(share >= Decimal("0.9") or share < Decimal("0.8") for share in story.changes)


def test_between_the_thresholds_nothing_changes_whatever_is_spent_and_given_back(ledgers):
    key = ledgers.add(budget_limit="10", used="8.9", downgrade=RULES)
    ledger = ledgers.on(ledgers.client)
    assert admit(ledger, key)[0] == "large"
    ledgers.edit(key, budget_limit=Decimal("9.88"))  # 90.08 %
    assert admit(ledger, key)[0] == "small"
    for limit in ("11.1", "9.9", "11.12", "9"):  # 80.2 %, 89.9 %, 80.04 %, 98.9 %
        ledgers.edit(key, budget_limit=Decimal(limit))
        assert admit(ledger, key)[0] == "small"
    ledgers.edit(key, budget_limit=Decimal("11.13"))  # 79.96 %
    for limit in ("11.13", "9.9", "11", "9.89"):
        ledgers.edit(key, budget_limit=Decimal(limit))
        assert admit(ledger, key)[0] == "large"


def test_of_calls_at_once_each_is_served_by_the_state_that_its_own_write_has_found(ledgers):
    """The images that the writes return say in which order they came."""
    key = ledgers.add(budget_limit="10", used="8.5", downgrade=RULES)
    processes = [ledgers.on(ledgers.client) for _ in range(8)]

    def calls(ledger: Ledger) -> list[tuple[str, Scope]]:
        found = []
        for _ in range(6):
            model, admitted = admit(ledger, key)
            found.append((model, admitted.scope))
            settle(ledgers, ledger, key, admitted, "0.03")
        return found

    with ThreadPoolExecutor(8) as pool:
        made = [each for found in pool.map(calls, processes) for each in found]
    assert ledgers.scope(key).budget_used == Decimal("9.94")
    for model, scope in made:
        assert (model == "small") is scope.downgrading is (scope.budget_used >= 9)
    assert {model for model, _ in made} == {"large", "small"}


def test_resets_and_edits_at_the_same_time_make_it_flap_no_more_than_they_say(ledgers):
    key = ledgers.add(budget_limit="10", used="8.5", downgrade=RULES)
    processes = [ledgers.on(ledgers.client) for _ in range(6)]
    choose = random.Random(24)

    def calls(ledger: Ledger) -> list[tuple[str, Scope]]:
        found = []
        for _ in range(6):
            model, admitted = admit(ledger, key)
            found.append((model, admitted.scope))
            settle(ledgers, ledger, key, admitted, "0.03")
        return found

    def edits() -> None:
        for _ in range(10):
            ledgers.edit(key, budget_limit=Decimal(choose.choice(["10", "9.6", "11", "12", "14"])))

    with ThreadPoolExecutor(7) as pool:
        editing = pool.submit(edits)
        made = [each for found in pool.map(calls, processes) for each in found]
        editing.result()
    for model, scope in made:
        share = scope.budget_used / (scope.budget_limit or 1)
        assert (model == "small") is scope.downgrading
        assert share >= Decimal("0.8") if scope.downgrading else share < Decimal("0.9")
    assert ledgers.scope(key).holds == {}


@pytest.mark.parametrize("enforcement", Enforcement)
def test_a_new_window_ends_it_in_the_write_that_begins_it(ledgers, enforcement):
    quota = daily(used=Decimal("3.8"), available=Decimal("0.2"))
    key = ledgers.add(budget_limit=None, enforcement=enforcement, quota=quota, downgrade=RULES)
    ledger = ledgers.on(ledgers.client)
    assert admit(ledger, key, cost="0.1")[0] == "small"
    client = CountingClient(ledgers.client)
    model, admitted = admit(replace(ledger, client=client), key, NOW + timedelta(days=1), cost="0.1")
    assert (model, admitted.scope.downgrading) == ("large", False)
    assert ledgers.scope(key).quota.used == 0


def test_a_window_that_begins_overspent_begins_tight(ledgers):
    quota = daily(carries_overspend=True, used=Decimal("9.5"), available=Decimal("-5.5"))
    key = ledgers.add(budget_limit="100", quota=quota, downgrade=RULES)
    with pytest.raises(Exception, match="quota of API key"):
        admit(ledgers.on(ledgers.client), key, NOW + timedelta(days=1))
    ledgers.edit(key, quota=replace(ledgers.scope(key).quota, limit=Decimal(6)))
    model, admitted = admit(ledgers.on(ledgers.client), key, NOW + timedelta(days=1))
    assert (model, admitted.scope.quota.allowance) == ("large", Decimal("2.5"))


def test_what_a_late_settlement_changes_of_what_was_carried_over_is_reckoned_with(ledgers):
    """Without any edit: what is known of the scope says so no longer."""
    quota = daily(carries_unused=True, used=Decimal(2), available=Decimal(2))
    key = ledgers.add(budget_limit=None, quota=quota, downgrade=RULES)
    ledger = ledgers.on(ledgers.client)
    _, late = admit(ledger, key, cost="1")
    tomorrow = NOW + timedelta(days=1)
    _, other = admit(ledger, key, tomorrow, cost="1")
    assert other.scope.quota.allowance == 5
    settle(ledgers, ledger, key, other, "4.6")
    assert admit(ledger, key, tomorrow, cost="0.1")[0] == "small"
    settle(ledgers, ledgers.on(ledgers.client), key, late, "0")
    assert ledgers.scope(key).quota.allowance == 6
    assert admit(ledger, key, tomorrow, cost="0.1")[0] == "large"


def test_a_process_that_knows_yesterdays_window_finds_out_about_todays(ledgers):
    key = ledgers.add(budget_limit=None, quota=daily(), downgrade=RULES)
    knowing, tomorrow = ledgers.on(ledgers.client), NOW + timedelta(days=1)
    assert admit(knowing, key, cost="0.1")[0] == "large"
    other = ledgers.on(ledgers.client)
    settle(ledgers, other, key, admit(other, key, tomorrow, cost="0.1")[1], "3.8")
    assert admit(knowing, key, tomorrow, cost="0.1")[0] == "small"


def test_a_call_that_costs_nothing_neither_finds_out_nor_says_anything(ledgers):
    key = ledgers.add(budget_limit="10", used="9.5", downgrade=RULES)
    model, admitted = admit(ledgers.ledger, key, is_free=True)
    assert (model, admitted.scope.downgrading) == ("large", False)


def test_a_key_below_is_governed_by_each_key_above_it(ledgers):
    parent = ledgers.add(budget_limit="10", used="9.5", downgrade=RULES)
    key = ledgers.add(parent_id=parent.key_id)
    for ledger in (ledgers.on(ledgers.client), ledgers.on(ledgers.client)):
        for _ in range(2):
            model, admitted = admit(ledger, key)
            assert (model, admitted.opened[1].scope.downgrading) == ("small", True)
            assert not ledgers.scope(key).downgrading
            settle(ledgers, ledger, key, admitted, "0.01")
    assert ledgers.scope(parent).holds == ledgers.scope(key).holds == {}


def test_a_process_that_knows_the_rules_makes_no_write_in_vain(ledgers):
    parent = ledgers.add(budget_limit="10", used="1", downgrade=RULES)
    key = ledgers.add(parent_id=parent.key_id, budget_limit="100", downgrade=RULES)
    client = CountingClient(ledgers.client)
    ledger = ledgers.on(client)
    for used in ("1", "9.5"):
        ledgers.edit(parent, budget_limit=Decimal(10) if used == "1" else Decimal("1.05"))
        settle(ledgers, ledger, key, admit(ledger, key)[1], "0.001")
        client.clear()
        settle(ledgers, ledger, key, admit(ledger, key)[1], "0.001")
        assert sorted(client.operations) == ["put_item", *["update_item"] * 4]


def test_while_packs_pay_a_budget_is_not_tight(ledgers):
    key = ledgers.add(used="9.5", downgrade=RULES)
    processes = [ledgers.on(ledgers.client), ledgers.on(ledgers.client)]
    assert admit(processes[0], key, cost="0.01")[0] == "small"
    ledgers.give(key, "pck_1", pack("0.05"))
    for drawn in ("0.03", "0.02"):
        made = [admit(ledger, key, cost="0.01") for ledger in processes]
        assert [(model, each.scope.downgrading) for model, each in made] == [("large", False)] * 2
        settle(ledgers, processes[0], key, made[0][1], drawn)
    assert ledgers.scope(key).packs_left == 0
    for ledger in processes:
        model, admitted = admit(ledger, key, cost="0.01")
        assert (model, admitted.scope.downgrading) == ("small", True)


def test_a_process_that_knows_of_a_pack_to_come_finds_out_that_it_is_used_up(ledgers):
    key = ledgers.add(used="9.5", downgrade=RULES)
    ledgers.give(key, "pck_1", pack("0.05", effective_at=NOW + timedelta(hours=1)))
    knowing, other, later = ledgers.on(ledgers.client), ledgers.on(ledgers.client), NOW + timedelta(hours=1)
    assert admit(knowing, key, cost="0.01")[0] == "small"
    model, admitted = admit(other, key, later, cost="0.01")
    assert model == "large"
    settle(ledgers, other, key, admitted, "0.05")
    assert admit(knowing, key, later, cost="0.01")[0] == "small"


def test_a_pack_that_expires_is_none_that_pays(ledgers):
    key = ledgers.add(used="9.5", downgrade=RULES)
    ledgers.give(key, "pck_1", pack("5", expires_at=NOW + timedelta(hours=1)))
    knowing = ledgers.on(ledgers.client)
    assert admit(knowing, key, cost="0.01")[0] == "large"
    later = NOW + timedelta(hours=1)
    for ledger in (knowing, ledgers.on(ledgers.client)):
        model, admitted = admit(ledger, key, later, cost="0.01")
        assert (model, admitted.scope.downgrading) == ("small", True)
    assert ledgers.scope(key).packs_left == 0


@pytest.mark.parametrize("applies", [True, False])
@pytest.mark.parametrize("depth", [1, 2])
def test_killed_at_any_write_the_state_is_that_of_the_calls_that_came_through(ledgers, depth, applies):
    for die in range(1, 8):
        root = ledgers.add(budget_limit="10", used="9.5", downgrade=RULES)
        key = root if depth == 1 else ledgers.add(parent_id=root.key_id)
        client = DyingAtWrites(ledgers.client, die, applies=applies)
        try:
            _, admitted = admit(ledgers.on(client), key, cost="0.01")
            settle(ledgers, ledgers.on(client), key, admitted, "0.01")
        except KilledError:
            pass
        ledgers.sweep(*{root.key_id: root, key.key_id: key}.values())
        assert ledgers.scope(root).holds == ledgers.scope(key).holds == {}
        model, admitted = admit(ledgers.on(ledgers.client), key, ledgers.later, cost="0.01")
        assert (model, ledgers.scope(root).downgrading) == ("small", True)
