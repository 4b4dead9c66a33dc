"""Hosts of Amazon Bedrock, which alone may be sent what proves who a function is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from tollgate import network_addresses
from tollgate.catalog.provider_auth import ForeignHostError

if TYPE_CHECKING:
    from collections.abc import Callable

# The endpoints by the names of their hosts, and as what they are signed for.
_SERVICES = {
    "bedrock-runtime": "bedrock",
    "bedrock-runtime-fips": "bedrock",
    "bedrock-mantle": "bedrock-mantle",
}
# Amazon's domains by partition, for IPv4 and for both versions.
# https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
_DOMAINS = "|".join(
    re.escape(each)
    for each in (
        *("amazonaws.com", "api.aws"),
        *("amazonaws.com.cn", "api.amazonwebservices.com.cn"),
        *("amazonaws.eu", "api.amazonwebservices.eu"),
    )
)
_HOST = re.compile(rf"({'|'.join(_SERVICES)})\.([a-z]{{2,4}}(?:-[a-z]+)+-[0-9]+)\.(?:{_DOMAINS})")


class BedrockHost(NamedTuple):
    """As what a request is signed, and for which region."""

    service: str
    region: str


def of_url(url: str, local_region: Callable[[], str] | None) -> BedrockHost:
    """What a URL's host tells. With `local_region`, one of this machine is one of that region.

    Raises `ForeignHostError`.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    found = _HOST.fullmatch(host)
    if found is not None and parts.scheme == "https":
        return BedrockHost(_SERVICES[found[1]], found[2])
    if local_region is not None and _is_this_machine(host):
        return BedrockHost("bedrock", local_region())
    raise ForeignHostError("it is no host of Amazon Bedrock")


def _is_this_machine(host: str) -> bool:
    if network_addresses.is_address(host):
        return network_addresses.address_of(host).is_loopback
    return host == "localhost"
