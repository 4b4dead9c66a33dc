"""Where a service is: by region and partition, or where the environment says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from aws_wire.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

# The partition of a region, by the region's prefix: its domain, and the one for IPv6 beside IPv4.
# https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
_PARTITIONS: dict[str, tuple[str, str]] = {
    "cn-": ("amazonaws.com.cn", "api.amazonwebservices.com.cn"),
    "us-gov-": ("amazonaws.com", "api.aws"),
    "us-iso-": ("c2s.ic.gov", "api.aws.ic.gov"),
    "us-isob-": ("sc2s.sgov.gov", "api.aws.scloud"),
    "us-isof-": ("csp.hci.ic.gov", "api.aws.hci.ic.gov"),
    "eu-isoe-": ("cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
    "eusc-": ("amazonaws.eu", "api.amazonwebservices.eu"),
}
_COMMERCIAL = ("amazonaws.com", "api.aws")
_REGION = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_PORTS = {"http": 80, "https": 443}


class Origin(NamedTuple):
    """A host to connect to. An IPv6 address is without its brackets."""

    tls: bool
    host: str
    port: int

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS["https" if self.tls else "http"] else f"{host}:{self.port}"


def origin_of(url: str) -> tuple[Origin, str]:
    """The origin of a URL, and the rest to request there. Raises ConfigurationError."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in _PORTS or not parts.hostname or not url.isascii() or not url.isprintable():
        raise ConfigurationError("An endpoint is no http or https URL")
    path = parts.path or "/"
    return (
        Origin(parts.scheme == "https", parts.hostname, port or _PORTS[parts.scheme]),
        f"{path}?{parts.query}" if parts.query else path,
    )


def region(environment: Mapping[str, str]) -> str:
    """As boto3 finds it, and else where other SDKs do; Lambda sets both. Raises ConfigurationError."""
    named = environment.get("AWS_DEFAULT_REGION") or environment.get("AWS_REGION") or ""
    if not _REGION.fullmatch(named):
        raise ConfigurationError("AWS_DEFAULT_REGION or AWS_REGION must name a region")
    return named


def service_origin(service: str, environment: Mapping[str, str]) -> Origin:
    """Raises ConfigurationError. What an endpoint's URL may be set by:
    https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
    """
    if not _is_set(environment, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"):
        url = environment.get(f"AWS_ENDPOINT_URL_{service.upper()}") or environment.get("AWS_ENDPOINT_URL")
        if url:
            origin, path = origin_of(url)
            if path != "/":
                raise ConfigurationError("The URL of a service's endpoint must have no path")
            return origin
    return Origin(tls=True, host=_host(service, environment), port=443)


def _host(service: str, environment: Mapping[str, str]) -> str:
    where = region(environment)
    domain, dual_stack = next(
        (domains for prefix, domains in _PARTITIONS.items() if where.startswith(prefix)), _COMMERCIAL
    )
    fips = _is_set(environment, "AWS_USE_FIPS_ENDPOINT")
    if _is_set(environment, "AWS_USE_DUALSTACK_ENDPOINT"):
        return f"{service}{'-fips' if fips else ''}.{where}.{dual_stack}"
    # In the regions of the US government the ordinary endpoints are those of FIPS.
    suffix = "-fips" if fips and not where.startswith("us-gov-") else ""
    return f"{service}{suffix}.{where}.{domain}"


def _is_set(environment: Mapping[str, str], name: str) -> bool:
    return environment.get(name, "").lower() == "true"
