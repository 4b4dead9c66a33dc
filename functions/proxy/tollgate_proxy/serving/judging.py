"""Whether what a provider answers to a metered call, with a status of success, is what was asked for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tollgate.lean_dataclass import dataclass
from tollgate.pricing.usage import UsageSource
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.answers import answer_forms, completions, provider_errors, statuses
from tollgate_proxy.answers.answer_faults import AnswerFault, JudgedAnswer, whole
from tollgate_proxy.answers.first_events import StreamBeginning
from tollgate_proxy.answers.provider_errors import ProviderError
from tollgate_proxy.bounds import token_estimates
from tollgate_proxy.upstream.provider_calls import Fault, UpstreamError

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from tollgate.ledger.admissions import AdmittedRequest
    from tollgate.ledger.plausibility import UsageBounds
    from tollgate.pricing.usage import Usage
    from tollgate_proxy.answers.completions import CompletionFault
    from tollgate_proxy.answers.metering import JsonMeter
    from tollgate_proxy.metered_call import Call
    from tollgate_proxy.options.candidate import Candidate
    from tollgate_proxy.upstream.provider_calls import UpstreamAnswer


@dataclass(frozen=True, slots=True)
class AnswerValidator:
    """Judges answers to a call before any of them goes to its client.

    `allowed` is the most that the call can have used; `cost_of` says what a candidate's work is charged as,
    in USD.
    """

    call: Call
    admitted: AdmittedRequest
    allowed: UsageBounds
    cost_of: Callable[[Candidate, Usage], Decimal]
    monotonic: Callable[[], float] = time.monotonic

    def __call__(self, candidate: Candidate, answer: UpstreamAnswer) -> JudgedAnswer:
        try:
            answer = answer_forms.decoded(answer)
            if answer.is_event_stream:
                return self._judged_stream(candidate, answer)
            return self._judged_body(candidate, answer)
        except UpstreamError as error:
            used = token_estimates.sent_only(self.call.asked)
            return JudgedAnswer(
                whole(answer, [], error), self._lost(candidate, error.fault, used, error.refused)
            )
        except Exception as error:
            # A fault of ours ends the call where it is known who is to be paid: when the answer is relayed.
            return JudgedAnswer(whole(answer, [], error))

    def _judged_body(self, candidate: Candidate, answer: UpstreamAnswer) -> JudgedAnswer:
        """Reads an answer in one piece, for as long as its connection lets it take."""
        meter = self.call.body_meter(candidate)
        api, pieces = self.call.route.api, list[bytes]()
        try:
            pieces.extend(map(meter.feed, answer.chunks))
        except UpstreamError as error:
            lost = self._lost(candidate, error.fault, self._used(meter, b"".join(pieces)), error.refused)
            return JudgedAnswer(whole(answer, pieces, error), lost)
        body = b"".join(pieces)
        fault = completions.fault_of(api, body, meter.answer, lambda: _is_metered(meter.usage(self.allowed)))
        if fault is None:
            return JudgedAnswer(whole(answer, [body]), None, meter)
        return JudgedAnswer(
            whole(answer, [body]), self._wrong(candidate, fault, self._used(meter, body)), meter
        )

    def _judged_stream(self, candidate: Candidate, answer: UpstreamAnswer) -> JudgedAnswer:
        """Looks at a stream's beginning, for as long as another target could be asked instead.

        Elsewhere little is gained by it, and the client waits for what has come. If it is the last, it passes
        as it is where it says itself what has become of it.
        """
        is_last = len(self.call.candidates) == 1 and not self.call.fallbacks
        alone = is_last or self.call.runs_in_background
        beginning = StreamBeginning(self.call.route.api, self.monotonic)
        try:
            fault = beginning.look(answer.chunks, once=alone)
        except UpstreamError as error:
            wrong = self._lost(candidate, error.fault, self._streamed(candidate, beginning))
            return JudgedAnswer(whole(answer, beginning.pieces, error), wrong)
        looked_at = whole(answer, beginning.pieces)
        if fault is None:
            return JudgedAnswer(looked_at)
        used = self._streamed(candidate, beginning)
        return JudgedAnswer(looked_at, self._wrong(candidate, fault, used, passes=fault.is_said))

    def _used(self, meter: JsonMeter, body: bytes) -> Usage:
        """The figures of an answer that is none, or an estimate of what it has of a completion."""
        used = meter.usage(self.allowed.for_failed)
        if _is_metered(used):
            return used
        api = self.call.route.api
        generated = completions.generated_in(api, body)
        return token_estimates.estimated(self.call.asked, api.tokens_of(generated))

    def _streamed(self, candidate: Candidate, beginning: StreamBeginning) -> Usage:
        meter = self.call.meter(candidate, event_stream=True)
        for piece in beginning.pieces:
            meter.feed(piece)
        meter.finish()
        return meter.usage(self.allowed.for_failed)

    def _wrong(
        self, candidate: Candidate, fault: CompletionFault, used: Usage, *, passes: bool = False
    ) -> AnswerFault:
        """An answer that is no completion. One that says so, and shows no work, is a refusal."""
        refused, told = None, fault.error or ProviderError()
        hopeless = provider_errors.is_account_error_in_body(told)
        if hopeless:
            refused = statuses.refused_account(candidate.provider)
        elif not (fault.passes or passes):
            charged = " The generated output was charged." if used.completion_tokens else ""
            message = f"The provider {candidate.provider.name} {fault.why}{charged}"
            refused = RefusedError(Reason.PROVIDER_UNAVAILABLE, message)
        shows_work = _is_metered(used) or used.completion_tokens > 0
        return AnswerFault(
            Fault.NO_COMPLETION,
            refused,
            used,
            was_worked_on=shows_work or not fault.is_said,
            is_covered=self._is_covered(candidate, used),
            counts=not provider_errors.is_requests(told),
            hopeless=hopeless,
            too_long=provider_errors.is_too_long_by_code(told),
        )

    def _lost(
        self, candidate: Candidate, fault: Fault, used: Usage, refused: RefusedError | None = None
    ) -> AnswerFault:
        """An answer that broke off, with what had come of it."""
        told = None if refused is None else charged_for(fault, refused)
        covered = self._is_covered(candidate, used)
        return AnswerFault(fault, told, used, was_worked_on=True, is_covered=covered)

    def _is_covered(self, candidate: Candidate, used: Usage) -> bool:
        """Whether what is held for a lost input pays for it, where a budget rests on that."""
        if not any(opened.scope.has_hard_budget for opened in self.admitted.opened):
            return True
        held = self.call.demand.input_cost(self.admitted.tariff.factor)
        return self.cost_of(candidate, used) <= held


def _is_metered(used: Usage) -> bool:
    """Whether that is what the provider says, at least in part, and no mere estimate."""
    return used.source is UsageSource.PROVIDER or bool(used.flags)


def charged_for(fault: Fault, refused: RefusedError) -> RefusedError:
    """The error of an answer that had begun."""
    reason = Reason.PROVIDER_TIMEOUT if fault is Fault.TIMEOUT else Reason.PROVIDER_UNAVAILABLE
    return RefusedError(reason, f"{refused.message} The generated output was charged.")
