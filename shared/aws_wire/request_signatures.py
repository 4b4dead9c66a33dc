"""Signature Version 4 of any request, in its headers or in its URL.

For requests that are signed now and then. `signatures` is quicker where they differ in their body alone.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl, quote, urlsplit

from aws_wire.signatures import scope_of, signing_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from aws_wire.signatures import Credentials

_ALGORITHM = "AWS4-HMAC-SHA256"
_PORTS = {"http": 80, "https": 443}
_NO_BODY = hashlib.sha256(b"").hexdigest()


class Signing(NamedTuple):
    """What a request is signed with, for whom, and when (a time in UTC)."""

    credentials: Credentials
    region: str
    service: str
    at: datetime

    @property
    def stamp(self) -> str:
        return self.at.strftime("%Y%m%dT%H%M%SZ")

    @property
    def scope(self) -> str:
        return scope_of(self.stamp[:8], self.region, self.service)

    def signature(self, canonical: str) -> str:
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        to_sign = f"{_ALGORITHM}\n{self.stamp}\n{self.scope}\n{digest}"
        return hmac.digest(signing_key(self.credentials, self.scope), to_sign.encode(), "sha256").hex()


def signed_headers(
    signing: Signing, method: str, url: str, body: bytes | None, headers: Mapping[str, str]
) -> dict[str, str]:
    """The headers that a request needs besides its own. All of `headers` are signed, and the host.

    `url` is as it is sent, and `headers` by their names in lower case, without `host`.
    """
    added = {"x-amz-date": signing.stamp}
    if signing.credentials.token:
        added["x-amz-security-token"] = signing.credentials.token
    every = {**headers, **added, "host": host_header(url)}
    digest = hashlib.sha256(body).hexdigest() if body else _NO_BODY
    parts = urlsplit(url)
    query = _canonical_query(parse_qsl(parts.query, keep_blank_values=True))
    signature = signing.signature(_canonical(method, parts.path, query, every, digest))
    added["authorization"] = (
        f"{_ALGORITHM} Credential={signing.credentials.access_key_id}/{signing.scope}, "
        f"SignedHeaders={';'.join(sorted(every))}, Signature={signature}"
    )
    return added


def signed_url(signing: Signing, method: str, url: str, seconds: int) -> str:
    """A URL that proves by itself whose a request without a body is, for so many seconds."""
    parts = urlsplit(url)
    signed = {
        "X-Amz-Algorithm": _ALGORITHM,
        "X-Amz-Credential": f"{signing.credentials.access_key_id}/{signing.scope}",
        "X-Amz-Date": signing.stamp,
        "X-Amz-Expires": str(seconds),
        "X-Amz-SignedHeaders": "host",
    }
    if signing.credentials.token:
        signed["X-Amz-Security-Token"] = signing.credentials.token
    query = _canonical_query([*parse_qsl(parts.query, keep_blank_values=True), *signed.items()])
    canonical = _canonical(method, parts.path, query, {"host": host_header(url)}, _NO_BODY)
    query += f"&X-Amz-Signature={signing.signature(canonical)}"
    return f"{parts.scheme}://{parts.netloc}{parts.path or '/'}?{query}"


def host_header(url: str) -> str:
    """As a request to a URL has it: without the port that its scheme has anyway."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    return host if parts.port in {None, _PORTS.get(parts.scheme)} else f"{host}:{parts.port}"


def _canonical(method: str, path: str, query: str, headers: Mapping[str, str], digest: str) -> str:
    lines = [f"{name}:{' '.join(headers[name].split())}" for name in sorted(headers)]
    # What is sent is encoded already: all services but S3 want it encoded once more.
    parts = [method, quote(path or "/", safe="/-_.~"), query, *lines, "", ";".join(sorted(headers)), digest]
    return "\n".join(parts)


def _canonical_query(pairs: Iterable[tuple[str, str]]) -> str:
    encoded = sorted((quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in pairs)
    return "&".join(f"{name}={value}" for name, value in encoded)
