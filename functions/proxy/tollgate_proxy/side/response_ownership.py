"""Responses that providers store: whose they are, and how those end that are made in the background."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

from tollgate.catalog.catalog import ProviderApi
from tollgate.gateway_state.stored_responses import StoredResponse
from tollgate.lean_dataclass import dataclass
from tollgate.ledger.plausibility import UNBOUNDED
from tollgate.pricing.vendors import Vendor
from tollgate_proxy.answers import answer_forms, provider_json
from tollgate_proxy.answers.answer_tallies import AnswerSource, AnswerTally
from tollgate_proxy.apis.responses import RESPONSES
from tollgate_proxy.bounds import token_estimates
from tollgate_proxy.serving.failover import UnansweredError, UpstreamCall
from tollgate_proxy.upstream.provider_calls import UpstreamError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from tollgate.clock import Clock
    from tollgate.ledger.plausibility import UsageBounds
    from tollgate.pricing.usage import Usage
    from tollgate_proxy.options.candidate import Candidate
    from tollgate_proxy.ports import Responses
    from tollgate_proxy.serving.failover import Dispatcher

logger = logging.getLogger(__name__)

_OK = 200
_NOT_FOUND = 404
# No sets: a provider may say what can't be hashed.
_SUCCESSES = ("completed", "incomplete")
_ENDS = (*_SUCCESSES, "failed", "cancelled")
_IN_THE_MAKING = ("queued", "in_progress", "pending", "processing", "running")
# Between two looks at a response in the making: soon at first, then more seldom.
_FIRST_PAUSE_SECONDS = 1.0
_MAX_PAUSE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class ResponseOwnership:
    """Remembers who owns a response, and watches those in the making."""

    responses: Responses
    dispatcher: Dispatcher
    clock: Clock
    pause: Callable[[float], None] = time.sleep

    def note(self, key_id: str, model: str, candidate: Candidate, response: Mapping[str, Any]) -> None:
        """If this fails, the client has its answer and can't come back to it: not worth failing it for."""
        response_id = _id_of(response)
        if response_id is None:
            return
        try:
            self.responses.keep(
                StoredResponse(response_id, key_id, candidate.provider.id, model, created_at=self.clock())
            )
        except Exception:
            logger.exception("The owner of the response %s could not be stored", response_id)

    def finished(
        self, candidate: Candidate, response: Mapping[str, Any], deadline: datetime
    ) -> Mapping[str, Any] | None:
        """The response when it is done; None if it isn't before the deadline, or is gone or nameless."""
        response_id = _id_of(response)
        if response_id is None:
            return None
        seconds = _FIRST_PAUSE_SECONDS
        while (deadline - self.clock()).total_seconds() > seconds:
            self.pause(seconds)
            seconds = min(seconds * 2, _MAX_PAUSE_SECONDS)
            status, seen = self._look(candidate, response_id, deadline)
            if status == _NOT_FOUND:
                return None
            if status == _OK and is_finished(seen):
                return seen
        return None

    def _look(
        self, candidate: Candidate, response_id: str, deadline: datetime
    ) -> tuple[int | None, Mapping[str, Any]]:
        path = f"/responses/{response_id}"
        upstream_call = UpstreamCall(
            ProviderApi.RESPONSES,
            path,
            [candidate],
            {},
            deadline,
            deadline,
            body=lambda _: None,
            method="GET",
            is_free=True,
        )
        try:
            answer = answer_forms.decoded(self.dispatcher.ask(upstream_call).answer)
            body = provider_json.value_of(b"".join(answer.chunks))
        except (UnansweredError, UpstreamError, ValueError):
            return None, {}
        return answer.status, body if isinstance(body, dict) else {}


def _id_of(response: Mapping[str, Any]) -> str | None:
    response_id = response.get("id")
    return response_id if isinstance(response_id, str) and response_id else None


def is_finished(response: Mapping[str, Any]) -> bool:
    return response.get("status") in _ENDS


def is_in_the_making(response: Mapping[str, Any]) -> bool:
    """Whether a response says itself that it isn't done, or has nothing but a state that nobody knows."""
    status = response.get("status")
    if not isinstance(status, str) or status in _ENDS:
        return False
    return status in _IN_THE_MAKING or not response.get("output")


def is_success(response: Mapping[str, Any]) -> bool:
    return response.get("status") in _SUCCESSES


def usage_of(
    response: Mapping[str, Any],
    request: Mapping[str, Any],
    allowed: UsageBounds = UNBOUNDED,
    vendor: Vendor = Vendor.OTHER,
) -> Usage:
    """The provider's figures as far as they are allowed, or an estimate of what it made."""
    source = AnswerSource(RESPONSES, vendor)
    tally = AnswerTally(source, request, source.figures_of(response))
    return tally.usage(allowed, lambda: token_estimates.estimate_generated(response.get("output")))
