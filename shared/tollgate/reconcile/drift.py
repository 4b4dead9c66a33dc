"""By what two sums of money may be apart, where it is unknown what one of them has counted."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Self

from tollgate import money
from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

# More sums than this are not told apart.
_MAX_CANDIDATES = 10_000


@dataclass(frozen=True, slots=True)
class DriftInterval:
    """What two sums may differ by, in USD: one of `candidates`, or, where those are too many, anything from
    `minimum` to `maximum`.
    """

    minimum: Decimal
    maximum: Decimal
    candidates: frozenset[Decimal] | None

    @classmethod
    def of(cls, difference: Decimal, uncertain: Iterable[Decimal]) -> Self:
        """`difference` less any of the `uncertain` amounts, none of which is negative."""
        least, each = difference, {difference}
        with money.exact():
            for amount in uncertain:
                least -= amount
                if len(each) <= _MAX_CANDIDATES:
                    each |= {one - amount for one in each}
        return cls(least, difference, frozenset(each) if len(each) <= _MAX_CANDIDATES else None)

    @property
    def are_one(self) -> bool:
        return self.minimum == self.maximum

    @property
    def nearest_zero(self) -> Decimal:
        return min(self.candidates or (self.minimum, self.maximum), key=Decimal.copy_abs)

    def admit(self, difference: Decimal) -> bool:
        if self.candidates is not None:
            return difference in self.candidates
        return self.minimum <= difference <= self.maximum

    def also(self, others: DriftInterval) -> DriftInterval | None:
        """The differences that both intervals admit; None if there are none."""
        listed = self.candidates if self.candidates is not None else others.candidates
        if listed is not None:
            both = frozenset(one for one in listed if self.admit(one) and others.admit(one))
            return DriftInterval(min(both), max(both), both) if both else None
        least, most = max(self.minimum, others.minimum), min(self.maximum, others.maximum)
        return DriftInterval(least, most, None) if least <= most else None


@dataclass(frozen=True, slots=True)
class SuspectedDrift:
    """That a counter is wrong: by one reading, or `confirmed` by two that agree on the difference."""

    differences: DriftInterval
    confirmed: bool = False

    def reconsidered(self, reading: DriftInterval) -> SuspectedDrift | None:
        """What another reading makes of it; None if the counter may be right after all."""
        if reading.admit(money.ZERO):
            return None
        agreed = self.differences.also(reading)
        return SuspectedDrift(agreed, confirmed=True) if agreed else SuspectedDrift(reading)

    @property
    def is_clear(self) -> bool:
        """Whether another reading would say nothing new."""
        return self.confirmed and self.differences.are_one
