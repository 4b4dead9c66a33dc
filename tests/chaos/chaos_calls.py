"""Calls as clients make and take them, and what is wrong with how one was answered."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Generator
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from tests.support.faults import KilledError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.chaos.chaos_world import ChaosWorld
    from tests.chaos.environments import Environment
    from tollgate_proxy.http_messages import Answer

APIS = {
    "chat": ("/v1/chat/completions", ("gpt", "cheap", "alone")),
    "responses": ("/v1/responses", ("gpt", "cheap", "alone")),
    "messages": ("/v1/messages", ("claude-dear", "claude", "gpt")),
}
# For which OpenAI's and Anthropic's SDKs have an error of their own, or that of a server's failure:
# https://github.com/openai/openai-python#handling-errors
# https://platform.claude.com/docs/en/api/errors
_KNOWN = frozenset({400, 401, 403, 404, 409, 413, 422, 429, 500, 502, 503, 504, 529})
_LAST_EVENTS = {
    "chat": re.compile(r'data: \[DONE\]|data: \{"error"|event: error'),
    "responses": re.compile(r"event: (response\.(completed|incomplete|failed)|error)"),
    "messages": re.compile(r"event: (message_stop|error)"),
}
_ONE_IN = 8
MARK = re.compile(r"Call ([0-9]+):")


@dataclass
class CallOutcome:
    """What became of a call. `group` is the first call of those that are the same request, sent again."""

    number: int
    group: int
    request_id: str
    api: str
    streams: bool
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    is_whole: bool = False
    """Whether its client has taken all of it."""
    died: bool = False
    troubled: bool = False
    """Whether the store has failed its process meanwhile."""
    escaped: Exception | None = None

    @property
    def served(self) -> bool:
        return "x-tollgate-provider" in self.headers and "x-tollgate-replayed-request-id" not in self.headers


class Caller:
    """Makes the `number`-th call of a run. Which one that is, and what befalls it, the run's seed says."""

    def __init__(self, world: ChaosWorld, number: int) -> None:
        self._world = world
        self._own = random.Random(f"{world.seed}/call/{number}")
        named = random.Random(f"{world.seed}/named/{number // 2}").random() < 0.4
        group = number - number % 2 if named else number
        self._asked = random.Random(f"{world.seed}/asked/{group}")
        self._headers = {"idempotency-key": f"call-{group}"} if named else {}
        self.number, self.group = number, group

    def call(self, environment: Environment) -> CallOutcome:
        client, own = environment.client, self._own
        api, path, body, key = self._request()
        request = self._world.base.request(
            body, path=path, key=key, headers=self._headers, at=environment.clock()
        )
        outcome = CallOutcome(self.number, self.group, request.id, api, body["stream"])
        if own.randrange(_ONE_IN) == 0:
            client.dies_at(own.randrange(1, 9), applies=own.random() < 0.5)
        before = client.troubles
        try:
            self._take(environment, environment.gateway.handle(request), outcome)
        except KilledError:
            pass
        except Exception as error:
            outcome.escaped = error
        client.spare()
        outcome.died, outcome.troubled = client.is_dead, client.troubles > before
        return outcome

    def _request(self) -> tuple[str, str, dict[str, Any], Any]:
        asked = self._asked
        api = asked.choice(list(APIS))
        path, models = APIS[api]
        text = f"Call {self.group}: {'word ' * asked.randrange(1, 60)}"
        said: Any = text if api == "responses" else [{"role": "user", "content": text}]
        body: dict[str, Any] = {
            "model": asked.choice(models),
            "input" if api == "responses" else "messages": said,
            "stream": asked.random() < 0.5,
        }
        if api == "messages" or asked.random() < 0.6:
            body["max_output_tokens" if api == "responses" else "max_tokens"] = asked.randrange(16, 120)
        return api, path, body, asked.choice(self._world.keys)

    def _take(self, environment: Environment, answer: Answer, outcome: CallOutcome) -> None:
        """All of an answer; or its client goes away, or its process dies, in the midst of it."""
        outcome.status, outcome.headers = answer.status, answer.headers
        chunks, way = iter(answer.chunks), self._own.random()
        if isinstance(chunks, Generator) and way < 0.4:
            outcome.body = b"".join(islice(chunks, self._own.randrange(5)))
            if way < 0.1:
                environment.client.kill()
            chunks.close()
        else:
            outcome.body = b"".join(chunks)
            outcome.is_whole = True
        if not environment.client.is_dead:
            answer.after()


def faults_of(outcome: CallOutcome) -> Iterator[str]:
    """What is wrong with an answer, in its client's eyes."""
    if outcome.escaped is not None:
        yield f"{type(outcome.escaped).__name__} escaped: {outcome.escaped}"
    if outcome.status == 0:
        if not outcome.died and outcome.escaped is None:
            yield "no answer"
    elif outcome.status >= 300:
        if outcome.is_whole:
            yield from _faults_of_refusal(outcome)
    elif outcome.is_whole and not outcome.died:
        yield from _faults_of_success(outcome)


def _faults_of_refusal(outcome: CallOutcome) -> Iterator[str]:
    if outcome.status not in _KNOWN:
        yield f"status {outcome.status}, of which no SDK knows"
    try:
        body = json.loads(outcome.body)
        error = body["error"]
        if outcome.api == "messages":
            well_formed = body["type"] == "error" and {"type", "message"} <= error.keys()
        else:
            well_formed = {"message", "type", "param", "code"} <= error.keys()
    except (ValueError, LookupError, TypeError, AttributeError):
        well_formed, error = False, {}
    if not well_formed:
        yield f"status {outcome.status} without an error in the client's shape: {outcome.body[:300]!r}"
    elif error.get("code") == "internal_error" and not outcome.troubled and not outcome.died:
        yield "an internal error without cause"


def _faults_of_success(outcome: CallOutcome) -> Iterator[str]:
    text = outcome.body.decode(errors="replace")
    if outcome.headers.get("content-type", "").startswith("text/event-stream"):
        events = [each for each in re.split(r"\r?\n\r?\n", text) if each.strip()]
        if not any(_LAST_EVENTS[outcome.api].search(each) for each in events[-2:]):
            yield f"a stream without an end: {text[-400:]!r}"
    elif outcome.streams and "x-tollgate-replayed-request-id" not in outcome.headers:
        yield f"no stream: {outcome.headers.get('content-type')}"
    else:
        try:
            json.loads(text)
        except ValueError:
            yield f"a success that isn't JSON: {text[:300]!r}"
