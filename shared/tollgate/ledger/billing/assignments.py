"""Who pays for a request that ends: what a scope's packs do, and what its quota includes of the rest.

It is noted in the request's hold before the record is written, so that the record can say it. What was once
assigned at a scope stays: whoever settles the request later, the sweep included, goes by it. Only when the
hold is closed does it give way to the record, if that says less.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from tollgate import money
from tollgate.lean_dataclass import dataclass
from tollgate.ledger.billing import packs
from tollgate.ledger.holds import HoldParts

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from tollgate.ledger.holds import Hold
    from tollgate.ledger.quotas import Quota
    from tollgate.ledger.records import BillingParts
    from tollgate.ledger.scopes import Scope


class DrawChange(NamedTuple):
    """What an assignment does to one pack, USD.

    `drawn` is taken off what is left, `taken` off what is free, where not all may use it: less what the
    request had reserved, so that it may be negative. One that `is_exact` was drawn to the end: what was
    left of it must be as it was seen.
    """

    pack_id: str
    drawn: Decimal
    taken: Decimal
    is_exact: bool


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a scope, as it was `seen`, is to pay of a request with a hold there, which becomes `after`.

    `counted` is what is drawn of packs that are in the scope's sum. `quota` is the scope's after it, where a
    request is late, as to the past window.
    """

    seen: Scope
    request_id: str
    after: Hold
    parts: HoldParts
    draws: tuple[DrawChange, ...]
    counted: Decimal
    in_window: bool
    quota: Quota | None

    @property
    def is_nothing(self) -> bool:
        """Whether it leaves all of the cost to the scope's budgets, as without packs."""
        return not self.parts.draws and self.parts.included is None


def assignment(
    scope: Scope, request_id: str, model: str | None, cost: Decimal, factor: Decimal
) -> Assignment:
    """What a scope pays of `cost`, USD; `factor` multiplies what is metered of it."""
    hold = scope.holds[request_id]
    changes = tuple(_draws(scope, hold, model, cost))
    draws = {each.pack_id: each.drawn for each in changes if each.drawn}
    with money.exact():
        rest = cost - money.total(draws.values())
        counted = money.total(
            each.drawn for each in changes if scope.packs[each.pack_id].is_counted(scope.changes_at)
        )
        parts = _parts(scope, hold.at, HoldParts(cost, draws), rest, factor)
        in_window = hold.at >= scope.quota.starts_at
        after = replace(hold, amount=hold.amount - counted, reserved={}, parts=parts)
    return Assignment(
        seen=scope,
        request_id=request_id,
        after=after,
        parts=parts,
        draws=changes,
        counted=counted,
        in_window=in_window,
        quota=None if in_window else _late(scope.quota, hold.at, counted, parts),
    )


def _draws(scope: Scope, hold: Hold, model: str | None, cost: Decimal) -> list[DrawChange]:
    changes, rest = [], cost
    for pack_id, pack in packs.in_order(scope.packs):
        reserved = hold.reserved.get(pack_id, money.ZERO)
        usable = max(pack.usable(reserved), money.ZERO) if pack.pays_for(model, hold.at) else money.ZERO
        drawn = min(usable, rest)
        if drawn or reserved:
            is_exact = drawn == usable and drawn < rest
            changes.append(DrawChange(pack_id, drawn, money.difference(drawn, reserved), is_exact))
        rest = money.difference(rest, drawn)
    return changes


def _parts(scope: Scope, at: datetime, parts: HoldParts, rest: Decimal, factor: Decimal) -> HoldParts:
    """With what is included and what is metered of the `rest`, where the scope meters."""
    if not scope.is_metered:
        return parts
    included = min(rest, _included_left(scope.quota, at, rest))
    beyond = money.difference(rest, included)
    metered = beyond * factor
    return replace(parts, cost=parts.cost + metered - beyond, included=included, metered=metered)


def _included_left(quota: Quota, at: datetime, rest: Decimal) -> Decimal:
    """What a quota includes still, in the window of a moment; all of `rest` where nobody knows any more."""
    if at >= quota.starts_at:
        return quota.remaining_included
    past = quota.past
    if past is None or at < past.starts_at:
        return rest
    return max(money.difference(past.allowance, past.included), money.ZERO)


def _late(quota: Quota, at: datetime, counted: Decimal, parts: HoldParts) -> Quota | None:
    """The quota after a request of the past window was assigned; None if nothing of that one is known."""
    past = quota.past
    if past is None or at < past.starts_at:
        return None
    return quota.settled_late(money.ZERO, counted, parts.included or money.ZERO, parts.metered or money.ZERO)


class Returned(NamedTuple):
    """What a pack gets back when a hold is closed, USD."""

    pack_id: str
    left: Decimal
    free: Decimal


def returned(scope: Scope, hold: Hold, paid: dict[str, Decimal]) -> tuple[Returned, ...]:
    """What packs get back of what was drawn or reserved, if the record says that they have `paid` so much."""
    drawn = hold.parts.draws if hold.parts else {}
    found = []
    for pack_id in dict.fromkeys((*drawn, *hold.reserved)):
        pack = scope.packs.get(pack_id)
        back = money.difference(drawn.get(pack_id, money.ZERO), paid.get(pack_id, money.ZERO))
        free = money.total([back, hold.reserved.get(pack_id, money.ZERO)])
        if pack is not None and (back or free):
            found.append(Returned(pack_id, back, money.ZERO if pack.free is None else free))
    return tuple(each for each in found if each.left or each.free)


def regained(
    parts: HoldParts, scope_id: str, rest: Decimal, billing: BillingParts | None
) -> tuple[Decimal, Decimal] | None:
    """What was taken for included and for metered and is neither, by a record that leaves a scope the `rest`.

    None if the two are what was assigned.
    """
    if parts.included is None or parts.metered is None:
        return None
    if billing is not None and billing.scope_id == scope_id:
        included, metered = billing.included, billing.metered
    else:
        included = min(parts.included, rest)
        metered = money.difference(rest, included)
    back = money.difference(parts.included, included), money.difference(parts.metered, metered)
    return back if any(back) else None
