"""Finding a provider that answers: one target after the other, until the first byte has come."""

from __future__ import annotations

import logging
import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.answers import statuses
from tollgate_proxy.answers.verdicts import Judged
from tollgate_proxy.upstream import auth
from tollgate_proxy.upstream.circuit_breaker import Health
from tollgate_proxy.upstream.provider_calls import Fault, UpstreamError, UpstreamRequest, unusable

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Mapping, Sequence
    from datetime import datetime, timedelta

    from tollgate.catalog.catalog import Provider
    from tollgate.clock import Clock
    from tollgate.pricing.usage import Usage
    from tollgate_proxy.answers.metering import Meter
    from tollgate_proxy.answers.verdicts import Wrong
    from tollgate_proxy.options.candidate import Candidate
    from tollgate_proxy.ports import Credentials
    from tollgate_proxy.upstream.provider_calls import Upstream, UpstreamAnswer

logger = logging.getLogger(__name__)

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

    `lost_inputs` is how often another may be asked after an answer got lost that was worked on already. Of a
    success, `judge` says whether it is one. Targets' health is noted by the `api`, and neither asked for nor
    changed by what `is_free`: that says nothing of how they serve calls.
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
    judge: Callable[[Candidate, UpstreamAnswer], Judged] | None = None
    api: str = ""
    is_free: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
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
class Asked:
    """Who answered what, after which failures; and what is `wrong` with it, where nobody else could be asked.

    `meter` has read the answer already, if it is there.
    """

    candidate: Candidate
    answer: UpstreamAnswer
    failures: tuple[Failure, ...] = ()
    wrong: Wrong | None = None
    meter: Meter | None = None


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
        hopeless: set[tuple[str, str]] = set()
        tries = self._tries(question, hopeless)
        following: Candidate | None = next(tries)
        while following is not None:
            candidate, begun = following, self.clock()
            try:
                judged = self._judged(question, candidate, self._send(question, candidate))
            except UpstreamError as error:
                if error.counts:
                    self._failed(question, candidate, None)
                failures.append(Failure(candidate, error.fault, None, self.clock() - begun))
                logger.warning("%s", error)
                following = next(tries, None) if _may_follow(question, failures) else None
                if following is None:
                    raise UnansweredError(_refusal(error, failures), tuple(failures)) from error
                continue
            asked = Asked(candidate, judged.answer, tuple(failures), judged.wrong, judged.meter)
            wrong = judged.wrong
            if wrong is None:
                return asked
            if wrong.hopeless:
                hopeless.add(candidate.target)
            failures.append(_failure_of(asked, wrong, self.clock() - begun))
            others = len(question.candidates) > 1 and wrong.is_covered and _may_follow(question, failures)
            following = next(tries, None) if others else None
            if following is None:
                return asked
            judged.answer.close()
            logger.warning("The provider %s answered %d", candidate.provider.name, judged.answer.status)
        raise AssertionError  # an answer or an error has left the loop

    def _judged(self, question: Question, candidate: Candidate, answer: UpstreamAnswer) -> Judged:
        """What an answer is, of which its target's health takes note, unless the request alone is wrong."""
        if not answer.is_success:
            judged = statuses.judge(candidate.provider, answer)
        elif question.judge is not None:
            judged = question.judge(candidate, answer)
        else:
            judged = Judged(answer)
        if judged.wrong is not None and judged.wrong.counts:
            self._failed(question, candidate, answer.retry_after)
        elif judged.wrong is None and answer.is_success and not question.is_free:
            self.health.succeeded(_watched(question, candidate))
        return judged

    def _failed(self, question: Question, candidate: Candidate, retry_after: float | None) -> None:
        if not question.is_free:
            self.health.failed(_watched(question, candidate), retry_after)

    def _tries(self, question: Question, hopeless: Container[tuple[str, str]]) -> Iterator[Candidate]:
        """Whom to ask next, for as long as another try makes sense; one, however late it is."""
        for number, candidate in enumerate(self._rounds(question, hopeless)):
            if number and self._seconds_left(question) < _LEAST_SECONDS:
                return
            yield candidate

    def _rounds(self, question: Question, hopeless: Container[tuple[str, str]]) -> Iterator[Candidate]:
        """Everybody in their order; waits before it is anyone's turn again who isn't hopeless."""
        order = self._ordered(question)
        yield from order
        if len(order) == 1:
            if self._paused(question, 0.0):
                yield from order
            return
        for _ in range(1, _ROUNDS):
            left = [each for each in order if each.target not in hopeless]
            if not left or not self._paused(
                question, min(self._seconds_out(question, each) for each in left)
            ):
                return
            yield from [each for each in left if not self._seconds_out(question, each)]

    def _paused(self, question: Question, least: float) -> bool:
        """Waits before the next round, `least` seconds or more; whether there is time enough for it."""
        seconds = max(least, self.random.uniform(*_BACKOFF_SECONDS))
        if seconds > min(_LONGEST_PAUSE_SECONDS, self._seconds_left(question) - _LEAST_SECONDS):
            return False
        self.pause(seconds)
        return True

    def _ordered(self, question: Question) -> list[Candidate]:
        """By priority, drawn by weight among equals; those left out come last, as better than nobody."""
        drawn = sorted(
            question.candidates,
            key=lambda each: (each.priority, -(self.random.random() ** (1 / each.weight))),
        )
        return sorted(drawn, key=lambda each: self._seconds_out(question, each) > 0)

    def _seconds_out(self, question: Question, candidate: Candidate) -> float:
        return 0.0 if question.is_free else self.health.seconds_out(_watched(question, candidate))

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
        if not auth.needs_key(provider):
            return ""
        if not provider.credential_version:
            raise unusable(provider, "has no API key.")
        try:
            return self.credentials.of(provider)
        except Exception as error:
            logger.exception("The API key of %s could not be read", provider.name)
            # Which says nothing of the provider.
            raise unusable(provider, "has an API key that could not be read.", counts=False) from error

    def _seconds_left(self, question: Question) -> float:
        return (question.answer_by - self.clock()).total_seconds()


def _watched(question: Question, candidate: Candidate) -> tuple[str, ...]:
    """What health is noted of: a provider may serve one API of a model, and fail at another."""
    return (*candidate.target, question.api)


def _failure_of(asked: Asked, wrong: Wrong, duration: timedelta) -> Failure:
    used = wrong.used if wrong.was_worked_on else None
    return Failure(asked.candidate, wrong.fault, asked.answer.status, duration, used)


def _may_follow(question: Question, failures: Sequence[Failure]) -> bool:
    """Whether another may be asked, by how many of the failures may have to be paid for."""
    return not failures[-1].sent or sum(failure.sent for failure in failures) <= question.lost_inputs


def _refusal(error: UpstreamError, failures: Sequence[Failure]) -> RefusedError:
    if len({failure.candidate.provider.id for failure in failures}) == 1:
        return error.refused
    tried = ", ".join(dict.fromkeys(failure.candidate.provider.name for failure in failures))
    return RefusedError(Reason.ALL_PROVIDERS_FAILED, f"None of the model's providers answered: {tried}.")
