"""The ways to prove it that need nothing but the request and the key, so that every function has them.

One that has to ask for a token first is composed by the function that can ask (`tollgate_proxy.handler`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate.catalog.catalog import AuthHeader
from tollgate.catalog.provider_auth import BearerKey, KeyHeader, NoKey

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate.catalog.provider_auth import ProviderAuth

SCHEMES: Mapping[AuthHeader, ProviderAuth] = {
    AuthHeader.AUTHORIZATION: BearerKey(),
    AuthHeader.X_API_KEY: KeyHeader("x-api-key"),
    AuthHeader.API_KEY: KeyHeader("api-key"),
    AuthHeader.NONE: NoKey(),
}
