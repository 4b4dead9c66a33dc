"""What a call's record says: who served it after whom, and what is charged for it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import starmap
from typing import TYPE_CHECKING, NamedTuple

from tollgate import money
from tollgate.ledger import plausibility
from tollgate.ledger.plausibility import UsageBounds
from tollgate.ledger.records import FailedAttempt, LedgerRecord, Outcome
from tollgate.pricing import bill
from tollgate.pricing.bill import Breakdown, BreakdownLine
from tollgate.pricing.usage import Usage, UsageSource
from tollgate_proxy.bounds import call_bounds, token_estimates
from tollgate_proxy.settlement import servings

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from tollgate.clock import Clock
    from tollgate.ledger.admissions import AdmittedRequest
    from tollgate_proxy.http_messages import Request
    from tollgate_proxy.metered_call import Call
    from tollgate_proxy.options.candidate import Candidate
    from tollgate_proxy.serving.failover import Attempt
    from tollgate_proxy.settlement.servings import Serving
    from tollgate_proxy.upstream.provider_calls import UpstreamAnswer

    _Worked = tuple[Usage | None, Serving]


class LostWork(NamedTuple):
    """What models have done for a call that failed before another one was asked.

    `provider_cost`, USD, is what that costs at the providers, without the tariffs' factors.
    """

    attempts: tuple[FailedAttempt, ...] = ()
    provider_cost: Decimal = money.ZERO

    @property
    def cost(self) -> Decimal:
        """USD that it is charged as."""
        return money.total(each.cost for each in self.attempts)


NOTHING_LOST = LostWork()


@dataclass(frozen=True)
class RecordBuilder:
    """A call as far as its record is known before it is over.

    `candidate` is the last one that was asked, `failures` are the tries before it, and `lost` is what other
    models have done before them.
    """

    request: Request
    call: Call
    admitted: AdmittedRequest
    clock: Clock
    candidate: Candidate
    failures: tuple[Attempt, ...] = ()
    answer: UpstreamAnswer | None = None
    lost: LostWork = NOTHING_LOST

    @cached_property
    def allowed(self) -> UsageBounds:
        """The most that the call can have used."""
        asked, demand = self.call.asked, self.call.demand
        limit = self.admitted.claim.output_tokens if self.admitted.limits_output else None
        if limit is None and demand.output_tokens and not call_bounds.as_integers(asked):
            # A provider may have passed over a limit that isn't written as an integer.
            limit = self.call.stated_output
        return UsageBounds.of(demand, self.call.model, limit, is_held=self._is_held)

    @property
    def _is_held(self) -> bool:
        """Whether a hard budget rests on what is held for the call."""
        return any(opened.scope.has_hard_budget for opened in self.admitted.opened)

    def record(self, outcome: Outcome, used: Usage | None, said: str | None = None) -> LedgerRecord:
        """The record; `used` is None if the call cost the provider nothing, `said` the model it names."""
        serving = self._serving(self.candidate, self._credible(used), said)
        worked = [self._worked(failure) for failure in self.failures]
        attempts = tuple(starmap(self._attempt, zip(self.failures, worked, strict=True)))
        tariff, scope, fallen_back = self.admitted.tariff, self.admitted.scope, self.call.fallen_back
        at_factor = Breakdown((*self._priced(used, serving).lines, *_lines(attempts)))
        breakdown = tariff.billed(Breakdown((*at_factor.lines, *_lines(self.lost.attempts))))
        return LedgerRecord(
            request_id=self.request.id,
            key_id=scope.key_id,
            kind=self.call.route.api.record_kind,
            outcome=outcome,
            model=self.call.model.system_name,
            model_id=self.call.model.id,
            provider_id=self.candidate.provider.id,
            remote_model=serving.remote_id,
            usage=serving.usage,
            price_version=serving.price.id,
            price_factor=tariff.factor,
            minimum_fee=tariff.minimum_fee,
            breakdown=breakdown,
            created_at=self.admitted.at,
            completed_at=self.clock(),
            http_status=self.answer.status if self.answer else None,
            streamed=self.answer.is_event_stream if self.answer else self.call.streams,
            scopes=self.admitted.scope_ids,
            exceeds_hold=self.admitted.is_exceeded_by(breakdown.total),
            provider_request_id=self.answer.request_id if self.answer else None,
            owner_email=scope.owner_email,
            tags=scope.tags,
            session_id=self.request.session_id,
            trace=self.request.trace,
            attempts=(*self.lost.attempts, *attempts),
            billing_mode=self.admitted.billing_mode,
            cost_centre=self.admitted.cost_centre,
            provider_cost=self._provider_cost(at_factor, [(used, serving), *worked]),
            downgraded_from=self.call.downgraded_from,
            fallback_from=fallen_back.model if fallen_back else None,
            fallback_reason=fallen_back.reason if fallen_back else None,
        )

    def lost_work(self) -> LostWork:
        """All that was done for the call so far, each of its tries having failed."""
        worked = [self._worked(failure) for failure in self.failures]
        attempts = tuple(starmap(self._attempt, zip(self.failures, worked, strict=True)))
        own = self._provider_cost(Breakdown(_lines(attempts)), worked)
        return LostWork((*self.lost.attempts, *attempts), own)

    def cost_of(self, used: Usage) -> Decimal:
        """USD that the candidate's work is charged as."""
        credible = self._credible(used)
        return self._priced(credible, self._serving(self.candidate, credible)).total

    def _provider_cost(self, at_factor: Breakdown, worked: Iterable[_Worked]) -> Decimal:
        """What those who worked on the call bill for it, USD: without the tariff's factor and fee."""
        if self.admitted.tariff.factor == money.ONE:
            own = at_factor.total
        else:
            own = money.total(self._priced(used, serving, money.ONE).total for used, serving in worked)
        return money.total([own, self.lost.provider_cost])

    def _worked(self, failure: Attempt) -> _Worked:
        """A try that nobody has answered may have been billed for what was sent to it."""
        sent = failure.used or (token_estimates.sent_only(self.call.asked) if failure.sent else None)
        used = self._credible(sent)
        return used, self._serving(failure.candidate, used)

    def _attempt(self, failure: Attempt, worked: _Worked) -> FailedAttempt:
        used, serving = worked
        return FailedAttempt(
            provider_id=failure.candidate.provider.id,
            remote_model=failure.candidate.remote_id,
            fault=failure.fault.value,
            http_status=failure.http_status,
            duration=failure.duration,
            usage=serving.usage,
            price_version=serving.price.id,
            cost=self._priced(used, serving).total,
        )

    def _credible(self, used: Usage | None) -> Usage | None:
        """Provider's figures within what is allowed; a mere estimate within what the request could use.

        With a flag, an estimate stands beside a provider's figures, and has been looked at with them.
        """
        if used is None:
            return None
        if used.source is UsageSource.PROVIDER or used.flags:
            return plausibility.capped(used, self.allowed)
        if not self._keeps_to_its_claim():
            return used
        demand, claim = self.call.demand, self.admitted.claim
        return token_estimates.within(used, demand.prompt_tokens, claim.tokens - demand.prompt_tokens)

    def _keeps_to_its_claim(self) -> bool:
        """Whether there is no output, or the provider was given a limit on it."""
        if self.admitted.limits_output or not self.call.demand.output_tokens:
            return True
        return self.call.stated_output is not None

    def _serving(self, candidate: Candidate, used: Usage | None, said: str | None = None) -> Serving:
        held_for = self.call.demand.serving_modes if self._is_held else None
        return servings.serving_of(
            candidate, self.call.options, used, said, self.request.received_at, held_for=held_for
        )

    def _priced(self, used: Usage | None, serving: Serving, factor: Decimal | None = None) -> Breakdown:
        """What is charged: by the price in force when the request came, at a factor or that of its tariff."""
        if used is None:
            return Breakdown(())
        factor = self.admitted.tariff.factor if factor is None else factor
        return bill.price(serving.usage, serving.price, self.request.received_at, factor, serving.others)


def _lines(attempts: Iterable[FailedAttempt]) -> tuple[BreakdownLine, ...]:
    """What of a bill is for tries that failed."""
    return tuple(
        BreakdownLine(f"attempt:{each.provider_id}", 1, each.cost, each.cost)
        for each in attempts
        if each.cost
    )
