"""Turns a reply into an HTTP response, with the faults its control asks for."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from itertools import islice

from starlette.responses import Response, StreamingResponse
from starlette.types import Send

from infra.mock_provider.control import Control
from infra.mock_provider.gates import Gates
from infra.mock_provider.reply import Answer, Content, EventStream, Reply, encode_json

MILLISECOND = 0.001

# Full speed without end would keep a core and the client's memory busy.
ENDLESS_PACE_MS = 5


class CutError(Exception):
    """Ends a response's body where it is."""


class CuttableResponse(StreamingResponse):
    """Leaves a cut body unfinished: the server then closes the connection without a terminating chunk."""

    async def stream_response(self, send: Send) -> None:
        with suppress(CutError):
            await super().stream_response(send)


def deliver(reply: Reply, control: Control, headers: dict[str, str], gates: Gates) -> Response:
    if isinstance(reply, EventStream):
        chunks = _paced(_stream_chunks(reply, control), control)
        return CuttableResponse(
            chunks if control.gate is None else _gated(chunks, gates, control.gate),
            headers={**headers, "cache-control": "no-cache"},
            media_type="text/event-stream",
        )
    if isinstance(reply, Content):
        return Response(reply.body, headers=headers, media_type="application/octet-stream")
    return _deliver_answer(reply, control, headers)


def _deliver_answer(answer: Answer, control: Control, headers: dict[str, str]) -> Response:
    body = encode_json(answer.body).encode()
    if control.malformed_json:
        body = _first_half(body)
    if control.cut_after_chunks is None:
        return Response(body, headers=headers, media_type="application/json")
    return CuttableResponse(
        _paced(_cut(iter([_first_half(body)]), 1), control),
        headers={**headers, "content-length": str(len(body))},
        media_type="application/json",
    )


def _stream_chunks(stream: EventStream, control: Control) -> Iterator[bytes]:
    chunks: Iterator[bytes] = (event.encode() for event in stream.events)
    if control.malformed_json:
        chunks = _with_second_malformed(chunks)
    if control.error_after_chunks is not None:
        return _failed(chunks, stream, control.error_after_chunks)
    if control.cut_after_chunks is not None:
        return _cut(chunks, control.cut_after_chunks)
    return chunks


def _failed(chunks: Iterator[bytes], stream: EventStream, after: int) -> Iterator[bytes]:
    yield from islice(chunks, after)
    for event in stream.failure(after):
        yield event.encode()


def _cut(chunks: Iterator[bytes], after: int) -> Iterator[bytes]:
    yield from islice(chunks, after)
    raise CutError


def _with_second_malformed(chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield from islice(chunks, 1)
    for chunk in islice(chunks, 1):
        yield _first_half(chunk) + b"\n\n"
    yield from chunks


def _first_half(body: bytes) -> bytes:
    return body[: len(body) // 2]


async def _paced(chunks: Iterator[bytes], control: Control) -> AsyncIterator[bytes]:
    pace = max(control.delay_chunk_ms, ENDLESS_PACE_MS if control.endless else 0)
    for chunk in chunks:
        await asyncio.sleep(pace * MILLISECOND)
        yield chunk


async def _gated(chunks: AsyncIterator[bytes], gates: Gates, gate: str) -> AsyncIterator[bytes]:
    """A stream that goes on after its first chunk when the gate is opened, and is cut if it never is."""
    waited = False
    async for chunk in chunks:
        yield chunk
        if not waited:
            waited = True
            try:
                await gates.wait(gate)
            except TimeoutError as error:
                raise CutError from error
