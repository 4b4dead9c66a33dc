"""Anything, in any order: the ledger against a plain model, step by step."""

from __future__ import annotations

import contextlib
import os
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    rule,
    run_state_machine_as_test,
)

from aws_wire.attribute_values import values
from tests.support.builders import NOW, admission, record
from tests.support.exchange_moves import ANOTHERS_CENTS, ExchangeMoves
from tests.support.faults import KilledError, LossyClient, MortalClient, RepeatingClient
from tests.support.invariants import assert_consistent
from tests.support.ledger_model import HOLDS_FOR, Model, ModelPack, ModelRequest, ModelScope
from tests.support.ledger_world import LedgerWorld
from tests.support.policy_moves import PolicyMoves
from tollgate.aws.dynamodb import pages
from tollgate.keys import api_keys
from tollgate.ledger.billing.billing_modes import BillingMode, Overage
from tollgate.ledger.billing.packs import Pack
from tollgate.ledger.quotas import Quota
from tollgate.ledger.scopes import Enforcement, KeyStatus, Scope
from tollgate.ledger.store import record_items
from tollgate.ledger.windows import Period, Schedule
from tollgate.refusals import Reason, RefusedError

CENTS = st.integers(1, 120).map(lambda cents: Decimal(cents) / 100)
LEAVES = ("ada", "bob", "eve")
SCOPES = ("company", "research", "sales", *LEAVES)
MIDDLE = ("research", "sales")
EXHAUSTED = {"budget_exhausted", "quota_exhausted"}
# What builders.record says that a request has used.
TOKENS = 1200
MOST_PACKS = 3
# A duplicate can't arrive when its signature is older than five minutes.
DUPLICATES_FOR = timedelta(minutes=5)


def tree() -> tuple[ModelScope, ...]:
    """Three levels: hard and soft, budgets and daily quotas, a key with each of the rates."""
    return (
        ModelScope("company", hard=True, limit=Decimal(6)),
        ModelScope("research", hard=False, limit=Decimal(4), parent="company"),
        ModelScope("sales", hard=True, limit=None, daily=Decimal(3), parent="company", metered=Decimal(1)),
        ModelScope("ada", hard=True, limit=Decimal(2), daily=Decimal("1.5"), parent="research"),
        ModelScope(
            "bob", hard=False, limit=Decimal(2), daily=Decimal(1), tokens_a_minute=2500, parent="sales"
        ),
        ModelScope("eve", hard=True, limit=None, most_open=2, requests_a_minute=3, parent="research"),
    )


