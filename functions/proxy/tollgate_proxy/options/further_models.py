"""Further models of a request at a provider: whether it serves them, at which price, and how much of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tollgate.lean_dataclass import dataclass
from tollgate.ledger.claims import SideDemand
from tollgate.pricing.bill import RequestLimits
from tollgate.pricing.price_versions import UNPRICED, label
from tollgate.pricing.provider_usage import MAX_TOKENS
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.options import option_prices
from tollgate_proxy.options.options import USUAL_TIERS
from tollgate_proxy.options.requested_options import OptionKind, RequestedOption

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from tollgate.catalog.catalog import Model, Provider
    from tollgate.ledger.claims import Demand
    from tollgate.pricing.price_versions import PriceVersion
    from tollgate_proxy.options.named_models import NamedModel
    from tollgate_proxy.options.options import Options
    from tollgate_proxy.ports import Catalog

# How often an advisor is asked that the request doesn't limit; as for other tools, an assumption.
_USES_UNSTATED = 10
# What a model can read or write whose limits the catalog doesn't know.
_MAX_CONTEXT = 2_097_152


@dataclass(frozen=True, slots=True)
class PricedFurtherModel:
    """A named model that the catalog has, as one provider serves it."""

    named: NamedModel
    model: Model
    remote_id: str
    price: PriceVersion


def known(
    named: Iterable[NamedModel], catalog: Catalog, wanted: Model
) -> tuple[tuple[NamedModel, Model], ...]:
    """The named models as the catalog has them; raises `RefusedError` for one of another type, or none."""
    found = []
    for each in named:
        model = catalog.model(each.name)
        if model is None:
            message = f"The model `{each.name}` does not exist."
            raise RefusedError(Reason.MODEL_NOT_FOUND, message, param=each.param)
        if model.type is not wanted.type:
            message = (
                f"The model `{each.name}` must have the same type as `{wanted.system_name}` ({wanted.type}), "
                f"but its type is {model.type}."
            )
            raise RefusedError(Reason.MODEL_WRONG_TYPE, message, param=each.param)
        found.append((each, model))
    return tuple(found)


def at_provider(
    found: Iterable[tuple[NamedModel, Model]], provider: Provider, asked: Options, at: datetime
) -> tuple[PricedFurtherModel, ...]:
    """The models as a provider serves them at that moment; raises `RefusedError` if one isn't served so."""
    return tuple(_at_provider(named, model, provider, asked, at) for named, model in found)


def _at_provider(
    named: NamedModel, model: Model, provider: Provider, asked: Options, at: datetime
) -> PricedFurtherModel:
    target = next((each for each in model.targets if each.provider_id == provider.id), None)
    if target is None:
        message = f"The model `{named.name}` isn't served by the provider of the request's own model."
        raise RefusedError(Reason.MODEL_WRONG_PROVIDER, message, param=named.param)
    price = model.price_at(at, target.prices) or UNPRICED
    if price is UNPRICED and not model.allow_unpriced:
        message = (
            f"The model `{named.name}` has no price, so it isn't served. Ask your administrator to set one."
        )
        raise RefusedError(Reason.MODEL_NOT_PRICED, message, param=named.param)
    lacking = option_prices.first_unpriced(_of_model(asked, named), model, price, provider.vendor)
    if lacking is not None:
        raise option_prices.refusal(model, lacking)
    return PricedFurtherModel(named, model, target.remote_id, price)


def _of_model(asked: Options, named: NamedModel) -> Options:
    """What the request asks of the named model: of an advisor no tools, for it has none."""
    requested = asked.of_kinds(OptionKind.TIER, OptionKind.GEO) if named.advises else asked.requested
    if label(named.speed) not in USUAL_TIERS:
        requested = (
            *requested,
            RequestedOption(OptionKind.SPEED, named.speed or "", named.param.replace(".model", ".speed")),
        )
    return replace(asked, requested=requested)


def widest(model: Model, found: Iterable[tuple[NamedModel, Model]]) -> Model:
    """The model with the limits of whichever of those that may serve in its place has the widest."""
    contexts, outputs = [model.context_limit], [model.output_limit]
    for named, other in found:
        if not named.advises:
            contexts.append(other.context_limit)
            outputs.append(other.output_limit)
    return replace(model, context_limit=_largest(contexts), output_limit=_largest(outputs))


def _largest(limits: Sequence[int | None]) -> int | None:
    known = [limit for limit in limits if limit is not None]
    return max(known) if len(known) == len(limits) else None


def side(advisors: Sequence[PricedFurtherModel], demand: Demand) -> SideDemand:
    """What an advisor may use at most, of one provider or another: at each use it reads all there is."""
    named, model = advisors[0].named, advisors[0].model
    uses = named.uses or _USES_UNSTATED
    context = _MAX_CONTEXT if model.context_limit is None else model.context_limit
    output = model.output_limit or context
    read = min(context, demand.prompt_tokens + demand.output_tokens * demand.choices)
    limits = RequestLimits(
        prompt_tokens=min(read * uses, MAX_TOKENS),
        completion_tokens=min(min(named.output_tokens or output, output) * uses, MAX_TOKENS),
        serving_modes=demand.serving_modes,
    )
    names = frozenset(each.remote_id for each in advisors)
    return SideDemand(tuple(each.price for each in advisors), limits, names)
