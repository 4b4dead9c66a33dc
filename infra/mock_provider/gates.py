"""Streams that wait, once begun, until a test lets them go on."""

import asyncio
from collections import defaultdict

# Longer than a test waits for anything: a stream whose test has died is not to stay for ever.
MAX_WAIT_SECONDS = 60


class Gates:
    """Gates by name, each closed until it is opened, whoever comes first: the stream or its test."""

    def __init__(self) -> None:
        self._opened: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)

    def open(self, name: str) -> None:
        self._opened[name].set()

    async def wait(self, name: str) -> None:
        """Raises TimeoutError when the gate stays closed."""
        async with asyncio.timeout(MAX_WAIT_SECONDS):
            await self._opened[name].wait()

    def clear(self) -> None:
        """Opens what is closed, and forgets all of them."""
        for gate in self._opened.values():
            gate.set()
        self._opened.clear()
