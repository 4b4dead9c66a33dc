"""Connections to providers are kept, verified and given up, and bodies come unpacked."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING

import pytest

from tests.support import waiting
from tests.support.bare_server import sends, serving
from tests.support.certificates import Certified, certified_in
from tests.support.gzipped import gzipped
from tollgate_proxy.upstream import connections, provider_pool
from tollgate_proxy.upstream.connections import BrokenOffError, NotConnectedError
from tollgate_proxy.upstream.provider_pool import ProviderPool, Waits

if TYPE_CHECKING:
    from collections.abc import Iterator

WAITS = Waits(connect=5, read=5, total=5)
WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
TEXT = b"a provider's answer, " * 40


@pytest.fixture
def pool() -> Iterator[ProviderPool]:
    made = ProviderPool()
    yield made
    made.clear()


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Certified:
    return certified_in(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def trusted(certified: Certified, monkeypatch: pytest.MonkeyPatch) -> Iterator[Certified]:
    """A server whom the machine's authorities know."""
    monkeypatch.setenv("SSL_CERT_FILE", certified.bundle)
    connections._tls.cache_clear()
    yield certified
    connections._tls.cache_clear()


def body_of(pool: ProviderPool, port: int, *, scheme: str = "http", body: bytes = b"{}") -> bytes:
    asked = pool.ask("POST", f"{scheme}://127.0.0.1:{port}/v1", body, {}, WAITS)
    return b"".join(asked.pieces())


