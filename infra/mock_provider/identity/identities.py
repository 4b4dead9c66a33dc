"""Whom the mock knows, as a test told it: a role of AWS, an account of Google, an application of Entra ID."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.mock_provider.identity.aws_requests import AwsIdentity, WrongProofError
from infra.mock_provider.identity.issued_tokens import IssuedTokens


@dataclass(frozen=True)
class GoogleAccount:
    """A service account, by its public key in PEM."""

    email: str
    key_id: str
    public_key: str


@dataclass(frozen=True)
class EntraApplication:
    tenant_id: str
    client_id: str
    client_secret: str
    scope: str


class Identities:
    """As long as nobody is known, any credentials will do."""

    def __init__(self) -> None:
        self.tokens = IssuedTokens()
        self.clear()

    def clear(self) -> None:
        self.aws: AwsIdentity | None = None
        self.google: GoogleAccount | None = None
        self.entra: EntraApplication | None = None
        self.token_seconds = 3600
        self.tokens.clear()

    def know(self, told: Mapping[str, Any]) -> None:
        """Raises TypeError for what can't be known of somebody."""
        if "aws" in told:
            self.aws = AwsIdentity(**{**told["aws"], "services": tuple(told["aws"]["services"])})
        if "google" in told:
            self.google = GoogleAccount(**told["google"])
        if "entra" in told:
            self.entra = EntraApplication(**told["entra"])
        self.token_seconds = told.get("token_seconds", self.token_seconds)

    @property
    def are_known(self) -> bool:
        return any((self.aws, self.google, self.entra))

    def check(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """That a request is of somebody who is known; raises WrongProofError."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme != "Bearer":
            if self.aws is None:
                raise WrongProofError("the request has no token")
            self.aws.check_request(method, url, headers, body)
        elif self.aws is not None and token.startswith("bedrock-api-key-"):
            self.aws.check_key(token)
        elif not self.tokens.holds(token):
            raise WrongProofError("the token is unknown or has expired")
