"""The official SDKs' clients, blocking and asynchronous, asked in the same way."""

from __future__ import annotations

import asyncio
import functools
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import anthropic
import openai
import pytest

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Awaitable, Callable

T = TypeVar("T")


class Sdk(Protocol):
    """A client whose methods are named by their path, like `chat.completions.create`."""

    @property
    def client(self) -> Any:
        """The SDK's own."""

    def ask(self, method: str, *arguments: Any, **request: Any) -> Any:
        """What the method returns."""

    def all(self, method: str, *arguments: Any, **request: Any) -> list[Any]:
        """The events of a stream, or the items of all pages of a list."""

    def run(self, method: str, final: str, text: str | None = None, **request: Any) -> tuple[list[Any], Any]:
        """The events of a stream with a helper of the SDK's, and what its method `final` then returns.

        Of `text`, an iterator of the helper's, the pieces are returned in place of the events.
        """

    def loop(self, method: str, tool: Callable[..., str], **request: Any) -> list[Any]:
        """The messages of a loop that Anthropic's SDK makes itself, until a `tool` isn't called any more."""

    def interrupted(
        self, method: str, meanwhile: Callable[[], None], **request: Any
    ) -> tuple[Any, list[Any]]:
        """A stream's first event, and the others, `meanwhile` being called in between."""

    def left(self, method: str, **request: Any) -> None:
        """Reads a stream's first event, and closes it."""

    def broken(self, method: str, **request: Any) -> tuple[list[Any], Exception]:
        """The events of a stream that fails, and how it does."""


@dataclass(frozen=True)
class Blocking:
    client: Any

    def ask(self, method: str, *arguments: Any, **request: Any) -> Any:
        return attrgetter(method)(self.client)(*arguments, **request)

    def all(self, method: str, *arguments: Any, **request: Any) -> list[Any]:
        return list(self.ask(method, *arguments, **request))

    def run(self, method: str, final: str, text: str | None = None, **request: Any) -> tuple[list[Any], Any]:
        with self.ask(method, **request) as stream:
            events = list(stream if text is None else getattr(stream, text))
            return events, getattr(stream, final)()

    def loop(self, method: str, tool: Callable[..., str], **request: Any) -> list[Any]:
        turns = self.ask(method, tools=[anthropic.beta_tool(tool)], **request)
        return [turn.get_final_message() if request.get("stream") else turn for turn in turns]

    def interrupted(
        self, method: str, meanwhile: Callable[[], None], **request: Any
    ) -> tuple[Any, list[Any]]:
        stream = self.ask(method, **request)
        first = next(stream)
        meanwhile()
        return first, list(stream)

    def left(self, method: str, **request: Any) -> None:
        with self.ask(method, **request) as stream:
            next(stream)

    def broken(self, method: str, **request: Any) -> tuple[list[Any], Exception]:
        events: list[Any] = []
        with pytest.raises(Exception) as caught:  # noqa: PT011 - which one, is the test's to say
            events.extend(self.ask(method, **request))
        return events, caught.value


@dataclass(frozen=True)
class Asynchronous:
    client: Any
    runner: asyncio.Runner

    def ask(self, method: str, *arguments: Any, **request: Any) -> Any:
        return self.runner.run(self._ask(method, *arguments, **request))

    def all(self, method: str, *arguments: Any, **request: Any) -> list[Any]:
        async def read() -> list[Any]:
            return await _read(await self._ask(method, *arguments, **request))

        return self.runner.run(read())

    def run(self, method: str, final: str, text: str | None = None, **request: Any) -> tuple[list[Any], Any]:
        async def read() -> tuple[list[Any], Any]:
            async with attrgetter(method)(self.client)(**request) as stream:
                events = await _read(stream if text is None else getattr(stream, text))
                return events, await getattr(stream, final)()

        return self.runner.run(read())

    def loop(self, method: str, tool: Callable[..., str], **request: Any) -> list[Any]:
        @functools.wraps(tool)
        async def used(*arguments: Any, **named: Any) -> str:
            return tool(*arguments, **named)

        async def read() -> list[Any]:
            turns = attrgetter(method)(self.client)(tools=[anthropic.beta_async_tool(used)], **request)
            streamed = request.get("stream")
            return [await turn.get_final_message() if streamed else turn async for turn in turns]

        return self.runner.run(read())

    def interrupted(
        self, method: str, meanwhile: Callable[[], None], **request: Any
    ) -> tuple[Any, list[Any]]:
        async def read() -> tuple[Any, list[Any]]:
            stream = await self._ask(method, **request)
            first = await anext(stream)
            meanwhile()
            return first, await _read(stream)

        return self.runner.run(read())

    def left(self, method: str, **request: Any) -> None:
        async def read() -> None:
            async with await self._ask(method, **request) as stream:
                await anext(stream)

        self.runner.run(read())

    def broken(self, method: str, **request: Any) -> tuple[list[Any], Exception]:
        events: list[Any] = []

        async def read() -> None:
            async for event in await self._ask(method, **request):
                events.append(event)  # noqa: PERF401 - those before the error are wanted

        with pytest.raises(Exception) as caught:  # noqa: PT011 - which one, is the test's to say
            self.runner.run(read())
        return events, caught.value

    async def _ask(self, method: str, *arguments: Any, **request: Any) -> Any:
        return await attrgetter(method)(self.client)(*arguments, **request)


