"""Claims: what a request may cost and use at most, for its hold to reserve."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tollgate import money, pricing
from tollgate.pricing import RequestLimits

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from tollgate.prices import PriceVersion


@dataclass(frozen=True, slots=True)
class Claim:
    """An upper bound: USD, and tokens of prompt and completion together.

    `output_tokens` is the limit of one choice's output that it rests on.
    """

    amount: Decimal
    tokens: int
    output_tokens: int


@dataclass(frozen=True, slots=True)
class Demand:
    """What a request asks for, as far as it can be known before it is sent.

    `prompt_tokens` bounds the input. Each of the `choices` gets `output_tokens` at most, or, if money or
    tokens are short, fewer, but not fewer than `least_output_tokens`: the two are equal if the client has
    set the limit itself. `other_output_tokens` are billed as output whatever the limit (predictions that
    the model rejects). `factor` is the key's markup or discount.
    """

    price: PriceVersion
    prompt_tokens: int
    output_tokens: int
    least_output_tokens: int
    choices: int = 1
    other_output_tokens: int = 0
    tool_calls: Mapping[str, int] = field(default_factory=dict)

    def claim(self, output_tokens: int, factor: Decimal) -> Claim:
        completion = output_tokens * self.choices + self.other_output_tokens
        return Claim(
            amount=pricing.bound(self._limits(completion), self.price, factor),
            tokens=self.prompt_tokens + completion,
            output_tokens=output_tokens,
        )

    def most(self, factor: Decimal) -> Claim:
        return self.claim(self.output_tokens, factor)

    def least(self, factor: Decimal) -> Claim:
        return self.claim(self.least_output_tokens, factor)

    def fitting(self, amount: Decimal | None, tokens: int | None, factor: Decimal) -> Claim | None:
        """The largest claim within `amount` USD and `tokens`, None being no limit; None if none fits."""
        output = self.output_tokens
        if tokens is not None:
            output = min(output, (tokens - self.prompt_tokens - self.other_output_tokens) // self.choices)
        if amount is not None:
            output = min(output, self._affordable(amount, factor))
        return self.claim(output, factor) if output >= self.least_output_tokens else None

    def input_cost(self, factor: Decimal) -> Decimal:
        """What the input alone costs at most."""
        return pricing.bound(self._limits(0), self.price, factor)

    def _affordable(self, amount: Decimal, factor: Decimal) -> int:
        """How many output tokens of each choice `amount` pays for, below none if not even the input."""
        # A bound is linear in the output's tokens.
        fixed = pricing.bound(self._limits(self.other_output_tokens), self.price, factor)
        one = money.difference(self.claim(1, factor).amount, self.claim(0, factor).amount)
        left = money.difference(amount, fixed)
        if left < 0:
            return -1
        if not one:
            return self.output_tokens
        with money.exact():
            return int(left // one)

    def _limits(self, completion_tokens: int) -> RequestLimits:
        return RequestLimits(self.prompt_tokens, completion_tokens, self.tool_calls)
