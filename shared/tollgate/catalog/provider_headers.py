"""The headers that every request to a provider has, but for what proves whose it is (`provider_auth`)."""

from __future__ import annotations

from tollgate.catalog.catalog import ProviderApi

# Asked of Anthropic's API unless the client names another; the only version there is since 2023.
_ANTHROPIC_VERSION = "2023-06-01"


def headers_for(api: ProviderApi) -> dict[str, str]:
    """By their names in lower case."""
    headers = {"accept-encoding": "identity", "user-agent": "tollgate"}
    if api is ProviderApi.MESSAGES:
        headers["anthropic-version"] = _ANTHROPIC_VERSION
    return headers
