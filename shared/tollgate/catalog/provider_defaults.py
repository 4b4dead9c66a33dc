"""How a provider is asked, as far as its type and host tell."""

from __future__ import annotations

from tollgate.catalog import spoken_apis
from tollgate.catalog.catalog import AuthHeader, OutputLimit, ProviderType, StreamUsage
from tollgate.pricing import vendors
from tollgate.pricing.vendors import Vendor


def auth_header(provider_type: ProviderType, base_url: str) -> AuthHeader:
    if provider_type is ProviderType.ANTHROPIC:
        known = spoken_apis.served_at(base_url)
        return AuthHeader.X_API_KEY if known is None else known.messages_header
    # Azure OpenAI takes a key in a header of its own; as a bearer token it takes Entra ID's tokens.
    return AuthHeader.API_KEY if vendors.vendor_of(base_url) is Vendor.AZURE else AuthHeader.AUTHORIZATION


def output_limit(base_url: str) -> OutputLimit:
    # Mistral answers 422 to members that it doesn't know, `max_completion_tokens` among them.
    return OutputLimit.MAX_TOKENS if _is_mistral(base_url) else OutputLimit.MAX_COMPLETION_TOKENS


def stream_usage(base_url: str) -> StreamUsage:
    # Mistral ends each stream with its usage.
    return StreamUsage.ALWAYS if _is_mistral(base_url) else StreamUsage.ON_REQUEST


def _is_mistral(base_url: str) -> bool:
    return vendors.vendor_of(base_url) is Vendor.MISTRAL
