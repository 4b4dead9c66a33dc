"""What a team on hybrid billing owes for its calls, reckoned from published prices and tokens alone.

It shares nothing with the ledger but `Decimal`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

ZERO, MILLION = Decimal(0), Decimal(1_000_000)


@dataclass(frozen=True)
class Price:
    """USD per 1M tokens."""

    prompt: Decimal
    completion: Decimal

    def of(self, prompt_tokens: int, completion_tokens: int) -> Decimal:
        return (prompt_tokens * self.prompt + completion_tokens * self.completion) / MILLION


@dataclass(frozen=True)
class Terms:
    """What a key is charged by: `fee` is USD that a call costs at least, `overage` a factor."""

    factor: Decimal = Decimal(1)
    fee: Decimal = ZERO
    overage: Decimal = Decimal(1)


@dataclass(frozen=True)
class Entry:
    """A call and who pays for it, in USD. `fee` and `overage` are parts of `cost`."""

    request_id: str
    key_id: str
    model: str
    asked_for: str
    prompt_tokens: int
    completion_tokens: int
    provider_cost: Decimal
    cost: Decimal
    fee: Decimal = ZERO
    overage: Decimal = ZERO
    draws: dict[str, Decimal] = field(default_factory=dict)
    included: Decimal = ZERO
    metered: Decimal = ZERO

    @property
    def packs(self) -> Decimal:
        return sum(self.draws.values(), ZERO)


def charged(provider_cost: Decimal, terms: Terms) -> tuple[Decimal, Decimal]:
    """A call's cost without overage, and the part of it that is the fee."""
    at_factor = provider_cost * terms.factor
    fee = max(terms.fee - at_factor, ZERO)
    return at_factor + fee, fee


@dataclass
class HybridAccount:
    """What is left of packs, in the order in which they pay, and of the quota.

    While it doesn't meter, all that packs leave is included, also what comes beyond the allowance.
    """

    terms: Terms
    allowance: Decimal
    packs: dict[str, Decimal]
    meters: bool = False
    included: Decimal = ZERO
    metered: Decimal = ZERO

    @property
    def used(self) -> Decimal:
        """Of the quota."""
        return self.included + self.metered

    @property
    def phase(self) -> str:
        if any(self.packs.values()):
            return "packs"
        return "metered" if self.meters and self.included >= self.allowance else "included"

    def pay(self, cost: Decimal) -> tuple[dict[str, Decimal], Decimal, Decimal, Decimal]:
        """What packs, the quota and the customer pay of a cost; the last includes the overage, told apart."""
        draws, rest = dict[str, Decimal](), cost
        for pack_id, left in self.packs.items():
            drawn = min(left, rest)
            if drawn:
                draws[pack_id] = drawn
                self.packs[pack_id] -= drawn
                rest -= drawn
        included = min(rest, max(self.allowance - self.included, ZERO)) if self.meters else rest
        beyond = rest - included
        metered = beyond * self.terms.overage
        self.included += included
        self.metered += metered
        return draws, included, metered, metered - beyond


def total(entries: list[Entry], figure: str = "cost") -> Decimal:
    return sum((getattr(each, figure) for each in entries), ZERO)
