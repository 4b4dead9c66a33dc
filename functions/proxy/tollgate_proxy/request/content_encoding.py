"""A request's body as plain JSON text, however its client has packed it."""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

from tollgate.refusals import Reason, RefusedError

if TYPE_CHECKING:
    from tollgate_proxy.http_messages import Request

_BOM = b"\xef\xbb\xbf"
# How zlib is to read a coding (RFC 9110, 8.4.1): with gzip's header, or with zlib's, or else with none.
_GZIP, _ZLIB, _RAW = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS
_READERS = {"gzip": (_GZIP,), "x-gzip": (_GZIP,), "deflate": (_ZLIB, _RAW)}


def readable(request: Request, max_bytes: int) -> Request:
    """The request with its body unpacked, which may be `max_bytes` long; raises `RefusedError`."""
    if len(request.body) > max_bytes:
        raise _too_large(max_bytes)
    coding = request.headers.get("content-encoding", "").strip().lower()
    body = request.body if coding in {"", "identity"} else _unpacked(request.body, coding, max_bytes)
    # A byte order mark is no JSON, yet some clients send one (RFC 8259, 8.1 lets us ignore it).
    body = body.removeprefix(_BOM)
    return request if body is request.body else replace(request, body=body)


def _unpacked(packed: bytes, coding: str, max_bytes: int) -> bytes:
    readers = _READERS.get(coding)
    if readers is None:
        message = (
            f"The content encoding {coding!r} isn't supported. Send the body uncompressed, or as gzip or "
            "deflate."
        )
        raise RefusedError(Reason.UNSUPPORTED_ENCODING, message)
    for window in readers:
        reader = zlib.decompressobj(window)
        try:
            body = reader.decompress(packed, max_bytes + 1)
        except zlib.error:
            continue
        if len(body) > max_bytes:
            raise _too_large(max_bytes)
        if reader.eof and not reader.unused_data:
            return body
    if packed.removeprefix(_BOM).lstrip().startswith(b"{"):
        return packed  # by a front that unpacks bodies, as API Gateway does, and leaves the header as it was
    raise RefusedError(Reason.INVALID_JSON, f"The request body is not valid {coding}.")


def _too_large(max_bytes: int) -> RefusedError:
    return RefusedError(Reason.REQUEST_TOO_LARGE, f"The request body is larger than {max_bytes} bytes.")
