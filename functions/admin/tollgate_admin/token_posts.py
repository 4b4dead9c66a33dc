"""Requests for the tokens that some providers take, for tests of them."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from tollgate import network_addresses
from tollgate.catalog.provider_auth import NoTokenError
from tollgate.lean_dataclass import dataclass
from tollgate_admin import time_limits

_SECONDS = 8.0
_MAX_BYTES = 64 * 1024
_PIECE_BYTES = 16_384


@dataclass(frozen=True, slots=True)
class TokenPosts:
    """An `Ask` of the admin function. `loopback_allowed`: token endpoints may be on this machine."""

    loopback_allowed: bool

    def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> bytes:
        try:
            return time_limits.within(_SECONDS, lambda: self._posted(urlsplit(url), headers, body))
        except TimeoutError as error:
            raise NoTokenError(f"{urlsplit(url).hostname} did not respond in time") from error

    def _posted(self, url: SplitResult, headers: Mapping[str, str], body: bytes) -> bytes:
        host = url.hostname or ""
        if url.scheme != "https" and not self.loopback_allowed:
            raise NoTokenError(f"{host} is not asked for tokens by https")
        try:
            with self._pool(url) as pool:
                response = pool.urlopen(
                    "POST",
                    f"{url.path}?{url.query}" if url.query else url.path,
                    body,
                    {**headers, "host": url.netloc, "accept-encoding": "identity"},
                    timeout=_SECONDS,
                    retries=False,
                    redirect=False,
                    preload_content=False,
                )
                with response:
                    return _content(host, response)
        except (HTTPError, OSError) as error:
            raise NoTokenError(f"{host} can't be reached ({type(error).__name__})") from error

    def _pool(self, url: SplitResult) -> urllib3.HTTPConnectionPool:
        """Connections to an address that was looked at, which must prove to be the URL's host."""
        host = url.hostname or ""
        found = socket.getaddrinfo(host, url.port or 443, type=socket.SOCK_STREAM)
        addresses = [network_addresses.address_of(str(each[4][0])) for each in found]
        local = self.loopback_allowed
        if not all(network_addresses.may_lead_to(host, each, loopback_allowed=local) for each in addresses):
            raise NoTokenError(f"{host} resolves to an address of the gateway's own machine or network")
        if url.scheme == "http":
            return urllib3.HTTPConnectionPool(str(addresses[0]), url.port or 80)
        return urllib3.HTTPSConnectionPool(str(addresses[0]), url.port or 443, server_hostname=host)


def _content(host: str, response: urllib3.BaseHTTPResponse) -> bytes:
    content = b""
    for piece in response.stream(_PIECE_BYTES, decode_content=False):
        content += piece
        if len(content) > _MAX_BYTES:
            raise NoTokenError(f"{host} answers with more than a token")
    if response.status != 200:
        raise NoTokenError(f"{host} answers {response.status}: {_printable(content)}")
    return content


def _printable(content: bytes) -> str:
    """What a token endpoint says of its refusal (RFC 6749, 5.2), which has nothing secret."""
    text = content[:300].decode(errors="replace")
    return "".join(each if each.isprintable() else " " for each in text)
