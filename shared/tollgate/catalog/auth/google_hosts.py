"""Hosts of Google, which alone may be sent a token that the function's role stands for.

A configuration without a secret could be written by anyone who may set up a provider: whoever names another
host must not be given what the role is trusted with.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from tollgate import network_addresses
from tollgate.catalog.provider_auth import ForeignHostError

_DOMAIN = ".googleapis.com"


def require(url: str, *, loopback_allowed: bool) -> None:
    """Raises `ForeignHostError`. With `loopback_allowed`, this machine's addresses are taken for Google's."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if parts.scheme == "https" and host.endswith(_DOMAIN):
        return
    is_address = network_addresses.is_address(host)
    if loopback_allowed and is_address and network_addresses.address_of(host).is_loopback:
        return
    raise ForeignHostError("it is no host of Google")