class LedgerMachine(PolicyMoves, ExchangeMoves, RuleBasedStateMachine):
    """Nothing here runs at once: what can go wrong is the order, and what gets lost or comes twice."""

    ledgers: LedgerWorld
    alive = Bundle("alive")
    """Requests whose process can still settle them."""
    recorded = Bundle("recorded")
    """Requests that were settled, perhaps not to the end, and what was said of them."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.ledgers.now = NOW
        self.model = Model(*tree())
        self.keys = {name: api_keys.issue() for name in self.model.scopes}
        self.duplicates: list[tuple[Any, RepeatingClient]] = []
        # Scopes whose terms, or ancestors, may be others than the process has seen.
        self.unseen: set[str] = set()
        for scope in self.model.scopes.values():
            midnight = NOW.replace(hour=0, minute=0, second=0, microsecond=0)
            daily = scope.daily
            quota = Quota(starts_at=NOW - timedelta(days=1))
            if daily is not None:
                quota = Quota(
                    starts_at=midnight,
                    resets_at=midnight + timedelta(days=1),
                    limit=daily,
                    schedule=Schedule(Period.DAY),
                    allowance=daily,
                    available=daily + (scope.metered or 0),
                )
            self.ledgers.add(
                self.keys[scope.name],
                name=scope.name,
                budget_limit=None if scope.limit is None else str(scope.limit),
                enforcement=Enforcement.HARD if scope.hard else Enforcement.SOFT,
                parent_id=self.keys[scope.parent].key_id if scope.parent else None,
                quota=quota,
                max_parallel=scope.most_open,
                rpm_limit=scope.requests_a_minute,
                tpm_limit=scope.tokens_a_minute,
                **self._billing(scope.metered),
            )

    def _billing(self, metered: Decimal | None) -> dict[str, Any]:
        if metered is None:
            return {}
        return {"billing_mode": BillingMode.HYBRID, "overage": Overage.METERED, "overage_limit": metered}

    # --- admission ---

    @rule(target=alive, leaf=st.sampled_from(LEAVES), amount=CENTS, comes_twice=st.booleans())
    def admit(self, leaf: str, amount: Decimal, comes_twice: bool) -> Any:
        asked = self._asked(leaf, amount)
        client: Any = self.ledgers.client
        if comes_twice:
            client = RepeatingClient(client)
            self.duplicates.append((self.now, client))
        outcome = self._outcome(client, asked)
        if self._starts_over(leaf):
            # What it swept at the terms that it knew is no part of the model.
            self._learn_of_sweeps(leaf)
        if comes_twice and isinstance(outcome, RefusedError) and "withdrawing" in outcome.message:
            # It can't start over while what it had opened may be opened again.
            assert self._starts_over(leaf)
            self._learn(asked, leaf, amount)
            return None
        expected = self._expected(asked, leaf, amount)
        if isinstance(outcome, RefusedError):
            of_parent = outcome.reason is Reason.PARENT_BUDGET_EXHAUSTED
            assert expected in EXHAUSTED if of_parent else expected == outcome.reason
            self._forget(asked)
            return None
        assert expected is None
        request = self.model.requests[asked.request_id]
        assert {opened.hold.amount for opened in outcome.opened} == {request.amount}
        request.at = outcome.at
        self.unseen -= {scope.name for scope in self.model.chain(leaf)}
        return outcome

    def _starts_over(self, leaf: str) -> bool:
        """Whether an admission may have found other terms than it knew."""
        return bool(self.unseen & {scope.name for scope in self.model.chain(leaf)})

    def _outcome(self, client: Any, asked: Any) -> Any:
        try:
            return self._process(client).admit(asked)
        except RefusedError as refused:
            return refused

    @rule(leaf=st.sampled_from(LEAVES), amount=CENTS, number=st.integers(1, 6), applies=st.booleans())
    def die_while_admitted(self, leaf: str, amount: Decimal, number: int, applies: bool) -> None:
        asked = self._asked(leaf, amount)
        mortal = MortalClient(self.ledgers.client, number, applies=applies)
        with contextlib.suppress(KilledError, RefusedError):
            self._process(mortal).admit(asked)
        self._learn(asked, leaf, amount)

    @rule(leaf=st.sampled_from(LEAVES), amount=CENTS, number=st.integers(1, 3), applies=st.booleans())
    def lose_an_answer_while_admitted(self, leaf: str, amount: Decimal, number: int, applies: bool) -> None:
        asked = self._asked(leaf, amount)
        with contextlib.suppress(ReadTimeoutError, RefusedError):
            self._process(LossyClient(self.ledgers.client, {number}, applies=applies)).admit(asked)
        self._learn(asked, leaf, amount)

    @rule(leaf=st.sampled_from(LEAVES), amount=CENTS)
    def come_with_a_wrong_secret(self, leaf: str, amount: Decimal) -> None:
        with pytest.raises(RefusedError, match="Incorrect API key"):
            self.ledgers.ledger.admit(replace(self._asked(leaf, amount), secret_hash="0" * 64))

    # --- another model ---

    @rule(target=alive, admitted=consumes(alive), cents=ANOTHERS_CENTS, comes_twice=st.booleans())
    def serve_by_another_model(self, admitted: Any, cents: int, comes_twice: bool) -> Any:
        if admitted is None:
            return None
        client: Any = self.ledgers.client
        if comes_twice:
            client = RepeatingClient(client)
            self.duplicates.append((self.now, client))
        return self.exchange_holds(client, admitted, cents)

    @rule(admitted=consumes(alive), cents=ANOTHERS_CENTS, number=st.integers(1, 6), applies=st.booleans())
    def die_while_another_model_is_let_in(
        self, admitted: Any, cents: int, number: int, applies: bool
    ) -> None:
        if admitted is not None:
            mortal = MortalClient(self.ledgers.client, number, applies=applies)
            self.die_while_exchanging(mortal, admitted, cents)

    # --- settlement ---

    @rule(target=recorded, admitted=consumes(alive), cost=CENTS, comes_twice=st.booleans())
    def settle(self, admitted: Any, cost: Decimal, comes_twice: bool) -> Any:
        if admitted is None:
            return None
        client: Any = self.ledgers.client
        if comes_twice:
            client = RepeatingClient(client)
            self.duplicates.append((self.now, client))
        said = self._record(admitted, cost)
        expected = self._assigned(admitted, cost)
        self._process(client).settle(admitted, said)
        self._settled(admitted, cost)
        if expected is not None:
            assert self._drawn().get(admitted.request_id, {}) == expected
        return admitted, said

    def _assigned(self, admitted: Any, cost: Decimal) -> dict[str, dict[str, Decimal]] | None:
        """What packs will pay of a request, unless it is decided already who does."""
        request = self.model.requests[admitted.request_id]
        if request.cost is not None or request.decided is not None:
            return None
        # What a process does not know of it does not ask: a pack may have been given since.
        names = {key.key_id: name for name, key in self.keys.items()}
        known = {names[each.scope.key_id] for each in admitted.opened if each.scope.shares_costs}
        places = [name for name in request.open if name in known]
        if places:
            self.model.assign(request, places, cost)
        return {name: draws for name, draws in request.draws.items() if draws}

    @rule(
        target=recorded,
        admitted=consumes(alive),
        cost=CENTS,
        number=st.integers(1, 7),
        applies=st.booleans(),
        dies=st.booleans(),
    )
    def fail_to_settle(self, admitted: Any, cost: Decimal, number: int, applies: bool, dies: bool) -> Any:
        if admitted is None:
            return None
        request = self.model.requests[admitted.request_id]
        said = self._record(admitted, cost)
        if dies:
            client: Any = MortalClient(self.ledgers.client, number, applies=applies)
        else:
            client = LossyClient(self.ledgers.client, {number}, applies=applies)
        with contextlib.suppress(KilledError, ReadTimeoutError):
            self._process(client).settle(admitted, said)
        self._learn_of_draws()
        if request.cost is None and request.id in self._records():
            request.cost = cost if request.decided is None else request.decided
        still_open = self._still_open(request, request.open)
        self._close(request, [name for name in request.open if name not in still_open])
        return admitted, said

    @rule(settled=recorded)
    def settle_again(self, settled: Any) -> None:
        if settled is not None:
            admitted, said = settled
            self.ledgers.ledger.settle(admitted, said)
            self._settled(admitted, said.calculated_cost)

    # --- time, sweeps, and what else happens ---

    @rule(seconds=st.sampled_from([1, 20, 90, 150, 7200, 50_000]))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        self.ledgers.now = self.now
        self.model.fall_back(self.now)
        self.duplicates = [
            (sent_at, client) for sent_at, client in self.duplicates if self.now < sent_at + DUPLICATES_FOR
        ]

    @rule(name=st.sampled_from(SCOPES))
    def sweep(self, name: str) -> None:
        self.ledgers.sweep(self.keys[name], at=self.now)
        self.model.sweep(name, self.now)

    @rule()
    def deliver_duplicates(self) -> None:
        for _, client in self.duplicates:
            client.replay()

    # --- packs ---

    @rule(
        name=st.sampled_from(SCOPES),
        amount=CENTS,
        begins=st.sampled_from([0, 0, 60]),
        lasts=st.none() | st.sampled_from([30, 100, 7200]),
    )
    def give_a_pack(self, name: str, amount: Decimal, begins: int, lasts: int | None) -> None:
        scope = self.model.scopes[name]
        if len(scope.packs) == MOST_PACKS:
            return
        effective_at = self.now + timedelta(seconds=begins)
        expires_at = None if lasts is None else effective_at + timedelta(seconds=lasts)
        pack_id = f"pck_{len(scope.packs)}"
        scope.packs[pack_id] = ModelPack(amount, effective_at, expires_at)
        given = Pack(amount, amount, 0, effective_at, NOW, expires_at)
        self.ledgers.give(self.keys[name], pack_id, given)

    @rule(name=st.sampled_from(SCOPES), number=st.integers(0, 2))
    def void_a_pack(self, name: str, number: int) -> None:
        pack = self.model.scopes[name].packs.get(f"pck_{number}")
        if pack is not None and (pack.expires_at is None or self.now < pack.expires_at):
            pack.expires_at = self.now
            self.ledgers.void(self.keys[name], f"pck_{number}")

    @rule(most=st.integers(0, 3).map(Decimal))
    def change_what_may_be_metered(self, most: Decimal) -> None:
        self.model.scopes["sales"].metered = most
        self.ledgers.edit(self.keys["sales"], overage_limit=most)

    # --- administration ---

    @rule(name=st.sampled_from(SCOPES), limit=st.none() | st.integers(0, 8).map(Decimal))
    def change_limit(self, name: str, limit: Decimal | None) -> None:
        self.ledgers.edit(self.keys[name], budget_limit=limit)
        self.model.change_limit(name, limit)

    @rule(name=st.sampled_from(SCOPES))
    def change_enforcement(self, name: str) -> None:
        scope = self.model.scopes[name]
        scope.hard = not scope.hard
        enforcement = Enforcement.HARD if scope.hard else Enforcement.SOFT
        self.ledgers.edit(self.keys[name], enforcement=enforcement)

    @rule(
        name=st.sampled_from(SCOPES),
        factor=st.none() | st.sampled_from(["1", "0.5", "2"]).map(Decimal),
    )
    def change_price_factor(self, name: str, factor: Decimal | None) -> None:
        self.ledgers.edit(self.keys[name], price_factor=factor)
        self.model.scopes[name].factor = factor
        self.unseen.add(name)

    @rule(name=st.sampled_from(SCOPES), lasts=st.none() | st.integers(0, 200))
    def set_an_expiry(self, name: str, lasts: int | None) -> None:
        expires_at = None if lasts is None else self.now + timedelta(seconds=lasts)
        self.ledgers.edit(self.keys[name], expires_at=expires_at)
        self.model.scopes[name].expires_at = expires_at

    @rule(name=st.sampled_from(SCOPES))
    def allow_another_model(self, name: str) -> None:
        scope = self.model.scopes[name]
        scope.allows_model = not scope.allows_model
        allowed = None if scope.allows_model else frozenset({"large"})
        self.ledgers.edit(self.keys[name], allowed_models=allowed)

    @rule(name=st.sampled_from(SCOPES))
    def revoke_or_reinstate(self, name: str) -> None:
        scope = self.model.scopes[name]
        scope.revoked = not scope.revoked
        status = KeyStatus.REVOKED if scope.revoked else KeyStatus.ACTIVE
        self.ledgers.edit(self.keys[name], status=status)

    @rule(leaf=st.sampled_from(LEAVES), parent=st.sampled_from((None, *MIDDLE)))
    def move(self, leaf: str, parent: str | None) -> None:
        self._move(leaf, parent)

    @rule(name=st.sampled_from(MIDDLE), parent=st.sampled_from((None, "company")))
    def move_with_all_below(self, name: str, parent: str | None) -> None:
        self._move(name, parent)

    def _move(self, name: str, parent: str | None) -> None:
        scope = self.model.scopes[name]
        if parent != scope.parent:
            scope.parent, scope.moved_at = parent, self.now
            self.unseen.add(name)
            parent_id = self.keys[parent].key_id if parent else None
            self.ledgers.edit(self.keys[name], parent_id=parent_id, moved_at=self.now)

    # --- what must be true after each step ---

    @invariant()
    def packs_have_what_nobody_has_drawn(self) -> None:
        """They lack what records say that they have paid, and what is assigned of requests without one."""
        for name, scope in self._learn_of_draws().items():
            assert {pack_id: pack.left for pack_id, pack in scope.packs.items()} == {
                pack_id: self.model.left(name, pack_id) for pack_id in self.model.scopes[name].packs
            }, name
            assert scope.packs_left == self.model.packs_left(name, self.now), name
            assert scope.quota.included <= scope.quota.allowance

    @invariant()
    def scopes_show_what_requests_came_to(self) -> None:
        for name, scope in self._learn_of_draws().items():
            assert_consistent(scope)
            assert scope.budget_used == self.model.used(name), name
            with_parts = {each for each, hold in scope.holds.items() if hold.parts is not None}
            held = [hold.amount for each, hold in scope.holds.items() if each not in with_parts]
            assert sum(held, Decimal(0)) == self.model.held(name, but=with_parts), name
            assert set(scope.holds) == self.model.open_on(name), name
            modelled = self.model.scopes[name]
            if modelled.requests_a_minute is not None:
                requests, _ = self.model.minute(name, self.now)
                assert scope.requests_left(self.now) == modelled.requests_a_minute - requests, name
            if modelled.tokens_a_minute is not None:
                _, tokens = self.model.minute(name, self.now)
                assert scope.tokens_left(self.now) == modelled.tokens_a_minute - tokens, name
            if scope.quota.limit is not None:
                started = scope.quota.starts_at
                assert scope.quota.used == self.model.used(name, started), name

    @invariant()
    def each_request_has_one_record(self) -> None:
        found = self._records()
        charged = {
            request.id: request.cost
            for request in self.model.requests.values()
            if request.cost is not None and (request.cost or request.id in found)
        }
        assert found == charged

    # --- how the model learns of what happened ---

    def _process(self, client: Any) -> Any:
        """The ledger of a process that remembers whatever it has seen before."""
        return replace(self.ledgers.ledger, client=client)

    def _records(self) -> dict[str, Decimal]:
        return {
            each["request_id"]: each["calculated_cost"]
            for leaf in LEAVES
            for each in pages(
                self.ledgers.client.query,
                TableName=self.ledgers.ledger.usage_table,
                KeyConditionExpression="key_id = :key",
                ExpressionAttributeValues=values({":key": self.keys[leaf].key_id}),
            )
        }

    def _drawn(self) -> dict[str, dict[str, dict[str, Decimal]]]:
        """What packs have paid of requests that have a record, by request and scope."""
        names = {key.key_id: name for name, key in self.keys.items()}
        found: dict[str, dict[str, dict[str, Decimal]]] = {}
        for each in map(record_items.to_record, self.ledgers.records):
            found[each.request_id] = {}
            # Examples share the tables: there are records of others' scopes, too.
            for draw in (draw for draw in each.pack_draws if draw.scope_id in names):
                found[each.request_id].setdefault(names[draw.scope_id], {})[draw.pack_id] = draw.amount
        return found

    def _learn_of_draws(self) -> dict[str, Scope]:
        """Takes over who pays, as records say, and of requests without one, as their holds do.

        A hold that is still open has given back nothing, so that its own word counts until it is closed.
        Returns the scopes as they are.
        """
        drawn = self._drawn()
        found = self.ledgers.keys.get_all([key.key_id for key in self.keys.values()])
        scopes = {name: found[key.key_id] for name, key in self.keys.items()}
        for request in self.model.requests.values():
            request.draws = drawn.get(request.id, {})
            for scope in self.model.chain(request.key):
                hold = scopes[scope.name].holds.get(request.id)
                if hold is not None and hold.parts is not None:
                    request.draws = {**request.draws, scope.name: dict(hold.parts.draws)}
                    if request.cost is None and request.decided is None:
                        request.decided = hold.parts.cost
        return scopes

    def _asked(self, leaf: str, amount: Decimal) -> Any:
        return admission(self.keys[leaf], cost=str(amount), at=self.now, hold_until=self.now + HOLDS_FOR)

    def _record(self, admitted: Any, cost: Decimal) -> Any:
        key = next(key for key in self.keys.values() if key.key_id == admitted.scope.key_id)
        return record(
            admitted.request_id,
            key=key,
            cost=str(cost),
            created_at=admitted.at,
            completed_at=self.now,
            scopes=admitted.scope_ids,
        )

    def _expected(self, asked: Any, leaf: str, amount: Decimal) -> str | None:
        request = self._request(asked, leaf, amount)
        reached: list[str] = []
        for scope in self.model.chain(leaf):
            refused = self.model.refusal(scope, request, self.now)
            if refused is not None:
                return refused
            reached.append(scope.name)
        request.open = reached
        self.model.requests[request.id] = request
        return None

    def _request(self, asked: Any, leaf: str, amount: Decimal) -> ModelRequest:
        held = amount * self.model.factor(leaf)
        tokens = asked.demand.max_claim().tokens
        return ModelRequest(asked.request_id, leaf, self.now, held, tokens)

    def _forget(self, asked: Any) -> None:
        self.model.requests.pop(asked.request_id, None)

    def _learn(self, asked: Any, leaf: str, amount: Decimal) -> None:
        """Takes over what an admission that failed on its way has opened, which must be a part of its way."""
        self._learn_of_sweeps(leaf)
        request = self._request(asked, leaf, amount)
        request.open = self._still_open(request, [leaf, *(name for name in SCOPES if name != leaf)])
        assert request.open[:1] in ([], [leaf])
        if request.open:
            # It may have got no further than to take back what it had opened at other terms.
            holds = [self.ledgers.scope(self.keys[name]).holds[request.id] for name in request.open]
            ((request.amount, request.at),) = {(hold.amount, hold.at) for hold in holds}
            self.model.requests[request.id] = request

    def _learn_of_sweeps(self, leaf: str) -> None:
        recorded = set(self._records())
        for scope in self.model.chain(leaf):
            self.model.learn(
                scope.name, set(self.ledgers.scope(self.keys[scope.name]).holds), recorded, self.now
            )

    def _still_open(self, request: ModelRequest, names: list[str]) -> list[str]:
        """Where a request's hold is: of the outcome of a failure only this is not foreseen."""
        return [name for name in names if request.id in self.ledgers.scope(self.keys[name]).holds]

    def _close(self, request: ModelRequest, names: list[str]) -> None:
        for name in names:
            self.model.close(request, name, self.now, TOKENS)

    def _settled(self, admitted: Any, cost: Decimal) -> None:
        request = self.model.requests[admitted.request_id]
        if request.cost is None:
            request.cost = cost if request.decided is None else request.decided
        self._close(request, list(request.open))


PHASES = [Phase.explicit, Phase.reuse, Phase.generate]
# To make a failure small takes minutes, which a search for mutants can spare.
SMALL = [] if os.environ.get("TOLLGATE_SHRINK") == "no" else [Phase.shrink]
SETTINGS = settings(
    max_examples=int(os.environ.get("LEDGER_EXAMPLES", "8")),
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[*PHASES, *SMALL],
)


@pytest.fixture
def machine(ledger_client, tables) -> Any:
    made = LedgerWorld(ledger_client, tables)
    return type("LedgerMachine", (LedgerMachine,), {"ledgers": made})


@pytest.mark.timeout(600)
def test_the_ledger_does_what_a_plain_model_does(machine):
    run_state_machine_as_test(machine, settings=SETTINGS)


@pytest.mark.parametrize("percent", [0, 30])
def test_a_share_of_a_quota_is_none_of_what_may_be_metered_beyond_it(machine, percent):
    """What the machine has found: `sales` includes 3 USD a day, and may meter 1 USD more."""
    steps = machine()
    steps.keep_a_reserve("sales", percent)
    for _ in range(2):
        steps.admit("bob", Decimal("0.9"), comes_twice=False)
    steps.scopes_show_what_requests_came_to()
