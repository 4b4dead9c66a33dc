"""The ways to prove it. Those that need nothing but the request and the key are in `SCHEMES`.

The others need the function's role, or a connection over which tokens are asked for: `with_tokens` adds them,
for functions that have both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate.catalog.catalog import AuthHeader
from tollgate.catalog.provider_auth import BearerKey, KeyHeader, NoKey

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tollgate.catalog.auth.aws_role import AwsRole
    from tollgate.catalog.auth.minted_tokens import Ask
    from tollgate.catalog.provider_auth import OutboundRequest, ProviderAuth

SCHEMES: Mapping[AuthHeader, ProviderAuth] = {
    AuthHeader.AUTHORIZATION: BearerKey(),
    AuthHeader.X_API_KEY: KeyHeader("x-api-key"),
    AuthHeader.API_KEY: KeyHeader("api-key"),
    AuthHeader.NONE: NoKey(),
}


class _Deferred:
    """A scheme that is made when a provider is first asked by it: few deployments have one, and the starts of
    the others read nothing that it takes.
    """

    def __init__(self, make: Callable[[], ProviderAuth]) -> None:
        self._make = make
        self._made: ProviderAuth | None = None

    def headers(self, asked: OutboundRequest, key: str) -> Mapping[str, str]:
        if self._made is None:
            self._made = self._make()
        return self._made.headers(asked, key)


def with_tokens(
    connect: Callable[[], Ask], environment: Mapping[str, str], *, loopback_allowed: bool
) -> Mapping[AuthHeader, ProviderAuth]:
    """All schemes. `connect` has what asks for tokens, `environment` AWS's own variables.

    With `loopback_allowed`, providers on this machine may be Bedrock's.
    """

    def signed() -> ProviderAuth:
        from tollgate.catalog.auth.bedrock_auth import SignedByRole  # noqa: PLC0415 - see `_Deferred`

        return SignedByRole(_role(environment), loopback_allowed=loopback_allowed)

    def minted() -> ProviderAuth:
        from tollgate.catalog.auth.bedrock_auth import TokenOfRole  # noqa: PLC0415 - see `_Deferred`

        return TokenOfRole(_role(environment), loopback_allowed=loopback_allowed)

    def google() -> ProviderAuth:
        from tollgate.catalog.auth.google_tokens import GoogleTokens  # noqa: PLC0415 - see `_Deferred`

        return GoogleTokens(connect(), _role(environment), loopback_allowed=loopback_allowed)

    def entra() -> ProviderAuth:
        from tollgate.catalog.auth.entra_tokens import EntraTokens  # noqa: PLC0415 - see `_Deferred`

        return EntraTokens(connect())

    return {
        **SCHEMES,
        AuthHeader.AWS_SIGV4: _Deferred(signed),
        AuthHeader.AWS_BEARER: _Deferred(minted),
        AuthHeader.GOOGLE: _Deferred(google),
        AuthHeader.ENTRA: _Deferred(entra),
    }


def _role(environment: Mapping[str, str]) -> AwsRole:
    from tollgate.catalog.auth.aws_role import AwsRole  # noqa: PLC0415 - see `_Deferred`

    return AwsRole(environment)
