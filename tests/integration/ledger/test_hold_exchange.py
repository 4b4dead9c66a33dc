"""Exchanges of holds: another model serves a request that was let in, and no budget is passed on the way."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.builders import NOW, admission, demand, pack, record
from tests.support.faults import (
    CountingClient,
    DyingAtWrites,
    EchoingClient,
    KilledError,
    LossyClient,
    RepeatingClient,
)
from tests.support.invariants import StrictClient
from tests.support.ledger_world import LedgerWorld
from tests.support.table_pool import empty_tables
from tollgate import money
from tollgate.ledger import rate_limits
from tollgate.ledger.admissions import DowngradeError, NotExchangedError, Switching
from tollgate.ledger.holds import AbandonedPolicy
from tollgate.ledger.policies.downgrades import Downgrade, DowngradeRule
from tollgate.ledger.policies.priority_reserves import ClassReserve, PriorityReserves
from tollgate.ledger.quotas import Quota
from tollgate.ledger.scopes import Enforcement, KeyStatus, Priority
from tollgate.ledger.windows import Period, Schedule
from tollgate.refusals import Reason, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.table_pool import Tables
    from tollgate.keys.api_keys import ApiKey
    from tollgate.ledger.admissions import Admission, AdmittedRequest
    from tollgate.ledger.store.ledger import Ledger

HARD: dict[str, Any] = {"enforcement": Enforcement.HARD}
SOON = NOW + timedelta(seconds=20)
OLD, NEW, SPENT = Decimal(1), Decimal(3), Decimal("0.25")
CUTS = pytest.mark.parametrize("applies", [False, True], ids=["before", "after"])


@pytest.fixture(scope="module")
def shared_tables(table_pool) -> Iterator[Tables]:
    with empty_tables(table_pool) as names:
        yield names


@pytest.fixture
def ledgers(dynamodb, ledger_client, shared_tables) -> LedgerLane:
    return LedgerLane(ledger_client, shared_tables, sweeper=dynamodb)


class LedgerLane(LedgerWorld):
    """A world whose tables other tests use, too: its keys are its own, and only what they did counts."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._added: set[str] = set()

    def add(self, key: ApiKey | None = None, **changes: Any) -> ApiKey:
        made = super().add(key, **changes)
        self._added.add(made.key_id)
        return made

    @property
    def records(self) -> list[dict[str, Any]]:
        return [each for each in super().records if each["key_id"] in self._added]


def asks(
    key: ApiKey, admitted: AdmittedRequest, cost: str = "2.75", *, spent: Decimal = SPENT, **changes: Any
) -> Admission:
    """The same request, to be served by another model."""
    made: dict[str, Any] = {"model": "large", "at": SOON, "switching": Switching.FREE, **changes}
    asked = admission(key, request_id=admitted.request_id, **made)
    return replace(asked, demand=replace(made.get("demand") or demand(cost), spent=spent))


def settle(ledgers: LedgerWorld, key: ApiKey, admitted: AdmittedRequest, cost: str, **said: Any) -> None:
    made = record(admitted.request_id, key=key, cost=cost, scopes=admitted.scope_ids, **said)
    ledgers.ledger.settle(admitted, made)


def refusal(ledger: Ledger, admitted: AdmittedRequest, asked: Admission) -> tuple[Any, AdmittedRequest]:
    """What keeps an exchange from being made, and what the request goes on with."""
    with pytest.raises(NotExchangedError) as raised:
        ledger.exchange(admitted, asked)
    return raised.value.__cause__, raised.value.admitted


def held(ledgers: LedgerWorld, *keys: ApiKey) -> list[Decimal]:
    return [ledgers.scope(key).budget_held for key in keys]


def assert_charged(ledgers: LedgerWorld, keys: list[ApiKey], cost: Decimal) -> None:
    """One record of that cost, charged to each scope once, and nothing open."""
    costs = [each["calculated_cost"] for each in ledgers.records]
    assert costs == ([cost] if costs else [])
    for key in keys:
        scope = ledgers.scope(key)
        assert (scope.budget_used, scope.quota.used, dict(scope.holds)) == (cost, cost, {})


