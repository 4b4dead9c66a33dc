"""HTTP with the Runtime API, whatever form its answers come in."""

from __future__ import annotations

import socket
import threading
from contextlib import closing

import pytest

from lambda_streaming.api_connection import ApiConnection, BrokenAnswerError, request
from tests.support.fake_lambda import PATIENCE_SECONDS

EVENT = b'{"path": "/v1"}'


class Peer:
    """Answers each request with the pieces that are queued for it, one connection after another."""

    def __init__(self, *answers):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._answers = list(answers)
        self.connections = 0
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def address(self):
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self):
        self._listener.close()
        self._thread.join(PATIENCE_SECONDS)

    def _serve(self):
        while self._answers:
            connection, _ = self._listener.accept()
            self.connections += 1
            with connection:
                while self._answers and connection.recv(65_536):
                    for piece in self._answers.pop(0):
                        if piece is None:
                            break
                        connection.sendall(piece)
                    else:
                        continue
                    break


@pytest.fixture
def asked():
    """Asks a peer that answers like this, as often as it has answers; returns these and the peer."""
    made = []

    def asked(*answers):
        peer = Peer(*answers)
        connection = ApiConnection(peer.address)
        made.extend((peer, connection))
        found = []
        for _ in answers:
            connection.send(request("GET", "/next", {}))
            found.append(connection.read())
        return found, peer

    yield asked
    for each in reversed(made):
        each.close()


@pytest.mark.parametrize(
    "pieces",
    [
        [b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\nX-Name: a\r\n\r\n" + EVENT],
        [b"HTTP/1.1 200 OK\r\ncontent-length:15\r\nX-NAME:  a \r\n\r\n", EVENT[:3], EVENT[3:]],
        [b"HTTP/1.1 2", b"00 OK\r\nContent-Length: 15\r\nX-Name: a\r", b"\n\r", b"\n", EVENT],
        [
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Name: a\r\n\r\n",
            b"5;note\r\n" + EVENT[:5] + b"\r",
            b"\n" + b"A\r\n" + EVENT[5:] + b"\r\n0\r\n\r\n",
        ],
        [
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nX-Name: a\r\nContent-Length: 15\r\n\r\n"
            + EVENT,
        ],
    ],
    ids=["at once", "in pieces", "cut anywhere", "chunked", "after a 100"],
)
def test_an_answer_is_read_however_it_comes(asked, pieces):
    answers, peer = asked(pieces, pieces)

    for answer in answers:
        assert (answer.status, answer.headers["x-name"], answer.body) == (200, "a", EVENT)
    assert peer.connections == 1


def test_an_answer_without_a_body_has_none(asked):
    (answer, other), _ = asked(
        [b"HTTP/1.1 204 No Content\r\n\r\n"], [b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"]
    )
    assert (answer.status, answer.body) == (204, b"")
    assert (other.status, other.body) == (202, b"")


@pytest.mark.parametrize(
    "last",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 15\r\n\r\n" + EVENT,
        b"HTTP/1.0 200 OK\r\nContent-Length: 15\r\n\r\n" + EVENT,
    ],
    ids=["close", "1.0"],
)
def test_a_connection_that_is_said_to_be_over_is_made_anew(asked, last):
    answers, peer = asked([last, None], [last, None])
    assert [answer.body for answer in answers] == [EVENT, EVENT]
    assert peer.connections == 2


@pytest.mark.parametrize(
    "broken",
    [
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    ],
)
def test_what_is_no_answer_is_an_error_and_the_connection_over(broken):
    with closing(Peer([broken, None])) as peer, closing(ApiConnection(peer.address)) as connection:
        connection.send(request("GET", "/next", {}))
        with pytest.raises(BrokenAnswerError):
            connection.read()
        assert not connection.has_news


def test_an_answer_that_breaks_off_is_a_connection_error():
    cut = b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n" + EVENT[:4]
    with closing(Peer([cut, None])) as peer, closing(ApiConnection(peer.address)) as connection:
        connection.send(request("GET", "/next", {}))
        with pytest.raises(ConnectionResetError):
            connection.read()


def test_a_request_says_how_long_its_body_is():
    assert request("POST", "/error", {"X-Name": "a"}, b"{}") == (
        b"POST /error HTTP/1.1\r\nHost: lambda\r\nContent-Length: 2\r\nX-Name: a\r\n\r\n{}"
    )
    assert request("GET", "/next", {}) == b"GET /next HTTP/1.1\r\nHost: lambda\r\n\r\n"