def packed(coding: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def raw_deflate(text: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(text) + packer.flush()


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzipped(TEXT)),
        ("x-gzip", gzipped(TEXT)),
        ("GZIP", gzipped(TEXT)),
        ("gzip", gzipped(TEXT[:100]) + gzipped(TEXT[100:])),
        ("gzip", gzipped(TEXT) + b"\0" * 20),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", raw_deflate(TEXT)),
        ("deflate, gzip", gzipped(zlib.compress(TEXT))),
        ("identity", TEXT),
        ("none-such", TEXT),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_body_is_unpacked_as_it_says_it_is_packed(pool, coding, body):
    with serving(sends(packed(coding, body))) as server:
        assert body_of(pool, server.port) == TEXT
        assert body_of(pool, server.port) == TEXT
    assert len(server.connections) == 1


def test_what_cannot_be_unpacked_has_broken_off(pool):
    with serving(sends(packed("gzip", gzipped(TEXT)[:10] + b"\xff" * 90))) as server:
        asked = pool.ask("GET", f"http://127.0.0.1:{server.port}/", None, {}, WAITS)
        with pytest.raises(BrokenOffError):
            list(asked.pieces())
        asked.close()


def test_a_stream_is_unpacked_piece_by_piece(pool):
    packer = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    first = packer.compress(b"data: one\n\n") + packer.flush(zlib.Z_SYNC_FLUSH)

    def answer(server, connection):
        head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n"
        connection.sendall(head + first)
        server.wait()
        return False

    with serving(answer) as server:
        pieces = pool.ask("GET", f"http://127.0.0.1:{server.port}/", None, {}, WAITS).pieces()
        assert next(pieces) == b"data: one\n\n"
        server.go_on.set()
        assert list(pieces) == []


def test_what_is_packed_small_comes_in_pieces_that_fit_into_memory(pool):
    size = 20_000_000
    with serving(sends(packed("gzip", gzip.compress(bytes(size), mtime=0)))) as server:
        asked = pool.ask("GET", f"http://127.0.0.1:{server.port}/", None, {}, WAITS)
        lengths = [len(piece) for piece in asked.pieces()]
    assert (sum(lengths), max(lengths)) == (size, 65_536)


def test_who_answers_before_it_has_read_all_is_heard(pool):
    refusal = b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno"
    with serving(sends(refusal, close=True)) as server:
        asked = pool.ask("POST", f"http://127.0.0.1:{server.port}/", b"x" * 100_000, {}, WAITS)
        assert (asked.status, b"".join(asked.pieces())) == (413, b"no")


def test_a_connection_that_has_ended_meanwhile_is_not_used_again(pool):
    with serving(sends(WHOLE, close=True)) as server:
        for _ in range(3):
            assert body_of(pool, server.port) == b"{}"
            waiting.until(lambda: not any(provider_pool._is_quiet(each) for _, each in pool._idle))
    assert len(server.connections) == 3


def test_answers_that_are_read_at_the_same_time_have_connections_of_their_own(pool):
    with serving(sends(WHOLE)) as first, serving(sends(WHOLE)) as second:
        asked = [
            pool.ask("GET", f"http://127.0.0.1:{each.port}/", None, {}, WAITS) for each in (first, second)
        ]
        assert [b"".join(each.pieces()) for each in asked] == [b"{}", b"{}"]
        assert [body_of(pool, each.port) for each in (first, second)] == [b"{}", b"{}"]
    assert (len(first.connections), len(second.connections)) == (1, 1)


def test_only_some_connections_are_kept(pool):
    for _ in range(12):
        with serving(sends(WHOLE)) as server:
            body_of(pool, server.port)
    assert len(pool._idle) == 8


def test_a_provider_is_asked_over_tls(pool, trusted):
    with serving(sends(WHOLE), trusted.context) as server:
        assert [body_of(pool, server.port, scheme="https") for _ in range(3)] == [b"{}"] * 3
    assert len(server.requests) == 3
    assert server.requests[0][1]["host"] == f"127.0.0.1:{server.port}"


def test_what_tls_has_decrypted_ahead_is_there_and_silence_is_seen(pool, trusted):
    def answer(server, connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nHello\r\n3\r\nyou\r\n")
        server.wait()
        connection.sendall(b"1\r\n!\r\n0\r\n\r\n")

    with serving(answer, trusted.context) as server:
        asked = pool.ask("POST", f"https://127.0.0.1:{server.port}/", b"{}", {}, WAITS)
        pieces = asked.pieces()
        for text in (b"Hello", b"you"):
            assert asked.comes_within(WAITS.read)
            assert next(pieces) == text
        assert not asked.comes_within(0.01)
        server.go_on.set()
        assert asked.comes_within(WAITS.read)
        assert b"".join(pieces) == b"!"
        assert asked.comes_within(WAITS.read)  # its end


def test_whom_no_authority_knows_is_not_asked(pool, certified):
    with serving(sends(WHOLE), certified.context) as server, pytest.raises(NotConnectedError):
        body_of(pool, server.port, scheme="https")
    assert server.requests == []


def test_a_certificate_for_another_name_is_none(trusted):
    pool = ProviderPool(loopback_allowed=True)
    with serving(sends(WHOLE), trusted.context) as server, pytest.raises(NotConnectedError):
        pool.ask("GET", f"https://localhost:{server.port}/", None, {}, WAITS)
    assert server.requests == []


@pytest.mark.parametrize(
    ("path", "target"),
    [("", "/"), ("/v1?a=b c", "/v1?a=b%20c"), ("/v1/r%2F1", "/v1/r%2F1"), ("/v1/ä", "/v1/%C3%A4")],
)
def test_a_path_goes_as_http_can_have_it(pool, path, target):
    with serving(sends(WHOLE)) as server:
        pool.ask("GET", f"http://127.0.0.1:{server.port}{path}", None, {}, WAITS).close()
    assert server.requests[0][0] == f"GET {target} HTTP/1.1"


def test_a_header_that_cannot_be_written_is_not_sent(pool):
    with serving(sends(WHOLE)) as server, pytest.raises(ValueError, match="Invalid header value"):
        pool.ask("GET", f"http://127.0.0.1:{server.port}/", None, {"x-key": "a\r\nb: c"}, WAITS)
    assert server.requests == []