@pytest.mark.parametrize("cost", ["2.75", "0.05"], ids=["dearer", "cheaper"])
def test_the_new_hold_takes_the_old_ones_place_at_each_scope(ledgers, cost):
    """With what the first model has cost already, and as one request of the minute."""
    keys = ledgers.chain(3, rpm_limit=5, tpm_limit=100_000, max_parallel=1, **HARD)
    admitted = ledgers.admit(keys[0], cost="1")

    exchanged = ledgers.ledger.exchange(admitted, asks(keys[0], admitted, cost))

    claimed = Decimal(cost) + SPENT
    assert (exchanged.claim.amount, held(ledgers, *keys)) == (claimed, [claimed] * 3)
    for key in keys:
        scope = ledgers.scope(key)
        assert scope.requests_left(NOW) == 4
        assert scope.tokens_left(NOW) == 100_000 - exchanged.claim.tokens
    call = ledgers.scope(keys[0]).holds[admitted.request_id].call
    assert call is not None
    assert (call.model, call.input_cost) == ("large", SPENT)
    settle(ledgers, keys[0], exchanged, "0.3")
    assert_charged(ledgers, keys, Decimal("0.3"))
    assert ledgers.scope(keys[0]).requests_left(NOW) == 4


def test_a_budget_needs_no_room_for_both_and_has_none_for_more(ledgers):
    keys = ledgers.chain(2, budget_limit="3", rpm_limit=1, **HARD)
    admitted = ledgers.admit(keys[0], cost="1")

    refused, admitted = refusal(ledgers.ledger, admitted, asks(keys[0], admitted, "2.751"))
    assert (refused.reason, held(ledgers, *keys)) == (Reason.REQUEST_EXCEEDS_BUDGET, [OLD, OLD])

    ledgers.ledger.exchange(admitted, asks(keys[0], admitted, "2.75"))
    assert held(ledgers, *keys) == [NEW, NEW]


def test_a_claim_is_cut_to_what_the_tightest_has(ledgers):
    """And none of the others holds less."""
    for tightest in range(3):
        keys = ledgers.chain(3, budget_limit="100", **HARD)
        ledgers.edit(keys[tightest], budget_limit=Decimal(2))
        admitted = ledgers.admit(keys[0], cost="1")
        asked = asks(keys[0], admitted, demand=demand("5", least="0.1"))

        exchanged = ledgers.ledger.exchange(admitted, asked)

        assert exchanged.claim.amount == min(held(ledgers, *keys)) == held(ledgers, keys[tightest])[0] == 1
        assert exchanged.claim.output_tokens == 750


REFUSED: dict[str, tuple[dict[str, Any], dict[str, Any], Reason]] = {
    "models": ({"allowed_models": frozenset({"small"})}, {}, Reason.MODEL_NOT_ALLOWED),
    "safety": ({"safety_level": 1}, {"safety_level": 2}, Reason.MODEL_NOT_ALLOWED),
    "budget": ({"budget_limit": Decimal("2.9")}, {}, Reason.REQUEST_EXCEEDS_BUDGET),
    "tokens": ({"tpm_limit": 2000}, {}, Reason.REQUEST_EXCEEDS_RATE_LIMIT),
    "revoked": ({"status": KeyStatus.REVOKED}, {}, Reason.KEY_REVOKED),
}


@pytest.mark.parametrize(("refusing", "case"), [(n % 3, case) for n, case in enumerate([*REFUSED, "budget"])])
def test_what_one_scope_refuses_is_not_served_and_what_is_held_is_settled(ledgers, refusing, case):
    """Nothing is held otherwise for it, wherever that is; and a third model may be served."""
    edit, asked, reason = REFUSED[case]
    keys = ledgers.chain(3, **HARD)
    admitted = ledgers.admit(keys[0], cost="1")
    before = ledgers.scope(keys[refusing])
    ledgers.edit(keys[refusing], **edit)

    refused, kept = refusal(ledgers.ledger, admitted, asks(keys[0], admitted, **asked))

    assert isinstance(refused, RefusedError)
    assert refused.reason is reason
    assert [each.hold.amount for each in kept.opened] == held(ledgers, *keys)
    assert held(ledgers, *keys) == [OLD] * 3
    assert (kept.claim, kept.tariff) == (admitted.claim, admitted.tariff)
    if refusing % 2:
        undone = {name: getattr(before, name) for name in edit}
        ledgers.edit(keys[refusing], **undone)
        kept = ledgers.ledger.exchange(kept, asks(keys[0], kept, "1.75", model="third"))
        assert held(ledgers, *keys) == [Decimal(2)] * 3
    settle(ledgers, keys[0], kept, "0.25")
    assert_charged(ledgers, keys, SPENT)


