"""Where the admin function asks for tokens, and where it doesn't."""

from __future__ import annotations

import socket

import pytest

from tests.support.bare_server import sends, serving
from tollgate.catalog.provider_auth import NoTokenError
from tollgate_admin.token_posts import TokenPosts

FORM = {"content-type": "application/x-www-form-urlencoded"}


def answer(status: str, body: bytes) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body


def test_what_is_posted_is_sent_once_and_answered_whole():
    with serving(sends(answer("200 OK", b'{"access_token": "t"}'))) as server:
        url = f"http://127.0.0.1:{server.port}/token?version=2"
        assert TokenPosts(loopback_allowed=True)(url, FORM, b"a=b") == b'{"access_token": "t"}'
    ((first, headers, body),) = server.requests
    assert first.startswith("POST /token?version=2 ")
    assert (headers["content-type"], body) == (FORM["content-type"], b"a=b")


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (answer("400 Bad Request", b'{"error": "invalid_grant"}'), "answers 400.*invalid_grant"),
        (answer("302 Found", b""), "answers 302"),
        (answer("200 OK", b"x" * 70_000), "more than a token"),
        (b"", "can't be reached"),
    ],
)
def test_what_is_no_token_is_told(sent, told):
    with serving(sends(sent, close=True)) as server, pytest.raises(NoTokenError, match=told):
        TokenPosts(loopback_allowed=True)(f"http://127.0.0.1:{server.port}/token", FORM, b"")


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.7", "169.254.169.254", "::1"])
def test_a_name_does_not_lead_into_the_gateways_own_network(monkeypatch, address):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (address, 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(NoTokenError, match="own machine or network"):
        TokenPosts(loopback_allowed=False)("https://tokens.example/token", FORM, b"secret")


def test_nothing_is_sent_in_the_clear():
    with pytest.raises(NoTokenError, match="https"):
        TokenPosts(loopback_allowed=False)("http://tokens.example/token", FORM, b"secret")
