"""Reserving of packs that pay for some models alone, for a request that its budgets have too little for.

What is left of such packs isn't in the sums that admissions compare, since not every request may draw it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from tollgate import money
from tollgate.ledger.billing import packs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from decimal import Decimal

    from tollgate.ledger.scopes import Balance, Scope


class Reservation(NamedTuple):
    """What a request reserves of a scope's packs, USD by pack, and the scope as it was seen."""

    seen: Scope
    amounts: Mapping[str, Decimal]

    @property
    def total(self) -> Decimal:
        return money.total(self.amounts.values())


def reservable(scope: Scope, model: str | None, at: datetime) -> dict[str, Decimal]:
    """What is free of packs that pay for `model`, and not for all others, in the order in which they pay."""
    return {
        pack_id: pack.free
        for pack_id, pack in packs.in_order(scope.packs)
        if pack.free is not None and pack.free > 0 and pack.pays_for(model, at)
    }


def widened(balances: Sequence[Balance], free: Decimal) -> list[Balance]:
    """Balances of a request that may have so much of packs besides. What is overspent is none of theirs."""
    return [
        replace(
            each,
            available=money.total([max(each.available, money.ZERO), free]),
            packs=money.total([each.packs, free]),
        )
        for each in balances
    ]


def reservation(
    scope: Scope, free: Mapping[str, Decimal], balances: Sequence[Balance], amount: Decimal
) -> Reservation:
    """What a request that claims `amount` needs of packs beside what its balances have for it."""
    bounded = [max(each.available, money.ZERO) for each in balances if each.is_bounded]
    is_exhausted = any(each.is_exhausted for each in balances)
    rest = money.difference(amount, money.ZERO if is_exhausted else min([amount, *bounded]))
    amounts = {}
    for pack_id, each in free.items():
        amounts[pack_id] = min(each, rest)
        rest = money.difference(rest, amounts[pack_id])
    return Reservation(scope, {pack_id: each for pack_id, each in amounts.items() if each})
