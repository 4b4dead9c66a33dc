"""Events are cut out of a stream the same way, however the network cut it."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tollgate_proxy.answers.sse import EventSplitter, data_of

MODEST = settings(max_examples=120, deadline=None)
# Short pieces, so that line ends meet in every way.
STREAMS = st.lists(
    st.sampled_from([b"\r", b"\n", b"\r\n", b"\n\n", b"\r\n\r\n", b"x", b"data: y", b": z", b"\xc3\xa9"]),
    max_size=25,
).map(b"".join)
CUTS = st.lists(st.integers(0, 60), max_size=10)


def split(chunks):
    splitter = EventSplitter()
    events = [event for chunk in chunks for event in splitter.feed(chunk)]
    return events, splitter.rest()


def cut(stream, places):
    """The stream in chunks, some of them empty."""
    borders = [0, *sorted(min(place, len(stream)) for place in places), len(stream)]
    return [stream[start:end] for start, end in pairwise(borders)]


def by_the_standard(stream):
    """The events of a stream that has ended, line by line as the HTML standard reads them.

    An empty line ends the event it follows. A CR that comes last ends nothing: it may be half of a CRLF.
    """
    events, start, lines = [], 0, 0
    for line in re.finditer(rb"([^\r\n]*)(\r\n|\n|\r(?!\n|\Z))", stream):
        lines += 1
        if lines > 1 and not line[1]:
            events.append(stream[start : line.end()])
            start, lines = line.end(), 0
    return events, stream[start:]


@given(stream=STREAMS, places=CUTS)
@example(stream=b"data: y\r\n\r\nx", places=list(range(60)))
@MODEST
def test_events_and_rest_joined_are_the_stream(stream, places):
    events, rest = split(cut(stream, places))
    assert b"".join([*events, rest]) == stream


@given(stream=STREAMS, places=CUTS)
@example(stream=b"x\r\n\r\ny\r\ry\n\nx\n\r\nx\r\n\r", places=list(range(60)))
@MODEST
def test_the_events_are_the_same_wherever_the_stream_was_cut(stream, places):
    assert split(cut(stream, places)) == split([stream])


@given(STREAMS)
@MODEST
def test_the_events_are_the_same_byte_by_byte(stream):
    assert split(cut(stream, range(len(stream)))) == split([stream])


@given(STREAMS)
@MODEST
def test_an_event_ends_where_the_standard_says(stream):
    assert split([stream]) == by_the_standard(stream)


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"], ids=["LF", "CRLF", "CR"])
def test_every_line_end_of_the_standard_ends_events(line_end):
    events = [
        b"event: start" + line_end + b"data: 1" + line_end * 2,
        b": a comment" + line_end * 2,
        b"data: 2" + line_end + b"data: 3" + line_end * 2,
    ]
    assert split([*events, b"data: 4"]) == (events, b"data: 4")


def test_line_ends_may_be_mixed():
    assert split([b"data: 1\r\n\ndata: 2\n\r\ndata: 3\r\r\ndata: 4\n\n"]) == (
        [b"data: 1\r\n\n", b"data: 2\n\r\n", b"data: 3\r\r\n", b"data: 4\n\n"],
        b"",
    )


def test_one_crlf_is_one_line_end_even_if_it_comes_in_two_chunks():
    assert split([b"data: 1\r", b"\ndata: 2\r", b"\n\r", b"\n"]) == ([b"data: 1\r\ndata: 2\r\n\r\n"], b"")


def test_an_event_is_passed_on_as_soon_as_it_is_whole():
    splitter = EventSplitter()
    assert splitter.feed(b"data: 1\n") == []
    assert splitter.feed(b"\ndata: 2") == [b"data: 1\n\n"]
    assert splitter.feed(b"\n\ndata: 3\n\n") == [b"data: 2\n\n", b"data: 3\n\n"]


def test_the_rest_is_given_once():
    splitter = EventSplitter()
    assert splitter.feed(b"data: 1") == []
    assert splitter.rest() == b"data: 1"
    assert splitter.rest() == b""


def test_an_empty_stream_has_no_events():
    assert split([]) == split([b"", b""]) == ([], b"")


@pytest.mark.parametrize(
    ("event", "data"),
    [
        (b"data: {}\n\n", b"{}"),
        (b"data:{}\n\n", b"{}"),
        (b"data:  two spaces\n\n", b" two spaces"),
        (b"data:\n\n", b""),
        (b"data: \n\n", b""),
        (b"data: a\ndata: b\n\n", b"a\nb"),
        (b"data: a\r\ndata:b\r\n\r\n", b"a\nb"),
        (b"data: a\rdata: b\r\r", b"a\nb"),
        (b"data: a\ndata:\ndata: b\n\n", b"a\n\nb"),
        (b"event: message\nid: 1\nretry: 5\ndata: a\n\n", b"a"),
        (b": data: no\ndata: a\n: still alive\n\n", b"a"),
        (b": still alive\n\n", b""),
        (b"database: no\n data: no\nDATA: no\n\n", b""),
        (b"data: a: b\n\n", b"a: b"),
        (b"\ndata: after an empty line\n\n", b"after an empty line"),
        (b"data: not ended", b"not ended"),
        (b"data: \xff\n\n", b"\xff"),
        (b"", b""),
    ],
)
def test_an_events_data_is_that_of_its_data_lines(event, data):
    assert data_of(event) == data
