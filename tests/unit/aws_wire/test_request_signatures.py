"""Signature Version 4 of any request: by botocore's signer, in headers and in URLs."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest
from botocore import auth, awsrequest
from botocore import credentials as botocore_credentials

from aws_wire import request_signatures
from aws_wire.request_signatures import Signing
from aws_wire.signatures import Credentials

NOW = datetime(2026, 11, 29, 23, 59, 59, tzinfo=UTC)
TOKENS = pytest.mark.parametrize("token", [None, "session/token+of=it"])
URLS = (
    "https://bedrock-runtime.us-east-1.amazonaws.com/openai/v1/chat/completions",
    "https://bedrock-mantle.eu-west-1.api.aws/anthropic/v1/messages?beta=true",
    "http://127.0.0.1:8123/v1/models?limit=1000&after_id=a%2Fb&empty=",
    "http://[::1]:8123/v1/responses/resp_a%3Ab~c",
    "https://bedrock.amazonaws.com",
)


@pytest.fixture(autouse=True)
def moment(monkeypatch):
    monkeypatch.setattr(auth, "get_current_datetime", lambda *_, **__: NOW.replace(tzinfo=None))


def signing(token, service="bedrock", region="us-east-1"):
    return Signing(Credentials("AKIDEXAMPLE", "se/cr+et", token), region, service, NOW)


def known(token):
    return botocore_credentials.Credentials("AKIDEXAMPLE", "se/cr+et", token)


@TOKENS
@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("body", [None, '{"content": "räume"}'.encode()])
def test_headers_are_signed_as_botocore_signs_them(url, body, token):
    own = {"content-type": "application/json", "x-of-ours": "  two   words "}
    expected = awsrequest.AWSRequest("POST", url, dict(own), body)
    auth.SigV4Auth(known(token), "bedrock", "us-east-1").add_auth(expected)
    added = request_signatures.signed_headers(signing(token), "POST", url, body, own)
    assert added["authorization"] == expected.headers["Authorization"]
    assert added["x-amz-date"] == expected.headers["X-Amz-Date"]
    assert added.get("x-amz-security-token") == token


@TOKENS
def test_a_url_is_signed_as_botocore_signs_it(token):
    url = "https://bedrock.amazonaws.com/?Action=CallWithBearerToken"
    expected = awsrequest.AWSRequest("POST", url)
    auth.SigV4QueryAuth(known(token), "bedrock", "us-east-1", expires=3600).add_auth(expected)
    signed = request_signatures.signed_url(signing(token), "POST", url, 3600)
    assert dict(parse_qsl(urlsplit(signed).query)) == dict(parse_qsl(urlsplit(expected.url).query))
    assert urlsplit(signed)._replace(query="") == urlsplit(expected.url)._replace(query="")


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://a.example/v1", "a.example"),
        ("https://a.example:443/v1", "a.example"),
        ("http://[::1]:80/", "[::1]"),
        ("http://a.example:443", "a.example:443"),
    ],
)
def test_the_host_is_signed_as_the_request_names_it(url, host):
    assert request_signatures.host_header(url) == host
