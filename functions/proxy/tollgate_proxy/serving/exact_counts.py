"""Exact counts of a prompt, as providers give them away: asked for only before a call is refused for money.

A count is believed only between two figures of our own: never below an estimate, never above the bound.
"""

from __future__ import annotations

import json
import logging
from dataclasses import field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tollgate.lean_dataclass import dataclass
from tollgate_proxy.bounds import token_estimates
from tollgate_proxy.serving.failover import UnansweredError, UpstreamCall
from tollgate_proxy.upstream.circuit_breaker import CircuitBreaker
from tollgate_proxy.upstream.provider_calls import UpstreamError

if TYPE_CHECKING:
    from datetime import datetime

    from tollgate.clock import Clock
    from tollgate_proxy.apis.base import InputCount
    from tollgate_proxy.http_messages import Request
    from tollgate_proxy.metered_call import Call
    from tollgate_proxy.options.candidate import Candidate
    from tollgate_proxy.serving.failover import Dispatcher
    from tollgate_proxy.upstream.provider_calls import UpstreamAnswer

logger = logging.getLogger(__name__)

_OK = 200
_MAX_WAIT = timedelta(seconds=5)
# For how long one that has no such route, or doesn't answer, isn't asked again.
_FORGOTTEN_AFTER = timedelta(minutes=10)
_MAX_CANDIDATES = 3
_MAX_ANSWER_BYTES = 65_536
# Anthropic calls its count an estimate, which may differ "by a small amount".
_MARGIN = 32
_MIN_MARGIN = 12


@dataclass(frozen=True, slots=True)
class TokenCounter:
    """Asks providers for counts, remembering which of them have none to give."""

    dispatcher: Dispatcher
    clock: Clock
    silent_until: dict[tuple[str, str], datetime] = field(default_factory=dict)

    def counted(self, call: Call, request: Request) -> int | None:
        """The most that any candidate counts a call's input as, in tokens, None if one doesn't say."""
        asked = call.route.api.count
        if asked is None or len(call.candidates) > _MAX_CANDIDATES:
            return None
        counts = []
        for candidate in call.candidates:
            found = self._of(candidate, asked, call, request)
            if found is None:
                return None
            counts.append(found)
        count = max(counts)
        least = token_estimates.estimated(call.asked, completion_tokens=0).prompt_tokens
        return max(count + max(count // _MARGIN, _MIN_MARGIN), least)

    def _of(self, candidate: Candidate, asked: InputCount, call: Call, request: Request) -> int | None:
        now = self.clock()
        if self.silent_until.get(candidate.target, now) > now:
            return None
        found = self._asked(candidate, asked, call, request)
        if found is None:
            self.silent_until[candidate.target] = now + _FORGOTTEN_AFTER
        return found

    def _asked(self, candidate: Candidate, asked: InputCount, call: Call, request: Request) -> int | None:
        give_up_at = min(request.answer_by, self.clock() + _MAX_WAIT)
        upstream_call = UpstreamCall(
            api=call.route.api.name,
            path=call.path(request.query).replace(call.route.path, asked.path, 1),
            candidates=[candidate],
            headers=request.headers,
            answer_by=give_up_at,
            deadline=give_up_at,
            body=lambda each: _body(call, each, asked.members),
        )
        # That a count fails says nothing of how the provider answers.
        apart = replace(self.dispatcher, circuit_breaker=CircuitBreaker())
        try:
            return _count_of(apart.ask(upstream_call).answer)
        except (UnansweredError, UpstreamError) as error:
            logger.warning("%s did not count tokens: %s", candidate.provider.name, error)
            return None


def _body(call: Call, candidate: Candidate, counted: tuple[str, ...]) -> bytes:
    """The members that a count takes, as the client wrote them."""
    request = call.request
    written = [
        f"{json.dumps(name)}:{request.text[slice(*request.spans[name])]}"
        for name in counted
        if name in request.spans
    ]
    return "{{{}}}".format(",".join([f'"model":{json.dumps(candidate.remote_id)}', *written])).encode()


def _count_of(answer: UpstreamAnswer) -> int | None:
    if answer.status != _OK:
        answer.close()
        return None
    read = b""
    for chunk in answer.chunks:
        read += chunk
        if len(read) > _MAX_ANSWER_BYTES:
            answer.close()
            return None
    try:
        found: Any = json.loads(read)
    except ValueError:
        return None
    count = found.get("input_tokens") if isinstance(found, dict) else None
    return count if isinstance(count, int) and not isinstance(count, bool) and count >= 0 else None
