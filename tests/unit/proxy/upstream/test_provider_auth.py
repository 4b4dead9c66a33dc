"""How requests prove to providers whose they are, also where that takes all of them, or a token first."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from tests.support.bare_server import sends, serving
from tests.support.builders import provider
from tollgate.catalog import auth_schemes
from tollgate.catalog.catalog import AuthHeader
from tollgate.catalog.provider_auth import UnusableKeyError
from tollgate_proxy.upstream.auth import SCHEMES
from tollgate_proxy.upstream.provider_calls import Fault, Upstream, UpstreamError, UpstreamRequest

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
BODY = '{"content": "räume"}'.encode()


def signature(key, method, url, version, body):
    told = "\n".join([method, url, version, hashlib.sha256(body).hexdigest()])
    return hmac.new(key.encode(), told.encode(), "sha256").hexdigest()


class Signed:
    """Signs what every such scheme does: the method, the URL, a header and the body."""

    needs_key = True

    def headers(self, asked, key):
        version = asked.headers["anthropic-version"]
        return {"x-signature": signature(key, asked.method, asked.url, version, asked.body)}


class Minted:
    """Asks for a token with the key, and goes on with it."""

    needs_key = True

    def __init__(self, mint):
        self._mint = mint
        self._tokens = {}

    def headers(self, _asked, key):
        if key not in self._tokens:
            self._tokens[key] = self._mint(key)
        return {"authorization": f"Bearer {self._tokens[key]}"}


def sent(scheme, times=1):
    """The requests that a provider of that scheme gets, and where."""
    upstream = Upstream(schemes={AuthHeader.AUTHORIZATION: scheme})
    asked = UpstreamRequest(
        "POST",
        "/messages?beta=true",
        {"anthropic-version": "2023-06-01"},
        BODY,
        answer_seconds=30,
        seconds=30,
    )
    with serving(sends(OK)) as server:
        made = provider(f"http://127.0.0.1:{server.port}/v1")
        for _ in range(times):
            assert b"".join(upstream.send(made, "secret", asked).chunks) == b"{}"
        upstream.pool.clear()
    return server.requests, f"{made.base_url}/messages?beta=true"


def test_a_signature_is_of_the_request_that_the_provider_gets():
    ((first, headers, body),), url = sent(Signed())
    method = first.split(" ")[0]
    right = signature("secret", method, url, headers["anthropic-version"], body)
    assert headers["x-signature"] == right
    assert "secret" not in " ".join(headers.values())


def test_a_token_that_is_asked_for_first_is_good_for_the_next_request_too():
    asked_for = []

    def mint(key):
        asked_for.append(key)
        return "token-1"

    requests, _ = sent(Minted(mint), times=2)
    assert [headers["authorization"] for _, headers, _ in requests] == ["Bearer token-1"] * 2
    assert asked_for == ["secret"]


def test_a_key_that_a_scheme_can_make_nothing_of_is_the_providers_fault_and_sends_nothing():
    class Halves:
        needs_key = True

        def headers(self, _asked, key):
            raise UnusableKeyError(key)

    upstream = Upstream(schemes={AuthHeader.AUTHORIZATION: Halves()})
    asked = UpstreamRequest("POST", "/messages", {}, BODY, answer_seconds=30, seconds=30)
    with serving(sends(OK)) as server, pytest.raises(UpstreamError) as failed:
        upstream.send(provider(f"http://127.0.0.1:{server.port}/v1"), "secret", asked)
    assert (failed.value.fault, failed.value.counts, server.requests) == (Fault.UNREACHABLE, False, [])
    assert "has an API key that can't be used" in failed.value.refused.message
    assert "secret" not in failed.value.refused.message


def test_each_way_that_a_provider_can_be_configured_has_a_scheme():
    assert auth_schemes.SCHEMES.keys() == set(AuthHeader)
    assert SCHEMES.keys() == set(AuthHeader)


def test_only_a_provider_that_is_asked_without_a_key_needs_none():
    assert [header for header in AuthHeader if not SCHEMES[header].needs_key] == [AuthHeader.NONE]
