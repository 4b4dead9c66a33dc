"""Claims: what a request may cost and use at most, for its hold to reserve."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from tollgate import money
from tollgate.lean_dataclass import dataclass
from tollgate.pricing import bill
from tollgate.pricing.bill import ANY_MODE, RequestLimits, ServingModes
from tollgate.pricing.price_terms import AT_COST

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from tollgate.pricing.price_terms import Tariff
    from tollgate.pricing.price_versions import PriceVersion


@dataclass(frozen=True, slots=True)
class Claim:
    """An upper bound: USD, and tokens of prompt and completion together.

    `output_tokens` is the limit of one choice's output that it rests on.
    """

    amount: Decimal
    tokens: int
    output_tokens: int


@dataclass(frozen=True, slots=True)
class SideDemand:
    """What another model may use besides, whatever is left for the output: an advisor that is consulted.

    It is priced by one of `prices`, nobody knows by which, and has one of `names` at its provider.
    """

    prices: tuple[PriceVersion, ...]
    limits: RequestLimits
    names: frozenset[str] = frozenset()

    def bound(self, factor: Decimal) -> Decimal:
        return max(bill.bound(self.limits, price, factor) for price in self.prices)


@dataclass(frozen=True, slots=True)
class Demand:
    """What a request asks for, as far as it can be known before it is sent.

    `prompt_tokens` bounds the input. Each of the `choices` gets `output_tokens` at most, or, if money or
    tokens are short, fewer, but not fewer than `min_output_tokens`: the two are equal if the client has
    set the limit itself. With less than `worthwhile_output_tokens` it takes no part of what is left, only the
    last of it. `other_output_tokens` are billed as output whatever the limit (predictions that
    the model rejects). It is priced by one of `prices`, nobody knows by which; `lost_inputs` is how often
    the input may be billed besides, by providers that were asked in vain. It may be served in any of the
    `serving_modes`; `sides` is what further models may use for it. Claims are what it may be charged as by a
    tariff.

    `content_tokens` bounds what of the input the client has sent, None if there is more that nobody has seen.
    `max_tool_calls` is a limit on hosted tools' calls that the demand rests on and the client has not set,
    None if there is none. `advice` is what would lower the demand by far more than sending less would, None
    if nothing is known of that. `spent`, USD, is what other models have cost for it already, as charged.
    """

    prices: tuple[PriceVersion, ...]
    prompt_tokens: int
    output_tokens: int
    min_output_tokens: int
    choices: int = 1
    other_output_tokens: int = 0
    tool_calls: Mapping[str, int] = field(default_factory=dict)
    lost_inputs: int = 0
    serving_modes: ServingModes = ANY_MODE
    sides: tuple[SideDemand, ...] = ()
    worthwhile_output_tokens: int = 0
    content_tokens: int | None = None
    max_tool_calls: int | None = None
    advice: str | None = None
    spent: Decimal = money.ZERO

    def claim(self, output_tokens: int, tariff: Tariff = AT_COST) -> Claim:
        completion = self._completion(output_tokens)
        amount = max(self._bound(completion, price, tariff.factor) for price in self.prices)
        return Claim(
            amount=tariff.most_charged(money.total([amount, *self._besides(tariff.factor)])),
            tokens=self.prompt_tokens + completion,
            output_tokens=output_tokens,
        )

    def max_claim(self, tariff: Tariff = AT_COST) -> Claim:
        return self.claim(self.output_tokens, tariff)

    def min_claim(self, tariff: Tariff = AT_COST) -> Claim:
        return self.claim(self.min_output_tokens, tariff)

    def worthwhile_claim(self, tariff: Tariff = AT_COST) -> Claim:
        return self.claim(self._worthwhile_output, tariff)

    def fitting(self, amount: Decimal | None, tokens: int | None, tariff: Tariff = AT_COST) -> Claim | None:
        """The largest claim within `amount` USD and `tokens`, None for no limit; None if none is worth it."""
        return self._largest(amount, tokens, tariff, self._worthwhile_output)

    def last(self, amount: Decimal | None, tokens: int | None, tariff: Tariff = AT_COST) -> Claim | None:
        """The same with as little output as there may be."""
        return self._largest(amount, tokens, tariff, self.min_output_tokens)

    def _largest(
        self, amount: Decimal | None, tokens: int | None, tariff: Tariff, least: int
    ) -> Claim | None:
        output = self.output_tokens
        if tokens is not None:
            output = min(output, (tokens - self.prompt_tokens - self.other_output_tokens) // self.choices)
        if amount is not None:
            output = min(output, self._affordable(tariff.affords(amount), tariff.factor))
        return self.claim(output, tariff) if output >= least else None

    @property
    def _worthwhile_output(self) -> int:
        return max(self.worthwhile_output_tokens, self.min_output_tokens)

    def input_cost(self, factor: Decimal = money.ONE) -> Decimal:
        """What the input alone costs at most, at a factor of prices."""
        return max(self._bound(0, price, factor) for price in self.prices)

    def _besides(self, factor: Decimal) -> list[Decimal]:
        """What it may cost apart from the call that serves it."""
        lost = [self.input_cost(factor)] * self.lost_inputs
        return [self.spent, *lost, *(side.bound(factor) for side in self.sides)]

    def _affordable(self, amount: Decimal, factor: Decimal) -> int:
        """The output tokens of each choice that `amount` pays for, below none if not even the input."""
        left = money.difference(amount, money.total(self._besides(factor)))
        return min(self._affordable_at(price, left, factor) for price in self.prices)

    def _affordable_at(self, price: PriceVersion, amount: Decimal, factor: Decimal) -> int:
        # A bound is linear in the output's tokens.
        fixed = self._bound(self._completion(0), price, factor)
        one = money.difference(self._bound(self._completion(1), price, factor), fixed)
        left = money.difference(amount, fixed)
        if left < 0:
            return -1
        if not one:
            return self.output_tokens
        with money.exact():
            return int(left // one)

    def _completion(self, output_tokens: int) -> int:
        return output_tokens * self.choices + self.other_output_tokens

    def _bound(self, completion_tokens: int, price: PriceVersion, factor: Decimal) -> Decimal:
        limits = RequestLimits(self.prompt_tokens, completion_tokens, self.tool_calls, self.serving_modes)
        return bill.bound(limits, price, factor)


@dataclass(frozen=True, slots=True)
class SummedDemand(Demand):
    """The sum of what calls may cost: USD at the provider's prices, in all and for their inputs alone.

    It is let in as a whole or not at all. Providers don't count a batch against a minute's tokens, and
    neither does its claim.
    """

    most: Decimal = money.ZERO
    most_for_inputs: Decimal = money.ZERO

    @classmethod
    def of(cls, price: PriceVersion, most: Decimal, most_for_inputs: Decimal) -> SummedDemand:
        return cls(
            (price,),
            prompt_tokens=0,
            output_tokens=0,
            min_output_tokens=0,
            most=most,
            most_for_inputs=most_for_inputs,
        )

    def claim(self, output_tokens: int, tariff: Tariff = AT_COST) -> Claim:
        with money.exact():
            amount = self.most * tariff.factor
        return Claim(tariff.most_charged(amount), tokens=0, output_tokens=output_tokens)

    def fitting(self, amount: Decimal | None, tokens: int | None, tariff: Tariff = AT_COST) -> Claim | None:
        return self.last(amount, tokens, tariff)

    def last(self, amount: Decimal | None, _tokens: int | None, tariff: Tariff = AT_COST) -> Claim | None:
        whole = self.max_claim(tariff)
        return whole if amount is None or whole.amount <= amount else None

    def input_cost(self, factor: Decimal = money.ONE) -> Decimal:
        with money.exact():
            return self.most_for_inputs * factor
