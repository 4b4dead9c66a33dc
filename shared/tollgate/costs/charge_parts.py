"""How charges come about: what the provider had of them, who paid, and what was added to the price of tokens.

Kept apart from what every request has, because most requests have none of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate import money
from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from decimal import Decimal


@dataclass(frozen=True, slots=True)
class ChargeParts:
    """Sums over requests, USD.

    `margin` is the cost less the provider's price, negative at a discount: kept in place of that price, so
    that sums of requests at both prices and at one add up. `packs` is what packs paid at the scope that a
    request is billed at, `included` and `metered` what that scope's quota paid and what came beyond it. Of
    each request the three are at most its cost, and are its cost if it is billed at a hybrid scope. `overage`
    is the part of `metered` that the overage factor added, `fees` what least fees added to the cost.
    """

    margin: Decimal = money.ZERO
    packs: Decimal = money.ZERO
    included: Decimal = money.ZERO
    metered: Decimal = money.ZERO
    overage: Decimal = money.ZERO
    fees: Decimal = money.ZERO

    def plus(self, other: ChargeParts) -> ChargeParts:
        """To be called within `money.exact()`."""
        if other is NO_PARTS:
            return self
        return ChargeParts(
            self.margin + other.margin,
            self.packs + other.packs,
            self.included + other.included,
            self.metered + other.metered,
            self.overage + other.overage,
            self.fees + other.fees,
        )

    def less(self, other: ChargeParts) -> ChargeParts:
        """To be called within `money.exact()`."""
        if other is NO_PARTS:
            return self
        return ChargeParts(
            self.margin - other.margin,
            self.packs - other.packs,
            self.included - other.included,
            self.metered - other.metered,
            self.overage - other.overage,
            self.fees - other.fees,
        )


NO_PARTS = ChargeParts()
