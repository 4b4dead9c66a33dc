"""What a request costs at a price version, exactly, and at most."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tollgate import money
from tollgate.usage import TokenClass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from decimal import Decimal

    from tollgate.prices import PriceVersion
    from tollgate.usage import Usage


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bill.

    `item` is a token class, `request`, or `tool:` and a tool's name. `unit_price` is USD per 1M
    tokens, otherwise USD for one, with all that multiplies it; `cost` is USD.
    """

    item: str
    quantity: int
    unit_price: Decimal
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Breakdown:
    lines: tuple[Line, ...]

    @property
    def total(self) -> Decimal:
        with money.exact():
            return sum((line.cost for line in self.lines), money.ZERO)


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """What a request can't use more of, known before it is sent."""

    prompt_tokens: int
    completion_tokens: int
    tool_calls: Mapping[str, int] = field(default_factory=dict)


def price(usage: Usage, version: PriceVersion, at: datetime, factor: Decimal = money.ONE) -> Breakdown:
    """The bill for `usage`, by class.

    `at` decides between peak and off-peak; `factor` is the key's markup or discount on everything.
    """
    with money.exact():
        return Breakdown(tuple(_lines(usage, version, at, factor)))


def bound(limits: RequestLimits, version: PriceVersion, factor: Decimal = money.ONE) -> Decimal:
    """The most in USD that a request within its limits can cost, whenever and however it is served."""
    with money.exact():
        multiplier = max([money.ONE, *version.service_tiers.values()])
        multiplier *= max([money.ONE, *(window.multiplier for window in version.windows)])
        lengths = [tier.above + 1 for tier in version.tiers if tier.above < limits.prompt_tokens]
        rates = {
            output: max(
                version.rate(token_class, length, service_tier)
                for token_class in TokenClass
                if token_class.is_output is output
                for length in (0, *lengths)
                for service_tier in (None, *version.service_tier_rates)
            )
            for output in (False, True)
        }
        tokens = money.cost_of(limits.prompt_tokens, rates[False]) + money.cost_of(
            limits.completion_tokens, rates[True]
        )
        tools = sum(
            (version.tool_prices.get(tool, money.ZERO) * calls for tool, calls in limits.tool_calls.items()),
            money.ZERO,
        )
        return (tokens * multiplier + version.request_price + tools) * factor


def _lines(usage: Usage, version: PriceVersion, at: datetime, factor: Decimal) -> Iterator[Line]:
    multiplier = version.multiplier(usage.service_tier, at) * factor
    prompt_tokens = usage.prompt_tokens
    for token_class, count in sorted(usage.tokens.items()):
        unit_price = version.rate(token_class, prompt_tokens, usage.service_tier) * multiplier
        yield Line(token_class.value, count, unit_price, money.cost_of(count, unit_price))
    if version.request_price:
        unit_price = version.request_price * factor
        yield Line("request", 1, unit_price, unit_price)
    for tool, calls in sorted(usage.tool_calls.items()):
        unit_price = version.tool_prices.get(tool, money.ZERO) * factor
        yield Line(f"tool:{tool}", calls, unit_price, unit_price * calls)
