"""An admitted call: from here on it ends in exactly one ledger record."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from tollgate import money
from tollgate.ledger.plausibility import NOT_BELIEVED
from tollgate.ledger.records import Outcome
from tollgate.pricing.usage import UsageSource
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.answers import metering, sse
from tollgate_proxy.answers.metering import StreamMeter
from tollgate_proxy.apis import refusal_answers
from tollgate_proxy.bounds import token_estimates
from tollgate_proxy.bounds.prompt_overheads import ObservedOverheads
from tollgate_proxy.http_messages import Answer, Request
from tollgate_proxy.serving.judging import charged_for
from tollgate_proxy.settlement import limit_headers
from tollgate_proxy.settlement.record_builder import NOTHING_LOST, LostWork, RecordBuilder
from tollgate_proxy.settlement.servings import PRICE_MISSING
from tollgate_proxy.side import response_ownership
from tollgate_proxy.upstream.provider_calls import Fault, UpstreamError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from decimal import Decimal

    from tollgate.clock import Clock
    from tollgate.ledger.admissions import AdmittedRequest
    from tollgate.ledger.plausibility import UsageBounds
    from tollgate.ledger.records import LedgerRecord
    from tollgate.ledger.scopes import Scope
    from tollgate.pricing.usage import Usage
    from tollgate_proxy.answers.answer_faults import AnswerFault
    from tollgate_proxy.answers.metering import Meter
    from tollgate_proxy.call_notes import CallNotes
    from tollgate_proxy.metered_call import Call
    from tollgate_proxy.options.candidate import Candidate
    from tollgate_proxy.ports import Ledger, Metrics, Settlement
    from tollgate_proxy.serving.failover import Attempt, ServedCall, UnansweredError
    from tollgate_proxy.side.replays import Replay
    from tollgate_proxy.side.response_ownership import ResponseOwnership
    from tollgate_proxy.translation.translations import StreamTranslation
    from tollgate_proxy.upstream.provider_calls import UpstreamAnswer

logger = logging.getLogger(__name__)

# By this header a client asks for the cost of a stream, in a comment after its last event.
_STREAM_COST = "x-tollgate-stream-cost"
_CHARGED = "The generated output was charged."


class SettledError(Exception):
    """A call that is over and settled, with what its client is to be told."""

    def __init__(self, refused: RefusedError) -> None:
        super().__init__(refused.message)
        self.refused = refused


@dataclass(frozen=True)
class OpenCall:
    """A call that holds, and how it is relayed and settled."""

    ledger: Ledger
    clock: Clock
    request: Request
    call: Call
    admitted: AdmittedRequest
    stored: ResponseOwnership
    replay: Replay
    metrics: Metrics
    notes: CallNotes
    learned: ObservedOverheads = field(default_factory=ObservedOverheads)
    lost: LostWork = NOTHING_LOST

    def relay(self, served: ServedCall) -> Answer:
        """Passes the provider's answer on; a provider's refusal costs nothing.

        A stream is recorded where it ends, anything else before the first byte goes to the client. What
        charges the scopes is then under way, and is waited for after the answer. A response that the provider
        is still to make, asked to or not, is settled after the answer as a whole.
        """
        if served.wrong is not None:
            return self._failed(served, served.wrong)
        answer = served.answer
        if not answer.is_success:
            return self._refused(served)
        meter = served.meter or self.call.meter(served.candidate, event_stream=answer.is_event_stream)
        if isinstance(meter, StreamMeter):
            return self._streamed(served, meter)
        return self._whole(served, meter)

    def _streamed(self, served: ServedCall, meter: StreamMeter) -> Answer:
        headers = self._headers(served)
        if self.call.translation is not None:
            headers |= self.call.translation.content_type
        early = {**headers, **limit_headers.headers_for(self.admitted)}
        stream = _Stream(self, served, meter, early)
        if stream.is_collected:
            return stream.whole()
        return Answer(served.answer.status, early, stream.chunks(), stream.after)

    def _whole(self, served: ServedCall, meter: Meter) -> Answer:
        chunks = served.answer.chunks
        body = b"".join(chunks if served.meter else map(meter.feed, chunks))
        self.note_stored(served, meter)
        told, body = self._to_client(served, body)
        headers = self._headers(told)
        if self.is_unfinished(meter) or response_ownership.is_in_the_making(meter.response):
            late = {**headers, **limit_headers.headers_for(self.admitted)}
            if self.call.runs_in_background:
                self.replay.keep(told.answer.status, headers, [body])
            else:
                self.replay.forget()  # another try may bring what was asked for
            return Answer(told.answer.status, late, [body], lambda: self.settle_later(served, meter))
        record = self.record_builder(served).record(Outcome.SUCCEEDED, self._used(meter), meter.model)
        if told.answer.is_success:
            self.replay.keep(told.answer.status, {**headers, **self._stated_before(record)}, [body])
        else:
            self.replay.forget()  # it was no answer in the client's API; another one may be
        return self._settled(told, body, record)

    def _failed(self, served: ServedCall, wrong: AnswerFault) -> Answer:
        """Tells the client of an answer that is none, or passes on one that says so itself."""
        answer = served.answer
        if answer.is_success and answer.is_event_stream and wrong.refused is None:
            return self.relay(replace(served, wrong=None))
        lost = wrong.fault in (Fault.TIMEOUT, Fault.BROKEN_OFF)
        used = self._of_lost(wrong.used) if lost and wrong.used else wrong.used
        if wrong.refused is None and not answer.is_success:
            return self._refused(served)
        said = served.meter.model if served.meter else None
        self.notes.fault = wrong.fault
        record = self.record_builder(served).record(Outcome.FAILED, used, said)
        if wrong.refused is not None:
            answer.close()
            self._log(served.candidate, wrong.refused)
            self.settle(record)
            raise SettledError(wrong.refused)
        if served.meter is not None:
            self.note_stored(served, served.meter)
        self.replay.forget()
        return self._settled(*self._to_client(served, b"".join(answer.chunks)), record)

    def _refused(self, served: ServedCall) -> Answer:
        """Passes a provider's refusal on, which costs nothing."""
        self.notes.is_rejected = served.wrong is None
        self.notes.fault = None if served.wrong is None else served.wrong.fault
        record = self.record_builder(served).record(Outcome.FAILED, None)
        try:
            body = b"".join(served.answer.chunks)
        except UpstreamError as error:
            self._log(served.candidate, error)
            self.notes.is_rejected, self.notes.fault = False, error.fault
            self.settle(record)
            raise SettledError(error.refused) from error
        self.replay.forget()
        return self._settled(*self._to_client(served, body), record)

    def _to_client(self, served: ServedCall, body: bytes) -> tuple[ServedCall, bytes]:
        """An answer that is all there, as its client gets it."""
        translation = self.call.translation
        if translation is None:
            return served, body
        answer = served.answer
        status, headers, told = translation.whole(answer.status, body, self.clock())
        told_by = replace(answer, status=status, headers={**answer.headers, **headers})
        return replace(served, answer=told_by), told

    def _settled(self, served: ServedCall, body: bytes, record: LedgerRecord) -> Answer:
        """The answer, once its cost is recorded and can be stated."""
        settlement = self.begin_settlement(record)
        stated = {} if settlement is None else _cost(settlement.record)
        settled = () if settlement is None else settlement.expected
        headers = {**self._headers(served), **stated, **limit_headers.headers_for(self.admitted, settled)}
        return Answer(served.answer.status, headers, [body], lambda: self.finish_settlement(settlement))

    def _stated_before(self, record: LedgerRecord) -> dict[str, str]:
        """The cost, before it is settled, where nothing is added for what is beyond a quota."""
        is_metered = any(each.scope.is_metered for each in self.admitted.opened)
        return {} if is_metered else _cost(record)

    def unanswered(self, error: UnansweredError) -> None:
        """Records a call that nobody has answered; a provider may have worked on it all the same."""
        *before, last = error.failures
        self._log(last.candidate, error)
        self.notes.fault = last.fault
        bill = self._record_builder(last.candidate, tuple(before))
        self.settle(bill.record(Outcome.FAILED, self._of_lost(self._sent_only()) if last.sent else None))

    def broke_down(self, error: Exception, served: ServedCall | None) -> None:
        """Records a call that failed by a fault of ours; what an answer was begun for is not free."""
        candidate = self.call.candidates[0] if served is None else served.candidate
        self._log(candidate, error)
        if served is None:
            self.settle(self._record_builder(candidate).record(Outcome.FAILED, None))
        else:
            self.settle(self.record_builder(served).record(Outcome.FAILED, self._of_lost(self._sent_only())))

    def note_stored(self, served: ServedCall, meter: Meter) -> None:
        """Remembers whose a response is that the provider stores, as soon as its id is known."""
        if self.call.asked.get("store") is not False:
            model = self.call.model.system_name
            self.stored.note(self.scope.key_id, model, served.candidate, meter.response)

    def is_unfinished(self, meter: Meter) -> bool:
        return self.call.runs_in_background and not response_ownership.is_finished(meter.response)

    def settle_later(self, served: ServedCall, meter: Meter) -> None:
        """Settles a response that the provider is still to make, when it is done or time is up."""
        try:
            finished = self.stored.finished(served.candidate, meter.response, self.request.deadline)
        except Exception as error:
            self.broke_down(error, served)
            raise
        if finished is None:
            self.settle(self.record_builder(served).record(Outcome.FAILED, self._of_unseen(meter)))
            return
        outcome = Outcome.SUCCEEDED if response_ownership.is_success(finished) else Outcome.FAILED
        vendor, said = served.candidate.provider.vendor, metering.model_in(finished)
        used = response_ownership.usage_of(finished, self.call.asked, self.allowed, vendor)
        self.settle(self.record_builder(served).record(outcome, used, said))

    def _of_unseen(self, meter: Meter) -> Usage:
        """The usage of a response whose end nobody has seen, unless it was all there but for its state."""
        used = self._used(meter)
        is_told = (
            used.source is UsageSource.PROVIDER and used.completion_tokens and meter.response.get("output")
        )
        return used if is_told and not self.call.runs_in_background else self._at_most()

    def _used(self, meter: Meter) -> Usage:
        return meter.usage(self.allowed)

    def _of_lost(self, used: Usage) -> Usage:
        """The usage of an answer that got lost. One that is made in the background is made all the same."""
        return self._at_most() if self.call.runs_in_background else used

    def _at_most(self) -> Usage:
        """For what nobody is told the cost of: no more than is held for it."""
        return token_estimates.at_most(self.call.demand, self.admitted.claim)

    def settle(self, record: LedgerRecord) -> None:
        """Settles the call at once, for what has no answer to follow."""
        self.finish_settlement(self.begin_settlement(record))

    def begin_settlement(self, record: LedgerRecord) -> Settlement | None:
        """Records the call, and sends what charges its scopes; None if that has failed.

        Then the hold stays, and with it the claim: nothing is forgiven. The client has its answer and the
        provider its fee, so a failure here must not turn the answer into an error that invites a retry.
        """
        self._learn(record)
        self.notes.call, self.notes.record = self.call, record
        if record.exceeds_hold:
            logger.warning("Request %s cost more than was held for it: %s", record.request_id, record)
            self.metrics.count({"HoldExceeded": 1}, model=record.model, request_id=record.request_id)
        if record.usage.flags & NOT_BELIEVED:
            logger.warning("The usage reported for request %s is impossible: %s", record.request_id, record)
            self.metrics.count({"UsageImplausible": 1}, model=record.model, request_id=record.request_id)
        if record.usage.flags & PRICE_MISSING and not self.call.model.allow_unpriced_options:
            logger.warning("Request %s used something without a price: %s", record.request_id, record)
            self.metrics.count({"PriceMissing": 1}, model=record.model, request_id=record.request_id)
        try:
            settlement = self.ledger.begin_settlement(self.admitted, record)
        except Exception:
            self.notes.settlement_failures += 1
            logger.exception("Request %s could not be settled: %s", record.request_id, record)
            return None
        self.notes.record = settlement.record
        return settlement

    def finish_settlement(self, settlement: Settlement | None) -> None:
        """Waits until the scopes are charged. There is a record: what fails here, the sweep makes good."""
        if settlement is None:
            return
        try:
            settlement.finish()
        except Exception:
            self.notes.settlement_failures += 1
            logger.exception("A hold of request %s stays open until it is swept", self.request.id)
        else:
            self.notes.closed_at = self.clock()

    def _learn(self, record: LedgerRecord) -> None:
        """Has later bounds reckon with what the provider puts around a prompt."""
        content = self.call.demand.content_tokens
        reported = record.outcome is Outcome.SUCCEEDED and record.usage.source is UsageSource.PROVIDER
        if content is None or not reported:
            return
        for each in self.call.candidates:
            if each.target == (record.provider_id, record.remote_model):
                self.learned.note(self.call.overhead_key(each), record.usage.prompt_tokens, content)

    @cached_property
    def allowed(self) -> UsageBounds:
        """The most that the call can have used."""
        return self._record_builder(self.call.candidates[0]).allowed

    def cost_of(self, candidate: Candidate, used: Usage) -> Decimal:
        """USD that a candidate's work is charged as."""
        return self._record_builder(candidate).cost_of(used)

    @property
    def scope(self) -> Scope:
        return self.admitted.scope

    def record_builder(self, served: ServedCall) -> RecordBuilder:
        return self._record_builder(served.candidate, served.failures, served.answer)

    def _record_builder(
        self, candidate: Candidate, failures: tuple[Attempt, ...] = (), answer: UpstreamAnswer | None = None
    ) -> RecordBuilder:
        return RecordBuilder(
            self.request, self.call, self.admitted, self.clock, candidate, failures, answer, self.lost
        )

    def lost_work(self, failures: tuple[Attempt, ...]) -> LostWork:
        """All that was done for the call, if another model is asked after these tries."""
        candidate = failures[-1].candidate if failures else self.call.candidates[0]
        return self._record_builder(candidate, failures).lost_work()

    def _sent_only(self) -> Usage:
        return token_estimates.sent_only(self.call.asked)

    def _headers(self, served: ServedCall) -> dict[str, str]:
        headers = {
            **served.answer.headers,
            "x-tollgate-provider": served.candidate.provider.name,
            "x-tollgate-model": self.call.model.system_name,
        }
        if self.call.downgraded_from is not None:
            headers["x-tollgate-downgraded-from"] = self.call.downgraded_from
        if self.call.fallen_back is not None:
            headers["x-tollgate-fallback-from"] = self.call.fallen_back.model
            headers["x-tollgate-fallback-reason"] = self.call.fallen_back.reason
        if self.call.translation is not None:
            headers |= self.call.translation.headers_beside(headers, self.request.headers)
        if served.answer.request_id:
            headers["x-tollgate-provider-request-id"] = served.answer.request_id
        return headers

    def _log(self, candidate: Candidate, error: Exception) -> None:
        logger.warning("Request %s to %s failed: %s", self.request.id, candidate.provider.name, error)


