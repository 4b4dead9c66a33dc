"""An admitted call: from here on it ends in exactly one ledger record."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tollgate import money
from tollgate.adapters import metrics
from tollgate.records import Outcome
from tollgate.refusals import Reason, RefusedError
from tollgate.usage import UsageSource
from tollgate_proxy import errors, estimates, limit_headers, stored
from tollgate_proxy.bills import Bill
from tollgate_proxy.messages import Answer, Request
from tollgate_proxy.overheads import Learned
from tollgate_proxy.upstream import Fault, UpstreamError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tollgate.admissions import Admitted
    from tollgate.clock import Clock
    from tollgate.ports import Ledger
    from tollgate.records import LedgerRecord
    from tollgate.scopes import Scope
    from tollgate.usage import Usage
    from tollgate_proxy.calls import Call, Candidate
    from tollgate_proxy.dispatch import Asked, Failure, UnansweredError
    from tollgate_proxy.metering import Meter
    from tollgate_proxy.replays import Replay
    from tollgate_proxy.stored import StoredCalls
    from tollgate_proxy.upstream import UpstreamAnswer

logger = logging.getLogger(__name__)

# By this header a client asks for the cost of a stream, in a comment after its last event.
_STREAM_COST = "x-tollgate-stream-cost"


class SettledError(Exception):
    """A call that is over and settled, with what its client is to be told."""

    def __init__(self, refused: RefusedError) -> None:
        super().__init__(refused.message)
        self.refused = refused


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A call that holds, and how it is relayed and settled."""

    ledger: Ledger
    clock: Clock
    request: Request
    call: Call
    admitted: Admitted
    stored: StoredCalls
    replay: Replay
    learned: Learned = field(default_factory=Learned)

    def relay(self, asked: Asked) -> Answer:
        """Passes the provider's answer on; a provider's refusal costs nothing.

        A stream is settled where it ends, anything else before the first byte goes to the client, but for a
        response that the provider is still to make: that one is settled after the answer.
        """
        answer, headers = asked.answer, self._headers(asked)
        served = answer.is_success
        meter = self.call.meter(asked.candidate, event_stream=answer.is_event_stream)
        if served and answer.is_event_stream:
            early = {**headers, **limit_headers.of(self.admitted)}
            stream = _Stream(self, asked, meter, early)
            return Answer(answer.status, early, stream.chunks(), stream.after)
        try:
            body = b"".join(meter.feed(chunk) for chunk in answer.chunks)
        except UpstreamError as error:
            self._log(asked.candidate, error)
            self.settle(
                self.bill(asked).record(Outcome.FAILED, self._of_lost(meter.usage()) if served else None)
            )
            raise SettledError(_told(error) if served else error.refused) from error
        if served:
            self.note_stored(asked, meter)
        if served and self.is_unfinished(meter):
            late = {**headers, **limit_headers.of(self.admitted)}
            self.replay.keep(answer.status, headers, [body])
            return Answer(answer.status, late, [body], lambda: self.settle_later(asked, meter))
        record = self.bill(asked).record(
            Outcome.SUCCEEDED if served else Outcome.FAILED, meter.usage() if served else None
        )
        cost = {"x-tollgate-cost-usd": money.to_string(record.calculated_cost)}
        if served:
            self.replay.keep(answer.status, {**headers, **cost}, [body])
        else:
            self.replay.forget()
        settled = self.settle(record)
        if settled is not None:
            headers |= cost
        return Answer(answer.status, {**headers, **limit_headers.of(self.admitted, settled)}, [body])

    def unanswered(self, error: UnansweredError) -> None:
        """Records a call that nobody has answered; a provider may have worked on it all the same."""
        *before, last = error.failures
        self._log(last.candidate, error)
        bill = self._bill(last.candidate, tuple(before))
        self.settle(bill.record(Outcome.FAILED, self._of_lost(self._sent_only()) if last.sent else None))

    def broke_down(self, error: Exception, asked: Asked | None) -> None:
        """Records a call that failed by a fault of ours; what an answer was begun for is not free."""
        candidate = self.call.candidates[0] if asked is None else asked.candidate
        self._log(candidate, error)
        if asked is None:
            self.settle(self._bill(candidate).record(Outcome.FAILED, None))
        else:
            self.settle(self.bill(asked).record(Outcome.FAILED, self._of_lost(self._sent_only())))

    def note_stored(self, asked: Asked, meter: Meter) -> None:
        """Remembers whose a response is that the provider stores, as soon as its id is known."""
        if self.call.asked.get("store") is not False:
            model = self.call.model.system_name
            self.stored.note(self.scope.key_id, model, asked.candidate, meter.response)

    def is_unfinished(self, meter: Meter) -> bool:
        return self.call.runs_in_background and not stored.is_finished(meter.response)

    def settle_later(self, asked: Asked, meter: Meter) -> None:
        """Settles a response that the provider makes in the background, when it is done or time is up."""
        try:
            finished = self.stored.finished(asked.candidate, meter.response, self.request.deadline)
        except Exception as error:
            self.broke_down(error, asked)
            raise
        if finished is None:
            self.settle(self.bill(asked).record(Outcome.FAILED, self._at_most()))
            return
        outcome = Outcome.SUCCEEDED if stored.is_success(finished) else Outcome.FAILED
        self.settle(self.bill(asked).record(outcome, stored.usage_of(finished, self.call.asked)))

    def _of_lost(self, used: Usage) -> Usage:
        """The usage of an answer that got lost. One that is made in the background is made all the same."""
        return self._at_most() if self.call.runs_in_background else used

    def _at_most(self) -> Usage:
        """For what nobody is told the cost of: no more than is held for it."""
        return estimates.at_most(self.call.demand, self.admitted.claim)

    def settle(self, record: LedgerRecord) -> Scope | None:
        """Settles the call. If that fails the hold stays, and with it the claim: nothing is forgiven.

        The client has its answer and the provider its fee, so a failure here must not turn the
        answer into an error that invites a retry.
        """
        self._learn(record)
        if record.exceeds_hold:
            logger.warning("Request %s cost more than was held for it: %s", record.request_id, record)
            metrics.count({"HoldExceeded": 1}, model=record.model, key_id=record.key_id)
        try:
            return self.ledger.settle(self.admitted, record)
        except Exception:
            logger.exception("Request %s could not be settled: %s", record.request_id, record)
            return None

    def _learn(self, record: LedgerRecord) -> None:
        """Has later bounds reckon with what the provider puts around a prompt."""
        content = self.call.demand.content_tokens
        reported = record.outcome is Outcome.SUCCEEDED and record.usage.source is UsageSource.PROVIDER
        if content is None or not reported:
            return
        for each in self.call.candidates:
            if each.target == (record.provider_id, record.remote_model):
                self.learned.note(self.call.shape(each), record.usage.prompt_tokens, content)

    @property
    def scope(self) -> Scope:
        return self.admitted.scope

    def bill(self, asked: Asked) -> Bill:
        return self._bill(asked.candidate, asked.failures, asked.answer)

    def _bill(
        self, candidate: Candidate, failures: tuple[Failure, ...] = (), answer: UpstreamAnswer | None = None
    ) -> Bill:
        return Bill(self.request, self.call, self.admitted, self.clock, candidate, failures, answer)

    def _sent_only(self) -> Usage:
        return estimates.sent_only(self.call.asked)

    def _headers(self, asked: Asked) -> dict[str, str]:
        headers = {
            **asked.answer.headers,
            "x-tollgate-provider": asked.candidate.provider.name,
            "x-tollgate-model": self.call.model.system_name,
        }
        if asked.answer.request_id:
            headers["x-tollgate-provider-request-id"] = asked.answer.request_id
        return headers

    def _log(self, candidate: Candidate, error: Exception) -> None:
        logger.warning("Request %s to %s failed: %s", self.request.id, candidate.provider.name, error)


