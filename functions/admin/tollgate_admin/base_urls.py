"""Which base URLs a provider may have."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from tollgate_admin import problems


def checked(text: str, *, loopback_allowed: bool) -> str:
    """The base URL without a trailing slash; raises `ProblemError` naming `baseUrl`.

    HTTPS alone is taken, and no address of the function's own machine or network link: through one
    the gateway could be made to read what only it can reach. `loopback_allowed` lifts this for
    loopback addresses, where a local stack's providers are.
    """
    try:
        url = urlsplit(text)
        host, _port = url.hostname, url.port
    except ValueError as error:
        raise problems.invalid("baseUrl", "is not a valid URL") from error
    if not host or url.username or url.query or url.fragment:
        raise problems.invalid("baseUrl", "must have a host, and no user, query or fragment")
    if _is_own(host) and not (loopback_allowed and _is_loopback(host)):
        raise problems.invalid("baseUrl", "must not be an address of this machine or link")
    if url.scheme != "https" and not (url.scheme == "http" and _is_loopback(host)):
        raise problems.invalid("baseUrl", "must begin with https://")
    return text.rstrip("/")


def _is_own(host: str) -> bool:
    address = _address(host)
    return _is_loopback(host) or (
        address is not None and (address.is_link_local or address.is_unspecified or address.is_multicast)
    )


def _is_loopback(host: str) -> bool:
    address = _address(host)
    return address.is_loopback if address else host == "localhost" or host.endswith(".localhost")


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
