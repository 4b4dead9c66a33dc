"""Which base URLs a provider may have."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from tollgate.network_addresses import Address, address_of, is_own
from tollgate_admin.web import problems

_FORM = "must have a host in standard notation, and no user, query, fragment or space"
# Printable ASCII without what parsers of URLs read differently, and without a user, query or fragment.
_PLAIN = re.compile(r"[!$&-;=A-Z\[\]_a-z~%]+")
# Labels of letters, digits and hyphens; the last begins with a letter, so that no notation of an
# address (127.1, 2130706433, 0x7f000001) passes for a name.
_NAME = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z]([a-z0-9-]{0,61}[a-z0-9])?")


def checked(text: str, *, loopback_allowed: bool, field: str = "baseUrl") -> str:
    """The base URL without a trailing slash; raises `ProblemError` naming the `field`.

    HTTPS alone is taken, and no address of the function's own machine or network link: through one
    the gateway could be made to read what only it can reach. `loopback_allowed` lifts this for
    loopback addresses, where a local stack's providers are.
    """
    if not _PLAIN.fullmatch(text):
        raise problems.invalid(field, _FORM)
    try:
        url = urlsplit(text)
        host, _port = url.hostname or "", url.port
    except ValueError as error:
        raise problems.invalid(field, "is not a valid URL") from error
    address = _address(host)
    if address is None and not _NAME.fullmatch(host):
        raise problems.invalid(field, _FORM)
    loopback = address.is_loopback if address else host == "localhost" or host.endswith(".localhost")
    if (loopback and not loopback_allowed) or (address and is_own(address, loopback_allowed=True)):
        raise problems.invalid(field, "must not be an address of the gateway's own machine or network link")
    if url.scheme != "https" and not (url.scheme == "http" and loopback):
        raise problems.invalid(field, "must begin with https://")
    return text.rstrip("/")


def _address(host: str) -> Address | None:
    """The address that a URL's host is, if it is one."""
    try:
        return address_of(host)
    except ValueError:
        return None
