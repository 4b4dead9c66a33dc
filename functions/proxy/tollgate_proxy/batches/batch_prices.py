"""What the calls of a batch may cost, and what they did cost: at the price of the tier `batch`.

A price without that tier charges its ordinary rates: a provider that serves batches at a discount bills less
then, never more.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from tollgate import money
from tollgate.gateway_state.stored_batches import CallLimits
from tollgate.ledger.claims import Demand, SummedDemand
from tollgate.pricing import bill
from tollgate.pricing.bill import RequestLimits
from tollgate.pricing.usage import TokenClass
from tollgate_proxy.options.options import Options
from tollgate_proxy.options.requested_options import OptionKind, RequestedOption

if TYPE_CHECKING:
    from decimal import Decimal

    from tollgate.gateway_state.stored_batches import BatchCall, BatchCalls
    from tollgate.pricing.bill import ServingModes
    from tollgate.pricing.price_versions import PriceVersion
    from tollgate_proxy.metered_call import Call

_BATCH = "batch"


def tier_of(price: PriceVersion) -> str | None:
    """The tier that a batch is served at, None for the usual one."""
    return _BATCH if price.has_tier(_BATCH) else None


def limits_of(call: Call, *, limits_output: bool) -> CallLimits:
    """What one call has in common with others; the output's limit goes with it, or is the client's own."""
    demand, options = call.demand, call.options
    return CallLimits(
        choices=demand.choices,
        other_output_tokens=demand.other_output_tokens,
        tool_calls=demand.tool_calls,
        limits_output=limits_output or call.stated_output is not None,
        options={
            "requested": [list(each) for each in options.requested],
            "geo": options.leaves_geo,
            "classes": sorted(options.classes),
            "ttls": sorted(options.ttls),
            "calls": options.tool_calls,
        },
    )


def options_of(limits: CallLimits) -> Options:
    told = limits.options
    return Options(
        requested=tuple(_option(each) for each in told["requested"]),
        leaves_tier=False,
        leaves_geo=told["geo"],
        classes=frozenset(map(TokenClass, told["classes"])),
        ttls=frozenset(told["ttls"]),
        tool_calls=told["calls"],
    )


def _option(told: list[Any]) -> RequestedOption:
    kind, *rest = told
    return RequestedOption(OptionKind(kind), *rest)


def modes_of(limits: CallLimits, price: PriceVersion) -> ServingModes:
    """How a call of a batch may be served."""
    modes = options_of(limits).serving_modes((price,))
    return replace(modes, tiers=frozenset({tier_of(price)}))


def demand_of(call: BatchCall, limits: CallLimits, price: PriceVersion) -> Demand:
    """What one call may use, as it was when it was let in."""
    return Demand(
        (price,),
        prompt_tokens=call.prompt_tokens,
        output_tokens=call.output_tokens,
        min_output_tokens=call.output_tokens,
        choices=limits.choices,
        other_output_tokens=limits.other_output_tokens,
        tool_calls=limits.tool_calls,
        serving_modes=modes_of(limits, price),
    )


def sum_of(calls: BatchCalls, price: PriceVersion) -> SummedDemand:
    """What all calls of a batch may cost at a price."""
    modes = [modes_of(each, price) for each in calls.limits]

    @cache  # many calls of a batch are alike
    def bound(prompt: int, completion: int, place: int, factor: Decimal = money.ONE) -> Decimal:
        limits = RequestLimits(prompt, completion, calls.limits[place].tool_calls, modes[place])
        return bill.bound(limits, price, factor)

    def completion(call: BatchCall) -> int:
        limits = calls.limits[call.limits]
        return call.output_tokens * limits.choices + limits.other_output_tokens

    most = money.total(bound(each.prompt_tokens, completion(each), each.limits) for each in calls.calls)
    inputs = money.total(bound(each.prompt_tokens, 0, each.limits) for each in calls.calls)
    return SummedDemand.of(price, most, inputs)
