"""Whether requests are signed with credentials that the mock knows: botocore makes each signature again."""

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from botocore import auth, awsrequest
from botocore.credentials import Credentials

# How far a signature's time may be from now.
_SKEW = timedelta(minutes=5)
_MAX_EXPIRES = 12 * 3600
_PREFIX, _VERSION = "bedrock-api-key-", "&Version=1"


class WrongProofError(Exception):
    """Why a request isn't believed to be whose it says."""


@dataclass(frozen=True)
class AwsIdentity:
    """A role's credentials, and where and for which services it may sign."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None
    region: str
    services: tuple[str, ...]

    def check_request(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """That the headers sign the request for Bedrock. Raises WrongProofError."""
        self._check_signed(method, url, headers, body, services=self.services)

    def check_key(self, key: str) -> None:
        """That a short-term key of Bedrock is signed, and hasn't expired. Raises WrongProofError."""
        try:
            content = base64.b64decode(key.removeprefix(_PREFIX), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise WrongProofError("the key is no base64") from error
        if not (key.startswith(_PREFIX) and content.endswith(_VERSION)):
            raise WrongProofError("the key is none of Bedrock's")
        url = urlsplit("https://" + content.removesuffix(_VERSION))
        query = dict(parse_qsl(url.query))
        signature = query.pop("X-Amz-Signature", "")
        if (url.hostname, query.get("Action")) != ("bedrock.amazonaws.com", "CallWithBearerToken"):
            raise WrongProofError("the key is for something else")
        signed_at = _moment(query.get("X-Amz-Date", ""))
        expires = int(query.get("X-Amz-Expires", "0"))
        if not 0 < expires <= _MAX_EXPIRES or not signed_at <= datetime.now(UTC) + _SKEW:
            raise WrongProofError("the key holds for longer than keys may")
        if datetime.now(UTC) >= signed_at + timedelta(seconds=expires):
            raise WrongProofError("the key has expired")
        if query.get("X-Amz-Security-Token") != self.session_token:
            raise WrongProofError("the key is of another session")
        service = self._scope(query.get("X-Amz-Credential", ""), query["X-Amz-Date"], ("bedrock",))
        again = awsrequest.AWSRequest(
            "POST", url._replace(query=urlencode(query)).geturl(), {"host": url.netloc}
        )
        signer = auth.SigV4QueryAuth(self._credentials(), service, self.region)
        self._compare(signer, again, query["X-Amz-Date"], signature)

    def check_caller(self, subject_token: str, audience: str) -> None:
        """That a token's request would tell AWS's token service who this is, for the audience alone."""
        try:
            told = json.loads(unquote(subject_token))
            headers = {each["key"].lower(): each["value"] for each in told["headers"]}
            url = urlsplit(told["url"])
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise WrongProofError("the subject token is no request") from error
        query = dict(parse_qsl(url.query))
        if url.hostname != f"sts.{self.region}.amazonaws.com" or query.get("Action") != "GetCallerIdentity":
            raise WrongProofError("the subject token asks for something else")
        if headers.get("x-goog-cloud-target-resource") != audience:
            raise WrongProofError("the subject token is for another audience")
        needed = ("x-goog-cloud-target-resource",)
        self._check_signed(told["method"], told["url"], headers, b"", services=("sts",), needed=needed)

    def _check_signed(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        *,
        services: tuple[str, ...],
        needed: tuple[str, ...] = (),
    ) -> None:
        algorithm, _, rest = headers.get("authorization", "").partition(" ")
        if algorithm != "AWS4-HMAC-SHA256":
            raise WrongProofError("the request is not signed")
        parts = dict(part.strip().partition("=")[::2] for part in rest.split(","))
        stamp, names = headers.get("x-amz-date", ""), parts.get("SignedHeaders", "").split(";")
        if abs(datetime.now(UTC) - _moment(stamp)) > _SKEW:
            raise WrongProofError("the signature has expired")
        sent = {"content-type", "x-amz-security-token"}.intersection(headers)
        if not {"host", "x-amz-date", *needed, *sent} <= set(names):
            raise WrongProofError("headers are not signed that must be")
        if headers.get("x-amz-security-token") != self.session_token:
            raise WrongProofError("the request is of another session")
        service = self._scope(parts.get("Credential", ""), stamp, services)
        signed: dict[str, Any] = {name: headers[name] for name in names if name in headers}
        again = awsrequest.AWSRequest(method, url, signed, body)
        signer = auth.SigV4Auth(self._credentials(), service, self.region)
        self._compare(signer, again, stamp, parts.get("Signature", ""))

    def _scope(self, credential: str, stamp: str, services: tuple[str, ...]) -> str:
        """The service that a signature is for, if all else of its scope is right."""
        key_id, *scope = credential.split("/")
        if key_id != self.access_key_id:
            raise WrongProofError("the access key is unknown")
        for service in services:
            if scope == [stamp[:8], self.region, service, "aws4_request"]:
                return service
        raise WrongProofError(f"Credential should be scoped to {self.region} and {' or '.join(services)}")

    def _compare(self, signer: Any, again: Any, stamp: str, signature: str) -> None:
        again.context["timestamp"] = stamp
        to_sign = signer.string_to_sign(again, signer.canonical_request(again))
        if not hmac.compare_digest(signer.signature(to_sign, again), signature):
            raise WrongProofError("the signature is not that of the request")

    def _credentials(self) -> Credentials:
        return Credentials(self.access_key_id, self.secret_access_key, self.session_token)


def _moment(stamp: str) -> datetime:
    try:
        return datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise WrongProofError("the signature has no time") from error
