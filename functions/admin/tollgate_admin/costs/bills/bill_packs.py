"""The packs on a key's bill: what each paid in the month, and how it stands now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate import money
from tollgate.costs.aggregates import Tally
from tollgate.lean_dataclass import dataclass
from tollgate_admin.costs.bills.bill_views import PackLine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from decimal import Decimal

    from tollgate.keys.pack_definitions import PackStanding
    from tollgate.keys.store.resource_packs import ResourcePacks
    from tollgate.ledger.scopes import Scope
    from tollgate_admin.web.date_ranges import DateRange

# As many as are read at once.
_PACKS = 100


@dataclass(frozen=True, slots=True)
class BilledPacks:
    """A key's packs on the bill of a month. `paid` is what they paid in it, by their ids."""

    standings: Mapping[str, PackStanding]
    paid: Mapping[str, Tally]
    span: DateRange

    @property
    def drawn(self) -> Decimal:
        return money.total(tally.cost for tally in self.paid.values())

    @property
    def purchases(self) -> Decimal:
        """What the packs cost that were bought in the month, USD."""
        return money.total(
            each.definition.purchase or money.ZERO for each in self.standings.values() if self._is_new(each)
        )

    def lines(self, now: datetime) -> list[PackLine]:
        """Of each pack that paid in the month, was added in it, or still had something to pay with in it.

        The oldest first; those of which nothing but their use is known come last.
        """
        known = sorted(self.standings.values(), key=_age)
        shown = [each for each in known if each.definition.id in self.paid or self._was_there(each)]
        unknown = sorted(self.paid.keys() - self.standings.keys())
        return [
            *(self._line(each.definition.id, **_fields(each, now)) for each in shown),
            *(self._line(pack_id) for pack_id in unknown),
        ]

    def _line(self, pack_id: str, **known: Any) -> PackLine:
        tally = self.paid.get(pack_id, Tally())
        return PackLine(pack_id=pack_id, requests=tally.requests, drawn=tally.cost, **known)

    def _is_new(self, standing: PackStanding) -> bool:
        return self.span.since <= standing.definition.created_at < self.span.until

    def _was_there(self, standing: PackStanding) -> bool:
        ends = standing.definition.expires_at
        is_left = bool(standing.left) and (ends is None or self.span.since < ends)
        return self._is_new(standing) or (is_left and standing.definition.created_at < self.span.until)


def billed_packs(
    packs: ResourcePacks, scope: Scope, paid: Mapping[str, Tally], span: DateRange
) -> BilledPacks:
    """Of a key that was read before."""
    return BilledPacks({each.definition.id: each for each in _standings(packs, scope)}, paid, span)


def _standings(packs: ResourcePacks, scope: Scope) -> Iterator[PackStanding]:
    following = None
    while True:
        found, following = packs.page(scope, _PACKS, following)
        yield from found
        if following is None:
            return


def _age(standing: PackStanding) -> tuple[datetime, str]:
    return standing.definition.created_at, standing.definition.id


def _fields(standing: PackStanding, now: datetime) -> dict[str, Any]:
    definition = standing.definition
    return {
        "name": definition.name,
        "category": definition.category,
        "state": standing.state_at(now),
        "amount": definition.amount,
        "price": definition.price,
        "used": standing.used,
        "left": standing.left,
        "voided": standing.voided,
        "created_at": definition.created_at,
        "expires_at": definition.expires_at,
    }
