"""Everything at once: a three-level tree with packs, metering, terms, reserves and raised limits under calls
that end, die, come twice and cost more than was held, while it is edited and swept.
"""

from __future__ import annotations

import contextlib
import os
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.integration.ledger.billing.test_hybrid_billing import hybrid
from tests.support.builders import NOW, admission, pack, record
from tests.support.faults import DyingAtWrites, EchoingClient, KilledError
from tests.support.ledger_world import LedgerWorld
from tollgate import identifiers, money
from tollgate.conflicts import EditConflictError
from tollgate.ledger.billing.billing_modes import Overage
from tollgate.ledger.policies.priority_reserves import ClassReserve, PriorityReserves
from tollgate.ledger.scopes import Enforcement, Priority
from tollgate.ledger.store import record_items
from tollgate.reconcile.reconciliation import RecordedCharge, ScopeSnapshot, counter_tallies, item_drifts
from tollgate.refusals import RefusedError

SEEDS = range(int(os.environ.get("STORM_FROM", "0")), int(os.environ.get("STORM_TO", "1")))
THREADS = 20
CALLS = 5
FACTOR, FEE, OVERAGE = Decimal("1.2"), Decimal("0.03"), Decimal("1.5")
EVENING = NOW.replace(hour=23, minute=59, second=30, microsecond=0)
LONG_AFTER = EVENING + timedelta(hours=1)


