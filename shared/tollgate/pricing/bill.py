"""What a request costs at a price version, exactly, and at most."""

from __future__ import annotations

from dataclasses import field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from tollgate import money
from tollgate.lean_dataclass import dataclass
from tollgate.pricing.price_versions import label
from tollgate.pricing.usage import TokenClass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from decimal import Decimal

    from tollgate.pricing.price_versions import PriceVersion
    from tollgate.pricing.usage import Usage


@dataclass(frozen=True, slots=True)
class BreakdownLine:
    """One line of a bill.

    `item` is a token class, `request`, `tool:` and a tool's name, or `model:`, the name of another model that
    worked on the request, `:` and a token class. `unit_price` is USD per 1M tokens, otherwise USD for one,
    with all that multiplies it; `cost` is USD.
    """

    item: str
    quantity: int
    unit_price: Decimal
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Breakdown:
    lines: tuple[BreakdownLine, ...]

    @property
    def total(self) -> Decimal:
        with money.exact():
            return sum((line.cost for line in self.lines), money.ZERO)


@dataclass(frozen=True, slots=True)
class ServingModes:
    """How a request may be served, as far as that decides its price.

    `tiers`, `speeds` and `geos` are names, None among them being the usual way, and None instead of them any
    that has a price. `classes` are those of the tokens that can occur.
    """

    tiers: frozenset[str | None] | None = None
    speeds: frozenset[str | None] = frozenset({None})
    geos: frozenset[str | None] | None = None
    classes: frozenset[TokenClass] = frozenset(TokenClass)


ANY_MODE = ServingModes()


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """What a request can't use more of, known before it is sent."""

    prompt_tokens: int
    completion_tokens: int
    tool_calls: Mapping[str, int] = field(default_factory=dict)
    serving_modes: ServingModes = ANY_MODE


def price(
    usage: Usage,
    version: PriceVersion,
    at: datetime,
    factor: Decimal = money.ONE,
    others: Mapping[str, PriceVersion] = MappingProxyType({}),
) -> Breakdown:
    """The bill for `usage`, by class.

    `at` decides between peak and off-peak; `factor` is the key's markup or discount on everything. `others`
    are the prices of further models that worked on it; one that isn't among them costs what `version` says.
    """
    with money.exact():
        return Breakdown(tuple(_lines(usage, version, at, factor, others)))


def bound(limits: RequestLimits, version: PriceVersion, factor: Decimal = money.ONE) -> Decimal:
    """The most in USD that a request within its limits can cost, whenever and however it may be served."""
    with money.exact():
        windows = max([money.ONE, *(window.multiplier for window in version.windows)])
        lengths = [0, *(tier.above + 1 for tier in version.tiers if tier.above < limits.prompt_tokens)]
        served = list(_dearest_modes(version, limits.serving_modes))
        rates = {
            output: max(
                version.rate(token_class, length, tier, speed) * multiplier
                for tier, speed, multiplier in served
                for token_class in limits.serving_modes.classes
                if token_class.is_output is output
                for length in lengths
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
        return (tokens * windows + version.request_price + tools) * factor


def _dearest_modes(
    version: PriceVersion, modes: ServingModes
) -> Iterator[tuple[str | None, str | None, Decimal]]:
    """A tier and a speed of each way to be served that has rates of its own, and what multiplies these."""
    tiers = (
        {None, *version.service_tiers, *version.service_tier_rates} if modes.tiers is None else modes.tiers
    )
    geos = {None, *version.inference_geos} if modes.geos is None else modes.geos
    place = max(version.geo_multiplier(geo) for geo in geos)
    plain = []
    for tier in tiers:
        for speed in modes.speeds:
            multiplier = version.tier_multiplier(tier, speed) * place
            if {label(tier), label(speed)} & version.service_tier_rates.keys():
                yield tier, speed, multiplier
            else:
                plain.append(multiplier)
    if plain:
        yield None, None, max(plain)


def _lines(
    usage: Usage,
    version: PriceVersion,
    at: datetime,
    factor: Decimal,
    others: Mapping[str, PriceVersion],
) -> Iterator[BreakdownLine]:
    yield from _token_lines(usage, version, at, factor)
    if version.request_price:
        unit_price = version.request_price * factor
        yield BreakdownLine("request", 1, unit_price, unit_price)
    for tool, calls in sorted(usage.tool_calls.items()):
        unit_price = version.tool_prices.get(tool, money.ZERO) * factor
        yield BreakdownLine(f"tool:{tool}", calls, unit_price, unit_price * calls)
    for other in usage.others:
        used = replace(usage, tokens=other.tokens)
        for line in _token_lines(used, others.get(other.model, version), at, factor):
            yield replace(line, item=f"model:{other.model}:{line.item}")


def _token_lines(
    usage: Usage, version: PriceVersion, at: datetime, factor: Decimal
) -> Iterator[BreakdownLine]:
    """Lines of a model's tokens; which of its prices apply goes by the length of its own prompt."""
    tier, speed = usage.service_tier, usage.speed
    multiplier = version.multiplier(tier, at, speed, usage.inference_geo) * factor
    prompt_tokens = usage.prompt_tokens
    for token_class, count in sorted(usage.tokens.items()):
        unit_price = version.rate(token_class, prompt_tokens, tier, speed) * multiplier
        yield BreakdownLine(token_class.value, count, unit_price, money.cost_of(count, unit_price))
