"""How a provider is asked, as far as its type and host tell."""

from __future__ import annotations

from urllib.parse import urlsplit

from tollgate.catalog import AuthHeader, OutputLimit, ProviderType, StreamUsage

# Azure OpenAI takes a key in a header of its own; as a bearer token it takes Entra ID's tokens.
_AZURE = (".openai.azure.com", ".services.ai.azure.com", ".cognitiveservices.azure.com")
# Mistral answers 422 to members that it doesn't know, `max_completion_tokens` among them, and ends each
# stream with its usage.
_MISTRAL = "api.mistral.ai"


def auth_header(provider_type: ProviderType, base_url: str) -> AuthHeader:
    if provider_type is ProviderType.ANTHROPIC:
        return AuthHeader.X_API_KEY
    return AuthHeader.API_KEY if _host(base_url).endswith(_AZURE) else AuthHeader.AUTHORIZATION


def output_limit(base_url: str) -> OutputLimit:
    return OutputLimit.MAX_TOKENS if _host(base_url) == _MISTRAL else OutputLimit.MAX_COMPLETION_TOKENS


def stream_usage(base_url: str) -> StreamUsage:
    return StreamUsage.ALWAYS if _host(base_url) == _MISTRAL else StreamUsage.ON_REQUEST


def _host(base_url: str) -> str:
    return urlsplit(base_url).hostname or ""
