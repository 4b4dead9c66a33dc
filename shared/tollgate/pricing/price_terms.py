"""Price terms: how what a call costs at its provider is charged, as set on keys and inherited by those below.

The nearest scope, from a call's key up, that has a factor for the call's model at its moment decides on the
factor. Of a scope's own, one that is scheduled then comes before the model's, and that before the plain one.
Likewise the nearest scope that sets a minimum fee decides on that, and the nearest that sets a billing mode
on what is metered.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from tollgate import money
from tollgate.lean_dataclass import dataclass
from tollgate.pricing.bill import Breakdown, BreakdownLine

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from decimal import Decimal

MINIMUM_FEE = "minimum_fee"


@dataclass(frozen=True, slots=True)
class ScheduledFactor:
    """A factor from `starts_at` on and before `ends_at`, None being open; of `models`, or of all."""

    factor: Decimal
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    models: frozenset[str] | None = None

    def applies_to(self, model: str | None, at: datetime) -> bool:
        return (
            (self.starts_at is None or self.starts_at <= at)
            and (self.ends_at is None or at < self.ends_at)
            and (self.models is None or model in self.models)
        )


@dataclass(frozen=True, slots=True)
class PriceTerms:
    """What one scope sets: what it doesn't is the business of the scope above it.

    `factor` is a markup or a discount on everything, `model_factors` are those of models by their names in
    the catalog. The first of the `schedule` that applies counts. `minimum_fee` is in USD. `overage` is what
    multiplies that which the scope meters beyond an included quota, 1 where it meters nothing, and None
    unless it decides on how calls are billed.
    """

    factor: Decimal | None = None
    model_factors: Mapping[str, Decimal] = field(default_factory=dict)
    schedule: tuple[ScheduledFactor, ...] = ()
    minimum_fee: Decimal | None = None
    overage: Decimal | None = None

    @property
    def models(self) -> frozenset[str]:
        """Those that it names."""
        scheduled = (each.models or frozenset() for each in self.schedule)
        return frozenset(self.model_factors).union(*scheduled)

    def factor_of(self, model: str | None, at: datetime) -> Decimal | None:
        """The factor for a model at a moment, None if the scope has none; for no model the plain one."""
        scheduled = next((each.factor for each in self.schedule if each.applies_to(model, at)), None)
        if scheduled is not None:
            return scheduled
        return self.factor if model is None else self.model_factors.get(model, self.factor)


INHERITED = PriceTerms()


@dataclass(frozen=True, slots=True)
class Tariff:
    """What calls of one model are charged by at one moment.

    `factor` multiplies the provider's price; what then costs anything costs `minimum_fee`, USD, at least.
    `overage` is what else may multiply all or a part of it, where it is metered beyond what is included.
    """

    factor: Decimal = money.ONE
    minimum_fee: Decimal = money.ZERO
    overage: Decimal = money.ONE

    def billed(self, bill: Breakdown) -> Breakdown:
        """A bill at the factor, with the fee on top if it comes to less, but to something."""
        cost = bill.total
        if not cost or cost >= self.minimum_fee:
            return bill
        missing = money.difference(self.minimum_fee, cost)
        return Breakdown((*bill.lines, BreakdownLine(MINIMUM_FEE, 1, missing, missing)))

    def charged(self, cost: Decimal) -> Decimal:
        """What a cost at the factor is charged as, overage apart."""
        return max(cost, self.minimum_fee) if cost else cost

    def most_charged(self, cost: Decimal) -> Decimal:
        """What a cost at the factor may be charged as at most."""
        charged = self.charged(cost)
        return money.product_at_least(charged, self.overage) if self.overage > money.ONE else charged

    def affords(self, amount: Decimal) -> Decimal:
        """The highest cost at the factor that is charged as no more than an amount, negative if none is."""
        left = money.quotient_at_most(amount, self.overage) if self.overage > money.ONE else amount
        return left if left >= self.minimum_fee else min(left, money.ZERO)


AT_COST = Tariff()


def factor_source(chain: Iterable[PriceTerms], model: str | None, at: datetime) -> int | None:
    """The place, from the key up, of the terms that decide on the factor, None if none do."""
    return next((place for place, terms in enumerate(chain) if terms.factor_of(model, at) is not None), None)


def fee_source(chain: Iterable[PriceTerms]) -> int | None:
    """Likewise of those that decide on the minimum fee."""
    return next((place for place, terms in enumerate(chain) if terms.minimum_fee is not None), None)


def tariff(chain: Iterable[PriceTerms], model: str | None, at: datetime) -> Tariff:
    """By the terms of a call's key and of all scopes above it, from the key up."""
    factor: Decimal | None = None
    minimum_fee: Decimal | None = None
    overage: Decimal | None = None
    for terms in chain:
        if terms is INHERITED:
            continue
        if factor is None:
            factor = terms.factor_of(model, at)
        if minimum_fee is None:
            minimum_fee = terms.minimum_fee
        if overage is None:
            overage = terms.overage
    return Tariff(
        money.ONE if factor is None else factor,
        money.ZERO if minimum_fee is None else minimum_fee,
        money.ONE if overage is None else overage,
    )