async def _read(items: AsyncIterable[Any]) -> list[Any]:
    return [item async for item in items]


@dataclass(frozen=True)
class Pair:
    """An SDK at the gateway, and the same one at the provider itself."""

    through: Sdk
    direct: Sdk

    def both(self, use: Callable[[Sdk], T]) -> tuple[T, T]:
        return use(self.through), use(self.direct)

    def ask(self, method: str, *arguments: Any, **request: Any) -> tuple[Any, Any]:
        return self.both(lambda sdk: sdk.ask(method, *arguments, **request))

    def all(self, method: str, *arguments: Any, **request: Any) -> tuple[list[Any], list[Any]]:
        return self.both(lambda sdk: sdk.all(method, *arguments, **request))

    def run(
        self, method: str, final: str, text: str | None = None, **request: Any
    ) -> tuple[tuple[list[Any], Any], tuple[list[Any], Any]]:
        return self.both(lambda sdk: sdk.run(method, final, text, **request))

    def raises(self, exception: type[T], use: Callable[[Sdk], Any]) -> tuple[T, T]:
        """What `use` raises, which must be exactly such an exception."""

        def raised(sdk: Sdk) -> T:
            with pytest.raises(exception) as caught:  # type: ignore[type-var]
                use(sdk)
            assert type(caught.value) is exception
            return caught.value

        return self.both(raised)


@dataclass(frozen=True)
class Kind:
    """An SDK's two clients, each with the transport that it would make itself."""

    blocking: Callable[..., Any]
    blocking_transport: Callable[..., Any]
    asynchronous: Callable[..., Any]
    asynchronous_transport: Callable[..., Any]


OPENAI = Kind(openai.OpenAI, openai.DefaultHttpx2Client, openai.AsyncOpenAI, openai.DefaultAsyncHttpx2Client)
AZURE = Kind(
    openai.AzureOpenAI,
    openai.DefaultHttpx2Client,
    openai.AsyncAzureOpenAI,
    openai.DefaultAsyncHttpx2Client,
)
ANTHROPIC = Kind(
    anthropic.Anthropic,
    anthropic.DefaultHttpxClient,
    anthropic.AsyncAnthropic,
    anthropic.DefaultAsyncHttpxClient,
)


class Connections:
    """Makes clients, all blocking or all asynchronous, and closes them. They try once unless told otherwise.

    `hear` is called with each answer that a client gets.
    """

    def __init__(self, *, asynchronous: bool) -> None:
        self._runner = asyncio.Runner() if asynchronous else None
        self._opened: list[Any] = []

    def connect(
        self,
        kind: Kind,
        base_url: str,
        api_key: str,
        hear: Callable[[Any], None] | None = None,
        **options: Any,
    ) -> Sdk:
        options = {"base_url": base_url, "api_key": api_key, "max_retries": 0, **options}
        heard = [] if hear is None else [hear]
        if self._runner is None:
            transport = kind.blocking_transport(event_hooks={"response": heard})
            client = kind.blocking(**options, http_client=transport)
            self._opened.append(client)
            return Blocking(client)
        hooks = [_asynchronous(each) for each in heard]
        client = kind.asynchronous(
            **options, http_client=kind.asynchronous_transport(event_hooks={"response": hooks})
        )
        self._opened.append(client)
        return Asynchronous(client, self._runner)

    def close(self) -> None:
        for client in self._opened:
            if self._runner is None:
                client.close()
            else:
                self._runner.run(client.close())
        if self._runner is not None:
            self._runner.close()


def _asynchronous(hear: Callable[[Any], None]) -> Callable[[Any], Awaitable[None]]:
    async def heard(answer: Any) -> None:
        hear(answer)

    return heard
