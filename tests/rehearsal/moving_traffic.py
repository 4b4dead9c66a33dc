"""Streamed calls without a pause, divided between two versions of the gateway as an alias divides them."""

from __future__ import annotations

import asyncio
import random
import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MODEL: Final = "gpt-4o-mini"
# At the seeded price of 0.15 and 0.60 USD per 1M tokens a call costs exactly this.
PROMPT_TOKENS, COMPLETION_TOKENS = 1000, 20
COST_OF_A_CALL: Final = Decimal("0.000162")
_END = "data: [DONE]"
_SECONDS = 120
# Seconds that calls take: most are short, and some last over a move of the alias.
_SHORT, _LONG, _LONG_SHARE = 0.4, 15.0, 0.04


@dataclass(frozen=True)
class Failure:
    phase: str
    version: str
    said: str


@dataclass
class Traffic:
    """`urls` are the base URLs of the old and the new version; `share` of the calls go to the new one.

    A call counts for the phase that it began in.
    """

    urls: dict[str, str]
    secrets: Sequence[str]
    phase: str = ""
    share: float = 0.0
    served: Counter[tuple[str, str]] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)
    _stopping: bool = False

    @property
    def calls(self) -> int:
        return sum(self.served.values()) + len(self.failures)

    def go_on(self, phase: str, share: float) -> None:
        self.phase, self.share = phase, share

    def answered(self, version: str) -> int:
        """How many calls of the present phase the version has answered."""
        return self.served[self.phase, version]

    @contextmanager
    def running(self, workers: int) -> Iterator[None]:
        """In a thread of its own, beside what the caller does; all calls have ended with the block."""
        calling = threading.Thread(target=asyncio.run, args=[self._all(workers)])
        calling.start()
        try:
            yield
        finally:
            self._stopping = True
            calling.join()

    async def _all(self, workers: int) -> None:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
        async with httpx.AsyncClient(trust_env=False, timeout=_SECONDS, limits=limits) as client:
            await asyncio.gather(
                *(
                    self._work(client, self.secrets[number % len(self.secrets)], number)
                    for number in range(workers)
                )
            )

    async def _work(self, client: httpx.AsyncClient, secret: str, number: int) -> None:
        chance = random.Random(number)  # the same calls in each run
        while not self._stopping:
            version = "new" if chance.random() < self.share else "old"
            seconds = _LONG if chance.random() < _LONG_SHARE else _SHORT
            await self._call(client, version, secret, seconds)

    async def _call(self, client: httpx.AsyncClient, version: str, secret: str, seconds: float) -> None:
        phase = self.phase
        try:
            await _streamed(client, self.urls[version], secret, seconds)
        except (httpx.HTTPError, BrokenOffError) as error:
            self.failures.append(Failure(phase, version, f"{type(error).__name__}: {error}"))
        else:
            self.served[phase, version] += 1


class BrokenOffError(Exception):
    """An answer that is no success, or doesn't come to its end."""


async def _streamed(client: httpx.AsyncClient, base_url: str, secret: str, seconds: float) -> None:
    body: dict[str, Any] = {
        "model": MODEL,
        "messages": [{"role": "user", "content": "Hello"}],
        "stream": True,
        "max_tokens": COMPLETION_TOKENS,
        "mock": {
            "prompt_tokens": PROMPT_TOKENS,
            "completion_tokens": COMPLETION_TOKENS,
            "delay_chunk_ms": round(seconds * 1000 / COMPLETION_TOKENS),
        },
    }
    headers = {"authorization": f"Bearer {secret}"}
    async with client.stream("POST", f"{base_url}/chat/completions", json=body, headers=headers) as answer:
        text = (await answer.aread()).decode()
    if answer.status_code != httpx.codes.OK:
        raise BrokenOffError(f"{answer.status_code} {text[:300]}")
    if _END not in text:
        raise BrokenOffError(f"the stream ended with {text[-200:]}")
