"""A call of a function on its way: what Lambda holds of it between the client and the function."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

PRELUDE_END = b"\0" * 8
MAX_PRELUDE_BYTES = 16_384


class FunctionError(Exception):
    """A function that gave no whole response."""


class FunctionTimeoutError(FunctionError):
    """A function that was ended at its invocation's deadline."""


@dataclass(frozen=True, slots=True)
class Head:
    """What precedes a streamed response's body."""

    status: int
    headers: Mapping[str, str]


class Invocation:
    """The function's side calls `feed`, `end` or `fail`; the client's reads `head` and then `body`.

    Nothing waits for the client: as on AWS, a function doesn't know whether there still is one.
    """

    def __init__(self, event: bytes, seconds: float) -> None:
        self.request_id = str(uuid.uuid4())
        self.event = event
        self.seconds = seconds
        self.deadline_ms = int((time.time() + seconds) * 1000)
        self.finished = asyncio.Event()
        """Set when the environment asks for the next one, or is gone."""
        self._head: asyncio.Future[Head] = asyncio.get_running_loop().create_future()
        self._head_bytes = b""
        self._body: asyncio.Queue[bytes | FunctionError | None] = asyncio.Queue()
        self._read = True

    async def head(self) -> Head:
        """Raises FunctionError."""
        return await self._head

    async def body(self) -> AsyncIterator[bytes]:
        """What the function has sent, as soon as it has. Raises FunctionError where that breaks off."""
        try:
            while (part := await self._body.get()) is not None:
                if isinstance(part, FunctionError):
                    raise part
                yield part
        finally:
            self._read = False

    def feed(self, content: bytes) -> None:
        if self._head.done():
            if self._read and content:
                self._body.put_nowait(content)
            return
        self._head_bytes += content
        head, end, rest = self._head_bytes.partition(PRELUDE_END)
        if end:
            self._begin(head)
            self.feed(rest)
        elif len(self._head_bytes) > MAX_PRELUDE_BYTES:
            self.fail(FunctionError("The response has no prelude"))

    def end(self) -> None:
        if self._head.done():
            self._body.put_nowait(None)
        else:
            self.fail(FunctionError("The response ended before its prelude did"))

    def fail(self, error: FunctionError) -> None:
        """What went wrong first is what the client gets."""
        if self._head.done():
            self._body.put_nowait(error)
        else:
            self._head.set_exception(error)

    def _begin(self, prelude: bytes) -> None:
        try:
            told = json.loads(prelude)
            self._head.set_result(Head(int(told["statusCode"]), dict(told.get("headers") or {})))
        except (ValueError, KeyError, TypeError) as error:
            self.fail(FunctionError(f"The response's prelude can't be read: {error!r}"))
