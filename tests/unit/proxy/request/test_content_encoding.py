"""Bodies as clients pack them are read like plain ones, within their bounds."""

from __future__ import annotations

import json
import zlib
from datetime import timedelta

import pytest

from tests.support.builders import NOW
from tests.support.gzipped import gzipped
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.http_messages import Request
from tollgate_proxy.request.content_encoding import readable

PLAIN = json.dumps({"model": "small", "messages": [{"role": "user", "content": "ä" * 100}]}).encode()
MOST = 10_000
BOM = b"\xef\xbb\xbf"


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


def request(body: bytes, coding: str | None = None) -> Request:
    headers = {} if coding is None else {"content-encoding": coding}
    deadline = NOW + timedelta(seconds=60)
    return Request("req_1", "POST", "/v1/x", headers, body, NOW, deadline, deadline)


def refusal(body: bytes, coding: str | None = None) -> Reason:
    with pytest.raises(RefusedError) as refused:
        readable(request(body, coding), MOST)
    return refused.value.reason


@pytest.mark.parametrize(
    ("body", "coding"),
    [
        (PLAIN, None),
        (PLAIN, ""),
        (PLAIN, "identity"),
        (BOM + PLAIN, None),
        (gzipped(PLAIN), "gzip"),
        (gzipped(PLAIN), " GZIP "),
        (gzipped(PLAIN), "x-gzip"),
        (gzipped(BOM + PLAIN), "gzip"),
        (zlib.compress(PLAIN), "deflate"),
        (raw_deflate(PLAIN), "deflate"),
        # API Gateway unpacks bodies itself and may leave the header as it was.
        (PLAIN, "gzip"),
        (BOM + b"\n " + PLAIN, "deflate"),
    ],
)
def test_a_body_is_the_same_however_it_is_packed(body, coding):
    assert readable(request(body, coding), MOST).body.strip() == PLAIN


@pytest.mark.parametrize("coding", ["br", "zstd", "compress", "gzip, gzip", "gzip;q=1", "utf-8", "*"])
def test_another_encoding_is_not_read(coding):
    assert refusal(PLAIN, coding) is Reason.UNSUPPORTED_ENCODING


@pytest.mark.parametrize(
    ("body", "coding"),
    [
        (b"[1]", "gzip"),
        (b"\x1f{}", "deflate"),
        (gzipped(PLAIN)[:-4], "gzip"),
        (gzipped(PLAIN) + b"{}", "gzip"),
        (gzipped(PLAIN) * 2, "gzip"),
        (zlib.compress(PLAIN)[:-1], "deflate"),
        (b"", "gzip"),
    ],
)
def test_what_is_not_packed_as_it_says_is_refused(body, coding):
    assert refusal(body, coding) is Reason.INVALID_JSON


def test_no_body_is_larger_unpacked_than_it_may_be_plain():
    assert readable(request(gzipped(b" " * MOST), "gzip"), MOST).body == b" " * MOST
    assert refusal(gzipped(b" " * (MOST + 1)), "gzip") is Reason.REQUEST_TOO_LARGE
    assert refusal(zlib.compress(b" " * 100_000_000, 9), "deflate") is Reason.REQUEST_TOO_LARGE
    assert refusal(b" " * (MOST + 1)) is Reason.REQUEST_TOO_LARGE