class _Stream:
    """A stream on its way to the client."""

    def __init__(self, open_call: OpenCall, asked: Asked, meter: Meter, headers: Mapping[str, str]) -> None:
        self._open, self._asked, self._meter, self._headers = open_call, asked, meter, headers
        self._outcome = Outcome.FAILED
        self._cost: str | None = None

    def chunks(self) -> Iterator[bytes]:
        passed: list[bytes] = []
        try:
            for chunk in self._events(self._asked.answer):
                if self._open.replay.is_wanted:
                    passed.append(chunk)
                yield chunk
        finally:
            self._settle(passed)
        if self._cost is not None and _STREAM_COST in self._open.request.headers:
            yield f": x-tollgate-cost-usd {self._cost}\n\n".encode()

    def after(self) -> None:
        if self._is_unfinished:
            self._open.settle_later(self._asked, self._meter)

    def _events(self, answer: UpstreamAnswer) -> Iterator[bytes]:
        noted = False
        try:
            for chunk in answer.chunks:
                passed = self._meter.feed(chunk)
                if self._meter.response and not noted:
                    self._open.note_stored(self._asked, self._meter)
                    noted = True
                if passed:
                    yield passed
            rest, _ = self._meter.finish()
            if rest:
                yield rest
            self._outcome = Outcome.FAILED if self._meter.failed else Outcome.SUCCEEDED
        except UpstreamError as error:
            logger.warning("The stream of request %s broke off: %s", self._open.request.id, error)
            rest, within_event = self._meter.finish()
            if within_event and not rest:
                # The client has the beginning: it is ended first, or the error would be taken for its end.
                yield b"\n\n"
            yield errors.to_event(_told(error), self._open.call.route.api, self._open.request.id)

    @property
    def _is_unfinished(self) -> bool:
        return self._open.is_unfinished(self._meter)

    def _settle(self, passed: list[bytes]) -> None:
        if self._is_unfinished:
            # The stream broke off; what the provider still makes is settled when it is done.
            self._open.replay.forget()
            return
        bill = self._open.bill(self._asked)
        record = bill.record(self._outcome, self._meter.usage())
        if self._outcome is Outcome.SUCCEEDED:
            self._open.replay.keep(self._asked.answer.status, self._headers, passed)
        else:
            self._open.replay.forget()
        if self._open.settle(record) is not None:
            self._cost = money.to_string(record.calculated_cost)


def _told(error: UpstreamError) -> RefusedError:
    """The error of an answer that had begun."""
    reason = Reason.PROVIDER_TIMEOUT if error.fault is Fault.TIMEOUT else Reason.PROVIDER_UNAVAILABLE
    return RefusedError(reason, f"{error.refused.message} What it has produced was charged.")
