"""How requests prove to providers whose they are, also where that takes all of them, or a token first."""

from __future__ import annotations

import hashlib
import hmac
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.bare_server import sends, serving
from tests.support.builders import NOW, provider
from tollgate.catalog.catalog import AuthHeader, ProviderApi
from tollgate.catalog.provider_auth import ForeignHostError, NoTokenError, UnusableKeyError
from tollgate_proxy import handler
from tollgate_proxy.upstream.provider_calls import Fault, Timeouts, Upstream, UpstreamError, UpstreamRequest

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
BODY = '{"content": "räume"}'.encode()


def signature(key, at, method, url, version, body):
    told = "\n".join([at, method, url, version, hashlib.sha256(body).hexdigest()])
    return hmac.new(key.encode(), told.encode(), "sha256").hexdigest()


class Signed:
    """Signs what every such scheme does: the moment, the method, the URL, a header and the body."""

    def headers(self, asked, key):
        version = asked.headers["anthropic-version"]
        at = asked.at.isoformat()
        return {"x-date": at, "x-signature": signature(key, at, asked.method, asked.url, version, asked.body)}


class Minted:
    """Asks for a token with the key, and goes on with it."""

    def __init__(self, mint):
        self._mint = mint
        self._tokens = {}

    def headers(self, _asked, key):
        if key not in self._tokens:
            self._tokens[key] = self._mint(key)
        return {"authorization": f"Bearer {self._tokens[key]}"}


def sent(scheme, times=1):
    """The requests that a provider of that scheme gets, and where."""
    upstream = Upstream(schemes={AuthHeader.AUTHORIZATION: scheme}, clock=NOW.timestamp)
    asked = UpstreamRequest(
        "POST",
        "/messages?beta=true",
        {"anthropic-version": "2023-06-01"},
        BODY,
        answer_seconds=30,
        seconds=30,
        api=ProviderApi.MESSAGES,
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
    assert headers["x-date"] == NOW.isoformat()
    right = signature("secret", headers["x-date"], method, url, headers["anthropic-version"], body)
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


@pytest.mark.parametrize(
    ("error", "counts", "told"),
    [
        (UnusableKeyError, False, "has an API key that can't be used"),
        (ForeignHostError, False, "base URL where it can't be asked by authorization"),
        (NoTokenError, True, "no token was given for it"),
    ],
)
def test_a_proof_that_can_not_be_made_is_the_providers_fault_and_sends_nothing(error, counts, told):
    class Failing:
        def headers(self, _asked, key):
            raise error(key)

    upstream = Upstream(schemes={AuthHeader.AUTHORIZATION: Failing()})
    asked = UpstreamRequest(
        "POST", "/messages", {}, BODY, answer_seconds=30, seconds=30, api=ProviderApi.MESSAGES
    )
    with serving(sends(OK)) as server, pytest.raises(UpstreamError) as failed:
        upstream.send(provider(f"http://127.0.0.1:{server.port}/v1"), "secret", asked)
    assert (failed.value.fault, failed.value.counts, server.requests) == (Fault.UNREACHABLE, counts, [])
    assert told in failed.value.refused.message
    assert "secret" not in failed.value.refused.message


def test_each_way_that_a_provider_can_be_configured_has_a_scheme_where_calls_are_made():
    deployed: Any = SimpleNamespace(timeouts=Timeouts(), loopback_providers=False)
    assert handler.upstream(deployed).schemes.keys() == set(AuthHeader)


def test_only_providers_that_are_asked_without_a_key_need_none():
    without = {AuthHeader.NONE, AuthHeader.AWS_SIGV4, AuthHeader.AWS_BEARER}
    assert {header for header in AuthHeader if not header.needs_key} == without
