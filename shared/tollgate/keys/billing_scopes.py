"""What is in force for a key of how it is billed: set by itself, or by the nearest key above it that does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate.lean_dataclass import dataclass
from tollgate.ledger.billing.billing_modes import BillingMode
from tollgate.ledger.scopes import billing_scope, inherited

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tollgate.ledger.scopes import Scope


@dataclass(frozen=True, slots=True)
class Billing:
    """`at` is the scope that sets the mode, the root if none does."""

    mode: BillingMode
    at: Scope
    cost_centre: str | None


def billing_of(chain: Sequence[Scope]) -> Billing:
    """Of a key and all above it, from the key up."""
    at = billing_scope(chain) or chain[-1]
    cost_centre = inherited(scope.cost_centre for scope in chain)
    return Billing(at.billing_mode or BillingMode.INTERNAL, at, cost_centre)
