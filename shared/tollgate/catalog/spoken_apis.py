"""Which APIs a provider speaks, and where: as its administrator has said, or as its type and vendor tell."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from tollgate.catalog.catalog import ApiEndpoint, ProviderApi, ProviderType

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tollgate.catalog.catalog import AuthHeader, Provider
    from tollgate.pricing.vendors import Vendor

_BY_TYPE = {
    ProviderType.OPENAI: (
        *(ProviderApi.CHAT, ProviderApi.RESPONSES),
        *(ProviderApi.EMBEDDINGS, ProviderApi.IMAGES),
    ),
    ProviderType.ANTHROPIC: (ProviderApi.MESSAGES,),
}


def endpoints_of(provider: Provider) -> tuple[ApiEndpoint, ...]:
    """All that a provider speaks, each API once."""
    if provider.apis is not None:
        return provider.apis
    return defaults(provider.type, provider.base_url, provider.vendor, provider.auth_header)


def endpoint(provider: Provider, api: ProviderApi) -> ApiEndpoint | None:
    """Where a provider speaks an API, None if it doesn't."""
    return next((each for each in endpoints_of(provider) if each.api is api), None)


def spoken_by(providers: Iterable[Provider]) -> frozenset[ProviderApi]:
    """The APIs that any of the providers speaks."""
    return frozenset(each.api for provider in providers for each in endpoints_of(provider))


@lru_cache(maxsize=256)
def defaults(
    provider_type: ProviderType,
    base_url: str,
    vendor: Vendor,  # noqa: ARG001
    auth_header: AuthHeader,
) -> tuple[ApiEndpoint, ...]:
    """What is spoken at a base URL of a type, by whose host it is."""
    return tuple(ApiEndpoint(api, base_url, auth_header) for api in _BY_TYPE[provider_type])
