"""Smaller calls: what is asked for instead where the money isn't there for all that a request might use."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tollgate import money
from tollgate.lean_dataclass import dataclass
from tollgate.refusals import Reason
from tollgate_proxy.bounds import token_estimates

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tollgate.refusals import RefusedError
    from tollgate_proxy.bounds.call_bounds import OutputPolicy
    from tollgate_proxy.http_messages import Request
    from tollgate_proxy.metered_call import Call
    from tollgate_proxy.serving.exact_counts import TokenCounter

# How often hosted tools may run instead.
_FEWER_TOOL_CALLS = (3, 1)
_SHORT = frozenset({Reason.REQUEST_EXCEEDS_BUDGET, Reason.BUDGET_HELD, Reason.REQUEST_EXCEEDS_RATE_LIMIT})


@dataclass(frozen=True, slots=True)
class CallReducer:
    """Finds smaller calls: with fewer calls of hosted tools, and with the input counted exactly."""

    token_counter: TokenCounter
    output: OutputPolicy

    def calls(self, call: Call, request: Request, refused: RefusedError) -> Iterator[Call]:
        """Each smaller than the one before; none if a call was refused for another reason than its size."""
        if not _might_fit(call, refused):
            return
        if call.demand.max_tool_calls is not None:
            for tool_calls in _FEWER_TOOL_CALLS:
                call = call.with_bounds(replace(call.setting, tool_calls=tool_calls), self.output)
                yield call
        counted = self.token_counter.counted(call, request)
        if counted is None:
            return
        smaller = call.with_bounds(replace(call.setting, counted=counted), self.output)
        if smaller.demand.prompt_tokens < call.demand.prompt_tokens:
            yield smaller


def _might_fit(call: Call, refused: RefusedError) -> bool:
    """Whether a call that was refused might be let through if it were as small as it is estimated to be."""
    if refused.reason not in _SHORT:
        return False
    shortage = refused.shortage
    if shortage is None or shortage.cost is None:
        return True
    estimate = token_estimates.estimated(call.asked, completion_tokens=0).prompt_tokens
    least = replace(call.demand, prompt_tokens=min(estimate, call.demand.prompt_tokens), tool_calls={})
    bound, floor = call.demand.min_claim().amount, least.min_claim().amount
    left = money.difference(shortage.limit, shortage.used)
    # The factor of the call's tariff is in the shortage's cost, and in that of the bound it isn't.
    return not bound or floor * shortage.cost <= left * bound