class Meanwhile:
    """Has something else happen before its first update."""

    def __init__(self, client: Any, happens: Callable[[], Any]) -> None:
        self._client, self._happens = client, [happens]

    def __getattr__(self, operation: str) -> Any:
        if operation == "update_item" and self._happens:
            self._happens.pop()()
        return getattr(self._client, operation)


def test_what_is_refused_after_all_is_settled_from_whatever_is_held(ledgers):
    """A key that has changed since it was asked, when others hold for the new model already."""
    keys = ledgers.chain(3, **HARD)
    admitted = ledgers.admit(keys[0], cost="1")
    only_small = {"allowed_models": frozenset({"small"})}
    changing = Meanwhile(ledgers.client, lambda: ledgers.edit(keys[1], **only_small))

    refused, kept = refusal(ledgers.on(changing), admitted, asks(keys[0], admitted))

    assert refused.reason is Reason.MODEL_NOT_ALLOWED
    assert [each.hold.amount for each in kept.opened] == held(ledgers, *keys) == [OLD, OLD, NEW]
    kept = ledgers.ledger.exchange(kept, asks(keys[0], kept, "1.75", model="small"))
    assert held(ledgers, *keys) == [Decimal(2)] * 3
    settle(ledgers, keys[0], kept, "0.25")
    assert_charged(ledgers, keys, SPENT)


@CUTS
@pytest.mark.parametrize(
    ("depth", "number", "policy"),
    [
        *((depth, n + 1, AbandonedPolicy.CHARGE) for depth in (1, 2, 3) for n in range(depth)),
        *((2, n + 1, policy) for n in range(2) for policy in AbandonedPolicy if policy != "charge"),
    ],
)
def test_killed_while_holds_are_exchanged(ledgers, depth, number, applies, policy):
    """What is charged is what all of them hold: enough for what the first model has cost, and no more."""
    keys = ledgers.chain(depth, budget_limit="3", **HARD)
    admitted = ledgers.admit(keys[0], cost="1")
    mortal = ledgers.on(DyingAtWrites(ledgers.client, number, applies=applies))
    with pytest.raises(KilledError):
        mortal.exchange(admitted, asks(keys[0], admitted))

    ledgers.ledger = replace(ledgers.ledger, abandoned=policy)
    ledgers.sweep(*(keys if number % 2 else reversed(keys)))
    ledgers.sweep(*keys)

    is_exchanged = number == depth and applies
    input_cost = SPENT if is_exchanged else Decimal(0)
    charged = {
        AbandonedPolicy.CHARGE: NEW if is_exchanged else OLD,
        AbandonedPolicy.CHARGE_INPUT: input_cost,
        AbandonedPolicy.RELEASE: Decimal(0),
    }
    assert_charged(ledgers, keys, charged[policy])
    (said,) = ledgers.records
    assert said["model"] == ("large" if is_exchanged else "small")


AFTERWARDS = ("settled", "swept", "served by a third")


@CUTS
@pytest.mark.parametrize(
    ("number", "again"),
    [
        *((1 + n, AFTERWARDS[n % 3]) for n in range(6)),
        *zip((2, 4, 6, 6), (*reversed(AFTERWARDS), "swept"), strict=True),
    ],
)
def test_an_answer_that_is_lost_for_good(ledgers, number, applies, again):
    """The first model's answer stands, whatever has become of the write; or a third model is asked."""
    keys = ledgers.chain(3, budget_limit="3", **HARD)
    admitted = ledgers.admit(keys[0], cost="1")
    lossy = ledgers.on(LossyClient(ledgers.client, {number}, applies=applies))

    failure, kept = refusal(lossy, admitted, asks(keys[0], admitted))

    assert not isinstance(failure, RefusedError)
    if again == "served by a third":
        kept = ledgers.ledger.exchange(kept, asks(keys[0], kept, "0.5", model="third"))
        assert held(ledgers, *keys) == [Decimal("0.75")] * 3
    if again == "swept":
        ledgers.sweep(*keys)
        assert_charged(ledgers, keys, NEW if number == 6 and applies else OLD)
    else:
        settle(ledgers, keys[0], kept, "0.25")
        assert_charged(ledgers, keys, SPENT)


