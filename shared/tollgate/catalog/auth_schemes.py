"""How providers can be asked: a new scheme is a module, a line here, and its name on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate.catalog.catalog import AuthHeader
from tollgate.catalog.provider_auth import BearerKey, KeyHeader, NoKey

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate.catalog.catalog import Provider
    from tollgate.catalog.provider_auth import ProviderAuth

SCHEMES: Mapping[AuthHeader, ProviderAuth] = {
    AuthHeader.AUTHORIZATION: BearerKey(),
    AuthHeader.X_API_KEY: KeyHeader("x-api-key"),
    AuthHeader.API_KEY: KeyHeader("api-key"),
    AuthHeader.NONE: NoKey(),
}


def scheme_of(provider: Provider) -> ProviderAuth:
    return SCHEMES[provider.auth_header]
