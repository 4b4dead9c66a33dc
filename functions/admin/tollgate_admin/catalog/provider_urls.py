"""Which base URLs a provider may have."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from tollgate.catalog.catalog import ProviderType
from tollgate.network_addresses import Address, address_of, is_own
from tollgate.pricing import vendors
from tollgate.pricing.vendors import Vendor
from tollgate_admin.web import problems

_FIELD = "baseUrl"
_FORM = "must have a host in standard notation, and no user, query, fragment or space"
# Printable ASCII without what parsers of URLs read differently, and without a user, query or fragment.
_PLAIN = re.compile(r"[!$&-;=A-Z\[\]_a-z~%]+")
# Labels of letters, digits and hyphens; the last begins with a letter, so that no notation of an
# address (127.1, 2130706433, 0x7f000001) passes for a name.
_NAME = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z]([a-z0-9-]{0,61}[a-z0-9])?")

# What examples of calls have behind the base URL.
_ROUTES = {
    ProviderType.ANTHROPIC: re.compile(r"/messages(/count_tokens)?$"),
    ProviderType.OPENAI: re.compile(r"/(chat/completions|responses|embeddings)$"),
}
_VERSION = re.compile(r"v[0-9]+[a-z0-9]*")
# Where the OpenAI-compatible API of a host is that also serves other things.
_OPENAI_PATHS = {
    Vendor.ALIBABA: "/compatible-mode/v1",
    Vendor.AZURE: "/openai/v1",
    Vendor.GROQ: "/openai/v1",
    Vendor.MISTRAL: "/v1",
    Vendor.MOONSHOT: "/v1",
    Vendor.OPENAI: "/v1",
    Vendor.OPENROUTER: "/api/v1",
    Vendor.XAI: "/v1",
    Vendor.ZHIPU: "/api/paas/v4",
}


def checked(text: str, *, loopback_allowed: bool) -> str:
    """The base URL without a trailing slash; raises `ProblemError` naming `baseUrl`.

    HTTPS alone is taken, and no address of the function's own machine or network link: through one
    the gateway could be made to read what only it can reach. `loopback_allowed` lifts this for
    loopback addresses, where a local stack's providers are.
    """
    if not _PLAIN.fullmatch(text):
        raise problems.invalid(_FIELD, _FORM)
    try:
        url = urlsplit(text)
        host, _port = url.hostname or "", url.port
    except ValueError as error:
        raise problems.invalid(_FIELD, "is not a valid URL") from error
    address = _address(host)
    if address is None and not _NAME.fullmatch(host):
        raise problems.invalid(_FIELD, _FORM)
    loopback = address.is_loopback if address else host == "localhost" or host.endswith(".localhost")
    if (loopback and not loopback_allowed) or (address and is_own(address, loopback_allowed=True)):
        raise problems.invalid(_FIELD, "must not be an address of the gateway's own machine or network link")
    if url.scheme != "https" and not (url.scheme == "http" and loopback):
        raise problems.invalid(_FIELD, "must begin with https://")
    return text.rstrip("/")


def completed(base_url: str, provider_type: ProviderType) -> str:
    """A checked base URL as calls need it: with the API's version, and without a route.

    Anthropic's clients add `/v1` to theirs, so that what is documented for them lacks it, whoever serves the
    API (`https://api.anthropic.com`, `https://api.deepseek.com/anthropic`); OpenAI's don't, so only a known
    host without a path is completed.
    """
    shorter = _ROUTES[provider_type].sub("", base_url).rstrip("/")
    path = urlsplit(shorter).path
    if provider_type is ProviderType.ANTHROPIC:
        return shorter if _VERSION.fullmatch(path.rpartition("/")[2]) else f"{shorter}/v1"
    return shorter if path else shorter + _OPENAI_PATHS.get(vendors.vendor_of(shorter), "")


def _address(host: str) -> Address | None:
    """The address that a URL's host is, if it is one."""
    try:
        return address_of(host)
    except ValueError:
        return None
