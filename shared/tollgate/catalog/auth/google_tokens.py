"""Access tokens of Google Cloud: of a service account by its key, or of the function's role without any key.

https://developers.google.com/identity/protocols/oauth2/service-account#authorizingrequests
https://docs.cloud.google.com/iam/docs/workload-identity-federation-with-other-clouds
"""

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from aws_wire import request_signatures
from tollgate.catalog.auth import google_hosts, key_documents, minted_tokens, rs256
from tollgate.catalog.auth.minted_tokens import MintedBearer, Token
from tollgate.catalog.provider_auth import NoTokenError, UnusableKeyError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate.catalog.auth.aws_role import AwsRole
    from tollgate.catalog.auth.minted_tokens import Ask
    from tollgate.catalog.provider_auth import OutboundRequest

_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_SECONDS = 3600
_FORM = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
_JSON = {"content-type": "application/json", "accept": "application/json"}
_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
_ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - a type


class GoogleTokens:
    """`ask` reaches token endpoints; `role` is whom Google's token service takes the function for.

    `loopback_allowed`: providers and token endpoints on this machine may stand for Google's.
    """

    def __init__(self, ask: Ask, role: AwsRole, *, loopback_allowed: bool) -> None:
        self._ask = ask
        self._role = role
        self._loopback_allowed = loopback_allowed
        self._bearer = MintedBearer(self._mint, lambda _asked, key: key)

    def headers(self, asked: OutboundRequest, key: str) -> Mapping[str, str]:
        """Raises `UnusableKeyError`, `ForeignHostError` and `NoTokenError`."""
        if key_documents.is_of_role(key):
            google_hosts.require(asked.url, loopback_allowed=self._loopback_allowed)
        return self._bearer.headers(asked, key)

    def _mint(self, asked: OutboundRequest, key: str) -> Token:
        account = key_documents.members(key)
        if account.get("type") == key_documents.EXTERNAL_ACCOUNT:
            return self._of_role(account, asked.at)
        return self._of_service_account(account, asked.at)

    def _of_service_account(self, account: Mapping[str, Any], at: datetime) -> Token:
        assertion = _assertion(account, at)
        form = urlencode({"grant_type": _JWT_BEARER, "assertion": assertion}).encode()
        return minted_tokens.granted(minted_tokens.answered(self._ask(account["token_uri"], _FORM, form)), at)

    def _of_role(self, account: Mapping[str, Any], at: datetime) -> Token:
        for url in filter(None, (account["token_url"], account.get("service_account_impersonation_url"))):
            google_hosts.require(url, loopback_allowed=self._loopback_allowed)
        form = {
            "grant_type": _EXCHANGE,
            "audience": account["audience"],
            "scope": _SCOPE,
            "requested_token_type": _ACCESS_TOKEN,
            "subject_token": self._who_it_is(account["audience"], at),
            "subject_token_type": account["subject_token_type"],
        }
        answer = minted_tokens.answered(self._ask(account["token_url"], _FORM, urlencode(form).encode()))
        federated = minted_tokens.granted(answer, at)
        impersonation = account.get("service_account_impersonation_url")
        return federated if impersonation is None else self._of_impersonated(impersonation, federated)

    def _who_it_is(self, audience: str, at: datetime) -> str:
        """A request that Google sends to AWS in the role's name, to hear who that is: for nothing else."""
        region = self._role.region()
        url = f"https://sts.{region}.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15"
        for_google = {"x-goog-cloud-target-resource": audience}
        signing = self._role.signing(region, "sts", at)
        signed = request_signatures.signed_headers(signing, "POST", url, None, for_google)
        headers = {**for_google, **signed, "host": request_signatures.host_header(url)}
        listed = [{"key": name, "value": value} for name, value in headers.items()]
        return quote(json.dumps({"url": url, "method": "POST", "headers": listed}), safe="")

    def _of_impersonated(self, url: str, federated: Token) -> Token:
        """https://docs.cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken"""
        body = json.dumps({"scope": [_SCOPE], "lifetime": f"{_SECONDS}s"}).encode()
        headers = {**_JSON, "authorization": f"Bearer {federated.text}"}
        answer = minted_tokens.answered(self._ask(url, headers, body))
        try:
            ends = datetime.fromisoformat(answer.get("expireTime", ""))
        except (TypeError, ValueError):
            ends = None
        if ends is None or ends.tzinfo is None:
            raise NoTokenError("the token endpoint didn't say how long its token holds")
        return Token(minted_tokens.sendable(answer.get("accessToken")), ends)


def _assertion(account: Mapping[str, Any], at: datetime) -> str:
    """A JWT by which the account asks for a token."""
    try:
        key = rs256.private_key(account["private_key"])
    except ValueError as error:
        raise UnusableKeyError(str(error)) from None
    issued = int(at.timestamp())
    head = {"alg": "RS256", "typ": "JWT", "kid": account["private_key_id"]}
    claims = {
        "iss": account["client_email"],
        "scope": _SCOPE,
        "aud": account["token_uri"],
        "iat": issued,
        "exp": issued + _SECONDS,
    }
    unsigned = f"{_encoded(json.dumps(head).encode())}.{_encoded(json.dumps(claims).encode())}"
    try:
        return f"{unsigned}.{_encoded(rs256.signature(unsigned.encode(), key))}"
    except (ArithmeticError, ValueError) as error:
        raise UnusableKeyError("the private key's numbers don't go together") from error


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
