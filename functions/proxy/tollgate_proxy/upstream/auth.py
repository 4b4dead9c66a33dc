"""How calls prove to providers whose they are, by the scheme that each provider is configured with.

Schemes that need nothing but the request and the key are those of `tollgate.catalog.auth_schemes`, which
administrators' questions to a provider go by as well. One that has to ask for a token first has its place
here, with the pool that it asks over and the tokens that it has, and its line in `SCHEMES`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate.catalog import auth_schemes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate.catalog.catalog import AuthHeader, Provider
    from tollgate.catalog.provider_auth import ProviderAuth

SCHEMES: Mapping[AuthHeader, ProviderAuth] = auth_schemes.SCHEMES


def needs_key(provider: Provider) -> bool:
    """Whether the provider can be asked only with a key of its own."""
    return SCHEMES[provider.auth_header].needs_key
