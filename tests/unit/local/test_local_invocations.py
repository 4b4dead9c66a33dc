"""What Lambda holds of a call between the function and its client."""

from __future__ import annotations

import asyncio
import json

import pytest

from infra.local.front.invocations import FunctionError, Head, Invocation

PRELUDE = b'{"statusCode": 207, "headers": {"x-name": "a"}}' + b"\0" * 8


def invocation():
    return Invocation(b"{}", seconds=60)


async def read(invocation):
    return await invocation.head(), b"".join([part async for part in invocation.body()])


@pytest.mark.parametrize("cut", [1, 10, len(PRELUDE) - 3, len(PRELUDE), len(PRELUDE) + 2])
def test_a_prelude_is_found_wherever_its_bytes_are_cut(cut):
    async def check():
        sent = PRELUDE + b"one\0\0\0\0\0\0\0\0two"
        made = invocation()
        made.feed(sent[:cut])
        made.feed(sent[cut:])
        made.end()
        assert await read(made) == (Head(207, {"x-name": "a"}), b"one\0\0\0\0\0\0\0\0two")

    asyncio.run(check())


def test_a_part_is_there_before_the_next_one():
    async def check():
        made = invocation()
        made.feed(PRELUDE)
        await made.head()
        body = made.body()
        for part in (b"one", b"two"):
            made.feed(part)
            assert await anext(body) == part
        made.end()
        assert [part async for part in body] == []

    asyncio.run(check())


@pytest.mark.parametrize(
    "sent",
    [b"", b"{}", b"x" * 20_000, b"no json" + b"\0" * 8, b"{}" + b"\0" * 8, b"[]" + b"\0" * 8],
    ids=["nothing", "no end", "too long", "no JSON", "no status", "no object"],
)
def test_what_has_no_prelude_is_a_failure(sent):
    async def check():
        made = invocation()
        made.feed(sent)
        made.end()
        with pytest.raises(FunctionError):
            await made.head()

    asyncio.run(check())


def test_a_failure_before_the_prelude_is_the_clients_answer():
    async def check():
        made = invocation()
        made.fail(FunctionError("first"))
        with pytest.raises(FunctionError, match="first"):
            await made.head()

    asyncio.run(check())


def test_a_failure_after_it_breaks_the_body_off_where_it_is():
    async def check():
        made = invocation()
        made.feed(PRELUDE + b"one")
        made.fail(FunctionError("later"))
        made.end()
        assert (await made.head()).status == 207
        body = made.body()
        assert await anext(body) == b"one"
        with pytest.raises(FunctionError, match="later"):
            await anext(body)

    asyncio.run(check())


def test_nothing_is_kept_for_a_client_that_went_away():
    async def check():
        made = invocation()
        made.feed(PRELUDE + b"one")
        await made.head()
        body = made.body()
        await anext(body)
        await body.aclose()
        made.feed(b"two")
        assert made._body.empty()

    asyncio.run(check())


def test_headers_may_be_missing():
    async def check():
        made = invocation()
        made.feed(json.dumps({"statusCode": 204}).encode() + b"\0" * 8)
        assert await made.head() == Head(204, {})

    asyncio.run(check())
