"""Moves of the ledger's state machine that change by what a scope lets requests in: raises and reserves."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from tollgate.ledger.policies.priority_reserves import ClassReserve, PriorityReserves
from tollgate.ledger.scopes import Priority

if TYPE_CHECKING:
    from tests.support.ledger_model import Model
    from tests.support.ledger_world import LedgerWorld
    from tollgate.keys.api_keys import ApiKey

SCOPES = ("company", "research", "sales", "ada", "bob", "eve")


class PolicyMoves:
    ledgers: LedgerWorld
    model: Model
    keys: dict[str, ApiKey]
    now: datetime

    @rule(
        name=st.sampled_from(SCOPES),
        more=st.integers(1, 300).map(lambda cents: Decimal(cents) / 100),
        lasts=st.sampled_from([20, 100, 7200, 100_000]),
    )
    def raise_a_limit(self, name: str, more: Decimal, lasts: int) -> None:
        scope = self.model.scopes[name]
        if scope.limit is None:
            return
        base = scope.limit if scope.falls_back_to is None else scope.falls_back_to
        until = self.now + timedelta(seconds=lasts)
        self.ledgers.raise_limit(self.keys[name], str(base + more), until)
        scope.limit, scope.falls_back_to, scope.falls_back_at = base + more, base, until

    @rule(name=st.sampled_from(SCOPES), percent=st.none() | st.sampled_from([0, 30, 60, 90, 100]))
    def keep_a_reserve(self, name: str, percent: int | None) -> None:
        reserves = None
        if percent is not None:
            classes = {Priority.LOW: ClassReserve(0), Priority.NORMAL: ClassReserve(percent)}
            reserves = PriorityReserves(classes)
        self.ledgers.edit(self.keys[name], priority_reserves=reserves)
        self.model.scopes[name].let_in_up_to = percent

    @invariant()
    def limits_are_what_they_are_by_now(self) -> None:
        found = self.ledgers.keys.get_all([key.key_id for key in self.keys.values()])
        for name, key in self.keys.items():
            assert found[key.key_id].budget_limit == self.model.scopes[name].limit, name
