"""Base URLs as calls need them: with the API's version, and without a route."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from tollgate.catalog.catalog import ProviderType
from tollgate.pricing import vendors
from tollgate.pricing.vendors import Vendor

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


def completed(base_url: str, provider_type: ProviderType) -> str:
    """A base URL without a slash at its end as calls need it.

    Anthropic's clients add `/v1` to theirs, so that what is documented for them lacks it, whoever serves the
    API (`https://api.anthropic.com`, `https://api.deepseek.com/anthropic`); OpenAI's don't, so only a known
    host without a path is completed.
    """
    shorter = _ROUTES[provider_type].sub("", base_url).rstrip("/")
    path = urlsplit(shorter).path
    if provider_type is ProviderType.ANTHROPIC:
        return shorter if _VERSION.fullmatch(path.rpartition("/")[2]) else f"{shorter}/v1"
    return shorter if path else shorter + _OPENAI_PATHS.get(vendors.vendor_of(shorter), "")
