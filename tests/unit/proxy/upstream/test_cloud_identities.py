"""Providers that are asked by the function's role, or with tokens, and check each proof as clouds do."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import serialization

from infra.mock_provider import server
from tests.support import cloud_keys
from tests.support.builders import provider
from tollgate.catalog.auth import auth_schemes, key_documents
from tollgate.catalog.catalog import AuthHeader, ProviderApi, ProviderType
from tollgate.catalog.provider_auth import ForeignHostError, NoTokenError, OutboundRequest
from tollgate_proxy import handler
from tollgate_proxy.upstream.provider_calls import Fault, Timeouts, Upstream, UpstreamError, UpstreamRequest
from tollgate_proxy.upstream.provider_pool import ProviderPool
from tollgate_proxy.upstream.token_requests import TokenRequests

ROLE = {
    "AWS_ACCESS_KEY_ID": "ASIAROLE",
    "AWS_SECRET_ACCESS_KEY": "role/secret",
    "AWS_SESSION_TOKEN": "session/of+role=",
    "AWS_REGION": "eu-central-1",
}
AWS = {
    "access_key_id": ROLE["AWS_ACCESS_KEY_ID"],
    "secret_access_key": ROLE["AWS_SECRET_ACCESS_KEY"],
    "session_token": ROLE["AWS_SESSION_TOKEN"],
    "region": ROLE["AWS_REGION"],
    "services": ["bedrock"],
}
SCOPE = "https://cognitiveservices.azure.com/.default"


@pytest.fixture(scope="module")
def client():
    with server.running() as url, httpx.Client(base_url=url) as client:
        yield client


@pytest.fixture
def mock(client):
    client.post("/__mock/reset").raise_for_status()
    return str(client.base_url)


@pytest.fixture
def known(client, mock):
    """Tells the provider whom it knows."""

    def know(**identities: Any) -> None:
        client.post("/__mock/identities", json=identities).raise_for_status()

    return know


@pytest.fixture
def journal(client):
    """What the provider was asked, but for tokens."""
    return lambda: client.get("/__mock/requests").json()


def google_account():
    public = cloud_keys.rsa_key().public_key()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    pem = public.public_bytes(serialization.Encoding.PEM, form).decode()
    return {"email": cloud_keys.service_account()["client_email"], "key_id": "key-1", "public_key": pem}


def entra_application():
    return {
        "tenant_id": cloud_keys.ENTRA["tenantId"],
        "client_id": cloud_keys.ENTRA["clientId"],
        "client_secret": cloud_keys.ENTRA["clientSecret"],
        "scope": SCOPE,
    }


def key_of(mock, scheme, **changes):
    """The provider's key, by which tokens are asked for at the mock."""
    tokens = f"{mock}/__mock/tokens"
    if scheme is AuthHeader.ENTRA:
        document: Any = {**cloud_keys.ENTRA, "activeDirectoryEndpointUrl": f"{tokens}/entra"}
    elif changes.pop("of_role", False):
        document = cloud_keys.external_account(token_url=f"{tokens}/exchange")
    else:
        document = cloud_keys.service_account(token_uri=f"{tokens}/google")
    return key_documents.kept(scheme, json.dumps({**document, **changes}))


def asks_nobody(_url, _headers, _body):
    pytest.fail("asks for a token")


class Calls:
    """Calls to the provider as the proxy makes them, at a moment that can be moved on."""

    def __init__(self, environment: dict[str, str] = ROLE) -> None:
        self.ahead = timedelta()
        pool = ProviderPool(loopback_allowed=True)
        self.upstream = Upstream(
            pool=pool,
            clock=self._now,
            schemes=auth_schemes.with_tokens(
                partial(TokenRequests, pool, http_allowed=True), environment, loopback_allowed=True
            ),
        )

    def _now(self) -> float:
        return (datetime.now(UTC) + self.ahead).timestamp()

    def send(self, base_url, scheme, key="", api=ProviderApi.CHAT):
        path = "/messages" if api is ProviderApi.MESSAGES else "/chat/completions"
        body = {"model": "m", "messages": [{"role": "user", "content": "Grüße"}], "max_tokens": 5}
        asked = UpstreamRequest("POST", path, {}, json.dumps(body).encode(), 30, 30, api)
        kind = ProviderType.ANTHROPIC if api is ProviderApi.MESSAGES else ProviderType.OPENAI
        made = provider(base_url, type=kind, auth_header=scheme)
        answer = self.upstream.send(made, key, asked)
        return answer.status, b"".join(answer.chunks)


