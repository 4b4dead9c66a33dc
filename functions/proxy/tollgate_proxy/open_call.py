"""An admitted call: from here on it ends in exactly one ledger record."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tollgate import money, pricing
from tollgate.pricing import Breakdown
from tollgate.records import LedgerRecord, Outcome
from tollgate.usage import NO_USAGE, Usage
from tollgate_proxy import errors, estimates
from tollgate_proxy.messages import Answer, Request
from tollgate_proxy.upstream import UpstreamAnswer, UpstreamError

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    scope: Scope

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
                answer.status, {**headers, **budget_headers(self.scope)}, self._stream(answer, meter)
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
        return Answer(answer.status, {**headers, **budget_headers(settled or self.scope)}, passed)

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
            breakdown=self._bill(used),
            created_at=self.request.received_at,
            completed_at=self.clock(),
            http_status=answer.status if answer else None,
            streamed=answer.is_event_stream if answer else self.call.streams,
            provider_request_id=answer.request_id if answer else None,
            owner_email=self.scope.owner_email,
            tags=self.scope.tags,
        )

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
        try:
            return self.ledger.settle(record)
        except Exception:
            logger.exception("Request %s could not be settled: %s", record.request_id, record)
            return None


def budget_headers(scope: Scope) -> dict[str, str]:
    """How the key's budget stands; nothing for a key without a limit."""
    if scope.budget_limit is None:
        return {}
    return {
        "x-tollgate-budget-limit-usd": money.to_string(scope.budget_limit),
        "x-tollgate-budget-used-usd": money.to_string(scope.budget_used),
        "x-tollgate-budget-remaining-usd": money.to_string(scope.budget_remaining or money.ZERO),
    }
