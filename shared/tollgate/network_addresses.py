"""Which addresses a provider may have: not those that only the gateway's own machine or network can reach.

An address that is written into another one (mapped into IPv6, translated by NAT64, tunnelled) leads to the
one that is inside, so it is judged by that one (RFC 4291 2.5.5, 6052, 3056, 4380).
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address

# The last 32 bits of these are an IPv4 address: IPv4-compatible ones, and what a NAT64 translates.
_TRANSLATED = (IPv6Network("::/96"), IPv6Network("64:ff9b::/96"))
# A NAT64's own prefix, in which the place of the IPv4 address is its operator's choice (RFC 8215).
_TRANSLATED_LOCALLY = IPv6Network("64:ff9b:1::/48")
# ::0 and ::1 are not translated ones, though they look like it.
_FIRST_TRANSLATED = 2
_LAST_BITS = 0xFFFF_FFFF


def address_of(text: str) -> Address:
    """The address that a text is in its usual notation, or the one that is inside; raises ValueError."""
    address = ip_address(text)
    if isinstance(address, IPv4Address):
        return address
    return _inside(address) or address


def is_address(host: str) -> bool:
    """Whether a URL's host is an address, and not a name."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def is_own(address: Address, *, loopback_allowed: bool) -> bool:
    """Whether an address is one of the function's own machine or network link."""
    if address.is_loopback:
        return not loopback_allowed
    return address.is_link_local or address.is_unspecified or address.is_multicast


def is_reachable_by_name(address: Address, *, loopback_allowed: bool) -> bool:
    """Whether a provider's host name may mean an address: whoever owns the name chose it, not the admin."""
    if address.is_loopback:
        return loopback_allowed
    if address.version == 6 and address in _TRANSLATED_LOCALLY:
        return False
    return address.is_global and not address.is_multicast


def may_lead_to(host: str, address: Address, *, loopback_allowed: bool) -> bool:
    """Whether a base URL's host may mean an address: as a name, or as the address that an admin wrote."""
    return is_address(host) or is_reachable_by_name(address, loopback_allowed=loopback_allowed)


def _inside(address: IPv6Address) -> IPv4Address | None:
    if address.teredo:
        return address.teredo[1]
    if int(address) >= _FIRST_TRANSLATED and any(address in each for each in _TRANSLATED):
        return IPv4Address(int(address) & _LAST_BITS)
    return address.ipv4_mapped or address.sixtofour
