"""Differences: by what two sums of money may be apart, where it is unknown what one of them has counted."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Self

from tollgate import money

if TYPE_CHECKING:
    from collections.abc import Iterable

# More sums than this are not told apart.
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Differences:
    """One of `each`, USD, or, where those are too many, anything from `least` to `most`."""

    least: Decimal
    most: Decimal
    each: frozenset[Decimal] | None

    @classmethod
    def of(cls, difference: Decimal, uncertain: Iterable[Decimal]) -> Self:
        """`difference` less any of the `uncertain` amounts, none of which is negative."""
        least, each = difference, {difference}
        with money.exact():
            for amount in uncertain:
                least -= amount
                if len(each) <= _MOST:
                    each |= {one - amount for one in each}
        return cls(least, difference, frozenset(each) if len(each) <= _MOST else None)

    @property
    def are_one(self) -> bool:
        return self.least == self.most

    @property
    def nearest_zero(self) -> Decimal:
        return min(self.each or (self.least, self.most), key=Decimal.copy_abs)

    def admit(self, difference: Decimal) -> bool:
        if self.each is not None:
            return difference in self.each
        return self.least <= difference <= self.most

    def also(self, others: Differences) -> Differences | None:
        """Those that both admit; None if there are none."""
        listed = self.each if self.each is not None else others.each
        if listed is not None:
            both = frozenset(one for one in listed if self.admit(one) and others.admit(one))
            return Differences(min(both), max(both), both) if both else None
        least, most = max(self.least, others.least), min(self.most, others.most)
        return Differences(least, most, None) if least <= most else None


@dataclass(frozen=True, slots=True)
class Suspicion:
    """That a counter is wrong: by one reading, or `confirmed` by two that agree on the difference."""

    differences: Differences
    confirmed: bool = False

    def after(self, reading: Differences) -> Suspicion | None:
        """What another reading makes of it; None if the counter may be right after all."""
        if reading.admit(money.ZERO):
            return None
        agreed = self.differences.also(reading)
        return Suspicion(agreed, confirmed=True) if agreed else Suspicion(reading)

    @property
    def is_clear(self) -> bool:
        """Whether another reading would say nothing new."""
        return self.confirmed and self.differences.are_one
