"""Answers of a server that is broken, or no Tollgate: each becomes an error, within bounds."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.support.canned_api import CannedApi, json_answer
from tollgate_client import AdminClient, ApiError, TollgateError, Unreachable, pages

if TYPE_CHECKING:
    from collections.abc import Iterator

DEEP = b"[" * 200_000
# What Python knows as encodings, and can't decode bytes by.
CHARSETS = ["hex", "rot13", "idna", "undefined", "zlib", "utf-16"]


class Endless(httpx.SyncByteStream):
    """A body that has no end; `read` counts its pieces."""

    def __init__(self, piece: bytes) -> None:
        self.piece = piece
        self.read = 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in repeat(self.piece, 10_000):
            self.read += 1
            yield piece


def admin_of(status: int, body: Endless, media: str = "application/json") -> AdminClient:
    headers = {"content-type": media}
    transport = httpx.MockTransport(lambda _: httpx.Response(status, headers=headers, stream=body))
    return AdminClient("https://gateway.example.com/api/admin", "tg-admin-token", transport=transport)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    monkeypatch.setattr("tollgate_client.api_client.time.sleep", lambda _: None)


@pytest.mark.parametrize("status", [200, 404, 503])
def test_an_answer_without_end_is_given_up(status):
    body = Endless(b"x" * 8_000_000)
    with pytest.raises(Unreachable, match="longer than 32,000,000 bytes"):
        admin_of(status, body).get_settings()
    assert body.read == 5


def test_an_answer_that_never_stops_to_trickle_is_given_up(monkeypatch):
    clock = iter(range(0, 100_000, 50))
    monkeypatch.setattr("tollgate_client.answer_bodies.time.monotonic", lambda: float(next(clock)))
    body = Endless(b" ")
    with pytest.raises(Unreachable, match="takes longer than 300 seconds"):
        admin_of(200, body).get_settings()
    assert body.read == 7


def test_a_line_without_end_is_given_up(monkeypatch):
    monkeypatch.setattr("tollgate_client.text_stream._LONGEST_LINE", 2_000_000)
    body = Endless(b"x" * 1_000_000)
    export = admin_of(200, body, "application/x-ndjson").export_requests(format="jsonl")
    with pytest.raises(Unreachable, match="incomplete"):
        next(export.lines())
    assert body.read == 3


@pytest.mark.parametrize("charset", CHARSETS)
def test_what_an_answer_calls_its_encoding_is_not_asked(charset):
    def answer(media: str, content: bytes, status: int) -> httpx.Response:
        return httpx.Response(
            status, headers={"content-type": f"{media}; charset={charset}"}, content=content
        )

    with pytest.raises(ApiError, match="no such thing"):
        CannedApi([answer("application/json", b'{"detail":"no such thing"}', 400)]).admin().get_settings()
    export = CannedApi([answer("text/csv", "a,ü".encode(), 200)]).admin().export_costs()
    assert "".join(export) == "a,ü"


@pytest.mark.parametrize("content", [DEEP, b'{"a":NaN}', b'{"a":1e400}', b"[1]", b'"text"', b"{"])
def test_a_good_status_with_something_else_is_an_error(content):
    with pytest.raises(ApiError, match="is this Tollgate's URL"):
        CannedApi([httpx.Response(200, content=content)]).admin().get_settings()


@pytest.mark.parametrize("status", [400, 503])
def test_an_error_that_is_nested_too_deeply_has_the_clients_own_sentence(status):
    with pytest.raises(ApiError) as raised:
        CannedApi([httpx.Response(status, content=DEEP)]).admin().create_key({"name": "x"})
    assert raised.value.status == status


@pytest.mark.parametrize(
    "body", [{}, {"data": 1}, {"data": [1]}, {"data": [], "nextCursor": 1}, {"data": [], "nextCursor": []}]
)
def test_what_is_no_page_is_an_error(body):
    with pytest.raises(TollgateError, match="no page of a list"):
        list(pages(CannedApi([json_answer(200, body)]).admin().list_keys))