class Storm:
    def __init__(self, ledgers, seed, *, carries, enforcements):
        self.ledgers, self.seed = ledgers, seed
        self.now = ledgers.now = EVENING
        above, between, below = enforcements
        reserves = PriorityReserves({Priority.LOW: ClassReserve(60), Priority.NORMAL: ClassReserve(97)})
        self.company = ledgers.add(
            budget_limit="30",
            enforcement=above,
            max_parallel=500,
            price_factor=FACTOR,
            priority_reserves=reserves,
        )
        self.customer = hybrid(
            ledgers,
            "2",
            overage_limit="3",
            factor=str(OVERAGE),
            carries=carries,
            enforcement=between,
            max_parallel=500,
            parent_id=self.company.key_id,
            minimum_fee=FEE,
        )
        self.leaves = [
            ledgers.add(
                budget_limit="4",
                enforcement=below,
                max_parallel=500,
                parent_id=self.customer.key_id,
                priority=priority,
            )
            for priority in (Priority.LOW, Priority.NORMAL, Priority.HIGH)
        ]
        self.keys = [self.company, self.customer, *self.leaves]
        self.given = 0
        for key in self.keys:
            self.give(key, random.Random(seed))
        ledgers.raise_limit(self.leaves[0], "6", EVENING + timedelta(seconds=20))
        # A call whose key let it in before midnight may be the customer's of after that.
        self.at_customer = {}

    def give(self, key, rng):
        self.given += 1
        changes = rng.choice([{}, {}, {"models": frozenset({"small"})}])
        lasts = rng.choice([None, 15, 40, 90])
        expires_at = None if lasts is None else self.now + timedelta(seconds=lasts)
        starts = self.now + timedelta(seconds=rng.choice([-20, -20, 10]))
        made = pack(
            rng.choice(["0.2", "0.35", "0.7"]),
            priority=rng.choice([0, 1]),
            effective_at=starts,
            expires_at=expires_at,
            **changes,
        )
        self.ledgers.give(key, f"pck_{self.given}", made)

    def calls(self, thread):
        rng = random.Random(self.seed * 1000 + thread)
        for _ in range(CALLS):
            try:
                self.call(rng)
            except (KilledError, RefusedError):
                continue

    def call(self, rng):
        key, at = rng.choice(self.leaves), self.now
        most = rng.choice(["0.02", "0.1", "0.25", "0.4"])
        until = at + timedelta(seconds=rng.choice([20, 120]))
        asked = admission(key, cost=most, at=at, hold_until=until, request_id=identifiers.request_id(at))
        client = self.ledgers.client
        fate = rng.choice(["settles"] * 8 + ["dies admitting", "dies settling", "dies settling", "abandoned"])
        if fate == "dies admitting":
            self.ledgers.on(DyingAtWrites(client, rng.randint(1, 4), applies=rng.random() < 0.5)).admit(asked)
        ledger = self.ledgers.on(client)
        admitted = ledger.admit(asked)
        self.at_customer[admitted.request_id] = admitted.opened[1].hold.at
        if fate == "abandoned":
            return
        cost = max(Decimal(most) * FACTOR * rng.choice([0, 1, 2, 4]) / 4, FEE if rng.random() < 0.9 else 0)
        said = self.said(admitted, key, cost)
        if fate == "dies settling":
            ledger = self.ledgers.on(DyingAtWrites(client, rng.randint(1, 8), applies=rng.random() < 0.5))
            if rng.random() < 0.5:
                with contextlib.suppress(KilledError):
                    ledger.settle(admitted, said)
                self.ledgers.ledger.settle(admitted, said)
                return
        elif rng.random() < 0.3:
            echo = EchoingClient(client)
            self.ledgers.on(echo).settle(admitted, said)
            echo.replay()
            return
        ledger.settle(admitted, said)

    def said(self, admitted, key, cost):
        scopes = tuple(each.scope.key_id for each in admitted.opened)
        at = admitted.at
        return record(
            admitted.request_id, key=key, cost=str(cost), scopes=scopes, created_at=at, completed_at=self.now
        )

    def administer(self, is_over, kinds):
        rng = random.Random(-1 - self.seed)
        while not is_over.wait(0.02):
            with contextlib.suppress(EditConflictError):
                self.edit(rng, rng.choice(kinds))

    def edit(self, rng, kind):
        ledgers, key = self.ledgers, rng.choice(self.keys)
        match kind:
            case "give":
                if len(ledgers.scope(key).packs) < 8:
                    self.give(key, rng)
            case "void":
                self.void(key, rng)
            case "time":
                self.now = ledgers.now = self.now + timedelta(seconds=rng.choice([1, 3]))
            case "sweep":
                ledgers.sweep(key, at=self.now)
            case "reset":
                ledgers.keys.reset_used(ledgers.scope(key), self.now)
            case _:
                self.edit_terms(rng, key, kind)

    def edit_terms(self, rng, key, kind):
        ledgers = self.ledgers
        match kind:
            case "quota":
                before = ledgers.scope(self.customer)
                limit = Decimal(rng.choice(["0.5", "2", "3"]))
                ledgers.keys.edit(before, replace(before, quota=replace(before.quota, limit=limit)))
            case "overage":
                ledgers.edit(self.customer, overage_limit=rng.choice([None, Decimal(1), Decimal(3)]))
            case "meter":
                ledgers.edit(self.customer, overage=Overage.STOP)
                ledgers.edit(self.customer, overage=Overage.METERED)
            case "enforcement":
                ledgers.edit(key, enforcement=rng.choice(list(Enforcement)))

    def void(self, key, rng):
        packs = self.ledgers.scope(key).packs
        live = [each for each, one in packs.items() if (one.expires_at or LONG_AFTER) > self.now]
        if live:
            self.ledgers.void(key, rng.choice(live))

    def run(self, kinds):
        is_over = threading.Event()
        with ThreadPoolExecutor(THREADS + 2) as pool:
            admin = pool.submit(self.administer, is_over, kinds)
            sweeper = pool.submit(self.administer, is_over, ["sweep", "time"])
            try:
                for each in [pool.submit(self.calls, thread) for thread in range(THREADS)]:
                    each.result()
            finally:
                is_over.set()
            admin.result()
            sweeper.result()
        self.now = self.ledgers.now = LONG_AFTER
        self.ledgers.sweep(*self.keys, at=LONG_AFTER)
        self.ledgers.sweep(*self.keys, at=LONG_AFTER)

    def assert_exact(self):
        records = [record_items.to_record(each) for each in self.ledgers.records]
        assert len({each.request_id for each in records}) == len(records)
        for each in records:
            self.assert_record(each)
        for key in self.keys:
            self.assert_scope(key, records)

    def assert_record(self, found):
        lines = money.total(line.cost for line in found.breakdown.lines)
        assert found.calculated_cost == lines
        if not lines:
            # Of one that died before its ancestors were asked, nobody knows who would be billed.
            return
        assert found.billing is not None
        assert found.billing.scope_id == self.customer.key_id
        paid = money.total(each.amount for each in found.pack_draws if each.scope_id == self.customer.key_id)
        assert found.billing.included + found.billing.metered + paid == lines

    def assert_scope(self, key, records):
        scope = self.ledgers.scope(key)
        assert scope.holds == {}
        mine = [each for each in records if key.key_id in each.scopes]
        charges = []
        for each in mine:
            drawn = money.total(one.amount for one in each.pack_draws if one.scope_id == key.key_id)
            charges.append(
                RecordedCharge(
                    each.request_id,
                    each.calculated_cost,
                    each.scopes,
                    self.at_customer.get(each.request_id, each.created_at),
                    each.completed_at,
                    {key.key_id: drawn},
                )
            )
        assert scope.budget_used + scope.budget_reset == money.total(
            each.cost_at(key.key_id) for each in charges
        )
        for pack_id, one in scope.packs.items():
            paid = money.total(
                draw.amount
                for each in mine
                for draw in each.pack_draws
                if (draw.scope_id, draw.pack_id) == (key.key_id, pack_id)
            )
            assert one.left == one.amount - paid, pack_id
            assert one.free is None or one.free == one.left
        assert item_drifts(scope) == []
        moment = LONG_AFTER + timedelta(hours=1)
        for tally in counter_tallies(ScopeSnapshot(scope, moment, moment), {}, moment):
            for each in charges:
                tally.add(each)
            assert tally.differences().admit(Decimal(0)), tally.counter
        if key is self.customer:
            self.assert_parts(scope, mine)

    def assert_parts(self, scope, mine):
        quota = scope.quota
        now = [
            each.billing
            for each in mine
            if each.billing and self.at_customer.get(each.request_id, each.created_at) >= quota.starts_at
        ]
        if quota.reset:
            return
        assert quota.used == quota.included + quota.metered
        assert quota.included == money.total(each.included for each in now)
        assert quota.metered == money.total(each.metered for each in now)


HARD = (Enforcement.HARD,) * 3
CALM = ["give", "void", "time", "sweep"]
WILD = [*CALM, "quota", "overage", "meter", "enforcement", "reset"]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kinds", [CALM, WILD], ids=["calm", "wild"])
def test_every_figure_is_exact_after_a_storm(dynamodb, tables, seed, kinds):
    ledgers = LedgerWorld(dynamodb, tables)
    enforcements = HARD if seed % 2 == 0 else (Enforcement.SOFT, Enforcement.HARD, Enforcement.SOFT)
    storm = Storm(ledgers, seed, carries=seed % 3 == 1, enforcements=enforcements)
    storm.run(kinds)
    storm.assert_exact()