def test_late_duplicates_of_exchanges_change_nothing(ledgers):
    """Not even where a later hold is like an earlier one: each is one of its own."""
    keys = ledgers.chain(3, **HARD)
    admitted = ledgers.admit(keys[0], cost="1")
    echoing = EchoingClient(ledgers.client)
    ledger = ledgers.on(echoing)
    dearer = ledger.exchange(admitted, asks(keys[0], admitted, model="third"))
    alike = ledger.exchange(dearer, asks(keys[0], dearer, "1", spent=money.ZERO, model="small"))
    assert held(ledgers, *keys) == [OLD] * 3

    of_the_first = 6
    for calls in (of_the_first, None):
        echoing.replay(calls)
        assert held(ledgers, *keys) == [OLD] * 3
    settle(ledgers, keys[0], alike, "0.25")
    echoing.replay()

    assert_charged(ledgers, keys, SPENT)


def test_a_write_that_is_sent_twice_counts_once(ledgers):
    keys = ledgers.chain(2, budget_limit="3", tpm_limit=100_000, **HARD)
    repeating = RepeatingClient(ledgers.client)
    ledger = ledgers.on(repeating)
    admitted = ledger.admit(admission(keys[0], cost="1"))

    exchanged = ledger.exchange(admitted, asks(keys[0], admitted))

    assert held(ledgers, *keys) == [NEW, NEW]
    assert {ledgers.scope(key).tokens_left(NOW) for key in keys} == {100_000 - exchanged.claim.tokens}
    settle(ledgers, keys[0], exchanged, "0.3")
    repeating.replay()
    assert_charged(ledgers, keys, Decimal("0.3"))


def test_nothing_is_exchanged_of_a_request_that_is_over(ledgers):
    """It was swept, or settled by somebody else, and stays charged as it is."""
    keys = ledgers.chain(2, **HARD)
    admitted = ledgers.admit(keys[0], cost="1")
    ledgers.sweep(*keys)

    refused, kept = refusal(ledgers.ledger, admitted, asks(keys[0], admitted))
    settle(ledgers, keys[0], kept, "0.25")

    assert refused.reason is Reason.BUDGET_HELD
    assert_charged(ledgers, keys, OLD)


def test_it_reads_and_writes_each_scope_once(ledgers):
    keys = ledgers.chain(3)
    admitted = ledgers.admit(keys[0], cost="1")
    counting = CountingClient(ledgers.client)

    ledgers.on(counting).exchange(admitted, asks(keys[0], admitted))

    assert counting.operations == ["get_item"] * 3 + ["update_item"] * 3


def test_requests_at_once_never_pass_a_hard_budget(ledgers):
    """32 requests that begin small, go on larger where that fits, die, and are swept meanwhile."""
    strict = StrictClient(ledgers.client, hard=True)
    company = ledgers.add(budget_limit="12", max_parallel=100, **HARD)
    keys = [ledgers.add(parent_id=company.key_id, budget_limit="7", **HARD) for _ in range(2)]
    outcomes: list[str] = []

    def call(number: int) -> None:
        drawn, key = random.Random(number), keys[number % 2]
        dying = DyingAtWrites(strict, drawn.randrange(1, 9), applies=drawn.random() < 0.5)
        ledger = ledgers.on(dying if number % 4 == 0 else strict)
        try:
            admitted = ledger.admit(admission(key, cost="0.5"))
            for model in ("large", "third"):
                asked = asks(key, admitted, drawn.choice(["0.2", "1.5", "3"]), model=model)
                try:
                    admitted = ledger.exchange(admitted, asked)
                    outcomes.append("exchanged")
                except NotExchangedError as kept:
                    admitted = kept.admitted
                    outcomes.append("kept")
            cost = str(min(each.hold.amount for each in admitted.opened))
            said = record(admitted.request_id, key=key, cost=cost, scopes=admitted.scope_ids)
            ledger.settle(admitted, said)
        except (RefusedError, KilledError) as error:
            outcomes.append(type(error).__name__)
        if number % 8 == 7:
            ledgers.sweep(key, company, at=NOW)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(call, range(32)))
    for _ in range(2):
        ledgers.sweep(*keys, company)

    assert {"exchanged", "kept", "KilledError"} <= set(outcomes)
    used = [ledgers.scope(key).budget_used for key in keys]
    assert ledgers.scope(company).budget_used == sum(used) == ledgers.spent()
    assert all(dict(ledgers.scope(key).holds) == {} for key in (*keys, company))
    assert strict.most_spoken_for <= 12