@pytest.mark.parametrize("scheme", [AuthHeader.AWS_SIGV4, AuthHeader.AWS_BEARER])
@pytest.mark.parametrize("session", [True, False])
def test_bedrock_believes_the_functions_role(mock, known, journal, scheme, session):
    known(aws=AWS if session else {**AWS, "session_token": None})
    calls = Calls(ROLE if session else {**ROLE, "AWS_SESSION_TOKEN": ""})
    for path, api in (("openai", ProviderApi.CHAT), ("anthropic", ProviderApi.MESSAGES)):
        assert calls.send(f"{mock}/{path}/v1", scheme, api=api)[0] == 200
    assert len({each["headers"]["authorization"] for each in journal()}) == (
        2 if scheme is AuthHeader.AWS_SIGV4 else 1
    )


@pytest.mark.parametrize("scheme", [AuthHeader.AWS_SIGV4, AuthHeader.AWS_BEARER])
@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"secret_access_key": "another"}, "signature is not that"),
        ({"access_key_id": "ASIAOTHER"}, "unknown"),
        ({"session_token": "another"}, "of another session"),
        ({"region": "us-east-1"}, "should be scoped to us-east-1"),
    ],
)
def test_bedrock_believes_nobody_else(mock, known, scheme, changed, told):
    known(aws={**AWS, **changed})
    status, body = Calls().send(f"{mock}/openai/v1", scheme)
    assert status == 403
    assert told in body.decode()


def test_a_signature_is_for_its_service_and_moment(mock, known):
    known(aws={**AWS, "services": ["bedrock-mantle"]})
    assert "scoped to" in Calls().send(f"{mock}/openai/v1", AuthHeader.AWS_SIGV4)[1].decode()
    known(aws=AWS)
    late = Calls()
    late.ahead = -timedelta(minutes=6)
    assert "expired" in late.send(f"{mock}/openai/v1", AuthHeader.AWS_SIGV4)[1].decode()
    late.ahead = -timedelta(minutes=61)
    assert "expired" in late.send(f"{mock}/openai/v1", AuthHeader.AWS_BEARER)[1].decode()


def test_a_token_of_the_role_is_minted_anew_while_its_credentials_hold(mock, known, journal):
    known(aws=AWS)
    calls = Calls()
    for minutes in (0, 4, 6):
        calls.ahead = timedelta(minutes=minutes) - timedelta(minutes=6)
        assert calls.send(f"{mock}/openai/v1", AuthHeader.AWS_BEARER)[0] == 200
    first, second, third = (each["headers"]["authorization"] for each in journal())
    assert first == second != third


@pytest.mark.parametrize(
    ("scheme", "identity", "changes"),
    [
        (AuthHeader.GOOGLE, lambda: {"google": google_account()}, {}),
        (AuthHeader.GOOGLE, lambda: {"aws": AWS}, {"of_role": True}),
        (AuthHeader.ENTRA, lambda: {"entra": entra_application()}, {}),
        (AuthHeader.ENTRA, lambda: {"entra": {**entra_application(), "scope": "x"}}, {"scope": "x"}),
    ],
)
def test_a_token_is_used_for_half_of_two_minutes(mock, known, journal, scheme, identity, changes):
    known(**identity(), token_seconds=120)
    calls, key = Calls(), key_of(mock, scheme, **changes)
    for seconds in (-70, -20, 0):
        calls.ahead = timedelta(seconds=seconds)
        assert calls.send(f"{mock}/v1", scheme, key)[0] == 200
    tokens = [each["headers"]["authorization"] for each in journal()]
    assert tokens[0] == tokens[1] != tokens[2]


def test_a_role_may_act_as_a_service_account(mock, known):
    known(aws=AWS)
    impersonation = f"{mock}/__mock/tokens/impersonate/a@b:generateAccessToken"
    key = key_of(mock, AuthHeader.GOOGLE, of_role=True, service_account_impersonation_url=impersonation)
    assert Calls().send(f"{mock}/v1", AuthHeader.GOOGLE, key)[0] == 200


@pytest.mark.parametrize(
    ("scheme", "identity", "changes"),
    [
        (AuthHeader.GOOGLE, lambda: {"google": {**google_account(), "email": "another@b"}}, {}),
        (AuthHeader.GOOGLE, lambda: {"google": {**google_account(), "key_id": "another"}}, {}),
        (AuthHeader.GOOGLE, lambda: {"aws": {**AWS, "secret_access_key": "another"}}, {"of_role": True}),
        (AuthHeader.ENTRA, lambda: {"entra": {**entra_application(), "client_secret": "another"}}, {}),
        (AuthHeader.ENTRA, lambda: {"entra": entra_application()}, {"tenantId": "another"}),
    ],
)
def test_a_token_that_is_not_given_sends_nothing_and_counts_against_the_provider(
    mock, known, journal, caplog, scheme, identity, changes
):
    known(**identity())
    key = key_of(mock, scheme, **changes)
    with pytest.raises(UpstreamError) as failed:
        Calls().send(f"{mock}/v1", scheme, key)
    assert (failed.value.fault, failed.value.counts, journal()) == (Fault.UNREACHABLE, True, [])
    assert "no token was given" in failed.value.refused.message
    assert "gave no token" in caplog.text
    for secret in ("PRIVATE KEY", cloud_keys.ENTRA["clientSecret"], ROLE["AWS_SECRET_ACCESS_KEY"]):
        assert secret not in caplog.text