class _Stream:
    """A stream on its way to the client."""

    def __init__(
        self, open_call: OpenCall, served: ServedCall, meter: StreamMeter, headers: Mapping[str, str]
    ) -> None:
        self._open, self._served, self._meter, self._headers = open_call, served, meter, headers
        self._outcome = Outcome.FAILED
        self._refused: RefusedError | None = None
        self._cost: str | None = None
        self._settlement: Settlement | None = None
        self._told_at = time.monotonic()
        self._fault = Fault.BROKEN_OFF
        translation = open_call.call.translation
        self._translated = None if translation is None else translation.stream(open_call.clock())

    @property
    def is_collected(self) -> bool:
        """Whether its client is to get an answer in one piece."""
        return self._translated is not None and not self._translated.is_streamed

    def whole(self) -> Answer:
        """The answer in one piece, settled; raises `SettledError` for a stream that has no end."""
        body = b"".join(self._events(self._served.answer))
        self._settle([body])
        if self._refused is not None:
            self._open.finish_settlement(self._settlement)
            raise SettledError(self._refused)
        failure = None if self._translated is None else self._translated.failure
        stated = {} if self._settlement is None else _cost(self._settlement.record)
        return Answer(failure or self._served.answer.status, {**self._headers, **stated}, [body], self.after)

    def chunks(self) -> Iterator[bytes]:
        passed: list[bytes] = []
        notes = self._open.notes
        try:
            for chunk in self._events(self._served.answer):
                if self._open.replay.is_wanted and chunk is not sse.WAITING:
                    passed.append(chunk)
                if notes.first_byte_at is None and chunk is not sse.WAITING:
                    notes.first_byte_at = self._open.clock()
                yield chunk
        finally:
            self._settle(passed)
            notes.is_broken_off = self._outcome is Outcome.FAILED and not self._is_unfinished
            notes.told_at = self._open.clock()
        if self._cost is not None and _STREAM_COST in self._open.request.headers:
            yield f": x-tollgate-cost-usd {self._cost}\n\n".encode()

    def after(self) -> None:
        self._open.finish_settlement(self._settlement)
        if self._is_unfinished:
            self._open.settle_later(self._served, self._meter)

    def _events(self, answer: UpstreamAnswer) -> Iterator[bytes]:
        noted = False
        try:
            for chunk in answer.chunks:
                passed = self._meter.feed(chunk)
                if self._meter.response and not noted:
                    self._open.note_stored(self._served, self._meter)
                    noted = True
                if self._translated is not None:
                    passed = self._translated.feed(passed)
                if passed:
                    self._told_at = time.monotonic()
                    yield passed
                elif self._is_kept_waiting(answer, chunk):
                    self._told_at = time.monotonic()
                    yield sse.WAITING
            broken = None
        except UpstreamError as error:
            logger.warning("The stream of request %s broke off: %s", self._open.request.id, error)
            broken = error
        yield from self._end(broken)

    def _is_kept_waiting(self, answer: UpstreamAnswer, chunk: bytes) -> bool:
        """Whether the client is to be told that the stream isn't over, and may be: between two events.

        Where it is told in another API's events, much may come of which it is told nothing.
        """
        if self._translated is None:
            return not chunk and not self._meter.is_within_event
        return bool(answer.quiet) and time.monotonic() - self._told_at >= answer.quiet

    def _end(self, broken: UpstreamError | None) -> Iterator[bytes]:
        """What the client still gets, when the provider sends no more: the rest, or what went wrong.

        A stream whose connection breaks after its end is whole; one that just stops before it is not.
        """
        begun = self._meter.is_within_event
        rest, within_event = self._meter.finish()
        self._note_end(broken)
        ends = self._meter.ends
        is_over = ends.has_ended or ends.is_closed or (broken is None and self._is_unfinished)
        if self._translated is not None:
            yield from self._translated_end(self._translated, rest, broken)
            return
        # Of an event that was cut nobody can make anything, unless its beginning is there already.
        if begun or not within_event or sse.is_whole(sse.data_of(rest)) or (is_over and not broken):
            begun = begun or bool(rest)
            if rest:
                yield rest
        if is_over:
            return
        if begun and within_event:
            # It is ended first, or the error would be taken for its end.
            yield b"\n\n"
        yield self._told(broken)

    def _note_end(self, broken: UpstreamError | None) -> None:
        """What the stream comes to: success only if the provider has said that it is over, and no error."""
        ends = self._meter.ends
        if ends.has_ended and not ends.failed:
            self._outcome = Outcome.SUCCEEDED
        elif ends.failed:
            self._fault = Fault.NO_COMPLETION
        elif broken is not None:
            self._fault = broken.fault

    def _translated_end(
        self, translated: StreamTranslation, rest: bytes, broken: UpstreamError | None
    ) -> Iterator[bytes]:
        last = translated.feed(rest) + translated.finish()
        if last:
            yield last
        if not translated.is_over and translated.is_streamed:
            yield self._told(broken)
        elif not translated.is_over:
            self._refused = self._lost(broken)

    def _told(self, broken: UpstreamError | None) -> bytes:
        """The error that ends a stream for its client."""
        told = self._lost(broken)
        return refusal_answers.to_event(told, self._open.call.sent.route.api, self._open.request.id)

    def _lost(self, broken: UpstreamError | None) -> RefusedError:
        return charged_for(broken.fault, broken.refused) if broken else self._incomplete()

    def _incomplete(self) -> RefusedError:
        name = self._served.candidate.provider.name
        logger.warning("The stream of request %s has no end", self._open.request.id)
        message = f"The provider {name} ended its stream before the response was complete. {_CHARGED}"
        return RefusedError(Reason.PROVIDER_UNAVAILABLE, message)

    @property
    def _is_unfinished(self) -> bool:
        return self._open.is_unfinished(self._meter)

    def _settle(self, passed: list[bytes]) -> None:
        if self._is_unfinished:
            # The stream broke off; what the provider still makes is settled when it is done.
            self._open.replay.forget()
            return
        bill = self._open.record_builder(self._served)
        self._open.notes.fault = self._fault
        record = bill.record(self._outcome, self._meter.usage(bill.allowed), self._meter.model)
        is_told = self._translated is None or self._translated.failure is None
        if self._outcome is Outcome.SUCCEEDED and is_told:
            self._open.replay.keep(self._served.answer.status, self._headers, passed)
        else:
            self._open.replay.forget()
        self._settlement = self._open.begin_settlement(record)
        if self._settlement is not None:
            self._cost = money.to_string(self._settlement.record.calculated_cost)


def _cost(record: LedgerRecord) -> dict[str, str]:
    return {"x-tollgate-cost-usd": money.to_string(record.calculated_cost)}
