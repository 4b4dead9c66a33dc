"""An admitted call: from here on it ends in exactly one ledger record."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tollgate import money, pricing
from tollgate.adapters import metrics
from tollgate.pricing import Breakdown
from tollgate.records import LedgerRecord, Outcome
from tollgate.usage import NO_USAGE, Usage, UsageSource
from tollgate_proxy import bounds, errors, estimates, limit_headers
from tollgate_proxy.messages import Answer, Request
from tollgate_proxy.upstream import UpstreamAnswer, UpstreamError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tollgate.admissions import Admitted
    from tollgate.clock import Clock
    from tollgate.ports import Ledger
    from tollgate.scopes import Scope
    from tollgate_proxy.calls import Call
    from tollgate_proxy.metering import Meter

logger = logging.getLogger(__name__)

_OK = 200
_REDIRECT = 300


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A call that holds, and how it is relayed and settled."""

    ledger: Ledger
    clock: Clock
    request: Request
    call: Call
    admitted: Admitted

    @property
    def scope(self) -> Scope:
        return self.admitted.scope

    def relay(self, answer: UpstreamAnswer) -> Answer:
        """Passes the provider's answer on; a provider's refusal costs nothing.

        A stream is settled where it ends, anything else before the first byte goes to the client.
        """
        headers = {
            **answer.headers,
            "x-tollgate-provider": self.call.provider.name,
            "x-tollgate-model": self.call.model.system_name,
        }
        if answer.request_id:
            headers["x-tollgate-provider-request-id"] = answer.request_id
        served = _OK <= answer.status < _REDIRECT
        meter = self.call.meter(event_stream=answer.is_event_stream)
        if served and answer.is_event_stream:
            return Answer(
                answer.status, {**headers, **limit_headers.of(self.admitted)}, self._stream(answer, meter)
            )
        try:
            passed = [meter.feed(chunk) for chunk in answer.chunks]
        except UpstreamError as error:
            self.fail(error, meter.usage() if served else None, answer)
            raise error.refused from error
        if served:
            record = self._record(Outcome.SUCCEEDED, meter.usage(), answer)
        else:
            record = self._record(Outcome.FAILED, None, answer)
        settled = self._settle(record)
        if settled is not None:
            headers["x-tollgate-cost-usd"] = money.to_string(record.calculated_cost)
        return Answer(answer.status, {**headers, **limit_headers.of(self.admitted, settled)}, passed)

    def fail(self, error: Exception, used: Usage | None, answer: UpstreamAnswer | None = None) -> None:
        """Records a call that got no whole answer; `used` is None if it cost the provider nothing."""
        logger.warning("Request %s to %s failed: %s", self.request.id, self.call.provider.name, error)
        self._settle(self._record(Outcome.FAILED, used, answer))

    def sent_only(self) -> Usage:
        """The usage of a request that a provider may have worked on without ever answering."""
        return estimates.estimated(self.call.asked, completion_tokens=0)

    def _stream(self, answer: UpstreamAnswer, meter: Meter) -> Iterator[bytes]:
        outcome = Outcome.FAILED
        try:
            for chunk in answer.chunks:
                yield meter.feed(chunk)
            yield meter.finish()
            outcome = Outcome.FAILED if meter.failed else Outcome.SUCCEEDED
        except UpstreamError as error:
            logger.warning("The stream of request %s broke off: %s", self.request.id, error)
            # An event that was cut is ended first, or the error would be taken for its end.
            cut = meter.finish()
            yield cut + b"\n\n" if cut else b""
            yield b"data: " + json.dumps(errors.to_body(error.refused)).encode() + b"\n\n"
        finally:
            self._settle(self._record(outcome, meter.usage(), answer))

    def _record(self, outcome: Outcome, used: Usage | None, answer: UpstreamAnswer | None) -> LedgerRecord:
        used = self._credible(used)
        bill = self._bill(used)
        return LedgerRecord(
            request_id=self.request.id,
            key_id=self.scope.key_id,
            kind=self.call.route.record_kind,
            outcome=outcome,
            model=self.call.model.system_name,
            model_id=self.call.model.id,
            provider_id=self.call.provider.id,
            remote_model=self.call.model.remote_id,
            usage=used or NO_USAGE,
            price_version=self.call.price.id,
            price_factor=self.scope.price_factor,
            breakdown=bill,
            created_at=self.admitted.at,
            completed_at=self.clock(),
            http_status=answer.status if answer else None,
            streamed=answer.is_event_stream if answer else self.call.streams,
            scopes=self.admitted.scope_ids,
            exceeds_hold=self.admitted.is_exceeded_by(bill.total),
            provider_request_id=answer.request_id if answer else None,
            owner_email=self.scope.owner_email,
            tags=self.scope.tags,
        )

    def _credible(self, used: Usage | None) -> Usage | None:
        """Provider's figures as they are; an estimate no larger than what the request could use."""
        if used is None or used.source is UsageSource.PROVIDER or not self._keeps_to_its_claim():
            return used
        demand, claim = self.call.demand, self.admitted.claim
        return estimates.within(used, demand.prompt_tokens, claim.tokens - demand.prompt_tokens)

    def _keeps_to_its_claim(self) -> bool:
        """Whether the provider was given a limit on the output."""
        return self.admitted.limits_output or bounds.was_stated(self.call.asked)

    def _bill(self, used: Usage | None) -> Breakdown:
        """What is charged: by the price in force when the request came, marked up or down for its key."""
        if used is None:
            return Breakdown(())
        return pricing.price(used, self.call.price, self.request.received_at, self.scope.price_factor)

    def _settle(self, record: LedgerRecord) -> Scope | None:
        """Settles the call. If that fails the hold stays, and with it the claim: nothing is forgiven.

        The client has its answer and the provider its fee, so a failure here must not turn the
        answer into an error that invites a retry.
        """
        if record.exceeds_hold:
            logger.warning("Request %s cost more than was held for it: %s", record.request_id, record)
            metrics.count({"HoldExceeded": 1}, model=record.model, key_id=record.key_id)
        try:
            return self.ledger.settle(self.admitted, record)
        except Exception:
            logger.exception("Request %s could not be settled: %s", record.request_id, record)
            return None