@pytest.mark.parametrize(
    "base_url",
    [
        "https://bedrock-runtime.us-east-1.amazonaws.com.example/openai/v1",
        "https://evil.example/bedrock-runtime.us-east-1.amazonaws.com",
        "http://bedrock-runtime.us-east-1.amazonaws.com/openai/v1",
        "https://s3.us-east-1.amazonaws.com/v1",
        "http://127.0.0.1:9/v1",
    ],
)
@pytest.mark.parametrize("scheme", [AuthHeader.AWS_SIGV4, AuthHeader.AWS_BEARER])
def test_what_the_role_proves_goes_to_bedrock_alone(base_url, scheme):
    deployed: Any = SimpleNamespace(timeouts=Timeouts(), loopback_providers=False)
    asked = UpstreamRequest("POST", "/chat/completions", {}, b"{}", 30, 30, ProviderApi.CHAT)
    with pytest.raises(UpstreamError, match=f"can't be asked by {scheme}") as failed:
        handler.upstream(deployed).send(provider(base_url, auth_header=scheme), "", asked)
    assert (failed.value.fault, failed.value.counts) == (Fault.UNREACHABLE, False)


@pytest.mark.parametrize("base_url", ["https://evil.example/v1", "https://a.googleapis.com.example/v1"])
def test_a_token_of_the_role_is_not_minted_for_others_than_google(base_url):
    schemes = auth_schemes.with_tokens(lambda: asks_nobody, ROLE, loopback_allowed=False)
    google, asked = schemes[AuthHeader.GOOGLE], OutboundRequest("POST", base_url, {}, datetime.now(UTC))
    kept = key_documents.kept(AuthHeader.GOOGLE, json.dumps(cloud_keys.external_account()))
    with pytest.raises(ForeignHostError):
        google.headers(asked, kept)
    elsewhere = json.dumps(cloud_keys.external_account(token_url=base_url))
    asked = OutboundRequest("POST", "https://a.googleapis.com/v1", {}, datetime.now(UTC))
    with pytest.raises(ForeignHostError):
        google.headers(asked, key_documents.kept(AuthHeader.GOOGLE, elsewhere))


@pytest.mark.parametrize(
    ("host", "region", "service"),
    [
        ("bedrock-runtime.us-east-1.amazonaws.com", "us-east-1", "bedrock"),
        ("bedrock-runtime-fips.us-gov-west-1.amazonaws.com", "us-gov-west-1", "bedrock"),
        ("bedrock-mantle.ap-southeast-2.api.aws", "ap-southeast-2", "bedrock-mantle"),
        ("bedrock-runtime.cn-north-1.amazonaws.com.cn", "cn-north-1", "bedrock"),
        ("bedrock-runtime.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1", "bedrock"),
    ],
)
def test_the_host_says_what_is_signed_for_and_tokens_are_always_bedrocks(host, region, service):
    schemes = auth_schemes.with_tokens(lambda: pytest.fail("asks"), ROLE, loopback_allowed=False)
    asked = SimpleNamespace(
        method="POST", url=f"https://{host}/v1/x", headers={}, body=b"", at=datetime.now(UTC)
    )
    signed = schemes[AuthHeader.AWS_SIGV4].headers(asked, "")  # type: ignore[arg-type]
    assert f"/{region}/{service}/aws4_request" in signed["authorization"]
    minted = schemes[AuthHeader.AWS_BEARER].headers(asked, "")["authorization"]  # type: ignore[arg-type]
    content = base64.b64decode(minted.removeprefix("Bearer bedrock-api-key-")).decode()
    assert f"%2F{region}%2Fbedrock%2Faws4_request" in content


def test_a_function_without_credentials_or_a_region_asks_nobody(mock, journal):
    for environment in ({}, {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}):
        with pytest.raises(UpstreamError, match="no token was given"):
            Calls(environment).send(f"{mock}/v1", AuthHeader.AWS_SIGV4)
    assert journal() == []


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/token", "http://tokens.example/token"])
def test_what_asks_for_a_token_is_not_sent_in_the_clear(url):
    pool: Any = SimpleNamespace(ask=lambda *_: pytest.fail("asks"))
    with pytest.raises(NoTokenError, match="no https URL"):
        TokenRequests(pool, http_allowed=False)(url, {}, b"secret")
