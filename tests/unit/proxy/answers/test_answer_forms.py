"""What an answer is, its bytes say, and no label; and nothing of it is lost by looking."""

from __future__ import annotations

import json
import random
import zlib
from itertools import pairwise

import pytest

from tests.support.gzipped import gzipped
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.answers import answer_forms
from tollgate_proxy.upstream.provider_calls import AnswerForm, Fault, UpstreamAnswer, UpstreamError

JSON, EVENTS = "application/json", "text/event-stream"
CHUNK = b'{"choices": [{"index": 0, "delta": {"content": "hi"}}]}'
ANSWER = b'{"choices": [{"index": 0, "message": {"content": "hi"}}]}'
STREAM = b"data: " + CHUNK + b"\n\ndata: [DONE]\n\n"
NEITHER = b"<!doctype html><html>busy</html>"


def opened(*chunks, label=None, breaks_off=False):
    def read():
        yield from chunks
        if breaks_off:
            raise UpstreamError(RefusedError(Reason.PROVIDER_UNAVAILABLE, "It broke off."), Fault.BROKEN_OFF)

    headers = {} if label is None else {"content-type": label}
    return answer_forms.decoded(UpstreamAnswer(200, headers, None, read()))


def read(answer, came):
    for chunk in answer.chunks:
        came += chunk


@pytest.mark.parametrize(
    ("body", "label", "form", "labelled"),
    [
        (STREAM, None, AnswerForm.EVENT_STREAM, EVENTS),
        (STREAM, "text/plain; charset=utf-8", AnswerForm.EVENT_STREAM, EVENTS),
        (STREAM, JSON, AnswerForm.EVENT_STREAM, EVENTS),
        (
            STREAM,
            "Text/Event-Stream;charset=utf-8",
            AnswerForm.EVENT_STREAM,
            "Text/Event-Stream;charset=utf-8",
        ),
        (b"event: x\n" + STREAM, None, AnswerForm.EVENT_STREAM, EVENTS),
        (b"id: 1\n" + STREAM, None, AnswerForm.EVENT_STREAM, EVENTS),
        (b"retry: 1\n" + STREAM, None, AnswerForm.EVENT_STREAM, EVENTS),
        (b": OPENROUTER PROCESSING\n\n", JSON, AnswerForm.EVENT_STREAM, EVENTS),
        (b"\xef\xbb\xbf" + STREAM, None, AnswerForm.EVENT_STREAM, EVENTS),
        (b"\r\n\n" + STREAM, None, AnswerForm.EVENT_STREAM, EVENTS),
        (b"other: 1\n\n", EVENTS, AnswerForm.EVENT_STREAM, EVENTS),
        (b"", EVENTS, AnswerForm.EVENT_STREAM, EVENTS),
        (b"\n", EVENTS, AnswerForm.EVENT_STREAM, EVENTS),
        (CHUNK + b"\n" + CHUNK + b"\n", "application/x-ndjson", AnswerForm.EVENT_STREAM, EVENTS),
        (CHUNK + b"\n" + CHUNK + b"\n", EVENTS, AnswerForm.EVENT_STREAM, EVENTS),
        (CHUNK + b"\ndata: [DONE]\n", None, AnswerForm.EVENT_STREAM, EVENTS),
        (b'{"begun": true}\n' + CHUNK + b"\n", None, AnswerForm.EVENT_STREAM, EVENTS),
        (b'{"error": "busy"}\ndata: {"choices": []}\n', EVENTS, AnswerForm.EVENT_STREAM, EVENTS),
        (b'{"type": "message_start"}\n{"type": "ping"}\n', None, AnswerForm.EVENT_STREAM, EVENTS),
        (ANSWER, None, AnswerForm.JSON, JSON),
        (ANSWER, EVENTS, AnswerForm.JSON, JSON),
        (ANSWER, "text/plain", AnswerForm.JSON, "text/plain"),
        (ANSWER + b"\n", JSON, AnswerForm.JSON, JSON),
        (b"  \n\n" + ANSWER, JSON, AnswerForm.JSON, JSON),
        (b"\xef\xbb\xbf" + ANSWER, JSON, AnswerForm.JSON, JSON),
        (json.dumps(json.loads(ANSWER), indent=1).encode(), JSON, AnswerForm.JSON, JSON),
        (CHUNK, JSON, AnswerForm.JSON, JSON),
        (b'{"error": "busy"}\n', EVENTS, AnswerForm.JSON, JSON),
        (b'{"type": "error", "error": {}}\n', EVENTS, AnswerForm.JSON, JSON),
        (b'[{"error": "busy"}]', JSON, AnswerForm.JSON, JSON),
        (b"[1, 2", JSON, AnswerForm.JSON, JSON),
        (b"{", None, AnswerForm.JSON, JSON),
        (b"{}", None, AnswerForm.JSON, JSON),
        (NEITHER, "text/html", AnswerForm.OTHER, "text/html"),
        (NEITHER, EVENTS, AnswerForm.OTHER, EVENTS),
        (b"Internal Server Error", None, AnswerForm.OTHER, None),
        (b"database down", None, AnswerForm.OTHER, None),
        (b"dat", None, AnswerForm.OTHER, None),
        (b"x^2", None, AnswerForm.OTHER, None),
        (b"\x28\xb5\x2f\xfd zstd", JSON, AnswerForm.OTHER, JSON),
        (b"", None, AnswerForm.EMPTY, None),
        (b" \n", JSON, AnswerForm.EMPTY, JSON),
    ],
)
def test_bytes_say_what_an_answer_is(body, label, form, labelled):
    answer = opened(body, label=label)
    assert answer.form is form
    assert answer.is_event_stream is (form is AnswerForm.EVENT_STREAM)
    assert answer.headers.get("content-type") == labelled
    assert b"".join(answer.chunks) == body


