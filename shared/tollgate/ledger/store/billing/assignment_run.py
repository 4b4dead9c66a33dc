"""Assigning who pays for a request, scope by scope, before its record is put.

Where something was assigned before, by a settlement that died or by the sweep, that stays. So whoever comes
first at the first scope decides what the request costs, and no record says of a pack what it hasn't paid.
"""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING

from tollgate import money
from tollgate.lean_dataclass import dataclass
from tollgate.ledger.billing import assignments
from tollgate.ledger.billing.billing_modes import BillingMode
from tollgate.ledger.records import BillingParts, Outcome, PackDraw
from tollgate.ledger.scopes import billing_scope
from tollgate.ledger.store.billing import assignment_writes
from tollgate.pricing.bill import Breakdown, BreakdownLine

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from tollgate.aws.update_expression import Update
    from tollgate.ledger.admissions import ScopeHold
    from tollgate.ledger.holds import HoldParts
    from tollgate.ledger.records import LedgerRecord
    from tollgate.ledger.scopes import Scope
    from tollgate.ledger.store.hold_table import HoldTable


# Each try after the first answers to a change that someone else made in between.
_TRIES = 30


def assigned(
    holds: HoldTable, opened: Sequence[ScopeHold], record: LedgerRecord
) -> tuple[tuple[ScopeHold, ...], LedgerRecord]:
    """A request's holds once it is assigned who pays for it, and its record, which says so."""
    run = _AssignmentRun(holds, record, {each.scope.key_id: each for each in opened})
    return run.assign()


def _has_parts(opened: ScopeHold) -> bool:
    return bool(opened.scope.packs or opened.scope.is_metered or opened.hold.parts)


