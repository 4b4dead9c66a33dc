"""The headers that every request to a provider has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate.catalog.catalog import AuthHeader, ProviderType

if TYPE_CHECKING:
    from tollgate.catalog.catalog import Provider

# Asked of Anthropic's API unless the client names another; the only version there is since 2023.
_ANTHROPIC_VERSION = "2023-06-01"


def of(provider: Provider, credential: str) -> dict[str, str]:
    """By their names in lower case; `credential` is the provider's key."""
    headers = {"accept-encoding": "identity", "user-agent": "tollgate"}
    if provider.type is ProviderType.ANTHROPIC:
        headers["anthropic-version"] = _ANTHROPIC_VERSION
    if provider.auth_header is AuthHeader.AUTHORIZATION:
        headers["authorization"] = f"Bearer {credential}"
    elif provider.auth_header is not AuthHeader.NONE:
        headers[provider.auth_header.value] = credential
    return headers