BODIES = [
    STREAM,
    b"\xef\xbb\xbfevent: x\r\n" + STREAM,
    b"\n\n" + STREAM,
    ANSWER,
    json.dumps(json.loads(ANSWER), indent=1).encode(),
    CHUNK + b"\n" + CHUNK,
    b"[" + CHUNK + b",\n" + CHUNK + b"]",
    ANSWER + b"\n\ndata: [DONE]\n\n",
    NEITHER,
    b"",
    gzipped(STREAM),
    gzipped(ANSWER) + gzipped(b" "),
    zlib.compress(ANSWER),
]


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
@pytest.mark.parametrize("label", [None, EVENTS])
def test_the_borders_of_chunks_change_nothing(body, label):
    whole = opened(body, label=label)
    text = b"".join(whole.chunks)
    chance = random.Random(3)
    cuts = [[border] for border in range(len(body) + 1)]
    cuts += [sorted(chance.randrange(len(body) + 1) for _ in range(5)) for _ in range(30)]
    for places in [*cuts, range(len(body))]:
        answer = opened(*(body[a:b] for a, b in pairwise([0, *places, len(body)])), label=label)
        assert (answer.form, answer.headers) == (whole.form, whole.headers)
        assert b"".join(answer.chunks) == text


def test_it_is_looked_at_once_only():
    answer = opened(STREAM)
    assert answer_forms.decoded(answer) is answer


@pytest.mark.parametrize(
    ("first", "label"),
    [(b"data:", None), (b"event", EVENTS), (CHUNK + b"\n", None), (b"\n", EVENTS)],
    ids=repr,
)
def test_a_stream_is_not_waited_for(first, label):
    def chunks():
        yield first
        pytest.fail("it was known by then")

    headers = {} if label is None else {"content-type": label}
    answer = answer_forms.decoded(UpstreamAnswer(200, headers, None, chunks()))
    assert answer.is_event_stream
    assert next(answer.chunks) == first


def test_a_compressed_stream_goes_on_as_it_comes():
    packer = zlib.compressobj(wbits=31)
    first = packer.compress(STREAM) + packer.flush(zlib.Z_SYNC_FLUSH)

    def chunks():
        yield first
        yield pytest.fail("the first can be read by then")

    answer = answer_forms.decoded(UpstreamAnswer(200, {"content-type": "text/plain"}, None, chunks()))
    assert answer.is_event_stream
    assert next(answer.chunks) == STREAM


@pytest.mark.parametrize("body", [b"", b"da", STREAM, b"{", CHUNK + b"\n", ANSWER, b"[", NEITHER], ids=repr)
@pytest.mark.parametrize("label", [None, EVENTS])
def test_what_breaks_off_does_so_when_it_is_read(body, label):
    answer = opened(body, label=label, breaks_off=True)
    came = bytearray()
    with pytest.raises(UpstreamError, match=r"It broke off\."):
        read(answer, came)
    assert came == body


@pytest.mark.parametrize(
    "body",
    [
        gzipped(ANSWER)[:-9],
        gzipped(ANSWER)[:12],
        gzipped(ANSWER)[:-8] + b"wrong sum",
        b"\x1f\x8bno gzip at all",
        zlib.compress(ANSWER)[:-1],
    ],
)
def test_what_can_not_be_decompressed_broke_off(body):
    answer = opened(body, label=JSON)
    with pytest.raises(UpstreamError) as error:
        list(answer.chunks)
    assert error.value.fault is Fault.BROKEN_OFF


def test_little_that_becomes_much_is_given_up(monkeypatch):
    packed = gzipped(b'{"a": "' + b"a" * 5_000_000)
    assert len(packed) < 10_000
    monkeypatch.setattr(answer_forms, "MAX_DECOMPRESSED_BYTES", 1_000_000)
    came = bytearray()
    with pytest.raises(UpstreamError):
        read(opened(packed, label=JSON), came)
    assert len(came) <= 1_000_000


def test_much_comes_in_pieces():
    text = bytes(random.Random(1).choices(b"abcdefgh", k=700_000))
    answer = opened(gzipped(b'{"a": "' + text + b'"}'), label=JSON)
    assert b"".join(answer.chunks) == b'{"a": "' + text + b'"}'


def test_what_follows_a_compressed_answer_is_left_out():
    assert b"".join(opened(gzipped(ANSWER) + b"\0\0\0", label=JSON).chunks) == ANSWER


def test_a_list_of_chunks_becomes_a_stream():
    answer = opened(b"[" + CHUNK + b",\n" + CHUNK + b", 7]", label=JSON)
    assert answer.is_event_stream
    assert b"".join(answer.chunks) == (b"data: " + CHUNK + b"\n\n") * 2


def test_a_list_of_named_events_becomes_one_with_names():
    answer = opened(b'[{"type": "message_start"}, {"type": "message_stop"}]')
    assert b"".join(answer.chunks).startswith(
        b'event: message_start\ndata: {"type": "message_start"}\n\nevent: '
    )


def test_the_end_of_a_stream_after_one_answer_is_left_out():
    answer = opened(ANSWER + b"\n\ndata: [DONE]\n\n", label=EVENTS)
    assert answer.form is AnswerForm.JSON
    assert json.loads(b"".join(answer.chunks)) == json.loads(ANSWER)


def test_a_long_line_is_looked_through_once():
    """It comes in a hundred thousand pieces; each of them looked at again would take minutes."""
    pieces = [b'{"a": "', *[b"a" * 100] * 100_000, b'"}']
    answer = opened(*pieces, label=JSON)
    assert answer.form is AnswerForm.JSON
    assert sum(map(len, answer.chunks)) == sum(map(len, pieces))
