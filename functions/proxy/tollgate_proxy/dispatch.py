"""Finding a provider that answers: one target after the other, until the first byte has come."""

from __future__ import annotations

import logging
import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tollgate.catalog import AuthHeader
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.health import Health
from tollgate_proxy.upstream import Fault, UpstreamError, UpstreamRequest, unusable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime, timedelta

    from tollgate.catalog import Provider
    from tollgate.clock import Clock
    from tollgate.ports import Credentials
    from tollgate_proxy.calls import Candidate
    from tollgate_proxy.upstream import Upstream, UpstreamAnswer

logger = logging.getLogger(__name__)

# What another provider might not answer: it is busy or broken, not the request wrong.
_RETRYABLE = frozenset({408, 409, 429})
_SERVER_ERROR = 500
# Rounds over all targets of a model that has several, and what lies between them. A single target's
# errors go to the client, whose SDK tries again by itself; one that can't be reached is tried once more.
_ROUNDS = 2
_BACKOFF_SECONDS = (0.25, 0.75)
_LONGEST_PAUSE_SECONDS = 5.0
# A try with less time than this left would only fail.
_LEAST_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Question:
    """What candidates are asked, `body` being theirs.

    An answer must begin before `answer_by`, and be over at `deadline` if it `streams`.

    `lost_inputs` is how often another may be asked after an answer got lost that was worked on already.
    """

    path: str
    candidates: Sequence[Candidate]
    headers: Mapping[str, str]
    answer_by: datetime
    deadline: datetime
    body: Callable[[Candidate], bytes | None]
    method: str = "POST"
    streams: bool = False
    lost_inputs: int = 0


@dataclass(frozen=True, slots=True)
class Failure:
    """A try that failed; the provider may have done the work if the answer was lost after it was `sent`."""

    candidate: Candidate
    fault: Fault
    http_status: int | None
    duration: timedelta

    @property
    def sent(self) -> bool:
        return self.fault in (Fault.TIMEOUT, Fault.BROKEN_OFF)


@dataclass(frozen=True, slots=True)
class Asked:
    """Who answered what, after which failures."""

    candidate: Candidate
    answer: UpstreamAnswer
    failures: tuple[Failure, ...] = ()


class UnansweredError(Exception):
    """No candidate has answered; the last failure is the newest."""

    def __init__(self, refused: RefusedError, failures: tuple[Failure, ...]) -> None:
        super().__init__(refused.message)
        self.refused = refused
        self.failures = failures


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """Asks providers, remembering in `health` which ones fail."""

    upstream: Upstream
    credentials: Credentials
    clock: Clock
    health: Health = field(default_factory=Health)
    pause: Callable[[float], None] = time.sleep
    random: random.Random = field(default_factory=random.Random)

    def ask(self, question: Question) -> Asked:
        """The first answer that is no failure, or the last one; raises `UnansweredError` without any."""
        failures: list[Failure] = []
        tries = self._tries(question)
        candidate = next(tries)
        while True:
            begun = self.clock()
            following: Candidate | None = None
            try:
                answer = self._send(question, candidate)
            except UpstreamError as error:
                self.health.failed(candidate.target)
                failures.append(Failure(candidate, error.fault, None, self.clock() - begun))
                logger.warning("%s", error)
                if sum(failure.sent for failure in failures) <= question.lost_inputs or not error.sent:
                    following = next(tries, None)
                if following is None:
                    raise UnansweredError(_refusal(error, failures), tuple(failures)) from error
            else:
                if not _is_retryable(answer.status):
                    self.health.succeeded(candidate.target)
                    return Asked(candidate, answer, tuple(failures))
                self.health.failed(candidate.target, answer.retry_after)
                failure = Failure(candidate, Fault.STATUS, answer.status, self.clock() - begun)
                following = next(tries, None) if len(question.candidates) > 1 else None
                if following is None:
                    return Asked(candidate, answer, tuple(failures))
                failures.append(failure)
                answer.close()
                logger.warning("The provider %s answered %d", candidate.provider.name, answer.status)
            candidate = following

    def _tries(self, question: Question) -> Iterator[Candidate]:
        """Whom to ask next, for as long as another try makes sense; one, however late it is."""
        for number, candidate in enumerate(self._rounds(question)):
            if number and self._seconds_left(question) < _LEAST_SECONDS:
                return
            yield candidate

    def _rounds(self, question: Question) -> Iterator[Candidate]:
        """Everybody in their order; waits before it is anyone's turn again."""
        order = self._ordered(question.candidates)
        yield from order
        if len(order) == 1:
            if self._paused(question, 0.0):
                yield from order
            return
        for _ in range(1, _ROUNDS):
            if not self._paused(question, min(map(self._seconds_out, order))):
                return
            yield from [each for each in order if not self._seconds_out(each)]

    def _paused(self, question: Question, least: float) -> bool:
        """Waits before the next round, `least` seconds or more; whether there is time enough for it."""
        seconds = max(least, self.random.uniform(*_BACKOFF_SECONDS))
        if seconds > min(_LONGEST_PAUSE_SECONDS, self._seconds_left(question) - _LEAST_SECONDS):
            return False
        self.pause(seconds)
        return True

    def _ordered(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """By priority, drawn by weight among equals; those left out come last, as better than nobody."""
        drawn = sorted(
            candidates, key=lambda each: (each.priority, -(self.random.random() ** (1 / each.weight)))
        )
        return sorted(drawn, key=lambda each: self._seconds_out(each) > 0)

    def _seconds_out(self, candidate: Candidate) -> float:
        return self.health.seconds_out(candidate.target)

    def _send(self, question: Question, candidate: Candidate) -> UpstreamAnswer:
        asked = UpstreamRequest(
            method=question.method,
            path=question.path,
            headers=question.headers,
            body=question.body(candidate),
            answer_seconds=max(self._seconds_left(question), 0.0),
            seconds=max((question.deadline - self.clock()).total_seconds(), 0.0),
            streams=question.streams,
            long_prompts=candidate.long_prompts,
        )
        return self.upstream.send(candidate.provider, self._credential(candidate.provider), asked)

    def _credential(self, provider: Provider) -> str:
        if provider.auth_header is AuthHeader.NONE:
            return ""
        if not provider.credential_version:
            raise unusable(provider, "has no API key.")
        try:
            return self.credentials.of(provider)
        except Exception as error:
            logger.exception("The API key of %s could not be read", provider.name)
            raise unusable(provider, "has an API key that could not be read.") from error

    def _seconds_left(self, question: Question) -> float:
        return (question.answer_by - self.clock()).total_seconds()


def _is_retryable(status: int) -> bool:
    return status in _RETRYABLE or status >= _SERVER_ERROR


def _refusal(error: UpstreamError, failures: Sequence[Failure]) -> RefusedError:
    if len({failure.candidate.provider.id for failure in failures}) == 1:
        return error.refused
    tried = ", ".join(dict.fromkeys(failure.candidate.provider.name for failure in failures))
    return RefusedError(Reason.ALL_PROVIDERS_FAILED, f"None of the model's providers answered: {tried}.")