# --- what changes by time ---


@pytest.mark.parametrize(("cost", "fits"), [("0.75", True), ("0.76", False)])
@pytest.mark.parametrize("begun", [False, True], ids=["not stored", "begun by another request"])
def test_a_window_that_is_over_gives_no_more_than_is_held_of_it(ledgers, begun, cost, fits):
    midnight = NOW.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    before, after = midnight - timedelta(seconds=5), midnight + timedelta(seconds=5)
    quota = Quota(
        starts_at=midnight - timedelta(days=1),
        resets_at=midnight,
        limit=Decimal(5),
        schedule=Schedule(Period.DAY, "UTC"),
        allowance=Decimal(5),
        available=Decimal(5),
        carries_unused=True,
    )
    key = ledgers.add(quota=quota, tpm_limit=100_000, **HARD)
    until = after + timedelta(minutes=2)
    admitted = ledgers.ledger.admit(admission(key, cost="1", at=before, hold_until=until))
    if begun:
        other = ledgers.ledger.admit(admission(key, cost="1", at=after, hold_until=until))
        ledgers.ledger.release(other, after)
    asked = asks(key, admitted, cost, at=after)

    if fits:
        admitted = ledgers.ledger.exchange(admitted, asked)
        assert admitted.claim.amount == OLD
    else:
        refused, admitted = refusal(ledgers.ledger, admitted, asked)
        assert refused.reason is Reason.BUDGET_HELD
    assert held(ledgers, key) == [OLD]
    settle(ledgers, key, admitted, "0.5", completed_at=after)
    assert ledgers.scope(key).budget_used == Decimal("0.5")
    if begun:
        quota = ledgers.scope(key).quota
        assert (quota.used, quota.allowance) == (0, Decimal("9.5"))


def test_a_limit_that_is_raised_no_more_is_not_reckoned_with(ledgers):
    key = ledgers.add(budget_limit="1", **HARD)
    ledgers.raise_limit(key, "10", NOW + timedelta(seconds=10))
    admitted = ledgers.admit(key, cost="1")

    refused, admitted = refusal(ledgers.ledger, admitted, asks(key, admitted))
    assert refused.reason is Reason.BUDGET_HELD
    asked = asks(key, admitted, at=NOW + timedelta(seconds=5))
    assert ledgers.ledger.exchange(admitted, asked).claim.amount == NEW


def test_tokens_of_a_minute_that_is_over_are_nobodys(ledgers):
    key = ledgers.add(tpm_limit=5000, **HARD)
    admitted = ledgers.admit(key, cost="1")
    later = NOW + timedelta(minutes=1)

    exchanged = ledgers.ledger.exchange(admitted, asks(key, admitted, at=later))

    scope = ledgers.scope(key)
    assert scope.tokens_left(later) == 5000
    assert scope.rates[rate_limits.tokens_name(NOW)] == 5000 - exchanged.claim.tokens


# --- who pays, and by which rules ---


def test_a_model_is_charged_by_its_own_factor(ledgers):
    above = ledgers.add(price_factor=Decimal(3), model_price_factors={"large": Decimal(2)}, **HARD)
    key = ledgers.add(parent_id=above.key_id, minimum_fee=Decimal("0.1"), **HARD)
    admitted = ledgers.admit(key, cost="1")
    assert held(ledgers, key, above) == [Decimal(3)] * 2

    exchanged = ledgers.ledger.exchange(admitted, asks(key, admitted, "1"))

    assert (exchanged.tariff.factor, exchanged.tariff.minimum_fee) == (2, Decimal("0.1"))
    assert held(ledgers, key, above) == [2 + SPENT] * 2


