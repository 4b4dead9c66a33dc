"""Texts of any length, and answers that break off, over real connections."""

from __future__ import annotations

import socket
from contextlib import contextmanager

import httpx
import pytest

from tests.support.bare_server import sends, serving
from tests.support.canned_api import CannedApi, json_answer, text_answer
from tests.support.certificates import certified_in
from tollgate_client import AdminClient, ApiError, TextStream, Unreachable

CSV = b"HTTP/1.1 200 OK\r\nContent-Type: text/csv; charset=utf-8\r\n"
JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
ME = b'Content-Length: 14\r\n\r\n{"id":"admin"}'


@contextmanager
def asking(answer, timeout=10.0):
    """A client of a server that answers so, and the server."""
    with (
        serving(answer) as server,
        AdminClient(f"http://127.0.0.1:{server.port}", "t", timeout=timeout) as client,
    ):
        yield client, server


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    monkeypatch.setattr("tollgate_client.api_client.time.sleep", lambda _: None)


def chunk(data):
    return b"%x\r\n%b\r\n" % (len(data), data)


def test_an_export_is_read_as_it_arrives():
    def answer(server, connection):
        connection.sendall(CSV + b"Transfer-Encoding: chunked\r\n\r\n" + chunk(b"a,b\r\n1,"))
        server.wait()
        connection.sendall(chunk("ü\r\n".encode()) + chunk(b""))

    with asking(answer) as (client, server), client.export_costs() as export:
        assert next(export) == "a,b\r\n1,"
        server.go_on.set()
        assert "".join(export) == "ü\r\n"


def test_a_letter_that_two_pieces_share_is_whole():
    first, second = "ü".encode()[:1], "ü".encode()[1:]
    pieces = [CSV + b"Transfer-Encoding: chunked\r\n\r\n", chunk(first), chunk(second), chunk(b"")]
    with asking(sends(*pieces)) as (client, _):
        assert "".join(client.export_costs()) == "ü"


@pytest.mark.parametrize(
    "head", [b"Content-Length: 100\r\n\r\na,b", b"Transfer-Encoding: chunked\r\n\r\n3\r\na,b\r\n"]
)
def test_an_export_that_breaks_off_says_so(head):
    with asking(sends(CSV + head, close=True)) as (client, server):
        export = client.by_key_text()
        with pytest.raises(Unreachable, match="incomplete"):
            list(export)
        assert len(server.requests) == 1


def test_an_export_that_pauses_too_long_says_so():
    with (
        asking(sends(CSV + b"Content-Length: 100\r\n\r\na,b"), timeout=0.2) as (client, _),
        pytest.raises(Unreachable, match="incomplete"),
    ):
        list(client.export_requests())


def test_a_reading_that_breaks_off_is_tried_again():
    def answer(server, connection):
        connection.sendall(JSON + (b"Content-Length: 100\r\n\r\n{" if len(server.requests) == 1 else ME))
        return len(server.requests) > 1

    with asking(answer) as (client, server):
        assert client.get_me()["id"] == "admin"
        assert len(server.requests) == 2


def test_a_change_whose_answer_breaks_off_is_not_sent_again():
    with asking(sends(JSON + b"Content-Length: 100\r\n\r\n{", close=True)) as (client, server):
        with pytest.raises(Unreachable, match="whether the change was made is unknown"):
            client.revoke_key("key_1")
        assert len(server.requests) == 1


def test_an_answer_that_does_not_come_is_not_waited_for():
    with (
        asking(sends(), timeout=0.2) as (client, _),
        pytest.raises(Unreachable, match="did not answer in time"),
    ):
        client.get_me()


def test_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with AdminClient(f"http://127.0.0.1:{port}", "t") as client, pytest.raises(Unreachable) as raised:
        client.create_key({"name": "x"})
    assert str(raised.value) == f"127.0.0.1:{port} can't be reached: Connection refused."


def test_a_certificate_has_to_be_trusted(tmp_path, monkeypatch):
    certified = certified_in(tmp_path)
    with serving(sends(JSON + ME), certified.context) as server:
        monkeypatch.setenv("SSL_CERT_FILE", certified.bundle)
        with AdminClient(f"https://127.0.0.1:{server.port}", "t") as client:
            assert client.get_me()["id"] == "admin"
    with serving(sends(JSON + ME), certified.context) as server:
        monkeypatch.delenv("SSL_CERT_FILE")
        with (
            AdminClient(f"https://127.0.0.1:{server.port}", "t") as client,
            pytest.raises(Unreachable, match="certificate verify failed"),
        ):
            client.get_me()
        assert server.requests == []


def test_an_export_that_is_refused_is_an_error_before_it_is_read():
    with pytest.raises(ApiError, match="Not so"):
        CannedApi([json_answer(422, {"detail": "Not so."})]).admin().export_costs()


@pytest.mark.parametrize("media", ["text/html", "application/json", ""])
def test_what_is_no_export_is_not_taken_for_one(media):
    with pytest.raises(ApiError, match="not text/csv"):
        CannedApi([text_answer(200, "<html>Sign in", media)]).admin().by_key_text()


def test_an_export_asks_for_its_format():
    api = CannedApi([text_answer(200, "", "text/csv")])
    list(api.admin().by_key_text())
    list(api.admin().export_requests(format="csv"))
    assert [asked.url.params["format"] for asked in api.asked] == ["csv", "csv"]
    assert api.asked[1].headers["accept"] == "text/csv, application/x-ndjson"


def test_no_rows_are_no_lines():
    api = CannedApi([text_answer(200, "\n", "application/x-ndjson")])
    assert list(api.admin().export_requests(format="jsonl").lines()) == []


def test_lines_are_whole_however_they_are_cut():
    class Pieces(httpx.SyncByteStream):
        def __iter__(self):
            yield from (b"a\r", b"\nb\n\n", b"c", b"d\ne")

    assert list(TextStream(httpx.Response(200, stream=Pieces())).lines()) == ["a", "b", "", "cd", "e"]
    assert list(TextStream(httpx.Response(200, content=b"")).lines()) == []
