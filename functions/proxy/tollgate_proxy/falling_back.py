"""By which model a call is served that its own model's providers have failed, before any of it was answered.

By the first of its fallbacks that can serve it and that the key and all above it let in, with one exchange of
holds. A request that is too long for its model is served by one that takes longer ones. Whatever
has been done by then is paid, at the prices of the model that did it.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from tollgate import money
from tollgate.lean_dataclass import dataclass
from tollgate.ledger.admissions import NotExchangedError, Switching
from tollgate.refusals import RefusedError
from tollgate_proxy.metered_call import FallenBack
from tollgate_proxy.serving.downgrading import has_room
from tollgate_proxy.serving.failover import MIN_SECONDS, ServedCall, UnansweredError

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from tollgate.catalog.catalog import Model
    from tollgate.ledger.admissions import Admission
    from tollgate_proxy.metered_call import Call
    from tollgate_proxy.open_call import OpenCall
    from tollgate_proxy.serving.failover import Attempt

logger = logging.getLogger(__name__)

TOO_LONG = "context_length"


@dataclass(frozen=True, slots=True)
class FallingBack:
    """The way of a call that has failed, and holds.

    `served_by` gives the same call of another model, and raises `RefusedError` if that can't be made;
    `admission` is what a call asks to be let in with now.
    """

    open_call: OpenCall
    served_by: Callable[[str], Call]
    admission: Callable[[Call], Admission]

    def following(self, failed: ServedCall | UnansweredError) -> OpenCall:
        """The call as it goes on: as another model's, or as it is, with whatever it holds by then."""
        open_call = self.open_call
        try:
            for place, name in enumerate(open_call.call.fallbacks):
                if not self._has_time():
                    break
                other = self._by(name, failed, open_call.call.fallbacks[place + 1 :])
                if other is None:
                    continue
                try:
                    return self._exchanged(open_call, other, failed)
                except NotExchangedError as error:
                    logger.warning("%s isn't served by %s: %s", open_call.request.id, name, error.__cause__)
                    open_call = replace(open_call, admitted=error.admitted)
        except Exception:
            # The failure that there is can be told all the same.
            logger.exception("Request %s could not be served by another model", open_call.request.id)
        return open_call

    def _has_time(self) -> bool:
        left = self.open_call.request.answer_by - self.open_call.clock()
        return left.total_seconds() >= MIN_SECONDS

    def _by(self, name: str, failed: ServedCall | UnansweredError, left: tuple[str, ...]) -> Call | None:
        """The call by a fallback, None if that can't serve it."""
        call = self.open_call.call
        too_long = isinstance(failed, ServedCall) and failed.wrong is not None and failed.wrong.too_long
        try:
            other = self.served_by(name)
        except RefusedError as refused:
            logger.warning("%s can't be served by %s: %s", self.open_call.request.id, name, refused.message)
            return None
        if other.model.system_name == call.model.system_name or not other.may_be_anothers:
            return None
        if not (_is_longer(other.model, call.model) if too_long else _may_have_room(other.model, call)):
            return None
        reason = TOO_LONG if too_long else _failures(failed)[-1].fault.value
        return replace(
            other,
            fallbacks=left,
            fallen_back=call.fallen_back or FallenBack(call.model.system_name, reason),
            downgraded_from=call.downgraded_from,
        )

    def _exchanged(self, open_call: OpenCall, other: Call, failed: ServedCall | UnansweredError) -> OpenCall:
        """The call as the other model's, its holds exchanged; raises `NotExchangedError`."""
        lost = open_call.lost_work(_failures(failed))
        demand = replace(other.demand, spent=max(lost.cost, self._standing(failed)))
        other = replace(other, demand=demand)
        # What a tight scope has served by a cheaper model is no way around that.
        admission = replace(self.admission(other), switching=Switching.FREE)
        admitted = open_call.ledger.exchange(open_call.admitted, admission)
        return replace(open_call, call=other, admitted=admitted, lost=lost)

    def _standing(self, failed: ServedCall | UnansweredError) -> Decimal:
        """USD that the call costs if no other model serves it after all, which what is held must cover."""
        if isinstance(failed, UnansweredError) or failed.wrong is None or failed.wrong.used is None:
            return money.ZERO
        before = self.open_call.lost_work(failed.failures).cost
        return money.total([before, self.open_call.cost_of(failed.candidate, failed.wrong.used)])


def _failures(failed: ServedCall | UnansweredError) -> tuple[Attempt, ...]:
    """All tries at the model, none of which has served the call."""
    if isinstance(failed, UnansweredError):
        return failed.failures
    return failed.failures if failed.failure is None else (*failed.failures, failed.failure)


def _is_longer(model: Model, than: Model) -> bool:
    """Whether a model is known to take more at once than another one."""
    if model.context_limit is None or than.context_limit is None:
        return False
    return model.context_limit > than.context_limit


def _may_have_room(model: Model, call: Call) -> bool:
    """Whether a model isn't known to be too small for a call."""
    stated = call.stated_output
    if model.context_limit is None:
        return model.output_limit is None or stated is None or stated <= model.output_limit
    return has_room(model, call)
