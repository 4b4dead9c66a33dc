"""Amazon Bedrock by the function's own role: signed requests, and bearer tokens that are minted of one.

Which service a host belongs to, as the official SDKs have it: `bedrock-runtime` is signed for as `bedrock`,
`bedrock-mantle` by its own name. https://docs.aws.amazon.com/bedrock/latest/userguide/endpoints.html
"""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import TYPE_CHECKING

from aws_wire import request_signatures
from tollgate.catalog.auth import bedrock_hosts
from tollgate.catalog.auth.minted_tokens import MintedBearer, Token

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate.catalog.auth.aws_role import AwsRole
    from tollgate.catalog.auth.bedrock_hosts import BedrockHost
    from tollgate.catalog.provider_auth import OutboundRequest

# What of a request is signed besides its host, date and body: what AWS wants signed if it is there.
_SIGNED = frozenset({"content-type"})

# A token is a presigned request of this action, whichever endpoint it is for. Amazon's own generators of
# short-term keys make it so (aws/aws-bedrock-token-generator-python).
# https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys-generate.html
_ACTION_URL = "https://bedrock.amazonaws.com/?Action=CallWithBearerToken"
_ACTION_SERVICE = "bedrock"
_PREFIX, _VERSION = "bedrock-api-key-", "&Version=1"
# How long a token holds, and is used: what it is minted with holds for at least the latter (`AwsRole`).
_SIGNED_SECONDS = 3600
_USED = timedelta(minutes=10)


class _OfRole:
    """`loopback_allowed`: a host of this machine is taken for Bedrock's in the function's own region."""

    def __init__(self, role: AwsRole, *, loopback_allowed: bool) -> None:
        self._role = role
        self._loopback_allowed = loopback_allowed

    def _host(self, asked: OutboundRequest) -> BedrockHost:
        """Raises `ForeignHostError` and `NoTokenError`."""
        local = self._role.region if self._loopback_allowed else None
        return bedrock_hosts.of_url(asked.url, local)


class SignedByRole(_OfRole):
    """Each request with a signature of its own (Signature Version 4)."""

    def headers(self, asked: OutboundRequest, _key: str) -> Mapping[str, str]:
        host = self._host(asked)
        signing = self._role.signing(host.region, host.service, asked.at)
        signed = {name: value for name, value in asked.headers.items() if name in _SIGNED}
        return request_signatures.signed_headers(signing, asked.method, asked.url, asked.body, signed)


class TokenOfRole(_OfRole):
    """A short-term key of Bedrock, which is good for one region, and for all that the role may do there."""

    def __init__(self, role: AwsRole, *, loopback_allowed: bool) -> None:
        super().__init__(role, loopback_allowed=loopback_allowed)
        self._bearer = MintedBearer(self._mint, lambda asked, _key: self._host(asked).region)

    def headers(self, asked: OutboundRequest, key: str) -> Mapping[str, str]:
        return self._bearer.headers(asked, key)

    def _mint(self, asked: OutboundRequest, _key: str) -> Token:
        signing = self._role.signing(self._host(asked).region, _ACTION_SERVICE, asked.at)
        url = request_signatures.signed_url(signing, "POST", _ACTION_URL, _SIGNED_SECONDS)
        content = url.removeprefix("https://") + _VERSION
        return Token(_PREFIX + base64.b64encode(content.encode()).decode(), asked.at + _USED)
