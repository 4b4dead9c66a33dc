"""Access tokens of Microsoft Entra ID, by an application's client secret.

https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from tollgate.catalog.auth import key_documents, minted_tokens
from tollgate.catalog.auth.minted_tokens import MintedBearer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate.catalog.auth.minted_tokens import Ask, Token
    from tollgate.catalog.provider_auth import OutboundRequest

# What Azure OpenAI's and Foundry's resources take tokens for, unless the document names another scope.
_SCOPE = "https://cognitiveservices.azure.com/.default"
_FORM = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}


class EntraTokens:
    """`ask` reaches token endpoints."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._bearer = MintedBearer(self._mint, lambda _asked, key: key)

    def headers(self, asked: OutboundRequest, key: str) -> Mapping[str, str]:
        """Raises `UnusableKeyError` and `NoTokenError`."""
        return self._bearer.headers(asked, key)

    def _mint(self, asked: OutboundRequest, key: str) -> Token:
        application = key_documents.members(key)
        authority, tenant = application["activeDirectoryEndpointUrl"], quote(application["tenantId"], safe="")
        form = {
            "grant_type": "client_credentials",
            "client_id": application["clientId"],
            "client_secret": application["clientSecret"],
            "scope": application.get("scope", _SCOPE),
        }
        answer = self._ask(f"{authority}/{tenant}/oauth2/v2.0/token", _FORM, urlencode(form).encode())
        return minted_tokens.granted(minted_tokens.answered(answer), asked.at)
