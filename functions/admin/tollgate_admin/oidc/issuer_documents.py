"""What an issuer publishes of itself: its configuration, and the keys that it signs with.

Whoever deploys the stack names the issuer, and the issuer where its keys are: both are taken to be friendly,
and nothing of theirs may take long or be large.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from tollgate import network_addresses
from tollgate.lean_dataclass import dataclass
from tollgate_admin import time_limits

_WELL_KNOWN = "/.well-known/openid-configuration"
_SECONDS = 5.0
# Entra's keys, with a chain of certificates each, take 20 KB.
_MAX_BYTES = 256 * 1024
_PIECE_BYTES = 16_384


class DocumentError(Exception):
    """A document that can't be had, or isn't what it should be."""


@dataclass(frozen=True, slots=True)
class IssuerDocuments:
    """`loopback_allowed`: an issuer may be on this machine, by http, as in tests of the local stack."""

    issuer: str
    loopback_allowed: bool

    def keys(self) -> list[dict[str, Any]]:
        """The issuer's public keys as JWKs, by way of its discovery document; raises `DocumentError`.

        https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig
        """
        try:
            return time_limits.within(_SECONDS, self._keys)
        except TimeoutError as error:
            raise DocumentError("it takes too long") from error

    def _keys(self) -> list[dict[str, Any]]:
        configuration = self._read(self.issuer.rstrip("/") + _WELL_KNOWN)
        if configuration.get("issuer") != self.issuer:
            raise DocumentError("its discovery document is another issuer's")
        listed = self._read(configuration.get("jwks_uri")).get("keys")
        if not isinstance(listed, list):
            raise DocumentError("its keys are no list")
        return [each for each in listed if isinstance(each, dict)]

    def _read(self, url: Any) -> dict[str, Any]:
        try:
            content = _content_of(self._checked(url))
            found = json.loads(content)
        except (HTTPError, OSError) as error:
            raise DocumentError(f"it can't be reached ({type(error).__name__})") from error
        except (ValueError, RecursionError) as error:
            raise DocumentError("its answer isn't JSON") from error
        if not isinstance(found, dict):
            raise DocumentError("its answer is no JSON object")
        return found

    def _checked(self, url: Any) -> str:
        parts = urlsplit(url) if isinstance(url, str) else urlsplit("")
        host = parts.hostname or ""
        if not host or not (parts.scheme == "https" or (parts.scheme == "http" and self._is_local(host))):
            raise DocumentError("its documents are not at https URLs")
        return parts.geturl()

    def _is_local(self, host: str) -> bool:
        is_address = network_addresses.is_address(host)
        return self.loopback_allowed and is_address and network_addresses.address_of(host).is_loopback


def _content_of(url: str) -> bytes:
    """What is at a URL; raises `HTTPError` and `DocumentError`. A redirect isn't followed."""
    with urllib3.PoolManager(retries=False) as pool:
        response = pool.request(
            "GET",
            url,
            headers={"Accept": "application/json"},
            timeout=urllib3.Timeout(_SECONDS),
            redirect=False,
            preload_content=False,
        )
        with response:
            if response.status != 200:
                raise DocumentError(f"it answers with status {response.status}")
            content = b""
            for piece in response.stream(_PIECE_BYTES, decode_content=False):
                content += piece
                if len(content) > _MAX_BYTES:
                    raise DocumentError("its answer is too long")
    return content