def test_what_is_reserved_of_packs_is_those_of_the_new_model(ledgers):
    key = ledgers.add(budget_limit="1", **HARD)
    ledgers.give(key, "pck_small", pack("4", models=frozenset({"small"})))
    ledgers.give(key, "pck_large", pack("4", models=frozenset({"large"})))
    admitted = ledgers.admit(key, cost="3")
    assert dict(admitted.opened[0].hold.reserved) == {"pck_small": Decimal(2)}

    refused, admitted = refusal(ledgers.ledger, admitted, asks(key, admitted, "4.76"))
    assert refused.reason is Reason.REQUEST_EXCEEDS_BUDGET
    exchanged = ledgers.ledger.exchange(admitted, asks(key, admitted, "3.75"))

    assert dict(exchanged.opened[0].hold.reserved) == {"pck_large": Decimal(3)}
    free = {name: each.free for name, each in ledgers.scope(key).packs.items()}
    assert free == {"pck_small": Decimal(4), "pck_large": Decimal(1)}
    settle(ledgers, key, exchanged, "3", model="large")
    scope = ledgers.scope(key)
    assert {name: each.left for name, each in scope.packs.items()} == {"pck_small": 4, "pck_large": 1}
    assert (scope.budget_used, dict(scope.holds)) == (0, {})


def test_what_others_reserve_meanwhile_is_not_reserved_twice(ledgers):
    """Two requests reserve what one pack has: at every instant it is promised once (`assert_consistent`)."""
    key = ledgers.add(budget_limit="2", **HARD)
    ledgers.give(key, "pck_large", pack("4", models=frozenset({"large"})))
    requests = [ledgers.admit(key, cost="1") for _ in range(2)]

    def exchange(admitted: AdmittedRequest) -> bool:
        try:
            ledgers.on(ledgers.client).exchange(admitted, asks(key, admitted, "3.75"))
        except NotExchangedError:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(exchange, requests)) == [False, True]
    assert ledgers.scope(key).packs["pck_large"].free == 1


@pytest.mark.parametrize(("kept", "fits"), [(80, True), (79, False)])
def test_what_is_kept_for_higher_priorities_is_kept_from_the_new_model(ledgers, kept, fits):
    """As if it came anew: what its own hold takes is none of it."""
    reserves = PriorityReserves({Priority.LOW: ClassReserve(kept)})
    above = ledgers.add(priority_reserves=reserves, **HARD)
    key = ledgers.add(parent_id=above.key_id, priority=Priority.LOW, **HARD)
    admitted = ledgers.admit(key, cost="1")
    ledgers.admit(above, cost="7.95")

    if fits:
        ledgers.ledger.exchange(admitted, asks(key, admitted, "1.75"))
        assert held(ledgers, key) == [Decimal(2)]
    else:
        refused, _ = refusal(ledgers.ledger, admitted, asks(key, admitted, "1.75"))
        assert refused.reason is Reason.BUDGET_RESERVED


@pytest.mark.parametrize("used", ["0.5", "9.5"], ids=["calm", "tight"])
def test_a_tight_scope_doesnt_let_in_what_it_has_served_by_another_model(ledgers, used):
    rules = Downgrade((DowngradeRule("large", ("small",)),))
    above = ledgers.add(budget_limit="10", downgrade=rules)
    key = ledgers.add(parent_id=above.key_id)
    admitted = ledgers.admit(key, cost="0.25")
    ledgers.spend(above, used)

    if used == "0.5":
        ledgers.ledger.exchange(admitted, asks(key, admitted))
        assert held(ledgers, key) == [NEW]
    else:
        refused, kept = refusal(ledgers.ledger, admitted, asks(key, admitted))
        assert isinstance(refused, DowngradeError)
        ledgers.ledger.exchange(kept, asks(key, kept, model="third"))


def test_an_exhausted_soft_budget_lets_in_no_other_model_unless_that_is_free(ledgers):
    key = ledgers.add(budget_limit="2")
    admitted = ledgers.admit(key, cost="1")
    ledgers.spend(key, "2")

    refused, admitted = refusal(ledgers.ledger, admitted, asks(key, admitted))
    assert refused.reason is Reason.BUDGET_EXHAUSTED
    free = asks(key, admitted, "0", is_free=True)
    assert ledgers.ledger.exchange(admitted, free).claim.amount == SPENT
