"""Finding a provider that answers: one target after the other, until the first byte has come."""

from __future__ import annotations

import logging
import random
import time
from dataclasses import field, replace
from typing import TYPE_CHECKING

from tollgate.catalog import spoken_apis
from tollgate.lean_dataclass import dataclass
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.answers import statuses
from tollgate_proxy.answers.answer_faults import JudgedAnswer
from tollgate_proxy.upstream.circuit_breaker import CircuitBreaker
from tollgate_proxy.upstream.provider_calls import Fault, UpstreamError, UpstreamRequest, unusable

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Mapping, Sequence
    from datetime import datetime, timedelta

    from tollgate.catalog.catalog import Provider, ProviderApi
    from tollgate.clock import Clock
    from tollgate.pricing.usage import Usage
    from tollgate_proxy.answers.answer_faults import AnswerFault
    from tollgate_proxy.answers.metering import Meter
    from tollgate_proxy.options.candidate import Candidate
    from tollgate_proxy.ports import Credentials
    from tollgate_proxy.upstream.provider_calls import Upstream, UpstreamAnswer

logger = logging.getLogger(__name__)

# Rounds over all targets of a model that has several, and what lies between them. A single target's
# errors go to the client, whose SDK tries again by itself; one that can't be reached is tried once more.
_ROUNDS = 2
_BACKOFF_SECONDS = (0.25, 0.75)
_MAX_PAUSE_SECONDS = 5.0
# A try with less time than this left would only fail.
MIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class UpstreamCall:
    """What candidates are asked, `body` being theirs.

    An answer must begin before `answer_by`, and be over at `deadline` if it `streams`.

    `lost_inputs` is how often another may be asked after an answer got lost that was worked on already. Of a
    success, `judge` says whether it is one. Targets' health is noted by the `api`, and neither asked for nor
    changed by what `is_free`: that says nothing of how they serve calls.
    """

    api: ProviderApi
    path: str
    candidates: Sequence[Candidate]
    headers: Mapping[str, str]
    answer_by: datetime
    deadline: datetime
    body: Callable[[Candidate], bytes | None]
    method: str = "POST"
    streams: bool = False
    lost_inputs: int = 0
    judge: Callable[[Candidate, UpstreamAnswer], JudgedAnswer] | None = None
    is_free: bool = False
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A try that failed; the provider may have done the work if the answer was lost after it was `sent`.

    `used` is what it has used then, None if nobody knows more than what was sent.
    """

    candidate: Candidate
    fault: Fault
    http_status: int | None
    duration: timedelta
    used: Usage | None = None

    @property
    def sent(self) -> bool:
        return self.used is not None or self.fault in (Fault.TIMEOUT, Fault.BROKEN_OFF)


@dataclass(frozen=True, slots=True)
class ServedCall:
    """Who answered what, after which failures; and what is `wrong` with it, where nobody else could be asked.

    Then `failure` is that try's. `meter` has read the answer already, if it is there.
    """

    candidate: Candidate
    answer: UpstreamAnswer
    failures: tuple[Attempt, ...] = ()
    wrong: AnswerFault | None = None
    meter: Meter | None = None
    failure: Attempt | None = None


class UnansweredError(Exception):
    """No candidate has answered; the last failure is the newest."""

    def __init__(self, refused: RefusedError, failures: tuple[Attempt, ...]) -> None:
        super().__init__(refused.message)
        self.refused = refused
        self.failures = failures


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """Asks providers, remembering in `health` which ones fail."""

    upstream: Upstream
    credentials: Credentials
    clock: Clock
    circuit_breaker: CircuitBreaker = field(default_factory=CircuitBreaker)
    pause: Callable[[float], None] = time.sleep
    random: random.Random = field(default_factory=random.Random)

    def ask(self, upstream_call: UpstreamCall) -> ServedCall:
        """The first answer that is no failure, or the last one; raises `UnansweredError` without any."""
        failures: list[Attempt] = []
        hopeless: set[tuple[str, str]] = set()
        tries = self._tries(upstream_call, hopeless)
        following: Candidate | None = next(tries)
        while following is not None:
            candidate, begun = following, self.clock()
            try:
                judged = self._judged(upstream_call, candidate, self._send(upstream_call, candidate))
            except UpstreamError as error:
                if error.counts:
                    self._failed(upstream_call, candidate, None)
                failures.append(Attempt(candidate, error.fault, None, self.clock() - begun))
                logger.warning("%s", error)
                following = next(tries, None) if _may_follow(upstream_call, failures) else None
                if following is None:
                    raise UnansweredError(_refusal(error, failures), tuple(failures)) from error
                continue
            served = ServedCall(candidate, judged.answer, tuple(failures), judged.wrong, judged.meter)
            wrong = judged.wrong
            if wrong is None:
                return served
            if wrong.hopeless:
                hopeless.add(candidate.target)
            failures.append(_failure_of(served, wrong, self.clock() - begun))
            others = (
                len(upstream_call.candidates) > 1
                and wrong.is_covered
                and _may_follow(upstream_call, failures)
            )
            following = next(tries, None) if others else None
            if following is None:
                return replace(served, failure=failures[-1])
            judged.answer.close()
            logger.warning("The provider %s answered %d", candidate.provider.name, judged.answer.status)
        raise AssertionError  # an answer or an error has left the loop

    def _judged(
        self, upstream_call: UpstreamCall, candidate: Candidate, answer: UpstreamAnswer
    ) -> JudgedAnswer:
        """What an answer is, of which its target's health takes note, unless the request alone is wrong."""
        if not answer.is_success:
            judged = statuses.judge(candidate.provider, answer, self.clock())
        elif upstream_call.judge is not None:
            judged = upstream_call.judge(candidate, answer)
        else:
            judged = JudgedAnswer(answer)
        if judged.wrong is not None and judged.wrong.counts:
            self._failed(upstream_call, candidate, judged.answer.retry_after(self.clock()))
        elif judged.wrong is None and answer.is_success and not upstream_call.is_free:
            self.circuit_breaker.succeeded(_watched(upstream_call, candidate))
        return judged

    def _failed(self, upstream_call: UpstreamCall, candidate: Candidate, retry_after: float | None) -> None:
        if not upstream_call.is_free:
            self.circuit_breaker.failed(_watched(upstream_call, candidate), retry_after)

    def _tries(
        self, upstream_call: UpstreamCall, hopeless: Container[tuple[str, str]]
    ) -> Iterator[Candidate]:
        """Whom to ask next, for as long as another try makes sense; one, however late it is."""
        for number, candidate in enumerate(self._rounds(upstream_call, hopeless)):
            if number and self._seconds_left(upstream_call) < MIN_SECONDS:
                return
            yield candidate

    def _rounds(
        self, upstream_call: UpstreamCall, hopeless: Container[tuple[str, str]]
    ) -> Iterator[Candidate]:
        """Everybody in their order; waits before it is anyone's turn again who isn't hopeless."""
        order = self._ordered(upstream_call)
        yield from order
        if len(order) == 1:
            if self._paused(upstream_call, 0.0):
                yield from order
            return
        for _ in range(1, _ROUNDS):
            left = [each for each in order if each.target not in hopeless]
            if not left or not self._paused(
                upstream_call, min(self._seconds_out(upstream_call, each) for each in left)
            ):
                return
            yield from [each for each in left if not self._seconds_out(upstream_call, each)]

    def _paused(self, upstream_call: UpstreamCall, min_seconds: float) -> bool:
        """Waits before the next round, `min_seconds` seconds or more; whether there is time enough for it."""
        seconds = max(min_seconds, self.random.uniform(*_BACKOFF_SECONDS))
        if seconds > min(_MAX_PAUSE_SECONDS, self._seconds_left(upstream_call) - MIN_SECONDS):
            return False
        self.pause(seconds)
        return True

    def _ordered(self, upstream_call: UpstreamCall) -> list[Candidate]:
        """By priority, drawn by weight among equals; those left out come last, as better than nobody."""
        drawn = sorted(
            upstream_call.candidates,
            key=lambda each: (each.priority, -(self.random.random() ** (1 / each.weight))),
        )
        return sorted(drawn, key=lambda each: self._seconds_out(upstream_call, each) > 0)

    def _seconds_out(self, upstream_call: UpstreamCall, candidate: Candidate) -> float:
        return (
            0.0
            if upstream_call.is_free
            else self.circuit_breaker.seconds_out(_watched(upstream_call, candidate))
        )

    def _send(self, upstream_call: UpstreamCall, candidate: Candidate) -> UpstreamAnswer:
        upstream_request = UpstreamRequest(
            method=upstream_call.method,
            path=upstream_call.path,
            headers=upstream_call.headers,
            body=upstream_call.body(candidate),
            answer_seconds=max(self._seconds_left(upstream_call), 0.0),
            seconds=max((upstream_call.deadline - self.clock()).total_seconds(), 0.0),
            api=upstream_call.api,
            streams=upstream_call.streams,
            long_prompts=candidate.long_prompts,
            content_type=upstream_call.content_type,
        )
        credential = self._credential(candidate.provider, upstream_call.api)
        return self.upstream.send(candidate.provider, credential, upstream_request)

    def _credential(self, provider: Provider, api: ProviderApi) -> str:
        if not spoken_apis.asked_at(provider, api).auth_header.needs_key:
            return ""
        if not provider.credential_version:
            raise unusable(provider, "has no API key.")
        try:
            return self.credentials.secret_of(provider)
        except Exception as error:
            logger.exception("The API key of %s could not be read", provider.name)
            # Which says nothing of the provider.
            raise unusable(provider, "has an API key that could not be read.", counts=False) from error

    def _seconds_left(self, upstream_call: UpstreamCall) -> float:
        return (upstream_call.answer_by - self.clock()).total_seconds()


def _watched(upstream_call: UpstreamCall, candidate: Candidate) -> tuple[str, ...]:
    """What health is noted of: a provider may serve one API of a model, and fail at another."""
    return (*candidate.target, upstream_call.api)


def _failure_of(served: ServedCall, wrong: AnswerFault, duration: timedelta) -> Attempt:
    used = wrong.used if wrong.was_worked_on else None
    return Attempt(served.candidate, wrong.fault, served.answer.status, duration, used)


def _may_follow(upstream_call: UpstreamCall, failures: Sequence[Attempt]) -> bool:
    """Whether another may be asked, by how many of the failures may have to be paid for."""
    return not failures[-1].sent or sum(failure.sent for failure in failures) <= upstream_call.lost_inputs


def _refusal(error: UpstreamError, failures: Sequence[Attempt]) -> RefusedError:
    if len({failure.candidate.provider.id for failure in failures}) == 1:
        return error.refused
    tried = ", ".join(dict.fromkeys(failure.candidate.provider.name for failure in failures))
    return RefusedError(Reason.ALL_PROVIDERS_FAILED, f"All of the model's providers failed: {tried}.")
