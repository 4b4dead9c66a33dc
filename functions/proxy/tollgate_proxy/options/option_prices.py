"""Whether a price covers what a request asks for, and the refusal where none does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate.pricing.price_versions import UNPRICED
from tollgate.pricing.vendors import Vendor
from tollgate.refusals import RefusedError
from tollgate_proxy.options import fees, options
from tollgate_proxy.options.requested_options import OptionKind

if TYPE_CHECKING:
    from tollgate.catalog.catalog import Model
    from tollgate.pricing.image_prices import ImageKind
    from tollgate.pricing.price_versions import PriceVersion
    from tollgate_proxy.options.options import Options
    from tollgate_proxy.options.requested_options import RequestedOption

# What matters only where tokens cost anything at all.
_OF_TOKENS = frozenset({OptionKind.TIER, OptionKind.SPEED, OptionKind.GEO, OptionKind.CACHE})
_REMEDIES = {
    OptionKind.TIER: "`serviceTiers` or `serviceTierPrices`",
    OptionKind.SPEED: "`serviceTiers` or `serviceTierPrices`",
    OptionKind.GEO: "`inferenceGeos`",
    OptionKind.CACHE: "`cacheWrite1hPrice`",
    OptionKind.TOOL: "`toolPrices`",
    OptionKind.SEARCH: "`toolPrices`",
    OptionKind.OUTPUT: "`outputImagePrice` or `outputAudioPrice`",
    OptionKind.IMAGE: "`toolPrices`",
}


def first_unpriced(
    asked: Options, model: Model, price: PriceVersion, vendor: Vendor
) -> RequestedOption | None:
    """The first of a request's options that a price of the model has nothing for, if that matters."""
    if model.allow_unpriced_options or price is UNPRICED:
        return None
    return next((option for option in asked.requested if not _covers(price, option, vendor)), None)


def _covers(price: PriceVersion, option: RequestedOption, vendor: Vendor) -> bool:
    if option.kind in _OF_TOKENS and not price.charges_tokens:
        return True
    match option.kind:
        case OptionKind.TIER | OptionKind.SPEED:
            return price.has_tier(option.name)
        case OptionKind.GEO:
            return price.has_geo(option.name)
        case OptionKind.CACHE | OptionKind.OUTPUT:
            return options.class_of(option) in price.rates
        case OptionKind.IMAGE:
            return price.charges_tokens or fees.image_price_name(option, price) is not None
    return _has_fee(price, option, vendor)


def _has_fee(price: PriceVersion, option: RequestedOption, vendor: Vendor) -> bool:
    if option.kind is OptionKind.SEARCH:
        return vendor is not Vendor.PERPLEXITY or option.name in price.tool_prices
    return option.kind is OptionKind.TOOL and fees.price_name(option.name, price) is not None


def refusal(model: Model, option: RequestedOption) -> RefusedError:
    """Says what to leave out, or what an administrator can set."""
    remedy = _REMEDIES.get(option.kind)
    settings = f"{remedy}, or `allowUnpricedOptions`" if remedy else "`allowUnpricedOptions`"
    # Of what is left to the provider only the member that does so may be known.
    name = option.name if option.image is None else _image_name(option.image)
    named = "" if name == option.param.rpartition(".")[2] else f" `{name}`"
    message = (
        f"The model `{model.system_name}` has no price for the {option.kind}{named} requested by "
        f"`{option.param}`. Leave it out, or ask your administrator to set {settings} on the model."
    )
    return RefusedError(option.reason, message, param=option.param)


def _image_name(kind: ImageKind) -> str:
    from tollgate.pricing import image_prices  # noqa: PLC0415 - few calls are for images

    return image_prices.full_name(kind)
