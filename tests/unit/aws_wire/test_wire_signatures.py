"""Signature Version 4: by AWS's own example of a key, and by botocore's signer."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime

import pytest
from botocore import auth, awsrequest
from botocore import credentials as botocore_credentials
from hypothesis import given
from hypothesis import strategies as st

from aws_wire.errors import CredentialsError
from aws_wire.signatures import Credentials, Signer

VISIBLE = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)
NAME = st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True)
MOMENTS = st.floats(min_value=0, max_value=4_000_000_000)


def headers_of(head: bytes) -> dict[str, str]:
    first, *lines = head.decode().removesuffix("\r\n\r\n").split("\r\n")
    assert first == "POST / HTTP/1.1"
    return dict(line.split(": ", 1) for line in lines)


def signed_by_botocore(headers, body, credentials, service, region, now, monkeypatch):
    """The Authorization header of the same request."""
    request = awsrequest.AWSRequest(
        "POST",
        f"http://{headers['Host']}/",
        {name: headers[name] for name in ("Content-Type", "X-Amz-Target")},
        body,
    )
    moment = datetime.fromtimestamp(int(now), UTC)
    with monkeypatch.context() as patched:
        patched.setattr(auth, "get_current_datetime", lambda *_, **__: moment)
        known = botocore_credentials.Credentials(
            credentials.access_key_id, credentials.secret_access_key, credentials.token
        )
        auth.SigV4Auth(known, service, region).add_auth(request)
    return request.headers["Authorization"]


@pytest.fixture(scope="module")
def patching():
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield monkeypatch


@given(
    bodies=st.lists(st.binary(max_size=2000), min_size=1, max_size=3),
    keys=st.lists(st.tuples(VISIBLE, VISIBLE, st.none() | VISIBLE), min_size=1, max_size=3),
    moments=st.lists(MOMENTS, min_size=1, max_size=3),
    service=NAME,
    region=NAME,
    host=st.sampled_from(["dynamodb.eu-central-1.amazonaws.com", "127.0.0.1:8000", "[::1]:8000"]),
    operations=st.lists(st.sampled_from(["UpdateItem", "Query"]), min_size=1, max_size=2),
)
def test_every_request_is_signed_as_botocore_signs_it(
    patching, bodies, keys, moments, service, region, host, operations
):
    signer = Signer(service, region, host, "application/x-amz-json-1.0", "Target_1")
    all_credentials = [Credentials(*each) for each in keys]
    for now in moments:
        for credentials in all_credentials:
            for operation in operations:
                for body in bodies:
                    headers = headers_of(signer.head(operation, body, credentials, now))
                    assert headers["Authorization"] == signed_by_botocore(
                        headers, body, credentials, service, region, now, patching
                    )
                    assert headers["X-Amz-Target"] == f"Target_1.{operation}"
                    assert headers["Content-Length"] == str(len(body))
                    assert headers.get("X-Amz-Security-Token") == credentials.token


def test_the_signing_key_is_that_of_aws_example():
    """https://docs.aws.amazon.com/general/latest/gr/signature-v4-examples.html"""
    secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    now = datetime(2012, 2, 15, tzinfo=UTC).timestamp()
    signer = Signer("iam", "us-east-1", "iam.amazonaws.com", "text/plain", "T")
    signer.head("Operation", b"", Credentials("AKID", secret), now)
    key = bytes.fromhex("f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d")
    assert signer._day.mac.digest() == hmac.digest(key, b"", "sha256")


def test_a_new_day_has_a_new_key():
    signer, credentials = Signer("s", "r", "h", "t", "T"), Credentials("a", "b")
    before = headers_of(signer.head("O", b"", credentials, 86_399.9))["Authorization"]
    after = headers_of(signer.head("O", b"", credentials, 86_400.0))["Authorization"]
    assert ("/19700101/" in before, "/19700102/" in after) == (True, True)


def test_nothing_else_is_hashed_than_what_is_sent():
    signer, credentials = Signer("s", "r", "h", "t", "T"), Credentials("a", "b")
    heads = {signer.head("O", body, credentials, 0) for body in (b"1", b"2")}
    assert len(heads) == 2
    assert all(hashlib.sha256(b"1").hexdigest().encode() not in head for head in heads)


@pytest.mark.parametrize("bad", ["", "a\r\nX-Evil: 1", "a b", "ä"])
def test_what_can_be_no_part_of_a_header_is_no_credential(bad):
    for made in ((bad, "b", None), ("a", bad, None), ("a", "b", bad or "\n")):
        with pytest.raises(CredentialsError) as refused:
            Credentials(*made)
        assert len(bad) < 3 or bad not in str(refused.value)
