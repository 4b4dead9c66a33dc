"""Out of what a scope pays for the next call: its packs, what its quota includes, or what is metered."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tollgate.ledger.scopes import Balance, Scope


class Phase(StrEnum):
    """In their order. `included` is a quota or budget, also where nothing follows it."""

    PACKS = "packs"
    INCLUDED = "included"
    METERED = "metered"


def phase_of(scope: Scope) -> Phase | None:
    """The phase of a scope; None for one that has neither packs nor hybrid billing."""
    if not scope.shares_costs:
        return None
    if scope.packs_left > 0:
        return Phase.PACKS
    return Phase.METERED if scope.is_metered and scope.quota.remaining_included <= 0 else Phase.INCLUDED


def beyond(balance: Balance) -> Phase | None:
    """Out of what calls are paid when a budget's limit is used; None if they are refused then."""
    if balance.packs > 0:
        return Phase.PACKS
    goes_on = balance.is_metered and balance.overage != 0 and not balance.is_exhausted
    return Phase.METERED if goes_on else None


def nearest(scopes: Iterable[Scope]) -> Phase | None:
    """The phase of the first of a chain's scopes, from the key up, that has one."""
    return next((phase for scope in scopes if (phase := phase_of(scope)) is not None), None)
