"""An issuer's documents by HTTP, and what may go wrong with them."""

from __future__ import annotations

import json
import socket
import threading
from typing import Any

import pytest

from tests.support.answering_provider import answer
from tests.support.bare_server import Server, sends, serving
from tests.support.oidc_issuer import issuing
from tollgate_admin.oidc import issuer_documents
from tollgate_admin.oidc.issuer_documents import DocumentError, IssuerDocuments


def refused(issuer: str, *, loopback_allowed: bool = True) -> str:
    with pytest.raises(DocumentError) as error:
        IssuerDocuments(issuer, loopback_allowed).keys()
    return str(error.value)


def publishing(keys_url: str | None = None, **changes: Any) -> Any:
    """A server whose discovery document is changed so."""

    def answered(server: Server, connection: socket.socket) -> bool:
        url = f"http://127.0.0.1:{server.port}"
        if "openid-configuration" in server.requests[-1][0]:
            told: Any = {"issuer": url, "jwks_uri": keys_url or f"{url}/keys", **changes}
        else:
            told = {"keys": [{"kid": "a"}, "no key"]}
        connection.sendall(answer(json.dumps(told).encode()))
        return True

    return serving(answered)


def test_an_issuers_keys_are_found_by_its_discovery_document():
    with issuing() as issuer:
        found = IssuerDocuments(issuer.url, loopback_allowed=True).keys()
    assert found == [issuer.keys[0].jwk()]
    assert issuer.requests == ["GET /.well-known/openid-configuration", "GET /keys"]


def test_only_https_is_asked_but_for_this_machine_where_that_is_allowed():
    with publishing() as server:
        url = f"http://127.0.0.1:{server.port}"
        assert IssuerDocuments(url, loopback_allowed=True).keys() == [{"kid": "a"}]
        asked = len(server.requests)
        assert "https" in refused(url, loopback_allowed=False)
        assert len(server.requests) == asked
    for other in (
        "http://id.example.com",
        "http://localhost:1",
        "ftp://127.0.0.1",
        "https://",
        "file:///etc",
    ):
        assert "https" in refused(other)
    for keys_url in ("http://id.example.com/keys", 5, None):
        with publishing(jwks_uri=keys_url) as server:
            assert "https" in refused(f"http://127.0.0.1:{server.port}")


def test_a_document_of_another_issuer_is_not_believed():
    with publishing(issuer="https://id.example.com") as server:
        assert "another issuer's" in refused(f"http://127.0.0.1:{server.port}")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (answer(b"{}", status="503 Unavailable"), "status 503"),
        (answer(b"", {"location": "https://example.com"}, "302 Found"), "status 302"),
        (answer(b"no JSON"), "isn't JSON"),
        (answer(b"[" * 100_000), "isn't JSON"),
        (answer(b"[]"), "no JSON object"),
        (answer(b'"' + b"x" * 300_000 + b'"'), "too long"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{", "can't be reached"),
        (b"no HTTP\r\n\r\n", "can't be reached"),
        (b"", "can't be reached"),
    ],
)
def test_an_answer_that_is_none_is_told(content, message):
    with serving(sends(content, close=True)) as server:
        assert message in refused(f"http://127.0.0.1:{server.port}")


def test_an_issuer_that_is_not_there_is_told():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert "can't be reached" in refused(f"http://127.0.0.1:{port}")


def test_an_issuer_that_trickles_is_given_up(monkeypatch):
    monkeypatch.setattr(issuer_documents, "_SECONDS", 0.3)
    go_on = threading.Event()

    def trickles(_server: Server, connection: socket.socket) -> bool:
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while not go_on.wait(0.05):
            connection.sendall(b"x: y\r\n")
        return False

    with serving(trickles) as server:
        assert "takes too long" in refused(f"http://127.0.0.1:{server.port}")
        go_on.set()
