"""Answers as servers send them, and as none should."""

from __future__ import annotations

import pytest

from aws_wire import connection
from aws_wire.connection import HttpAnswer
from aws_wire.endpoints import Origin
from aws_wire.errors import ConnectionFailedError, TimedOutError
from tests.support.canned_aws import hangs_up, is_silent, resets, sends

OK = b"HTTP/1.1 200 OK\r\n"
REQUEST = b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture
def ask(aws):
    """Sends a request, and returns what comes of a server's answer."""
    opened = []

    def ask(action, read_timeout=2.0) -> HttpAnswer:
        aws.script.append(action)
        opened.append(connection.connect(Origin(False, "127.0.0.1", aws.port), 1, read_timeout))
        opened[-1].send(REQUEST)
        return opened[-1].receive()

    yield ask
    for each in opened:
        each.close()


def test_an_answer_with_a_length_leaves_the_connection_for_the_next(ask):
    answer = ask(sends(OK + b"Content-Length: 2\r\nX-Amz-Crc32:  7 \r\n\r\n{}"))
    assert answer == HttpAnswer(200, {b"content-length": b"2", b"x-amz-crc32": b"7"}, b"{}", True)


def test_an_answer_may_come_byte_by_byte(ask):
    whole = OK + b"Content-Length: 3\r\n\r\nabc"
    assert ask(sends(*(bytes([each]) for each in whole)))[2:] == (b"abc", True)


@pytest.mark.parametrize(
    "chunks",
    [
        b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
        b"3;extension=1\r\nabc\r\n02 \r\nde\r\n0\r\n\r\n",
        b"5\r\nabcde\r\n0\r\nX-Trailer: 1\r\nX-More: 2\r\n\r\n",
    ],
)
def test_an_answer_in_chunks_is_put_together(ask, chunks):
    head = OK + b"Transfer-Encoding: Chunked\r\nContent-Length: 1\r\n\r\n"
    assert ask(sends(head + chunks))[2:] == (b"abcde", True)
    assert ask(sends(head, *(bytes([each]) for each in chunks)))[2:] == (b"abcde", True)


@pytest.mark.parametrize(
    ("answer", "body", "keeps"),
    [
        (
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 P\r\nA: b\r\n\r\n"
            + OK
            + b"Content-Length: 1\r\n\r\na",
            b"a",
            True,
        ),
        (OK + b"Connection: Close\r\nContent-Length: 1\r\n\r\na", b"a", False),
        (OK + b"\r\nto the end", b"to the end", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", b"a", False),
        (b"HTTP/1.0 200 OK\r\n\r\nabc", b"abc", False),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b"", True),
        (OK + b"Content-Length: 0\r\n\r\n", b"", True),
        (OK + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\na", b"a", True),
        (OK + b"Content-Length: 1\r\n\r\nab", b"a", False),
        (OK + b"Content-Length: 1\r\n\r\na" + OK + b"Content-Length: 1\r\n\r\nb", b"a", False),
    ],
)
def test_a_connection_is_kept_only_where_nothing_is_left_on_it(ask, answer, body, keeps):
    received = ask(sends(answer, close=not keeps))
    assert (received.status // 100, received.body, received.keeps) == (2, body, keeps)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200",
        OK,
        OK + b"Content-Length: 3\r\n\r\n",
        OK + b"Content-Length: 3\r\n\r\nab",
        OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nab",
        OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 17 + b"\r\n",
        OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        OK + b"Content-Length: -1\r\n\r\n",
        OK + b"Content-Length: 1_0\r\n\r\n",
        OK + b"Content-Length: \xb2\r\n\r\n",
        OK + b"Content-Length: 12a\r\n\r\n",
        OK + b"Content-Length: 99999999999\r\n\r\n",
        OK + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n",
        OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        OK + b"X: " + b"x" * 70_000,
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/1.1 -00 OK\r\n\r\n",
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"\r\n\r\n",
        b"\x15\x03\x01\x00\x02\x02\x50\r\n\r\n",
    ],
    ids=lambda answer: repr(answer[:60]),
)
def test_what_is_no_whole_answer_is_a_failed_connection(ask, answer):
    with pytest.raises(ConnectionFailedError):
        ask(sends(answer, close=True))


@pytest.mark.parametrize("action", [resets, hangs_up])
def test_an_end_instead_of_an_answer_is_a_failed_connection(ask, action):
    with pytest.raises(ConnectionFailedError):
        ask(action)


@pytest.mark.parametrize("beginning", [b"", OK, OK + b"Content-Length: 3\r\n\r\na"])
def test_a_part_that_does_not_come_in_time_is_a_timeout(ask, beginning):
    def begins(incoming):
        return sends(beginning)(incoming) and is_silent(incoming)

    with pytest.raises(TimedOutError) as late:
        ask(begins, read_timeout=0.05)
    assert isinstance(late.value, TimeoutError)


def test_a_body_without_an_end_is_given_up(ask, monkeypatch):
    monkeypatch.setattr(connection, "_MAX_BODY_BYTES", 1000)
    with pytest.raises(ConnectionFailedError, match="too long"):
        ask(sends(OK + b"\r\n" + b"x" * 70_000, close=True))
    with pytest.raises(ConnectionFailedError, match="too long"):
        ask(
            sends(
                OK + b"Transfer-Encoding: chunked\r\n\r\n" + (b"1f4\r\n" + b"x" * 500 + b"\r\n") * 3,
                close=True,
            )
        )


def test_nobody_to_connect_to_is_a_failed_connection():
    with pytest.raises(ConnectionFailedError):
        connection.connect(Origin(False, "127.0.0.1", 1), 1, 1)
