"""Prices as providers publish them, and the versions that a model goes through."""

from __future__ import annotations

import itertools
import math
from dataclasses import field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tollgate import money
from tollgate.lean_dataclass import dataclass
from tollgate.pricing.usage import TOKEN_CLASSES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, time
    from decimal import Decimal

    from tollgate.pricing.usage import TokenClass


@dataclass(frozen=True, slots=True)
class Tier:
    """Rates in USD per 1M tokens for requests whose whole prompt is longer than `above` tokens.

    All tokens of such a request are charged at them; what a tier doesn't name keeps its rate.
    """

    above: int
    rates: Mapping[TokenClass, Decimal]


@dataclass(frozen=True, slots=True)
class PriceWindow:
    """Hours at which tokens cost `multiplier` times their rate.

    From `start` until just before `end`, by the clocks of the IANA zone, on weekdays that count from
    Monday, 0. An end at or before the start lies on the next day, and the window belongs to the day
    that it starts on. Clocks that go back repeat an hour, and the window with it.
    """

    days: frozenset[int]
    start: time
    end: time
    zone: str
    multiplier: Decimal

    def contains(self, at: datetime) -> bool:
        # Imported where a price has hours: it would be a third of the proxy's own start.
        from zoneinfo import ZoneInfo  # noqa: PLC0415

        local = at.astimezone(ZoneInfo(self.zone))
        today, now = local.weekday(), local.time()
        if self.start < self.end:
            return today in self.days and self.start <= now < self.end
        yesterday = (today - 1) % 7
        return (today in self.days and now >= self.start) or (yesterday in self.days and now < self.end)


@dataclass(frozen=True, slots=True)
class PriceVersion:
    """A model's prices from `effective_at` on. It never changes: records name the version they used.

    `rates` are USD per 1M tokens, `request_price` USD per request, `tool_prices` USD per call of a
    provider's tool. `service_tiers` multiply the rates of requests served at that tier (`batch`), or at a
    speed of that name (`fast`); `service_tier_rates` are the rates of a tier whose prices are no multiple of
    the others. `inference_geos` multiply the rates of requests served in a place (`us`). Names are labels
    (`label`). `source` and `sourced_at` say where a catalog has the figures from.
    """

    id: str
    effective_at: datetime
    rates: Mapping[TokenClass, Decimal]
    tiers: tuple[Tier, ...] = ()
    service_tiers: Mapping[str, Decimal] = field(default_factory=dict)
    service_tier_rates: Mapping[str, Mapping[TokenClass, Decimal]] = field(default_factory=dict)
    inference_geos: Mapping[str, Decimal] = field(default_factory=dict)
    windows: tuple[PriceWindow, ...] = ()
    request_price: Decimal = money.ZERO
    tool_prices: Mapping[str, Decimal] = field(default_factory=dict)
    source: str | None = None
    sourced_at: date | None = None

    @property
    def is_free(self) -> bool:
        """Whether no request can cost anything."""
        return not (self.charges_tokens or any((self.request_price, *self.tool_prices.values())))

    @property
    def charges_tokens(self) -> bool:
        """Whether tokens can cost anything, so that what multiplies their rates matters."""
        tables = (self.rates, *(tier.rates for tier in self.tiers), *self.service_tier_rates.values())
        return any(rate for table in tables for rate in table.values())

    def has_tier(self, name: str) -> bool:
        """Whether there is a price for a tier of service, or a speed, of that name."""
        return label(name) in self.service_tiers or label(name) in self.service_tier_rates

    def has_geo(self, name: str) -> bool:
        """Whether there is a price for being served in that place, if only as a tier's."""
        return label(name) in self.inference_geos or self.has_tier(name)

    def rate(
        self,
        token_class: TokenClass,
        prompt_tokens: int,
        service_tier: str | None = None,
        speed: str | None = None,
    ) -> Decimal:
        """USD per 1M tokens of a class, in a request with a prompt of that length served in that way."""
        tables = [self.rates]
        reached = [tier for tier in self.tiers if prompt_tokens > tier.above]
        if reached:
            tables.insert(0, max(reached, key=lambda tier: tier.above).rates)
        if self.service_tier_rates:
            tables[:0] = [self.service_tier_rates.get(label(name), {}) for name in (service_tier, speed)]
        priced: TokenClass | None = token_class
        while priced is not None:
            for rates in tables:
                if priced in rates:
                    return rates[priced]
            priced = TOKEN_CLASSES[priced].part_of
        return money.ZERO

    def multiplier(
        self,
        service_tier: str | None,
        at: datetime,
        speed: str | None = None,
        inference_geo: str | None = None,
    ) -> Decimal:
        """What the rates are multiplied by; of windows that overlap, the dearest counts."""
        open_windows = [window.multiplier for window in self.windows if window.contains(at)]
        with money.exact():
            served = self.tier_multiplier(service_tier, speed) * self.geo_multiplier(inference_geo)
            return served * max(open_windows, default=money.ONE)

    def tier_multiplier(self, service_tier: str | None, speed: str | None = None) -> Decimal:
        """The tier's multiplier times the speed's. A tier that is reported as the speed, too, counts once."""
        names = dict.fromkeys((label(service_tier), label(speed)))
        with money.exact():
            return math.prod((self.service_tiers.get(name, money.ONE) for name in names), start=money.ONE)

    def geo_multiplier(self, inference_geo: str | None) -> Decimal:
        place = label(inference_geo)
        return self.inference_geos.get(place, self.service_tiers.get(place, money.ONE))


def inexact_multipliers(version: PriceVersion) -> tuple[str, ...]:
    """Names of tiers, and of a place, whose multipliers come to more digits than money stays exact with.

    Empty if none do. A request can be served at a tier, at a speed, which is a tier here, and at a place.
    """
    tiers: list[tuple[str, ...]] = [(), *((name,) for name in version.service_tiers)]
    tiers += itertools.combinations(version.service_tiers, 2)
    for names in tiers:
        for place in (None, *version.inference_geos):
            with money.exact():
                product = math.prod((version.service_tiers[name] for name in names), start=money.ONE)
                product *= version.inference_geos.get(place or "", money.ONE)
            if product > money.COMBINED_MAX or -_exponent(product) > money.COMBINED_DECIMALS:
                return (*names, *([place] if place else []))
    return ()


def _exponent(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def label(name: str | None) -> str:
    """How prices spell a name that providers spell as they like: `US-East` is `us_east`; empty for none."""
    return name.lower().replace("-", "_") if name else ""


# Of a model that is served although nobody has set its price: it is recorded at zero, under this name.
UNPRICED = PriceVersion("unpriced", datetime(1970, 1, 1, tzinfo=UTC), {})


def in_force(versions: tuple[PriceVersion, ...], at: datetime) -> PriceVersion | None:
    """The version that applies at a moment: of those in effect by then, the last."""
    effective = [version for version in versions if version.effective_at <= at]
    # Of two with the same moment, the one that was added later: `max` takes the first it meets.
    return max(reversed(effective), key=lambda version: version.effective_at) if effective else None
