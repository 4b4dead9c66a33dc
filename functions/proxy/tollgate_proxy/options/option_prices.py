"""Whether a price covers what a request asks for, and the refusal where none does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate.pricing.price_versions import UNPRICED
from tollgate.pricing.vendors import Vendor
from tollgate.refusals import RefusedError
from tollgate_proxy.options import fees, options
from tollgate_proxy.options.wishes import Kind

if TYPE_CHECKING:
    from tollgate.catalog.catalog import Model
    from tollgate.pricing.price_versions import PriceVersion
    from tollgate_proxy.options.options import Options
    from tollgate_proxy.options.wishes import Wish

# What matters only where tokens cost anything at all.
_OF_TOKENS = frozenset({Kind.TIER, Kind.SPEED, Kind.GEO, Kind.CACHE})
_REMEDIES = {
    Kind.TIER: "`serviceTiers` or `serviceTierPrices`",
    Kind.SPEED: "`serviceTiers` or `serviceTierPrices`",
    Kind.GEO: "`inferenceGeos`",
    Kind.CACHE: "`cacheWrite1hPrice`",
    Kind.TOOL: "`toolPrices`",
    Kind.SEARCH: "`toolPrices`",
    Kind.OUTPUT: "`outputImagePrice` or `outputAudioPrice`",
}


def lacking(asked: Options, model: Model, price: PriceVersion, vendor: Vendor) -> Wish | None:
    """The first of a request's wishes that a price of the model has nothing for, if that matters."""
    if model.allow_unpriced_options or price is UNPRICED:
        return None
    return next((wish for wish in asked.wishes if not _covers(price, wish, vendor)), None)


def _covers(price: PriceVersion, wish: Wish, vendor: Vendor) -> bool:
    if wish.kind in _OF_TOKENS and not price.charges_tokens:
        return True
    match wish.kind:
        case Kind.TIER | Kind.SPEED:
            return price.has_tier(wish.name)
        case Kind.GEO:
            return price.has_geo(wish.name)
        case Kind.CACHE | Kind.OUTPUT:
            return options.class_of(wish) in price.rates
    return _has_fee(price, wish, vendor)


def _has_fee(price: PriceVersion, wish: Wish, vendor: Vendor) -> bool:
    if wish.kind is Kind.SEARCH:
        return vendor is not Vendor.PERPLEXITY or wish.name in price.tool_prices
    return wish.kind is Kind.TOOL and fees.price_name(wish.name, price) is not None


def refusal(model: Model, wish: Wish) -> RefusedError:
    """Says what to leave out, or what an administrator can set."""
    remedy = _REMEDIES.get(wish.kind)
    settings = f"{remedy}, or `allowUnpricedOptions`" if remedy else "`allowUnpricedOptions`"
    # Of what is left to the provider only the member that does so may be known.
    named = "" if wish.name == wish.place.rpartition(".")[2] else f", `{wish.name}`,"
    message = (
        f"`{wish.place}` asks for a {wish.kind}{named} that the model `{model.system_name}` has no price "
        f"for, so it isn't served. Leave it out, or ask your administrator to set {settings} on the model."
    )
    return RefusedError(wish.reason, message, param=wish.place)
