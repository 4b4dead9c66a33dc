"""A pool of execution environments: who serves, and who waits."""

from __future__ import annotations

import asyncio

import pytest

from infra.local.front.environments import Pool
from infra.local.front.invocations import FunctionError


class FakeEnvironment:
    """Serves an invocation until the test says that it is done."""

    def __init__(self):
        self.alive = True
        self.served = []

    async def serve(self, invocation):
        self.served.append(invocation.event)
        await invocation.finished.wait()


class World:
    def __init__(self, most=2):
        self.started = []
        self.failing = False
        self.pool = Pool(self.start, most)

    async def start(self):
        if self.failing:
            raise FunctionError("It can't be loaded")
        self.started.append(FakeEnvironment())
        return self.started[-1]

    async def invoke(self, event):
        invocation = await self.pool.invoke(event, 60)
        await settle()
        return invocation


async def settle():
    """Lets everything happen that can."""
    for _ in range(20):
        await asyncio.sleep(0)


async def finish(invocation):
    invocation.finished.set()
    await settle()


def test_one_after_the_other_is_served_by_one_environment():
    async def check():
        world = World()
        for event in (b"1", b"2", b"3"):
            await finish(await world.invoke(event))
        assert [each.served for each in world.started] == [[b"1", b"2", b"3"]]

    asyncio.run(check())


def test_two_at_once_are_served_by_two():
    async def check():
        world = World()
        await world.invoke(b"1")
        await world.invoke(b"2")
        assert [each.served for each in world.started] == [[b"1"], [b"2"]]

    asyncio.run(check())


def test_beyond_the_most_one_waits_for_whoever_is_done_first():
    async def check():
        world = World(most=2)
        await world.invoke(b"1")
        second = await world.invoke(b"2")
        third = asyncio.create_task(world.invoke(b"3"))
        await settle()
        assert not third.done()
        await finish(second)
        await third
        assert [each.served for each in world.started] == [[b"1"], [b"2", b"3"]]

    asyncio.run(check())


def test_an_environment_that_died_is_replaced():
    async def check():
        world = World(most=1)
        first = await world.invoke(b"1")
        world.started[0].alive = False
        await finish(first)
        await world.invoke(b"2")
        assert [each.served for each in world.started] == [[b"1"], [b"2"]]

    asyncio.run(check())


def test_one_that_cannot_start_takes_nobodys_place():
    async def check():
        world = World(most=1)
        world.failing = True
        for _ in range(3):
            with pytest.raises(FunctionError):
                await world.invoke(b"1")
        world.failing = False
        await world.invoke(b"2")
        assert [each.served for each in world.started] == [[b"2"]]

    asyncio.run(check())
