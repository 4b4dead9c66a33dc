"""Which candidates have a price for all that a call asks for, and what it can use at most with them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tollgate.refusals import RefusedError
from tollgate_proxy.options import fees, further_models, option_prices

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tollgate.catalog.catalog import Model
    from tollgate.ledger.claims import Demand
    from tollgate_proxy.options.candidate import Candidate
    from tollgate_proxy.options.named_models import NamedModel
    from tollgate_proxy.options.options import Options


def priced_candidates(
    model: Model,
    candidates: tuple[Candidate, ...],
    asked: Options,
    further: Sequence[tuple[NamedModel, Model]],
    at: datetime,
) -> tuple[Candidate, ...]:
    """Those of the candidates that have a price for all that is asked, with the further models.

    Raises `RefusedError` if none has.
    """
    found: list[Candidate] = []
    refusals: list[RefusedError] = []
    for each in candidates:
        unpriced = option_prices.first_unpriced(asked, model, each.price, each.provider.vendor)
        if unpriced is not None:
            refusals.append(option_prices.refusal(model, unpriced))
            continue
        try:
            served = further_models.at_provider(further, each.provider, asked, at)
            found.append(replace(each, further=served) if served else each)
        except RefusedError as refused:
            refusals.append(refused)
    if not found:
        raise refusals[0]
    return tuple(found)


def demand_of(candidates: tuple[Candidate, ...], demand: Demand, asked: Options) -> Demand:
    """The demand at the candidates' prices, in the ways that they may serve it."""
    prices = tuple(price for each in candidates for price in each.prices)
    speeds = {each.named.speed for candidate in candidates for each in candidate.further}
    made = replace(
        demand,
        prices=prices,
        # With others to ask, an answer that never comes is not the end, but may be billed.
        lost_inputs=1 if len(candidates) > 1 else 0,
        serving_modes=asked.serving_modes(prices, speeds),
        tool_calls=fees.max_calls(candidates, asked, demand.tool_calls),
    )
    advisors = [[each for each in candidate.further if each.named.advises] for candidate in candidates]
    # Each candidate has the same ones, in their order.
    sides = tuple(further_models.side(each, made) for each in zip(*advisors, strict=True))
    return replace(made, sides=sides) if sides or made.sides else made
