"""A price version as a map within a model's item, and back."""

from __future__ import annotations

from datetime import date, time
from typing import TYPE_CHECKING, Any

from tollgate.clock import from_rfc3339, rfc3339
from tollgate.pricing.price_versions import PriceVersion, PriceWindow, Tier
from tollgate.pricing.usage import TokenClass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from tollgate.aws.dynamodb import Item


def to_item(version: PriceVersion) -> Item:
    return {
        "id": version.id,
        "effective_at": rfc3339(version.effective_at),
        "rates": _rates(version.rates),
        "tiers": [{"above": tier.above, "rates": _rates(tier.rates)} for tier in version.tiers],
        "service_tiers": dict(version.service_tiers),
        "service_tier_rates": {name: _rates(rates) for name, rates in version.service_tier_rates.items()},
        "inference_geos": dict(version.inference_geos),
        "windows": [
            {
                "days": sorted(window.days),
                "start": window.start.isoformat("minutes"),
                "end": window.end.isoformat("minutes"),
                "zone": window.zone,
                "multiplier": window.multiplier,
            }
            for window in version.windows
        ],
        "request_price": version.request_price,
        "tool_prices": dict(version.tool_prices),
        "source": version.source,
        "sourced_at": version.sourced_at.isoformat() if version.sourced_at else None,
    }


def to_version(item: Mapping[str, Any]) -> PriceVersion:
    return PriceVersion(
        id=item["id"],
        effective_at=from_rfc3339(item["effective_at"]),
        rates=_to_rates(item["rates"]),
        tiers=tuple(Tier(int(tier["above"]), _to_rates(tier["rates"])) for tier in item["tiers"]),
        service_tiers=item["service_tiers"],
        service_tier_rates={name: _to_rates(rates) for name, rates in item["service_tier_rates"].items()},
        inference_geos=item.get("inference_geos", {}),
        windows=tuple(
            PriceWindow(
                days=frozenset(int(day) for day in window["days"]),
                start=time.fromisoformat(window["start"]),
                end=time.fromisoformat(window["end"]),
                zone=window["zone"],
                multiplier=window["multiplier"],
            )
            for window in item["windows"]
        ),
        request_price=item["request_price"],
        tool_prices=item["tool_prices"],
        source=item["source"],
        sourced_at=date.fromisoformat(item["sourced_at"]) if item["sourced_at"] else None,
    )


def _rates(rates: Mapping[TokenClass, Decimal]) -> Item:
    return {token_class.value: rate for token_class, rate in rates.items()}


def _to_rates(item: Mapping[str, Any]) -> dict[TokenClass, Decimal]:
    return {TokenClass(name): rate for name, rate in item.items()}