@dataclass(slots=True)
class _AssignmentRun:
    """`record` is what the request comes to, `opened` its holds by scope, from the key up."""

    holds: HoldTable
    record: LedgerRecord
    opened: dict[str, ScopeHold]
    parts: dict[str, HoldParts] = field(default_factory=dict)
    settled: set[str] = field(default_factory=set)

    def assign(self) -> tuple[tuple[ScopeHold, ...], LedgerRecord]:
        billing = self._billing_scope()
        if self.record.calculated_cost or any(each.hold.parts for each in self.opened.values()):
            places = [scope_id for scope_id, each in self.opened.items() if _has_parts(each)]
            # What is metered decides the cost.
            places.sort(key=lambda scope_id: billing is None or scope_id != billing.key_id)
            if places:
                self._take_over(places)
                self._lead(places[0], billing)
                self._follow(places[1:])
        draws = tuple(draw for scope_id in self.opened for draw in self._draws(scope_id))
        record = replace(self.record, pack_draws=draws, billing=self._billed(billing, draws))
        return tuple(self.opened.values()), record

    def _billing_scope(self) -> Scope | None:
        """The one that decides on how the request is billed, if that is as a hybrid."""
        found = billing_scope(each.scope for each in self.opened.values())
        return found if found is not None and found.billing_mode is BillingMode.HYBRID else None

    def _take_over(self, places: Sequence[str]) -> None:
        """Takes over the cost of a settlement that has not come to its end, if that is to be seen."""
        for scope_id in places:
            parts = self.opened[scope_id].hold.parts
            if parts is not None:
                self._adopt(parts.cost)
                return

    def _lead(self, scope_id: str, billing: Scope | None) -> None:
        """Assigns at the first scope, which decides what the request costs."""
        leads_billing = billing is not None and billing.key_id == scope_id
        # What is held for a request, and charged if it is abandoned, reckons with the factor already.
        is_charged = leads_billing and self.record.outcome is not Outcome.ABANDONED
        factor = billing.overage_factor if billing is not None and is_charged else money.ONE
        cost = self.record.calculated_cost
        self._assign(scope_id, cost, factor)
        parts = self.parts.get(scope_id)
        if parts is None or parts.cost == cost:
            return
        if is_charged and _comes_to(parts, cost, factor):
            surcharge = money.difference(parts.cost, cost)
            lines = (*self.record.breakdown.lines, BreakdownLine("overage", 1, surcharge, surcharge))
            self.record = replace(self.record, breakdown=Breakdown(lines))
        else:
            self._adopt(parts.cost)

    def _adopt(self, cost: Decimal) -> None:
        """Has the record say what was assigned by somebody else, who has taken the request for abandoned or
        is so himself.
        """
        line = BreakdownLine("abandoned", 1, cost, cost)
        self.record = replace(self.record, outcome=Outcome.ABANDONED, breakdown=Breakdown((line,)))

    def _follow(self, scope_ids: Sequence[str]) -> None:
        """Assigns at the others, all at once."""
        cost = self.record.calculated_cost
        pending: list[tuple[str, Update]] = []
        for scope_id in scope_ids:
            wanted = self._wanted(scope_id, cost, money.ONE)
            if wanted is not None:
                pending.append((scope_id, wanted))
        answers = self.holds.begin_assigning([update for _, update in pending]).results()
        for (scope_id, update), answer in zip(pending, answers, strict=True):
            self._note(scope_id, self.holds.rewrite(update, answer))
        for scope_id in scope_ids:
            self._assign(scope_id, cost, money.ONE)

    def _assign(self, scope_id: str, cost: Decimal, factor: Decimal) -> None:
        """Assigns at one scope, unless that was done or there is nothing to assign."""
        for _ in range(_TRIES):
            wanted = self._wanted(scope_id, cost, factor)
            if wanted is None:
                return
            self._note(scope_id, self.holds.rewrite(wanted))
        message = f"{self.record.request_id} could not be assigned at {scope_id}: it changed {_TRIES} times."
        raise RuntimeError(message)

    def _wanted(self, scope_id: str, cost: Decimal, factor: Decimal) -> Update | None:
        """What assigns at a scope as it was seen last; None if that was done, or there is nothing to do."""
        opened = self.opened[scope_id]
        if opened.hold.parts is not None:
            self.parts[scope_id] = opened.hold.parts
            return None
        if scope_id in self.settled:
            return None
        wanted = assignments.assignment(opened.scope, self.record.request_id, self.record.model, cost, factor)
        return (
            None
            if wanted.is_nothing
            else assignment_writes.assigning(self.holds.table, wanted, self.holds.form)
        )

    def _note(self, scope_id: str, scope: Scope | None) -> None:
        """Remembers a scope as a write has left or found it. One whose hold is gone is settled already."""
        hold = scope.holds.get(self.record.request_id) if scope else None
        if scope is None or hold is None:
            self.settled.add(scope_id)
        else:
            self.opened[scope_id] = replace(self.opened[scope_id], scope=scope, hold=hold)

    def _draws(self, scope_id: str) -> list[PackDraw]:
        """What the record says of a scope's packs: what was assigned, as far as the cost goes."""
        parts, rest, found = self.parts.get(scope_id), self.record.calculated_cost, []
        for pack_id, draw in parts.draws.items() if parts else ():
            amount = min(draw, rest)
            if amount:
                found.append(PackDraw(scope_id, pack_id, amount))
            rest = money.difference(rest, amount)
        return found

    def _billed(self, billing: Scope | None, draws: Sequence[PackDraw]) -> BillingParts | None:
        """The rest at the billing scope: all of it is included, unless what is beyond a quota is metered."""
        if billing is None:
            return None
        scope_id = billing.key_id
        paid = money.total(draw.amount for draw in draws if draw.scope_id == scope_id)
        rest = money.difference(self.record.calculated_cost, paid)
        parts = self.parts.get(scope_id)
        included = rest if parts is None or parts.included is None else min(parts.included, rest)
        return BillingParts(scope_id, included, money.difference(rest, included))


def _comes_to(parts: HoldParts, cost: Decimal, factor: Decimal) -> bool:
    """Whether parts are what `cost` is split into at the overage's factor."""
    if parts.included is None or parts.metered is None:
        return False
    with money.exact():
        beyond = cost - parts.drawn - parts.included
        return beyond >= 0 and beyond * factor == parts.metered
