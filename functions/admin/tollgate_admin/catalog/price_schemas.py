"""Prices on the wire: USD per 1M tokens of a class, and what multiplies or adds to them."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints

from tollgate import money
from tollgate.pricing.price_versions import UNPRICED, PriceVersion, PriceWindow, Tier
from tollgate.pricing.usage import TOKEN_CLASSES, TokenClass
from tollgate_admin.web import field_errors
from tollgate_admin.web.wire_types import Date, Expiry, Factor, Moment, Price, RequestModel, Usd, Zone

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_RATES = {spec.price_field: token_class for token_class, spec in TOKEN_CLASSES.items()}


def _ascending(tiers: list[TierRates]) -> list[TierRates]:
    borders = [tier.above_prompt_tokens for tier in tiers]
    if borders != sorted(set(borders)):
        message = "abovePromptTokens must be ascending and distinct"
        raise ValueError(message)
    return tiers


ClockTime = Annotated[
    str,
    StringConstraints(
        pattern=field_errors.pattern(r"^([01][0-9]|2[0-3]):[0-5][0-9]$", "must be a time of day like 08:30")
    ),
]
Label = Annotated[
    str,
    StringConstraints(
        pattern=field_errors.pattern(
            r"^[a-z0-9_]{1,64}$", "must be 1 to 64 lower-case letters, digits and underscores"
        )
    ),
]


class TokenPrices(RequestModel):
    """USD per 1M tokens, by token class; a class without a rate is null."""

    input_price: Price | None = None
    cached_input_price: Price | None = None
    cache_write_price: Price | None = None
    cache_write_1h_price: Price | None = Field(default=None, alias="cacheWrite1hPrice")
    input_audio_price: Price | None = None
    input_image_price: Price | None = None
    output_price: Price | None = None
    reasoning_price: Price | None = None
    output_audio_price: Price | None = None
    output_image_price: Price | None = None


class TierRates(TokenPrices):
    """Rates for requests whose whole prompt is longer than `abovePromptTokens`."""

    above_prompt_tokens: Annotated[int, Field(ge=1, le=99_999_999)]


class WindowBody(RequestModel):
    """Hours in which tokens cost `multiplier` times their rate, up to but not including `end`."""

    days: Annotated[list[Day], Field(min_length=1, max_length=7)]
    start: ClockTime
    end: ClockTime
    zone: Zone
    multiplier: Factor

    def to_window(self) -> PriceWindow:
        days = frozenset(_DAYS.index(day) for day in self.days)
        start, end = time.fromisoformat(self.start), time.fromisoformat(self.end)
        return PriceWindow(days, start, end, self.zone, self.multiplier)

    @classmethod
    def of(cls, window: PriceWindow) -> Self:
        return cls(
            days=[_DAYS[day] for day in sorted(window.days)],
            start=window.start.isoformat("minutes"),
            end=window.end.isoformat("minutes"),
            zone=window.zone,
            multiplier=window.multiplier,
        )


class PriceBody(TokenPrices):
    """`effectiveAt` defaults to now. `source` and `sourcedAt` say where prices from a catalog come from.

    `serviceTiers` and `serviceTierPrices` also apply to speeds (`fast`).
    """

    tiers: Annotated[list[TierRates], Field(max_length=10), AfterValidator(_ascending)] = Field(
        default_factory=list
    )
    service_tiers: dict[Label, Factor] = Field(default_factory=dict, max_length=10)
    service_tier_prices: dict[Label, TokenPrices] = Field(default_factory=dict, max_length=10)
    inference_geos: dict[Label, Factor] = Field(default_factory=dict, max_length=20)
    windows: list[WindowBody] = Field(default_factory=list, max_length=20)
    request_price: Price = money.ZERO
    tool_prices: dict[Label, Price] = Field(default_factory=dict, max_length=20)
    effective_at: Expiry | None = None
    source: (
        Annotated[
            str,
            StringConstraints(
                pattern=field_errors.pattern(r"^https://\S+$", "must be a URL that begins with https://"),
                max_length=512,
            ),
        ]
        | None
    ) = None
    sourced_at: Date | None = None


class PriceView(TokenPrices):
    """A price version; its fields are null without one. `fromCatalog` says whether it has a source."""

    price_version: str | None
    effective_at: Moment | None
    tiers: list[TierRates]
    service_tiers: dict[str, Usd]
    service_tier_prices: dict[str, TokenPrices]
    inference_geos: dict[str, Usd]
    windows: list[WindowBody]
    request_price: Usd
    tool_prices: dict[str, Usd]
    from_catalog: bool
    source: str | None
    sourced_at: date | None


def price_changes(body: PriceBody) -> dict[str, Any]:
    """The fields of a `PriceVersion` that a body changes: rates by class, None where one is taken away."""
    sent = body.changes()
    simple = ("service_tiers", "inference_geos", "request_price", "tool_prices", "source", "sourced_at")
    changes: dict[str, Any] = {name: sent[name] for name in simple if name in sent}
    rates = {_RATES[name]: value for name, value in sent.items() if name in _RATES}
    if rates:
        changes["rates"] = rates
    if "tiers" in sent:
        changes["tiers"] = tuple(Tier(tier.above_prompt_tokens, _rates_of(tier)) for tier in body.tiers)
    if "service_tier_prices" in sent:
        changes["service_tier_rates"] = {
            name: _rates_of(prices) for name, prices in body.service_tier_prices.items()
        }
    if "windows" in sent:
        changes["windows"] = tuple(window.to_window() for window in body.windows)
    return changes


def price_fields(version: PriceVersion | None) -> dict[str, Any]:
    """The fields of a `PriceView`."""
    shown = version or UNPRICED
    return {
        **_rate_fields(shown.rates),
        "price_version": version.id if version else None,
        "effective_at": version.effective_at if version else None,
        "tiers": [
            TierRates(above_prompt_tokens=tier.above, **_rate_fields(tier.rates)) for tier in shown.tiers
        ],
        "service_tiers": shown.service_tiers,
        "service_tier_prices": {
            name: TokenPrices(**_rate_fields(rates)) for name, rates in shown.service_tier_rates.items()
        },
        "inference_geos": shown.inference_geos,
        "windows": [WindowBody.of(window) for window in shown.windows],
        "request_price": shown.request_price,
        "tool_prices": shown.tool_prices,
        "from_catalog": shown.source is not None,
        "source": shown.source,
        "sourced_at": shown.sourced_at,
    }


def _rates_of(body: TokenPrices) -> dict[TokenClass, Any]:
    given = {token_class: getattr(body, name) for name, token_class in _RATES.items()}
    return {token_class: rate for token_class, rate in given.items() if rate is not None}


def _rate_fields(rates: Any) -> dict[str, Any]:
    return {name: rates.get(token_class) for name, token_class in _RATES.items()}
