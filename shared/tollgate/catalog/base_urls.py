"""Base URLs as calls need them: with the API's version, and without a route."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from tollgate.catalog import spoken_apis
from tollgate.catalog.catalog import ProviderApi, ProviderType
from tollgate.pricing import vendors
from tollgate.pricing.vendors import Vendor

# What examples of calls have behind the base URL.
_ROUTES = {
    ProviderType.ANTHROPIC: re.compile(r"/messages(/count_tokens)?$"),
    ProviderType.OPENAI: re.compile(r"/(chat/completions|responses|embeddings|images/(generations|edits))$"),
}
_VERSION = re.compile(r"v[0-9]+[a-z0-9]*")
# What nearly every server has that speaks OpenAI's API (vLLM, Ollama, llama.cpp, gateways).
_USUAL_VERSION = "/v1"


def completed(base_url: str, provider_type: ProviderType) -> str:
    """A base URL without a slash at its end as calls need it.

    A host alone gets the path that its vendor documents. Anthropic's clients add `/v1` to theirs, so that
    what is documented for them lacks it, whoever serves the API (`https://api.anthropic.com`,
    `https://api.deepseek.com/anthropic`); OpenAI's don't, so only an unknown host without a path gets it.
    Where a route follows the host (`https://models.example.com/chat/completions`), there is no version.
    """
    shorter = _ROUTES[provider_type].sub("", base_url).rstrip("/")
    path = urlsplit(shorter).path
    if provider_type is ProviderType.ANTHROPIC:
        if not path and (known := spoken_apis.served_at(shorter)) and known.anthropic:
            return shorter + known.anthropic
        return shorter if _VERSION.fullmatch(path.rpartition("/")[2]) else f"{shorter}/v1"
    return shorter if path else shorter + _openai_path(shorter, has_route=shorter != base_url)


def completed_for(api: ProviderApi, base_url: str) -> str:
    """A base URL of an API of its own, as `completed`."""
    return completed(base_url, shape_of(api))


def shape_of(api: ProviderApi) -> ProviderType:
    """The type of providers that speak an API without more ado."""
    return ProviderType.ANTHROPIC if api is ProviderApi.MESSAGES else ProviderType.OPENAI


def as_written(base_url: str, provider_type: ProviderType) -> str:
    """What `completed` makes a completed base URL of: with a route where it would be completed once more."""
    return base_url if completed(base_url, provider_type) == base_url else f"{base_url}/chat/completions"


def _openai_path(host: str, *, has_route: bool) -> str:
    known = spoken_apis.served_at(host)
    if known is not None:
        return known.openai
    return _USUAL_VERSION if vendors.vendor_of(host) is Vendor.OTHER and not has_route else ""
